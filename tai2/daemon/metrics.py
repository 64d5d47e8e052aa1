"""The desk's figures as Prometheus text: what `tai2 status` knows, and how the feed does.

The exporter serves it on loopback and the socket's method `metrics` returns it. Money is in
the settle currency, times are seconds; a figure that isn't known has no sample, never a 0.
"""

from collections.abc import Awaitable, Callable, Iterator
from decimal import Decimal

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from tai2.daemon.assembly import Engine
from tai2.model.controls import TradingState
from tai2.model.snapshot import Freshness
from tai2.wire.status import Status


class DeskFigures(Collector):
    """One reading of the desk as metric families; names and units stand in their help."""

    def __init__(self, status: Status, engine: Engine) -> None:
        self._status = status
        self._engine = engine

    def collect(self) -> Iterator[Metric]:
        """Yield every family that has a known figure."""
        yield from self._desk()
        yield from self._money()
        yield from self._counts()
        yield from self._feeds()

    def _desk(self) -> Iterator[Metric]:
        status = self._status
        who = GaugeMetricFamily(
            "tai2_info", "Always 1; who this is.", labels=("mode", "reasoner", "instance")
        )
        who.add_metric((status.mode, status.reasoner, self._engine.charter.instance), 1)
        yield who
        state = GaugeMetricFamily("tai2_trading_state", "1 for the state in force.", labels=["is"])
        for each in TradingState:
            state.add_metric([each.value], float(each is status.trading_state))
        yield state
        yield _gauge("tai2_interval_seconds", "Between snapshots.", status.interval_s)
        yield _gauge("tai2_uptime_seconds", "Since the start.", _seconds(_uptime_ms(status)))
        yield _gauge("tai2_degraded", "1 while any part is degraded.", int(status.degraded))
        health = GaugeMetricFamily("tai2_part_up", "1 while a part is well.", labels=["part"])
        for part in status.health:
            health.add_metric([part.part], float(part.ok))
        yield health

    def _money(self) -> Iterator[Metric]:
        status = self._status
        for name, words, quote in (
            ("tai2_equity_quote", "Cash and unrealised PnL.", status.equity),
            ("tai2_available_quote", "Free for new orders.", status.available),
            ("tai2_day_pnl_quote", "Change of equity since 00:00 UTC.", status.day_pnl),
        ):
            if quote is not None:
                yield _gauge(name, f"{words} In the settle currency.", quote)
        held = GaugeMetricFamily(
            "tai2_position_contracts", "Open position; negative = short.", labels=["inst"]
        )
        upnl = GaugeMetricFamily(
            "tai2_position_upnl_quote", "Unrealised PnL of a position.", labels=["inst"]
        )
        for position in status.positions:
            held.add_metric([position.inst_id], float(position.contracts))
            upnl.add_metric([position.inst_id], float(position.upnl))
        yield held
        yield upnl
        yield _gauge("tai2_open_orders", "Own orders that may execute.", len(status.open_orders))

    def _counts(self) -> Iterator[Metric]:
        cycles = CounterMetricFamily(
            "tai2_cycles", "Decision cycles since the start.", labels=["outcome"]
        )
        for outcome, count in sorted(self._engine.minutes.counts.items()):
            cycles.add_metric([outcome], count)
        yield cycles
        yield CounterMetricFamily(
            "tai2_fills", "Fills recorded since the start.", self._status.counts.fills
        )

    def _feeds(self) -> Iterator[Metric]:
        ingest = self._engine.ingest
        yield CounterMetricFamily("tai2_market_events", "Market events taken.", ingest.events)
        yield CounterMetricFamily(
            "tai2_stray_events", "Events of instruments not followed.", ingest.strays
        )
        book = GaugeMetricFamily("tai2_book_valid", "1 while a book is whole.", labels=["inst"])
        age = GaugeMetricFamily("tai2_ticker_age_seconds", "Age of a ticker.", labels=["inst"])
        gaps = CounterMetricFamily("tai2_book_gaps", "Gaps in a book's chain.", labels=["inst"])
        for row in self._status.instruments:
            book.add_metric([row.inst_id], float(row.book_ok))
            gaps.add_metric([row.inst_id], self._engine.markets[row.inst_id].book_gaps)
            if row.age_ms is not None:
                age.add_metric([row.inst_id], _seconds(row.age_ms))
        yield from (book, age, gaps)
        balance = self._engine.accounts.balance(self._status.now_ms)
        fresh = int(balance.freshness is Freshness.FRESH)
        yield _gauge("tai2_account_fresh", "1 while balance and positions are fresh.", fresh)


def _gauge(name: str, words: str, figure: Decimal | float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, float(figure))


def _seconds(ms: int) -> float:
    return ms / 1000


def _uptime_ms(status: Status) -> int:
    return max(status.now_ms - status.started_ms, 0)


class Metrics:
    """Reads the desk and prints the figures."""

    def __init__(self, engine: Engine, status: Callable[[], Awaitable[Status]]) -> None:
        """status: the same reading that `tai2 status` gets."""
        self._engine = engine
        self._status = status
        self._process = ProcessCollector(registry=None)

    async def text(self) -> str:
        """Return one reading in Prometheus' text format 0.0.4."""
        registry = CollectorRegistry(auto_describe=False)
        registry.register(DeskFigures(await self._status(), self._engine))
        registry.register(self._process)
        return generate_latest(registry).decode()
