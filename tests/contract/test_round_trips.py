"""One suite for round trips, their sums and every order of a page, over all histories."""

from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from tai2.model.errors import UsageError
from tai2.model.ids import InstId
from tai2.model.instrument import Side
from tai2.model.order import Fill
from tai2.model.performance import totals_of
from tai2.model.round_trip import RoundTrip, round_trips
from tai2.model.trade import ExecutedTrade
from tai2.ports.history import (
    History,
    Sort,
    TradeQuery,
    mark_of,
    mark_of_trade,
    mark_of_trip,
)
from tai2.store.journal.database import FileDatabase
from tai2.store.journal.history import SqliteHistory
from tai2.store.journal.schema import MIGRATIONS
from tai2.store.postgres.database import PgDatabase
from tests.builders import market as m
from tests.builders.trades import dealt, fill
from tests.contract.pasts import KINDS, Past, open_past

ETH = InstId("ETH-USDT-SWAP")


@pytest.fixture(params=KINDS)
async def past(
    request: pytest.FixtureRequest, tmp_path: Path, pg: PgDatabase
) -> AsyncIterator[Past]:
    async with open_past(request.param, tmp_path, pg) as made:
        yield made


def fill_of(trade: ExecutedTrade) -> Fill:
    inst_id, trade_id, ord_id = trade.fill_id.split(":")
    kind = type(fill().ord_id)
    return replace(fill(), inst_id=InstId(inst_id), trade_id=trade_id, ord_id=kind(ord_id))


async def save(past: Past, *trades: ExecutedTrade) -> History:
    for trade in trades:
        await past.journal.save_fill(fill_of(trade), trade)
    return await past.settle()


def career(count: int) -> list[ExecutedTrade]:
    """Return seeded fills that open, add, reduce and turn positions of two instruments."""
    chance, made = Random(1), []
    for number in range(count):
        symbol = chance.choice([m.INST, ETH])
        side, contracts = chance.choice(["buy", "sell"]), str(chance.randint(1, 2))
        px, pnl = str(chance.randint(90, 110)), chance.choice(["0", "0", "1.5", "-2"])
        one = dealt(number, side, contracts, px, pnl, symbol=symbol)
        made.append(replace(one, fill_id=type(one.fill_id)(f"{symbol}:{number}:9")))
    return made


async def all_trips(history: History, query: TradeQuery) -> list[RoundTrip]:
    seen: list[RoundTrip] = []
    while page := await history.trips(query):
        seen += page
        query = replace(query, after=mark_of(str(mark_of_trip(page[-1], query.sort))))
    return seen


async def test_closed_position_becomes_a_round_trip(past: Past) -> None:
    bought = dealt(0, "buy", "2", "100", llm_reasoning="up")
    history = await save(past, bought, dealt(9, "sell", "2", "110", "20", leg="stop"))
    (trip,) = await history.trips(TradeQuery())
    assert (trip.side, trip.entry_px, trip.exit_px, trip.held_ms) == (Side.BUY, 100, 110, 9)
    assert (trip.pnl, trip.fees, trip.net_pnl) == (20, Decimal("-0.42"), Decimal("19.58"))
    assert (trip.ending, trip.decision_id, trip.llm_reasoning) == ("target", "D1", "up")


async def test_open_position_is_no_round_trip_yet(past: Past) -> None:
    history = await save(past, dealt(0, "buy", "2", "100"), dealt(1, "sell", "1", "110", "10"))
    assert await history.trips(TradeQuery()) == ()
    assert (await history.trip_totals(TradeQuery())).trips == 0


async def test_stored_trips_equal_those_of_the_model(past: Past) -> None:
    fills = career(60)
    history = await save(past, *fills)
    expected = sorted(round_trips(fills), key=lambda trip: (trip.closed_ms, trip.trip_id))
    assert len(expected) > 8
    assert await all_trips(history, TradeQuery(is_ascending=True, limit=7)) == expected
    assert await history.trip_totals(TradeQuery()) == totals_of(expected)


async def test_fills_in_any_order_of_arrival_give_the_same_trips(past: Past) -> None:
    fills = career(40)
    late = fills[:]
    Random(5).shuffle(late)
    history = await save(past, *late)
    expected = sorted(round_trips(fills), key=lambda trip: (trip.closed_ms, trip.trip_id))
    assert await all_trips(history, TradeQuery(is_ascending=True)) == expected


@pytest.mark.parametrize("is_ascending", [True, False])
@pytest.mark.parametrize("sort", list(Sort))
async def test_trips_are_paged_in_every_order_without_overlap_or_gap(
    past: Past, sort: Sort, *, is_ascending: bool
) -> None:
    history = await save(past, *career(60))
    everything = await history.trips(TradeQuery(limit=100))
    places = {trip.trip_id: mark_of_trip(trip, sort) for trip in everything}
    found = await all_trips(history, TradeQuery(sort=sort, is_ascending=is_ascending, limit=3))
    keys = [
        (place.key, place.ts, place.row_id)
        for place in map(places.get, [t.trip_id for t in found])
        if place
    ]
    assert keys == sorted(keys, reverse=not is_ascending)
    assert len(set(keys)) == len(everything)


@pytest.mark.parametrize("is_ascending", [True, False])
@pytest.mark.parametrize("sort", [Sort.TIME, Sort.PNL, Sort.NOTIONAL])
async def test_trades_are_paged_in_every_order_without_overlap_or_gap(
    past: Past, sort: Sort, *, is_ascending: bool
) -> None:
    history = await save(past, *career(30))
    query, keys = TradeQuery(sort=sort, is_ascending=is_ascending, limit=4), []
    while page := await history.trades(query):
        marks = [mark_of_trade(trade, sort) for trade in page]
        keys += [(mark.key, mark.ts, mark.row_id) for mark in marks]
        query = replace(query, after=mark_of(str(marks[-1])))
    assert keys == sorted(keys, reverse=not is_ascending)
    assert len(set(keys)) == 30


async def test_trades_do_not_know_how_long_they_were_held(past: Past) -> None:
    with pytest.raises(UsageError, match="can't be sorted by held"):
        await past.history.trades(TradeQuery(sort=Sort.HELD))


async def test_trips_are_filtered_by_closing_time_symbol_side_and_mode(past: Past) -> None:
    history = await save(
        past,
        dealt(0, "buy", "1", "100"),
        dealt(1, "sell", "1", "101", "1"),
        dealt(2, "sell", "1", "100", symbol=ETH),
        dealt(3, "buy", "1", "101", "-1", symbol=ETH),
        dealt(4, "buy", "1", "100", mode="paper"),
        dealt(5, "sell", "1", "103", "3", mode="paper"),
    )

    async def pnls(query: TradeQuery) -> list[int]:
        return [int(trip.pnl) for trip in await history.trips(query)]

    assert await pnls(TradeQuery(since_ms=m.NOW + 3)) == [3, -1]
    assert await pnls(TradeQuery(until_ms=m.NOW + 3)) == [1]
    assert await pnls(TradeQuery(symbol=ETH)) == [-1]
    assert await pnls(TradeQuery(side="buy")) == [3, 1]
    assert await pnls(TradeQuery(mode="paper")) == [3]
    totals = await history.trip_totals(TradeQuery(mode="sim"))
    assert (totals.trips, totals.wins, totals.losses, totals.held_ms) == (2, 1, 1, 2)


async def test_trades_are_filtered_by_mode(past: Past) -> None:
    history = await save(past, dealt(0, "buy", "1", "9"), dealt(1, "buy", "1", "9", mode="demo"))
    (found,) = await history.trades(TradeQuery(mode="demo"))
    assert found.timestamp_ms == m.NOW + 1
    assert (await history.totals(TradeQuery(mode="demo"))).fills == 1


@pytest.mark.parametrize("text", ["", "1", "1,2", "x,2,a", "1,x,a", "1e5,2,a"])
def test_place_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no place in the history"):
        mark_of(text)


async def test_journal_from_before_round_trips_gets_them_at_its_next_opening(
    tmp_path: Path, pg: PgDatabase
) -> None:
    fills = career(40)
    async with open_past("file", tmp_path, pg) as past:
        await save(past, *fills)
        await past.database.run(lambda c: c.execute("DELETE FROM round_trips").rowcount)
    database = FileDatabase(tmp_path / "journal.sqlite")
    found = await SqliteHistory(database).trips(TradeQuery(limit=100, is_ascending=True))
    assert found == tuple(sorted(round_trips(fills), key=lambda t: (t.closed_ms, t.trip_id)))
    assert len(MIGRATIONS) >= 7
    await database.close()
