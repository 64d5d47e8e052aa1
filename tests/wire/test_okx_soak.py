"""Twenty books through dropped connections, gaps and upgrades: never one wrong level.

The long run is `pytest -m soak tests/wire/test_okx_soak.py`; TAI2_SOAK_S sets its seconds.
"""

import asyncio
import os
import random
from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest

from tai2.engine.book import OrderBook
from tai2.model.ids import InstId
from tai2.model.market import BookDelta, BookInvalid, BookSnapshot, MarketEvent
from tai2.okx.connect import connect
from tai2.okx.credentials import Endpoints
from tai2.okx.sockets import Pace
from tai2.sim.exchange.exchange import Exchange
from tai2.sim.exchange.records import BookMoved, SimEvent
from tai2.sim.server.app import SimServer
from tests.wire.sim_server_support import WallClock, swap

SOAK_S = float(os.environ.get("TAI2_SOAK_S", "600"))
NAMES = [InstId(f"C{number:02d}-USDT-SWAP") for number in range(20)]
DEPTH = 40
KEPT = 300
TICK = Decimal("0.1")
Sides = tuple[tuple[Any, ...], tuple[Any, ...]]


class Truth:
    """The exchange's own book at each of its sequence ids."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._books: dict[str, OrderedDict[int, Sides]] = {name: OrderedDict() for name in NAMES}
        exchange.subscribe(self._note)

    def _note(self, event: SimEvent) -> None:
        if isinstance(event, BookMoved):
            view = self._exchange.book(event.inst_id, 400)
            books = self._books[event.inst_id]
            books[view.seq_id] = (
                tuple((px, size) for px, size, _ in view.bids),
                tuple((px, size) for px, size, _ in view.asks),
            )
            while len(books) > KEPT:
                books.popitem(last=False)

    def at(self, inst_id: str, seq_id: int) -> Sides | None:
        return self._books[inst_id].get(seq_id)

    def last(self, inst_id: str) -> int:
        return next(reversed(self._books[inst_id]))


class Follower:
    """Folds the feed's events and compares every book with the truth."""

    def __init__(self, truth: Truth) -> None:
        self._truth = truth
        self.books = {name: OrderBook() for name in NAMES}
        self.wrong: list[tuple[str, int]] = []
        self.compared = 0
        self.invalid: Counter[str] = Counter()

    def take(self, event: MarketEvent) -> None:
        match event:
            case BookSnapshot():
                self.books[event.inst_id].load(event)
            case BookDelta():
                assert self.books[event.inst_id].apply(event), "the feed forwarded a gap"
            case BookInvalid():
                self.books[event.inst_id].invalidate()
                self.invalid[event.reason.split(":")[0]] += 1
                return
            case _:
                return
        self._compare(event.inst_id)

    def _compare(self, inst_id: InstId) -> None:
        book = self.books[inst_id]
        expected, top = self._truth.at(inst_id, book.seq_id), book.top(400)
        if expected is None or top is None:
            return
        self.compared += 1
        if (top.bids, top.asks) != expected:
            self.wrong.append((inst_id, book.seq_id))


def move(exchange: Exchange, chance: random.Random, inst_id: str) -> None:
    """Give an instrument another book around a wandering mid."""
    mid = Decimal(chance.randrange(1_000, 1_100))
    exchange.set_book(
        inst_id,
        {mid - TICK * n: Decimal(chance.randrange(1, 9)) for n in range(1, DEPTH)},
        {mid + TICK * n: Decimal(chance.randrange(1, 9)) for n in range(1, DEPTH)},
    )


@contextmanager
def without_unhandled_exceptions() -> Iterator[None]:
    loop, unhandled = asyncio.get_running_loop(), []
    loop.set_exception_handler(lambda _loop, context: unhandled.append(context))
    yield
    loop.set_exception_handler(None)
    assert unhandled == []


async def soak(seconds: float, trouble_every_s: float, pace: Pace) -> Follower:
    """Follow 20 instruments while the server makes trouble; return what came of it."""
    clock, chance = WallClock(), random.Random(7)
    exchange = Exchange([swap(name) for name in NAMES], seed=1)
    exchange.advance(clock.now_ms())
    truth = Truth(exchange)
    for name in NAMES:
        move(exchange, chance, name)
    server = SimServer(exchange, clock)
    await server.start()
    here = Endpoints(rest_url=server.rest_url, ws_url=server.ws_url, is_demo=False)
    feed, _venue = connect(here, None, clock, pace)
    follower = Follower(truth)
    with without_unhandled_exceptions():
        async with asyncio.TaskGroup() as tasks:
            streaming = tasks.create_task(feed.stream(NAMES, follower.take))
            await play(server, truth, follower, seconds=seconds, trouble_every_s=trouble_every_s)
            assert not streaming.done()
            streaming.cancel()
    await feed.aclose()
    await server.stop()
    return follower


async def play(
    server: SimServer,
    truth: Truth,
    follower: Follower,
    *,
    seconds: float,
    trouble_every_s: float,
) -> None:
    """Move the books and make trouble for so long, then wait until every book is right again."""
    chance, exchange, clock = random.Random(11), server.exchange, server.clock
    await until(lambda: all(book.is_valid for book in follower.books.values()))
    ends_s = clock.monotonic_s() + seconds
    trouble_s, number = clock.monotonic_s(), 0
    while clock.monotonic_s() < ends_s:
        exchange.advance(clock.now_ms())
        for name in chance.sample(NAMES, 10):
            move(exchange, chance, name)
        if clock.monotonic_s() >= trouble_s:
            trouble_s, number = clock.monotonic_s() + trouble_every_s, number + 1
            trouble(server, chance, number)
        await clock.sleep(0.1)

    def is_right(name: InstId) -> bool:
        book = follower.books[name]
        return book.is_valid and book.seq_id == truth.last(name)

    await until(lambda: all(is_right(name) for name in NAMES))


def trouble(server: SimServer, chance: random.Random, number: int) -> None:
    """Drop connections, announce an upgrade, start without snapshots, or swallow updates."""
    server.faults.switches.snapshot = "on"
    match number % 8:
        case 3:
            server.faults.switches.snapshot = "off"
            server.hub.drop("public")
        case 5:
            server.hub.announce_upgrade(3.0)
        case 7:
            server.hub.drop()
        case _:
            for name in chance.sample(NAMES, 5):
                server.faults.skip_book_updates(name)


async def until(is_so: Any) -> None:
    async with asyncio.timeout(60):
        while not is_so():  # noqa: ASYNC110 - many conditions, one short wait
            await asyncio.sleep(0.02)


@pytest.mark.timeout(90)
async def test_twenty_books_are_never_wrong_through_troubles() -> None:
    follower = await soak(9, 0.6, Pace(linger_s=0.2))
    assert follower.wrong == []
    assert follower.compared > 100
    assert follower.invalid["sequence gap"] > 0


@pytest.mark.soak
@pytest.mark.timeout(SOAK_S + 120)
async def test_twenty_books_are_never_wrong_for_ten_minutes() -> None:
    follower = await soak(SOAK_S, 4.0, Pace())
    print(f"compared {follower.compared} books; invalidated {dict(follower.invalid)}")
    assert follower.wrong == []
    assert follower.compared > 10 * SOAK_S
    assert follower.invalid["sequence gap"] > 0
