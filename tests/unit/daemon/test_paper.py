"""Paper orders take the live book's levels, pay its fees and funding, and believe no bad book."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tai2.daemon.paper import PaperFeed, PaperMarket, PaperVenue, paper_spec
from tai2.model.errors import UsageError
from tai2.model.ids import AlgoClOrdId, ClOrdId
from tai2.model.instrument import InstKind, Side
from tai2.model.maintenance import Maintenance
from tai2.model.market import (
    BookDelta,
    BookInvalid,
    BookSnapshot,
    FundingRate,
    MarketEvent,
    MarkPx,
    PublicTrade,
)
from tai2.model.order import Accepted, Leg, OrderIntent, OrderState, OrderUpdate, Rejected
from tai2.ports.venue import PrivateEvent
from tai2.sim.exchange.exchange import Exchange
from tai2.sim.log import EventLog
from tests.builders.market import INST, NOW, swap
from tests.builders.orders import intent

MAKER, TAKER = Decimal("0.0002"), Decimal("0.0005")
Levels = tuple[tuple[Any, Any], ...]


def levels(*rows: tuple[str, str]) -> Levels:
    return tuple((Decimal(px), Decimal(sz)) for px, sz in rows)


class Paper:
    """A paper account and the live market that a test plays."""

    def __init__(self, log: EventLog | None = None) -> None:
        self.now = NOW
        self.announced: tuple[Maintenance, ...] = ()
        self.exchange = Exchange(
            [paper_spec(swap(), MAKER, TAKER)], cash={"USDT": Decimal(10_000)}, seed=1, log=log
        )
        self.market = PaperMarket(self.exchange, lambda: self.now, clock=None)  # type: ignore[arg-type]
        self.venue = PaperVenue(self.exchange, self.market, self)
        self.pushes: list[PrivateEvent] = []
        self.venue.attach(self.pushes.append)
        self._seq_id = 0

    async def server_time_ms(self) -> int:
        return self.now

    async def maintenances(self) -> tuple[Maintenance, ...]:
        return self.announced

    def book(self, bids: Levels, asks: Levels) -> None:
        self._seq_id += 1
        self.take(BookSnapshot, bids=bids, asks=asks, seq_id=self._seq_id)

    def quote(self) -> None:
        self.book(
            levels(("99999.9", "3"), ("99990", "50")), levels(("100000.1", "2"), ("100010", "50"))
        )
        self.take(MarkPx, px=Decimal(100_000))

    def take(self, kind: Callable[..., MarketEvent], **fields: Any) -> None:
        self.market.take(kind(inst_id=INST, ts_event=self.now, ts_recv=self.now, **fields))

    async def buy(self, contracts: str = "5", **changes: Any) -> Any:
        sized = intent(inst_id=INST, contracts=Decimal(contracts), limit_px=Decimal(100_100))
        return await self.venue.place(_changed(sized, changes), self.now + 3_000)

    def updates(self) -> list[OrderUpdate]:
        return [one for one in self.pushes if isinstance(one, OrderUpdate)]


def _changed(order: OrderIntent, changes: dict[str, Any]) -> OrderIntent:
    assert order.stop is not None
    named = AlgoClOrdId(f"s{changes.get('cl_ord_id', '2first')}")
    stop = replace(
        order.stop, algo_cl_ord_id=named, stop_px=Decimal(97_000), target_px=Decimal(105_000)
    )
    return replace(order, **({"stop": stop} | changes))


@pytest.fixture
def paper() -> Paper:
    made = Paper()
    made.quote()
    return made


async def test_order_takes_the_depth_of_the_live_book(paper: Paper) -> None:
    assert isinstance(await paper.buy("5"), Accepted)
    fills = await paper.venue.fills(0)
    assert [(fill.px, fill.contracts) for fill in fills] == [
        (Decimal("100000.1"), 2),
        (Decimal(100_010), 3),
    ]
    assert fills[0].fee == -(2 * Decimal("0.01") * Decimal("100000.1") * TAKER)


async def test_book_is_not_filled_again_until_the_market_changes_it(paper: Paper) -> None:
    await paper.buy("2")
    await paper.buy("2", cl_ord_id=ClOrdId("t2second"))
    fills = await paper.venue.fills(0)
    assert [fill.px for fill in fills] == [Decimal("100000.1"), Decimal(100_010)]
    paper.quote()
    await paper.buy("2", cl_ord_id=ClOrdId("t2third"))
    assert (await paper.venue.fills(0))[-1].px == Decimal("100000.1")


async def test_delta_moves_the_book_that_orders_meet(paper: Paper) -> None:
    ask, better = ("100000.1", "0"), ("100000.5", "9")
    paper.take(BookDelta, bids=(), asks=levels(ask, better), prev_seq_id=1, seq_id=2)
    await paper.buy("5")
    (fill,) = await paper.venue.fills(0)
    assert fill.px == Decimal("100000.5")


async def test_no_order_is_filled_from_an_untrusted_book(paper: Paper) -> None:
    paper.take(BookInvalid, reason="gap")
    assert isinstance(await paper.buy(), Accepted)
    (final,) = [one for one in paper.updates() if one.state is OrderState.CANCELED]
    assert (final.acc_fill, await paper.venue.fills(0)) == (0, ())


async def test_order_that_expired_is_rejected_by_the_real_clock(paper: Paper) -> None:
    paper.now += 1
    late = intent(inst_id=INST, contracts=Decimal(1), limit_px=Decimal(100_100))
    outcome = await paper.venue.place(late, paper.now - 1)
    assert isinstance(outcome, Rejected)
    assert outcome.is_expired


async def test_stop_triggers_on_the_live_mark_and_fills_in_the_live_book(paper: Paper) -> None:
    await paper.buy("2")
    paper.book(levels(("96990", "9")), levels(("97000", "9")))
    paper.take(MarkPx, px=Decimal(96999))
    fills = await paper.venue.fills(0)
    assert (fills[-1].side, fills[-1].px) == (Side.SELL, Decimal(96_990))
    assert (await paper.venue.account()).positions == ()


async def test_target_triggers_on_a_trade(paper: Paper) -> None:
    await paper.buy("2")
    paper.book(levels(("105001", "9")), levels(("105002", "9")))
    trade = {"trade_id": "1", "side": Side.BUY, "contracts": Decimal(1)}
    paper.take(PublicTrade, px=Decimal(105_001), **trade)
    assert (await paper.venue.fills(0))[-1].px == Decimal(105_001)


async def test_funding_is_charged_once_at_its_time(paper: Paper) -> None:
    due = NOW + 60_000
    told = {"rate": Decimal("0.001"), "funding_time": due, "interval_ms": 28_800_000}
    paper.take(FundingRate, **told)
    await paper.buy("2")
    before = (await paper.venue.account()).balance.cash
    paper.now = due + 10
    paper.take(MarkPx, px=Decimal(100_000))
    paper.take(FundingRate, **told)
    paper.now += 1_000
    paper.take(MarkPx, px=Decimal(100_000))
    assert (await paper.venue.account()).balance.cash - before == -2


async def test_account_survives_a_restart(tmp_path: Path) -> None:
    first = Paper(EventLog(tmp_path))
    first.quote()
    await first.buy("2")
    second = Paper(EventLog(tmp_path))
    second.quote()
    (held,) = (await second.venue.account()).positions
    (stop,) = await second.venue.stops([INST])
    assert (held.contracts, stop.stop_px) == (2, 97_000)
    second.book(levels(("96990", "9")), levels(("97000", "9")))
    second.take(MarkPx, px=Decimal(96000))
    assert (await second.venue.account()).positions == ()


async def test_exit_reduces_and_realises(paper: Paper) -> None:
    await paper.buy("2")
    leaving = {"leg": Leg.EXIT, "side": Side.SELL, "reduce_only": True, "stop": None}
    await paper.buy("2", **leaving, limit_px=Decimal(99_000), cl_ord_id=ClOrdId("t2exit"))
    assert (await paper.venue.fills(0))[-1].pnl == Decimal("-0.004")


async def test_clock_is_the_real_exchanges(paper: Paper) -> None:
    paper.now = NOW + 77
    assert await paper.venue.server_time_ms() == NOW + 77


async def test_engine_and_matching_hear_the_same_events(paper: Paper) -> None:
    class Played:
        async def stream(self, _inst_ids: object, sink: Callable[[MarketEvent], None]) -> None:
            sink(MarkPx(inst_id=INST, ts_event=NOW, ts_recv=NOW, px=Decimal(123_000)))  # type: ignore[arg-type]

    heard: list[MarketEvent] = []
    await PaperFeed(Played(), paper.market).stream([INST], heard.append)  # type: ignore[arg-type]
    assert len(heard) == 1
    assert paper.exchange.mark_px(INST) == 123_000


@pytest.mark.parametrize(
    "other", [{"kind": InstKind.INVERSE, "settle_ccy": "BTC"}, {"settle_ccy": "USDC"}]
)
def test_what_paper_cannot_settle_is_refused(other: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="can't settle"):
        paper_spec(swap(**other), MAKER, TAKER)
