"""The simulator in process keeps the promises of the ports Venue and MarketFeed."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from tai2.model.account import Account
from tai2.model.errors import UsageError
from tai2.model.ids import AlgoClOrdId, ClOrdId, InstId
from tai2.model.instrument import InstKind, Side
from tai2.model.market import Bar, BookDelta, BookSnapshot, Candle, MarketEvent, PublicTrade
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
from tai2.ports.feed import MarketFeed
from tai2.ports.venue import PrivateEvent, Venue
from tai2.sim.feed import SimFeed
from tai2.sim.venue import SimVenue
from tests.builders.exchange import INST as NAME
from tests.builders.exchange import START_MS, opened_exchange, quote
from tests.builders.orders import intent

INST = InstId(NAME)
LATER = START_MS + 5_000


def entry(**changes: object) -> OrderIntent:
    made = intent(inst_id=INST, contracts=Contracts(Decimal(2)), limit_px=Px(Decimal(100_000)))
    assert made.stop is not None
    stop = replace(made.stop, stop_px=Px(Decimal(97_000)), target_px=Px(Decimal(105_000)))
    return replace(made, **({"stop": stop} | changes))


def leaving(cl_ord_id: str) -> OrderIntent:
    changes = {"leg": Leg.EXIT, "side": Side.SELL, "reduce_only": True, "stop": None}
    px = Px(Decimal("99999.9"))
    return entry(**changes, limit_px=px, cl_ord_id=ClOrdId(cl_ord_id))


async def test_entry_is_filled_pushed_and_protected() -> None:
    exchange = opened_exchange()
    venue: Venue = SimVenue(exchange)
    pushes: list[PrivateEvent] = []
    SimVenue(exchange).attach(pushes.append)
    outcome = await venue.place(entry(), LATER)
    assert isinstance(outcome, Accepted)
    updates = [one for one in pushes if isinstance(one, OrderUpdate)]
    assert [one.state for one in updates] == [OrderState.LIVE, OrderState.FILLED]
    assert updates[-1].fill == (await venue.fills(START_MS))[0]
    accounts = [one for one in pushes if isinstance(one, Account)]
    assert accounts[-1].positions[0].contracts == 2
    (stop,) = await venue.stops([INST])
    assert (stop.algo_cl_ord_id, stop.stop_px) == (entry().stop.algo_cl_ord_id, 97_000)  # type: ignore[union-attr]


async def test_query_tells_the_same_as_the_push() -> None:
    venue = SimVenue(opened_exchange())
    await venue.place(entry(), LATER)
    found = await venue.order(INST, entry().cl_ord_id)
    assert found is not None
    assert (found.state, found.acc_fill, found.avg_px) == (OrderState.FILLED, 2, 100_000)
    assert await venue.order(INST, ClOrdId("never")) is None


async def test_late_order_is_refused_as_expired() -> None:
    venue = SimVenue(opened_exchange())
    outcome = await venue.place(entry(), START_MS - 1)
    assert isinstance(outcome, Rejected)
    assert outcome.is_expired
    assert await venue.order(INST, entry().cl_ord_id) is None


async def test_refusal_carries_code_and_sub_code() -> None:
    venue = SimVenue(opened_exchange(cash=10))
    outcome = await venue.place(entry(), LATER)
    assert isinstance(outcome, Rejected)
    assert (outcome.code, outcome.is_expired) == ("51008_1001", False)


async def test_rest_of_an_ioc_is_cancelled_and_nothing_stays_open() -> None:
    exchange = opened_exchange()
    venue = SimVenue(exchange)
    quote(exchange, "99999", "100000", depth="1")
    await venue.place(entry(), LATER)
    found = await venue.order(INST, entry().cl_ord_id)
    assert found is not None
    assert (found.state, found.acc_fill, found.cancel_source) == (OrderState.CANCELED, 1, "14")
    assert await venue.open_orders() == ()


async def test_leaving_flattens_and_stop_is_cancelled_twice_without_harm() -> None:
    venue = SimVenue(opened_exchange())
    await venue.place(entry(), LATER)
    assert isinstance(await venue.place(leaving("t2exit"), LATER), Accepted)
    assert (await venue.account()).position(INST) is None
    (stop,) = await venue.stops([INST])
    for _ in range(2):
        assert isinstance(await venue.cancel_stop(INST, stop.algo_id), Accepted)
    assert isinstance(await venue.cancel(INST, ClOrdId("t2exit")), Accepted)


async def test_stop_of_its_own_protects_a_position() -> None:
    exchange = opened_exchange()
    venue = SimVenue(exchange)
    await venue.place(entry(), LATER)
    stop = StopIntent(
        algo_cl_ord_id=AlgoClOrdId("s2own"),
        inst_id=INST,
        side=Side.SELL,
        contracts=Contracts(Decimal(2)),
        stop_px=Px(Decimal(98_000)),
        target_px=None,
    )
    assert isinstance(await venue.place_stop(stop), Accepted)
    quote(exchange, "97900", "97900.1")
    exchange.set_index(NAME, Decimal(97_900))
    assert (await venue.account()).position(INST) is None
    assert (await venue.fills(START_MS))[-1].cl_ord_id is None


async def test_watch_announces_its_start_and_stops_when_cancelled() -> None:
    exchange = opened_exchange()
    venue, pushes, connected = SimVenue(exchange), [], asyncio.Event()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(venue.watch(pushes.append, connected.set))
        await connected.wait()
        await venue.place(entry(), LATER)
        seen = len(pushes)
        task.cancel()
    await venue.place(leaving("t2exit"), LATER)
    assert seen > 0
    assert len(pushes) == seen


async def test_account_facts_are_those_of_the_simulator() -> None:
    venue = SimVenue(opened_exchange())
    config, rates = await venue.config(), await venue.fee_rates(INST)
    assert (config.account_level, "withdraw" in config.permissions) == ("2", False)
    assert (rates.maker, rates.taker) == (Decimal("0.0002"), Decimal("0.0005"))
    assert await venue.server_time_ms() == START_MS
    assert (await venue.account()).balance.equity == 10_000


async def test_feed_lists_instruments_and_refuses_unknown_ones() -> None:
    feed: MarketFeed = SimFeed(opened_exchange())
    (instrument,) = await feed.instruments([INST])
    assert (instrument.kind, instrument.ct_val) == (InstKind.LINEAR, Decimal("0.01"))
    with pytest.raises(UsageError, match="XXX"):
        await feed.instruments([InstId("XXX")])


async def test_feed_starts_with_a_snapshot_that_updates_continue() -> None:
    exchange = opened_exchange()
    events: list[MarketEvent] = []
    detach = SimFeed(exchange).attach(events.append)
    quote(exchange, "99990", "99990.1")
    detach()
    quote(exchange, "99980", "99980.1")
    snapshot = next(one for one in events if isinstance(one, BookSnapshot))
    (delta,) = (one for one in events if isinstance(one, BookDelta))
    assert delta.prev_seq_id == snapshot.seq_id
    assert (Px(Decimal("99999.9")), Contracts(Decimal(0))) in delta.bids
    assert delta.ts_recv == exchange.now_ms


async def test_feed_gives_trades_and_closed_candles_in_base_currency() -> None:
    exchange = opened_exchange()
    events: list[MarketEvent] = []
    SimFeed(exchange).attach(events.append, [INST])
    exchange.print_trade(NAME, "sell", Decimal("99999.9"), Decimal(5))
    exchange.advance(START_MS + 60_000)
    trade = next(one for one in events if isinstance(one, PublicTrade))
    closed = [one for one in events if isinstance(one, Candle) and one.is_closed]
    assert (trade.side, trade.contracts) == (Side.SELL, 5)
    assert closed[0].base_vol == Decimal("0.05")
    assert await SimFeed(exchange).history(INST, Bar.M1, 10) == (closed[0],)


async def test_bars_that_the_engine_does_not_use_are_not_told() -> None:
    exchange = opened_exchange()
    events: list[MarketEvent] = []
    SimFeed(exchange).attach(events.append)
    exchange.print_trade(NAME, "buy", Decimal(100_000), Decimal(1))
    exchange.advance(START_MS + 2 * 86_400_000)
    assert {one.bar for one in events if isinstance(one, Candle)} == set(Bar)
