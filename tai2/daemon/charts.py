"""Chart series of the charts that somebody watches, and of one that is asked for.

The hub refreshes them, the chart handler asks. Indicators are computed in the worker; our own
fills and the position's lines come from the view, so that chart and tables can't disagree.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import structlog

from tai2.daemon.assembly import Engine
from tai2.indicators.columns import columns_of
from tai2.indicators.jobs import SeriesJob
from tai2.indicators.series import IndicatorSeries
from tai2.model.errors import IndicatorsFailed
from tai2.model.ids import InstId
from tai2.model.market import Bar, Candle
from tai2.view.chart import CHART_BARS, ChartBar, ChartFill, ChartLevels, ChartSeries
from tai2.view.state import ViewState
from tai2.wire.watch import chart_of

log = structlog.get_logger()

WARM_UP: Final = 100
"""Bars before the first one drawn, for indicators that need a past."""

CVD_PLACES: Final = 6


class Charts:
    """Series by topic."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.known: dict[str, ChartSeries] = {}
        """Newest series by topic."""

    async def refresh(self, topics: Iterable[str], state: ViewState) -> None:
        """Compute the charts among these topics anew; one that didn't change stays."""
        for topic in topics:
            if (wanted := chart_of(topic)) is None:
                continue
            try:
                fresh = await self.series(*wanted, state)
            except IndicatorsFailed as exc:
                log.debug("chart_not_refreshed", topic=topic, detail=exc.message)
                continue
            known = self.known.get(topic)
            if known is None:
                self.known[topic] = replace(fresh, rev=1)
            elif replace(fresh, rev=known.rev, asof=known.asof) != known:
                self.known[topic] = replace(fresh, rev=known.rev + 1)

    def forget(self, topics: frozenset[str]) -> None:
        """Keep only the charts among these topics."""
        self.known = {topic: series for topic, series in self.known.items() if topic in topics}

    async def series(self, inst_id: InstId, bar: Bar, state: ViewState) -> ChartSeries:
        """Return one chart as of now, under revision 0.

        Raises:
            IndicatorsFailed: Its indicators can't be computed now.
        """
        market = self._engine.markets[inst_id]
        known = market.candles[bar]
        candles = known.closed + ((known.forming,) if known.forming else ())
        used = candles if bar is Bar.M1 else candles[-CHART_BARS - WARM_UP :]
        found = await self._engine.adapters.worker.compute(SeriesJob(columns=columns_of(used)))
        bars = _bars(used, found)
        cvd = market.flow.cvd_at_ends([each.ts for each in bars], bar.ms)
        return ChartSeries(
            inst_id=inst_id,
            bar=bar,
            asof=self._engine.adapters.clock.now_ms(),
            bars=tuple(
                replace(each, cvd=None if total is None else round(total, CVD_PLACES))
                for each, total in zip(bars, cvd, strict=True)
            ),
            fills=_fills(inst_id, bars, state),
            levels=_levels(inst_id, state),
        )


def _bars(used: tuple[Candle, ...], found: IndicatorSeries) -> tuple[ChartBar, ...]:
    """Return the newest bars with their indicators."""
    first = max(len(used) - CHART_BARS, 0)
    return tuple(
        ChartBar(
            ts=used[n].ts_event,
            open=float(used[n].open_px),
            high=float(used[n].high_px),
            low=float(used[n].low_px),
            close=float(used[n].close_px),
            volume=float(used[n].base_vol),
            bb_lower=found.bb_lower[n],
            bb_mid=found.bb_mid[n],
            bb_upper=found.bb_upper[n],
            vwap=found.vwap[n],
            stoch_k=found.stoch_k[n],
            stoch_d=found.stoch_d[n],
        )
        for n in range(first, len(used))
    )


def _fills(inst_id: InstId, bars: tuple[ChartBar, ...], state: ViewState) -> tuple[ChartFill, ...]:
    """Return our newest executions within the bars, oldest first."""
    since = bars[0].ts if bars else 0
    fills = (
        ChartFill(
            ts=row.timestamp_ms,
            side=row.side,
            px=float(row.price),
            contracts=float(row.contracts),
            leg=row.leg,
        )
        for row in state.trades.rows.values()
        if row.symbol == inst_id and row.timestamp_ms >= since
    )
    return tuple(sorted(fills, key=lambda fill: fill.ts))


def _levels(inst_id: InstId, state: ViewState) -> ChartLevels:
    held = state.positions.rows.get(inst_id)
    if held is None:
        return ChartLevels()
    prices = (held.entry_px, held.stop_px, held.target_px, held.liq_px)
    entry, stop, target, liquidation = (None if px is None else float(px) for px in prices)
    return ChartLevels(entry=entry, stop=stop, target=target, liquidation=liquidation)
