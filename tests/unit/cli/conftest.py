"""A desk to talk to: the real socket server in a thread, with canned answers."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from tai2.cli.app import run
from tai2.daemon.server import SocketServer, owner_rules
from tai2.model.account import Position
from tai2.model.controls import TradingState
from tai2.model.errors import Refused, UsageError
from tai2.model.ids import ClOrdId, CycleId, DecisionId, FillId, InstId, OrdId
from tai2.model.instrument import Side
from tai2.model.money import Contracts, Px, QuoteAmt
from tai2.wire import controls, past, performance, status, verbs, watch
from tai2.wire.method import HELLO, Hello, NoParams, bind, bind_stream
from tai2.wire.status import STATUS

BTC = InstId("BTC-USDT-SWAP")
NOW = 1_795_427_232_000  # 2026-11-23 09:47:12 UTC
EVIL = "=cmd()\x1b]52;c;eA==\x07 above VWAP\u202e"

CYCLE = status.CycleRow(
    cycle_id=CycleId("C-1"),
    decision_id=DecisionId("D-1"),
    inst_id=BTC,
    ts=NOW - 60_000,
    duration_ms=1_500,
    outcome="hold",
    reason="NO_EDGE",
    reasoner="rules-v1 (no LLM)",
    action="HOLD",
    effect="NONE",
    notional="",
    p_up="0.51",
    cl_ord_id="",
    justification=EVIL,
    refusals=("SPREAD",),
    detail="",
)

STATUS_NOW = status.Status(
    mode="sim",
    trading_state=TradingState.ACTIVE,
    state_reason="",
    reasoner="rules-v1 (no LLM)",
    interval_s=Decimal(180),
    next_cycle_ms=42_000,
    started_ms=NOW - 3_600_000,
    now_ms=NOW,
    equity=Decimal("10084.20"),
    ccy="USDT",
    available=Decimal(7511),
    day_pnl=Decimal("84.20"),
    drift=Decimal("-0.02"),
    last_day=status.DayRow(
        day_ms=NOW - NOW % 86_400_000 - 86_400_000,
        since_ms=NOW - NOW % 86_400_000 - 86_400_000,
        until_ms=NOW - NOW % 86_400_000,
        cash_open=Decimal(9_500),
        cash_close=Decimal(10_000),
        equity_open=Decimal(9_500),
        equity_close=Decimal(10_000),
        pnl=Decimal(20),
        fees=Decimal(-5),
        funding=Decimal("-1.5"),
        others=Decimal(0),
        transfers=Decimal(486),
        drift=Decimal("0.5"),
    ),
    positions=(
        Position(
            inst_id=BTC,
            contracts=Contracts(Decimal("-1.5")),
            avg_px=Px(Decimal("66420.0")),
            mark_px=Px(Decimal("66671.0")),
            upnl=QuoteAmt(Decimal("-30.12")),
            lever=Decimal(2),
            liq_px=None,
            margin_mode="cross",
            opened_ms=NOW - 8_040_000,
            ts_event=NOW,
            ts_recv=NOW,
        ),
    ),
    open_orders=(),
    foreign=(),
    foreign_orders=0,
    instruments=(
        status.InstrumentRow(
            inst_id=BTC,
            last_px=Decimal("66671.0"),
            book_ok=True,
            age_ms=400,
            funding_rate=Decimal("0.0001"),
        ),
    ),
    counts=status.Counts(cycles=20, holds=10, refused=5, sent=3, fills=2),
    health=(status.HealthRow(part="feed", ok=True, detail="", since_ms=NOW),),
    degraded=False,
    last_cycle=CYCLE,
)


TICKET = verbs.Ticket(
    ticket="0011",
    verb=verbs.Verb.FLATTEN,
    inst_id=None,
    summary=verbs.Summary(
        trading_state=TradingState.ACTIVE,
        state_reason="",
        next_state=TradingState.HALTED,
        positions=(),
        orders=(),
        foreign_positions=0,
        foreign_orders=0,
        lines=(f"close short 1.5 contracts {BTC} {EVIL}",),
    ),
    question="Type flatten to go on",
    typed="flatten",
    is_word=True,
    expires_s=Decimal(30),
)
DONE = verbs.CommitReply(
    verb=verbs.Verb.FLATTEN,
    trading_state=TradingState.HALTED,
    cancelled=0,
    closed=(),
    is_done=True,
    lines=("trading is halted",),
)


def trade(number: int) -> past.TradeRow:
    """Return the n-th trade of a long history, newest first."""
    return past.TradeRow(
        trade_id=UUID(int=number),
        fill_id=FillId(f"{BTC}:{number}:9"),
        timestamp_ms=NOW - number * 1_000,
        symbol=BTC,
        side=Side.SELL if number % 2 else Side.BUY,
        price=Decimal("66671.0"),
        amount=Decimal("0.0150"),
        contracts=Decimal("1.5"),
        notional=Decimal("1000.065"),
        fee=Decimal("-0.50"),
        fee_ccy="USDT",
        pnl=Decimal("-12.30"),
        ord_id=OrdId("123456789012345678901"),
        cl_ord_id=ClOrdId("t2main01"),
        decision_id=DecisionId("D-1"),
        leg="entry",
        llm_reasoning=EVIL,
        reasoner="rules-v1 (no LLM)",
        mode="sim",
        lag_ms=12,
    )


def trip(number: int) -> performance.TripRow:
    """Return the n-th round trip of a long history, newest first."""
    return performance.TripRow(
        trip_id=FillId(f"{BTC}:{number}:9"),
        mode="sim",
        symbol=BTC,
        side=Side.SELL if number % 2 else Side.BUY,
        opened_ms=NOW - number * 1_000 - 8_040_000,
        closed_ms=NOW - number * 1_000,
        held_ms=8_040_000,
        contracts=Decimal("1.5"),
        amount=Decimal("0.0150"),
        entry_px=Decimal("66420.0"),
        exit_px=Decimal("66671.0"),
        entry_notional=Decimal("996.3"),
        pnl=Decimal("3.765"),
        fees=Decimal("-1.00"),
        funding=Decimal("-0.25"),
        net_pnl=Decimal("2.515"),
        net_ratio=Decimal("0.002524340058"),
        fills=2,
        ending="target",
        decision_id=DecisionId("D-1"),
        reasoner="rules-v1 (no LLM)",
        llm_reasoning=EVIL,
    )


TRIP_TOTALS = performance.TripTotalsRow(
    trips=3,
    wins=2,
    losses=1,
    gains=Decimal("5.03"),
    lost=Decimal("1.03"),
    pnl=Decimal("7.75"),
    fees=Decimal("-3.00"),
    funding=Decimal("-0.75"),
    held_ms=24_120_000,
)

FIGURES = performance.PerformanceReply(
    since_ms=NOW - 12 * 86_400_000,
    until_ms=NOW,
    fills=6,
    turnover=Decimal("6000.5"),
    fill_pnl=Decimal("7.75"),
    fill_fees=Decimal("-3.00"),
    trips=TRIP_TOTALS,
    net_pnl=Decimal("4.00"),
    win_rate=Decimal("0.666666666667"),
    profit_factor=Decimal("4.883495145631"),
    mean_held_ms=8_040_000,
    drawdown=performance.DrawdownRow(
        depth=Decimal("19.00"),
        ratio=Decimal("0.019"),
        peak_ms=NOW - 86_400_000,
        trough_ms=NOW,
        step_ms=60_000,
    ),
    returns=12,
    least_returns=30,
    year_days=365,
    sharpe=None,
    sortino=None,
    curve=tuple(
        performance.CurvePoint(ts=NOW - (12 - n) * 86_400_000, equity=Decimal(1_000 + n))
        for n in range(13)
    ),
)


class FakeDesk:
    """Answers every method; tests change its attributes."""

    def __init__(self) -> None:
        self.status_now = STATUS_NOW
        self.protocol = 1
        self.trades_total = 3
        self.figures = FIGURES
        self.breaks_on_page = 0
        self.asked: list[object] = []
        self.done = DONE
        self.on_logs: Callable[[int], None] = lambda after: None

    async def hello(self, _params: NoParams) -> Hello:
        return Hello(
            protocol=self.protocol, version="9", mode="sim", instance="main", pid=1, state_dir="/s"
        )

    async def status(self, _params: NoParams) -> status.Status:
        return self.status_now

    async def snapshot(self, params: watch.SnapshotParams) -> watch.SnapshotReply:
        if params.inst_id != BTC:
            raise UsageError(f"{params.inst_id} isn't followed", "Try BTC-USDT-SWAP.")
        mark = {"value": {"px": "66671.0"}, "age_ms": 400, "freshness": "fresh"}
        levels = [["66671.0", "5"]] * 8
        return watch.SnapshotReply(snapshot={"inst_id": BTC, "mark": mark, "bids": levels})

    async def cycles(self, params: past.CyclesParams) -> past.CyclesReply:
        self.asked.append(params)
        return past.CyclesReply(cycles=(CYCLE,))

    async def reply(self, params: past.ReplyParams) -> past.ReplyText:
        return past.ReplyText(text=f"raw {params.decision_id}\n{EVIL}")

    async def trades(self, params: past.TradesParams) -> past.TradesReply:
        self.asked.append(params)
        if len(self.asked) == self.breaks_on_page:
            raise Refused("the store is gone")
        start = 0 if params.after is None else int(params.after)
        rows = [trade(n) for n in range(start, self.trades_total)]
        totals = past.TotalsRow(
            fills=self.trades_total,
            pnl=Decimal("-36.9"),
            fees=Decimal("-1.5"),
            notional=Decimal(3000),
        )
        is_last = len(rows) <= params.limit
        following = None if is_last else str(start + params.limit)
        return past.TradesReply(trades=tuple(rows[: params.limit]), totals=totals, next=following)

    async def trips(self, params: past.TradesParams) -> performance.TripsReply:
        self.asked.append(params)
        start = 0 if params.after is None else int(params.after)
        rows = [trip(n) for n in range(start, self.trades_total)]
        is_last = len(rows) <= params.limit
        following = None if is_last else str(start + params.limit)
        return performance.TripsReply(
            trips=tuple(rows[: params.limit]), totals=TRIP_TOTALS, next=following
        )

    async def performance(
        self, params: performance.PerformanceParams
    ) -> performance.PerformanceReply:
        self.asked.append(params)
        return self.figures

    async def ask(
        self, params: past.AskParams, emit: Callable[[past.AskEvent], None]
    ) -> past.AskReply:
        self.asked.append(params)
        funnel = past.FunnelRow(
            since_ms=0,
            until_ms=NOW,
            cycles=1,
            stale=0,
            no_decision=(),
            held=(("NO_EDGE", 1),),
            refused=(),
            sent=0,
            not_sent=0,
            filled=0,
        )
        facts = f"1 cycle\n{EVIL}"
        emit(past.AskEvent(step=past.AskStep.FACTS, text=facts))
        return past.AskReply(answer=facts, funnel=funnel)

    async def logs(self, params: watch.LogsParams) -> watch.LogsReply:
        self.on_logs(params.after)
        lines = tuple(
            watch.LogRow(seq=n, ts="T", level="info", event=event, fields={"inst": "BTC"})
            for n, event in ((1, "order_sent"), (2, "tick\x1b[2J"))
            if n > params.after
        )
        return watch.LogsReply(lines=lines, last_seq=2)

    async def config_get(self, _params: NoParams) -> controls.ConfigReply:
        entry = controls.ConfigEntry(
            key="interval", current="180", source="settings", default="180"
        )
        return controls.ConfigReply(version=4, entries=(entry,))

    async def config_set(self, params: controls.ConfigSetParams) -> controls.ConfigSetReply:
        if params.key != "interval":
            raise UsageError(f"unknown control {params.key!r}", "Known: interval.")
        return controls.ConfigSetReply(version=5, key=params.key, current=params.text)

    async def halt(self, params: controls.ReasonParams) -> controls.TradingStateReply:
        self.asked.append(params)
        return controls.TradingStateReply(trading_state=TradingState.HALTED)

    async def pause(self, params: controls.ReasonParams) -> controls.TradingStateReply:
        self.asked.append(params)
        return controls.TradingStateReply(trading_state=TradingState.REDUCING)

    async def prepare(self, params: verbs.PrepareParams) -> verbs.Ticket:
        self.asked.append(params)
        if params.reason == "bored":
            raise Refused(f"not while unprotected ({params.reason})", "Close the position first.")
        return replace(TICKET, verb=params.verb, inst_id=params.inst_id)

    async def commit(self, params: verbs.CommitParams) -> verbs.CommitReply:
        self.asked.append(params)
        if params.typed != TICKET.typed:
            raise Refused("not confirmed: nothing was done", f"The word is: {TICKET.typed}")
        return self.done

    def degrade(self) -> None:
        part = status.HealthRow(part="feed", ok=False, detail="no data", since_ms=NOW - 14_000)
        self.status_now = replace(STATUS_NOW, degraded=True, health=(part,))


class Running:
    """The server's thread: started with the test, stopped with it or by it."""

    def __init__(self, desk: FakeDesk, path: Path) -> None:
        table = {
            HELLO.name: bind(HELLO, desk.hello),
            STATUS.name: bind(STATUS, desk.status),
            watch.SNAPSHOT.name: bind(watch.SNAPSHOT, desk.snapshot),
            watch.LOGS.name: bind(watch.LOGS, desk.logs),
            past.CYCLES.name: bind(past.CYCLES, desk.cycles),
            past.REPLY.name: bind(past.REPLY, desk.reply),
            past.TRADES.name: bind(past.TRADES, desk.trades),
            performance.TRIPS.name: bind(performance.TRIPS, desk.trips),
            performance.PERFORMANCE.name: bind(performance.PERFORMANCE, desk.performance),
            past.ASK.name: bind_stream(past.ASK, desk.ask),
            controls.CONFIG_GET.name: bind(controls.CONFIG_GET, desk.config_get),
            controls.CONFIG_SET.name: bind(controls.CONFIG_SET, desk.config_set),
            controls.HALT.name: bind(controls.HALT, desk.halt),
            controls.PAUSE.name: bind(controls.PAUSE, desk.pause),
            verbs.PREPARE.name: bind(verbs.PREPARE, desk.prepare),
            verbs.COMMIT.name: bind(verbs.COMMIT, desk.commit),
        }
        self._server = SocketServer(path, table, owner_rules())
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self._thread.start()
        assert self._ready.wait(60)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(self._server.serve(self._ready.set))
            await self._stop.wait()
            serving.cancel()

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)

    def join(self) -> None:
        self.stop()
        self._thread.join(10)
        assert not self._thread.is_alive()


@pytest.fixture
def socket_path(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "tai2.sock"
    with pytest.MonkeyPatch.context() as environ:
        environ.setenv("TAI2_SOCKET", str(path))
        environ.setenv("TZ", "UTC")
        time.tzset()
        yield path
    time.tzset()


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture
def running(desk: FakeDesk, socket_path: Path) -> Iterator[Running]:
    server = Running(desk, socket_path)
    yield server
    server.join()


@pytest.fixture
def tai2(running: Running, capsys: pytest.CaptureFixture[str]) -> Callable[..., "Outcome"]:
    """Run one command line against the running desk."""
    return lambda *words: outcome_of(capsys, words)


@pytest.fixture
def lonely_tai2(socket_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., "Outcome"]:
    """Run one command line where no daemon is."""
    return lambda *words: outcome_of(capsys, words)


class Outcome:
    """What a command line did."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


def outcome_of(capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> Outcome:
    code = run(list(words))
    captured = capsys.readouterr()
    return Outcome(code, captured.out, captured.err)
