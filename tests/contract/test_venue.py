"""One suite for every venue and feed: in process and over OKX's protocol they mean the same."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest

from tai2.engine.book import OrderBook
from tai2.model.account import Account, BillKind, PosMode
from tai2.model.errors import UsageError
from tai2.model.ids import AlgoClOrdId, ClOrdId, InstId, OrdId
from tai2.model.instrument import InstKind, Side
from tai2.model.market import (
    Bar,
    BookDelta,
    BookInvalid,
    BookSnapshot,
    InstrumentChanged,
    MarketEvent,
    PublicTrade,
)
from tai2.model.money import Contracts, Px
from tai2.model.order import (
    Accepted,
    Leg,
    OrderIntent,
    OrderState,
    OrderUpdate,
    Rejected,
    StopIntent,
)
from tai2.model.stop_update import StopState, StopUpdate
from tai2.okx.connect import connect
from tai2.okx.credentials import Credentials, Endpoints
from tai2.ports.clock import Clock
from tai2.ports.feed import MarketFeed
from tai2.ports.venue import PrivateEvent, Venue
from tai2.sim.exchange.exchange import Exchange
from tai2.sim.exchange.records import CandleRow
from tai2.sim.feed import SimFeed
from tai2.sim.server.app import SimServer
from tai2.sim.venue import SimVenue
from tests.builders.exchange import INST as NAME
from tests.builders.exchange import opened_exchange, quote
from tests.builders.orders import intent
from tests.wire.sim_server_support import WallClock

INST = InstId(NAME)
PATIENCE_S = 30.0


@dataclass
class Desk:
    """An adapter's two ends with the exchange behind them, and what they push."""

    exchange: Exchange
    venue: Venue
    feed: MarketFeed
    pushes: list[PrivateEvent] = field(default_factory=list)
    events: list[MarketEvent] = field(default_factory=list)
    gaps: list[int] = field(default_factory=list)
    clock: Clock = field(default_factory=WallClock)
    stirred: asyncio.Event = field(default_factory=asyncio.Event)

    def take_push(self, event: PrivateEvent) -> None:
        self.pushes.append(event)
        self.stirred.set()

    def take_event(self, event: MarketEvent) -> None:
        self.events.append(event)
        self.stirred.set()

    def now(self) -> None:
        """Move the exchange to the machine's time."""
        self.exchange.advance(self.clock.now_ms())

    async def place(self, order: OrderIntent, late_ms: int = -5_000) -> Any:
        """Place an order that expires 5 s from now, or that is late."""
        self.now()
        return await self.venue.place(order, self.exchange.now_ms - late_ms)

    @contextlib.asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Follow the private stream inside the block."""
        up = asyncio.Event()

        def gap() -> None:
            self.gaps.append(1)
            up.set()

        async with asyncio.TaskGroup() as group:
            task = group.create_task(self.venue.watch(self.take_push, gap))
            async with asyncio.timeout(PATIENCE_S):
                await up.wait()
            yield
            task.cancel()

    @contextlib.asynccontextmanager
    async def streamed(self) -> AsyncIterator[None]:
        """Follow the public stream inside the block, from its first book on."""
        async with asyncio.TaskGroup() as group:
            task = group.create_task(self.feed.stream([INST], self.take_event))
            await self.until(lambda: any(isinstance(e, BookSnapshot) for e in self.events))
            yield
            task.cancel()

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Return once something is so; asked again after each push or event."""
        async with asyncio.timeout(PATIENCE_S):
            while not is_so():
                self.stirred.clear()
                await self.stirred.wait()

    def updates(self, state: OrderState) -> list[OrderUpdate]:
        return [e for e in self.pushes if isinstance(e, OrderUpdate) and e.state is state]

    def stops(self, state: StopState) -> list[StopUpdate]:
        return [e for e in self.pushes if isinstance(e, StopUpdate) and e.state is state]

    def accounts(self) -> list[Account]:
        return [e for e in self.pushes if isinstance(e, Account)]


@contextlib.asynccontextmanager
async def in_process(exchange: Exchange) -> AsyncIterator[tuple[MarketFeed, Venue]]:
    yield SimFeed(exchange), SimVenue(exchange)


@contextlib.asynccontextmanager
async def over_okx(exchange: Exchange) -> AsyncIterator[tuple[MarketFeed, Venue]]:
    server = SimServer(exchange, WallClock())
    await server.start()
    keys = Credentials(api_key="sim", secret_key="sim", passphrase="sim")
    here = Endpoints(rest_url=server.rest_url, ws_url=server.ws_url, is_demo=False)
    feed, venue = connect(here, keys, WallClock())
    try:
        yield feed, venue
    finally:
        await venue.aclose()
        await server.stop()


ADAPTERS = {"sim": in_process, "okx": over_okx}


@pytest.fixture(params=ADAPTERS)
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    exchange = opened_exchange()
    exchange.advance(WallClock().now_ms())
    quote(exchange, "99999.9", "100000")
    exchange.set_index(NAME, Decimal(100_000))
    async with ADAPTERS[request.param](exchange) as (feed, venue):
        yield Desk(exchange=exchange, venue=venue, feed=feed)


def entry(**changes: object) -> OrderIntent:
    made = intent(inst_id=INST, contracts=Contracts(Decimal(2)), limit_px=Px(Decimal(100_000)))
    assert made.stop is not None
    stop = replace(made.stop, stop_px=Px(Decimal(97_000)), target_px=Px(Decimal(105_000)))
    return replace(made, **({"stop": stop} | changes))


def leaving(contracts: int = 2, cl_ord_id: str = "t2exit") -> OrderIntent:
    return entry(
        leg=Leg.EXIT,
        side=Side.SELL,
        reduce_only=True,
        stop=None,
        limit_px=Px(Decimal("99999.9")),
        contracts=Contracts(Decimal(contracts)),
        cl_ord_id=ClOrdId(cl_ord_id),
    )


def own_stop(**changes: object) -> StopIntent:
    made = StopIntent(
        algo_cl_ord_id=AlgoClOrdId("s2own"),
        inst_id=INST,
        side=Side.SELL,
        contracts=Contracts(Decimal(2)),
        stop_px=Px(Decimal(98_000)),
        target_px=None,
    )
    return replace(made, **changes)


async def test_entry_is_accepted_filled_and_its_stop_is_live(desk: Desk) -> None:
    outcome = await desk.place(entry())
    assert isinstance(outcome, Accepted)
    found = await desk.venue.order(INST, entry().cl_ord_id)
    assert found is not None
    assert (found.state, found.acc_fill, found.avg_px) == (OrderState.FILLED, 2, 100_000)
    assert (found.ord_id, found.fill, found.reduce_only) == (outcome.ord_id, None, False)
    (stop,) = await desk.venue.stops([INST])
    plan = entry().stop
    assert plan is not None
    assert (stop.algo_cl_ord_id, stop.side, stop.contracts) == (plan.algo_cl_ord_id, Side.SELL, 2)
    assert (stop.stop_px, stop.target_px) == (97_000, 105_000)


async def test_ended_order_is_among_the_closed_ones_of_its_instrument(desk: Desk) -> None:
    await desk.place(entry())
    (closed,) = await desk.venue.closed_orders(INST, desk.exchange.now_ms - 60_000)
    assert (closed.cl_ord_id, closed.state) == (entry().cl_ord_id, OrderState.FILLED)
    assert await desk.venue.closed_orders(INST, desk.exchange.now_ms + 60_000) == ()


async def test_fill_states_price_size_and_a_negative_fee(desk: Desk) -> None:
    outcome = await desk.place(entry())
    (fill,) = await desk.venue.fills(desk.exchange.now_ms - 1_000)
    assert (fill.px, fill.contracts, fill.fee, fill.fee_ccy) == (100_000, 2, -1, "USDT")
    assert (fill.ord_id, fill.cl_ord_id) == (outcome.ord_id, entry().cl_ord_id)
    assert (fill.is_maker, fill.pnl, fill.side) == (False, 0, Side.BUY)


async def test_push_and_list_give_the_same_fill(desk: Desk) -> None:
    async with desk.watched():
        await desk.place(entry())
        await desk.until(lambda: bool(desk.updates(OrderState.FILLED)))
    pushed = desk.updates(OrderState.FILLED)[-1].fill
    assert pushed is not None
    assert (pushed,) == await desk.venue.fills(desk.exchange.now_ms - 1_000)
    assert desk.gaps


async def test_position_and_balance_are_pushed_and_read_alike(desk: Desk) -> None:
    async with desk.watched():
        await desk.place(entry())
        await desk.until(lambda: any(a.positions for a in desk.accounts()))
    read = await desk.venue.account()
    (held,) = read.positions
    pushed = next(a for a in reversed(desk.accounts()) if a.positions).positions[0]
    assert (held.contracts, held.avg_px, held.inst_id) == (2, 100_000, INST)
    assert (pushed.contracts, pushed.avg_px, pushed.lever) == (2, 100_000, held.lever)
    assert read.balance.equity == desk.exchange.balance().eq


async def test_position_is_stamped_no_earlier_than_its_fill(desk: Desk) -> None:
    await desk.place(entry())
    (fill,) = await desk.venue.fills(0)
    (held,) = (await desk.venue.account()).positions
    assert held.ts_event >= fill.ts_event


async def test_reduce_only_exit_flattens_and_realises_pnl(desk: Desk) -> None:
    await desk.place(entry())
    assert isinstance(await desk.place(leaving()), Accepted)
    assert (await desk.venue.account()).position(INST) is None
    fills = await desk.venue.fills(0)
    assert [fill.cl_ord_id for fill in fills] == [entry().cl_ord_id, "t2exit"]
    assert fills[-1].pnl == Decimal("-0.002")


async def test_reduce_only_order_without_a_position_is_rejected(desk: Desk) -> None:
    outcome = await desk.place(leaving())
    assert isinstance(outcome, Rejected)
    assert (outcome.code, outcome.is_expired) == ("51169", False)


async def test_rest_of_an_ioc_is_cancelled(desk: Desk) -> None:
    quote(desk.exchange, "99999.9", "100000", depth="1")
    await desk.place(entry())
    found = await desk.venue.order(INST, entry().cl_ord_id)
    assert found is not None
    assert (found.state, found.acc_fill, found.cancel_source) == (OrderState.CANCELED, 1, "14")
    assert await desk.venue.open_orders() == ()


async def test_late_order_is_rejected_as_expired_and_never_existed(desk: Desk) -> None:
    outcome = await desk.place(entry(), late_ms=1_000)
    assert isinstance(outcome, Rejected)
    assert (outcome.code[:4], outcome.is_expired) == ("5003", True)
    assert await desk.venue.order(INST, entry().cl_ord_id) is None


async def test_refusal_carries_code_and_sub_code(desk: Desk) -> None:
    outcome = await desk.place(entry(contracts=Contracts(Decimal(90))))
    assert isinstance(outcome, Rejected)
    assert (outcome.code, outcome.is_expired) == ("51008_1001", False)


async def test_order_below_the_minimum_is_rejected(desk: Desk) -> None:
    outcome = await desk.place(entry(contracts=Contracts(Decimal("0.001"))))
    assert isinstance(outcome, Rejected)
    assert outcome.code.startswith("51")


async def test_unknown_orders_are_none_by_either_id(desk: Desk) -> None:
    assert await desk.venue.order(INST, ClOrdId("t2never")) is None
    assert await desk.venue.order_by_id(INST, OrdId("1")) is None


async def test_cancel_and_cancel_stop_are_idempotent(desk: Desk) -> None:
    await desk.place(entry())
    (stop,) = await desk.venue.stops([INST])
    for _ in range(2):
        assert isinstance(await desk.venue.cancel_stop(INST, stop.algo_id), Accepted)
        assert isinstance(await desk.venue.cancel(INST, entry().cl_ord_id), Accepted)
    assert await desk.venue.stops([INST]) == ()


async def test_child_of_a_triggered_stop_names_its_stop(desk: Desk) -> None:
    await desk.place(entry())
    async with desk.watched():
        quote(desk.exchange, "96900", "96900.1")
        desk.exchange.set_index(NAME, Decimal(96_900))
        quote(desk.exchange, "96900", "96900.1")
        await desk.until(lambda: bool(desk.updates(OrderState.FILLED)))
    plan = entry().stop
    assert plan is not None
    child = desk.updates(OrderState.FILLED)[-1]
    assert (child.algo_cl_ord_id, child.cl_ord_id) == (plan.algo_cl_ord_id, None)
    found = await desk.venue.order_by_id(INST, child.ord_id)
    assert found is not None
    assert (found.algo_cl_ord_id, found.state) == (plan.algo_cl_ord_id, OrderState.FILLED)
    assert (await desk.venue.fills(0))[-1].cl_ord_id is None


async def test_stop_of_its_own_is_live_and_counts_its_contracts(desk: Desk) -> None:
    await desk.place(entry())
    outcome = await desk.venue.place_stop(own_stop(target_px=Px(Decimal(106_000))))
    assert isinstance(outcome, Accepted)
    found = {stop.algo_cl_ord_id: stop for stop in await desk.venue.stops([INST])}["s2own"]
    assert (found.algo_id, found.contracts) == (outcome.ord_id, 2)
    assert (found.stop_px, found.target_px) == (98_000, 106_000)
    assert await desk.venue.stops([InstId("ETH-USDT-SWAP")]) == ()


async def test_life_of_a_stop_is_pushed(desk: Desk) -> None:
    async with desk.watched():
        await desk.place(entry())
        placed = await stops_until_heard(desk)
        update = desk.stops(StopState.LIVE)[-1]
        assert (update.stop.stop_px, update.stop.contracts) == (98_000, 2)
        await desk.venue.cancel_stop(INST, update.stop.algo_id)
        await desk.until(lambda: bool(desk.stops(StopState.CANCELED)))
        assert desk.stops(StopState.CANCELED)[-1].stop == update.stop
        await desk.venue.place_stop(own_stop())
        fall_to(desk.exchange, "97900")
        await desk.until(lambda: bool(desk.stops(StopState.TRIGGERED)))
    first = desk.stops(StopState.TRIGGERED)[0]
    assert first.stop.algo_cl_ord_id in {*placed, "s2own"}
    assert first.u_time >= update.u_time


async def stops_until_heard(desk: Desk) -> list[str]:
    """Place stops until one is pushed: they come over a socket that may be up late."""
    names: list[str] = []
    async with asyncio.timeout(PATIENCE_S):
        while not any(one.stop.stop_px == Decimal(98_000) for one in desk.stops(StopState.LIVE)):
            names.append(f"s2own{len(names)}")
            await desk.venue.place_stop(own_stop(algo_cl_ord_id=AlgoClOrdId(names[-1])))
            await asyncio.sleep(0.05)
    return names


def fall_to(exchange: Exchange, px: str) -> None:
    """Move book, index and mark."""
    for _ in range(2):
        quote(exchange, px, str(Decimal(px) + Decimal("0.1")))
        exchange.set_index(NAME, Decimal(px))


async def test_stop_on_the_wrong_side_of_the_market_is_rejected(desk: Desk) -> None:
    await desk.place(entry())
    outcome = await desk.venue.place_stop(own_stop(stop_px=Px(Decimal(101_000))))
    assert isinstance(outcome, Rejected)
    assert outcome.code == "51280"


async def test_fills_are_paged_to_the_end_oldest_first(desk: Desk) -> None:
    for number in range(130):
        side = Side.BUY if number % 2 == 0 else Side.SELL
        quote(desk.exchange, "99999.9", "100000")
        order = leaving(1, f"t2page{number}")
        px = Px(Decimal(100_000) if side is Side.BUY else Decimal("99999.9"))
        exit_or_entry = {"side": side, "limit_px": px}
        if side is Side.BUY:
            exit_or_entry |= {"leg": Leg.ENTRY, "reduce_only": False, "stop": _stop(number)}
        await SimVenue(desk.exchange).place(
            replace(order, **exit_or_entry), desk.exchange.now_ms + 5_000
        )
    fills = await desk.venue.fills(0)
    assert [fill.cl_ord_id for fill in fills] == [f"t2page{number}" for number in range(130)]
    newest = fills[-1].ts_event
    assert await desk.venue.fills(newest + 1) == ()
    assert fills[-1] in await desk.venue.fills(newest)


def _stop(number: int) -> object:
    plan = entry().stop
    assert plan is not None
    return replace(plan, algo_cl_ord_id=AlgoClOrdId(f"s2page{number}"))


async def test_account_facts_agree(desk: Desk) -> None:
    config, rates = await desk.venue.config(), await desk.venue.fee_rates(INST)
    assert (config.account_level, config.pos_mode) == ("2", PosMode.NET)
    assert "withdraw" not in config.permissions
    assert (rates.maker, rates.taker) == (Decimal("0.0002"), Decimal("0.0005"))
    assert await desk.venue.leverage(INST) == 5


async def test_statement_tells_transfer_and_fill_apart_and_ends_at_the_balance(desk: Desk) -> None:
    desk.exchange.transfer(Decimal(-250))
    await desk.place(entry())
    bills = await desk.venue.bills(0)
    assert [(one.kind, one.inst_id) for one in bills] == [
        (BillKind.TRANSFER, None),
        (BillKind.FILL, INST),
    ]
    assert (bills[0].change, bills[0].ccy) == (-250, "USDT")
    assert bills[-1].balance == (await desk.venue.account()).balance.cash
    assert await desk.venue.bills(bills[-1].ts_event + 1) == ()


async def test_cancel_all_after_tells_its_time_and_is_disarmed(desk: Desk) -> None:
    desk.now()
    first = await desk.venue.cancel_all_after(30)
    assert first is not None
    assert abs(first - desk.exchange.now_ms - 30_000) < 1_000
    assert (await desk.venue.cancel_all_after(120) or 0) > first
    assert await desk.venue.cancel_all_after(0) is None


async def test_server_time_is_the_exchanges(desk: Desk) -> None:
    desk.now()
    assert abs(await desk.venue.server_time_ms() - desk.exchange.now_ms) < 1_000


async def test_instruments_are_alike_and_an_unknown_one_is_named(desk: Desk) -> None:
    (found,) = await desk.feed.instruments([INST])
    assert (found.kind, found.settle_ccy, found.is_live) == (InstKind.LINEAR, "USDT", True)
    steps = (found.ct_val, found.tick_sz, found.lot_sz, found.min_sz)
    assert steps == (Decimal("0.01"), Decimal("0.1"), Decimal("0.01"), Decimal("0.01"))
    with pytest.raises(UsageError, match="XXX-USDT-SWAP"):
        await desk.feed.instruments([INST, InstId("XXX-USDT-SWAP")])


async def test_history_is_closed_bars_oldest_first(desk: Desk) -> None:
    start = desk.exchange.now_ms - desk.exchange.now_ms % 60_000
    rows = [_bar(start - 60_000 * back, 100 + back) for back in (3, 2, 1)]
    desk.exchange.seed_candles(NAME, "1m", rows)
    bars = await desk.feed.history(INST, Bar.M1, 2)
    assert [bar.ts_event for bar in bars] == [start - 120_000, start - 60_000]
    assert all(bar.is_closed for bar in bars)
    assert (bars[-1].close_px, bars[-1].base_vol) == (101, Decimal("0.05"))


def _bar(ts: int, px: int) -> CandleRow:
    number = Decimal(px)
    return CandleRow(
        ts=ts,
        o=number,
        h=number,
        l=number,
        c=number,
        vol_contracts=Decimal(5),
        vol_ccy=Decimal("0.05"),
        vol_quote=Decimal(5),
        confirmed=True,
    )


async def test_book_stream_ends_at_the_exchanges_book(desk: Desk) -> None:
    async with desk.streamed():
        for step in range(5):
            desk.now()
            quote(desk.exchange, f"{99_990 + step}", f"{99_991 + step}", depth=f"{7 + step}")
        seq_id = desk.exchange.book(INST, 1).seq_id
        await desk.until(lambda: followed(desk.events).seq_id == seq_id)
    top = followed(desk.events).top()
    assert top is not None
    assert (top.best_bid, top.best_ask, top.bids[0][1]) == (99_994, 99_995, 11)


async def test_resync_invalidates_the_book_and_brings_a_new_one(desk: Desk) -> None:
    async with desk.streamed():
        first = len(desk.events)
        desk.feed.resync(INST)
        later = lambda kind: any(isinstance(e, kind) for e in desk.events[first:])  # noqa: E731
        await desk.until(lambda: later(BookSnapshot))
    kinds = [type(e) for e in desk.events[first:] if isinstance(e, BookInvalid | BookSnapshot)]
    assert kinds[:2] == [BookInvalid, BookSnapshot]
    assert followed(desk.events).is_valid


async def test_change_of_an_instrument_is_told(desk: Desk) -> None:
    def changes() -> list[InstrumentChanged]:
        return [e for e in desk.events if isinstance(e, InstrumentChanged)]

    (spec,) = desk.exchange.specs()
    async with desk.streamed():
        # As with trades: told again until the channel is acknowledged.
        async with asyncio.timeout(PATIENCE_S):
            while not changes():
                desk.exchange.relist(replace(spec, state="suspend", min_sz=Decimal("0.1")))
                await asyncio.sleep(0.02)
    told = changes()[-1].instrument
    assert (told.inst_id, told.is_live, told.min_sz) == (INST, False, Decimal("0.1"))
    assert await desk.feed.instruments([INST]) == (told,)
    refused = await desk.place(entry())
    assert isinstance(refused, Rejected)
    assert refused.code == "51022"


async def test_public_trade_names_the_takers_side(desk: Desk) -> None:
    def trades() -> list[PublicTrade]:
        return [e for e in desk.events if isinstance(e, PublicTrade)]

    async with desk.streamed():
        # The trades channel may be acknowledged after the books channel: print until it is.
        async with asyncio.timeout(PATIENCE_S):
            while not trades():
                desk.now()
                desk.exchange.print_trade(NAME, "sell", Decimal("99999.9"), Decimal(3))
                await asyncio.sleep(0.02)
    assert (trades()[-1].side, trades()[-1].contracts % 3) == (Side.SELL, 0)


def followed(events: list[MarketEvent]) -> OrderBook:
    """Return the book that the events so far amount to."""
    book = OrderBook()
    for event in events:
        match event:
            case BookSnapshot():
                book.load(event)
            case BookDelta():
                book.apply(event)
            case BookInvalid():
                book.invalidate()
    return book


async def test_pushes_end_when_the_watch_is_cancelled(desk: Desk) -> None:
    async with desk.watched():
        pass
    seen = len(desk.pushes)
    await desk.place(entry())
    await desk.venue.server_time_ms()
    assert len(desk.pushes) == seen
