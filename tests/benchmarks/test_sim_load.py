"""Load of one simulator: 20 instruments' books, trades and tickers to 10 clients.

Time is the exchange's own, stepped: every client must get every frame of the schedule (ten books
a second and instrument) and end at the simulator's book; the cost is CPU, of one core. The long
run, `pytest -m soak -s tests/benchmarks/test_sim_load.py`, does the same by the wall clock.
"""

import asyncio
import json
import multiprocessing
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import aiohttp
import pytest

from tai2.engine.clock import StepClock
from tai2.sim.exchange.exchange import Exchange
from tai2.sim.exchange.records import InstSpec, SimEvent, TradePrinted
from tai2.sim.market.listings import BTC
from tai2.sim.market.synthetic import SyntheticMarket
from tai2.sim.server.app import SimServer, drive
from tai2.sim.server.hub import Limits
from tai2.sim.server.rows_public import level_rows
from tests.wire.sim_server_support import Json, Replica, WallClock

NAMES = [f"C{number:02}-USDT-SWAP" for number in range(20)]
CHANNELS = ("books", "trades", "tickers")
CLIENTS = 10
SLOT_MS = 100
STEPS = 50
"""Five seconds of the exchange's time."""
SOAK_S = 10.0
START_MS = 1_725_003_123_400
LAST_SZ = "98765"
"""Size of the trade that is printed behind everything else."""
LIMITS = Limits(connects_per_s=1000, max_frames=1_000_000, max_bytes=1 << 30, idle_s=100_000)
SPAWN = multiprocessing.get_context("spawn")


@dataclass
class Reader:
    """What one client makes of its frames."""

    books: dict[str, Replica] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def take(self, frame: Json) -> bool:
        """Take a frame; False = it was the last one. A break in a book's chain raises."""
        if "data" not in frame:
            return True
        channel, name = frame["arg"]["channel"], frame["arg"]["instId"]
        (row,) = frame["data"]
        if frame.get("action") == "snapshot":
            self.books[name] = Replica(row)
            return True
        if channel == "books":
            self.books[name].apply(row)
            self.counts[name] += 1
        self.counts[channel] += 1
        return not (channel == "trades" and row["sz"] == LAST_SZ)


async def follow(url: str, reader: Reader) -> None:
    args = [{"channel": channel, "instId": name} for name in NAMES for channel in CHANNELS]
    async with aiohttp.ClientSession() as http, http.ws_connect(url, max_msg_size=0) as socket:
        await socket.send_str(json.dumps({"op": "subscribe", "args": args}))
        async for message in socket:
            if not reader.take(json.loads(message.data)):
                return


def clients(url: str, pipe: Any) -> None:
    """Run in a process of their own; send [(counts, {instrument: (seqId, bids, asks)})]."""

    async def run() -> list[Reader]:
        readers = [Reader() for _ in range(CLIENTS)]
        async with asyncio.TaskGroup() as tasks:
            for reader in readers:
                tasks.create_task(follow(url, reader))
        return readers

    told = asyncio.run(run())
    pipe.send([(dict(one.counts), {n: sides(b) for n, b in one.books.items()}) for one in told])


def sides(book: Replica) -> tuple[int, Any, Any]:
    return book.seq_id, book.side("bids"), book.side("asks")


class Load:
    """A server with its clients, and what it should have told them."""

    def __init__(self, clock: StepClock | WallClock) -> None:
        self.clock = clock
        self.exchange = Exchange([spec(name) for name in NAMES], seed=1)
        prices = {name.split("-")[0]: 100_000.0 for name in NAMES}
        self.market = SyntheticMarket(seed=1, prices=prices)
        self.market.start(self.exchange, clock.now_ms())
        self.server = SimServer(self.exchange, clock, limits=LIMITS)
        self.trades = 0
        self.exchange.subscribe(self._note)

    def _note(self, event: SimEvent) -> None:
        self.trades += isinstance(event, TradePrinted)

    async def serve(self, work: Any) -> tuple[float, list[Any]]:
        """Let clients follow while `work` runs; return CPU seconds and what they have."""
        await self.server.start()
        ours, theirs = SPAWN.Pipe()
        url = f"{self.server.ws_url}/public"
        process = SPAWN.Process(target=clients, args=(url, theirs), daemon=True)
        process.start()
        await until(self._is_followed)
        self.trades, spent = 0, time.process_time()
        await work()
        self.exchange.print_trade(NAMES[0], "buy", Decimal(1), Decimal(LAST_SZ))
        await until(lambda: self.server.hub.connections == 0)
        spent = time.process_time() - spent
        await until(ours.poll)
        told = ours.recv()
        await self.server.stop()
        process.join(5)
        return spent, told

    def _is_followed(self) -> bool:
        hub = self.server.hub
        topics = sum(len(hub._followers.topics(channel)) for channel in CHANNELS)
        return (
            hub.connections == CLIENTS
            and topics == len(NAMES) * len(CHANNELS)
            and all(
                len(hub._followers._sessions[topic]) == CLIENTS
                for topic in hub._followers.all_topics()
            )
        )

    def truth(self, name: str) -> tuple[int, Any, Any]:
        """Return the simulator's own book."""
        book = self.exchange.book(name, 400)
        bids, asks = ([row[:2] for row in level_rows(one)] for one in (book.bids, book.asks))
        return book.seq_id, bids, asks


def spec(name: str) -> InstSpec:
    base = name.split("-", maxsplit=1)[0]
    return replace(BTC, inst_id=name, inst_family=f"{base}-USDT", base_ccy=base)


async def until(is_so: Any) -> None:
    async with asyncio.timeout(120):
        while not is_so():  # noqa: ASYNC110 - another process answers
            await asyncio.sleep(0.02)


@pytest.mark.timeout(300)
async def test_every_client_gets_every_slot_s_books_for_less_than_a_core() -> None:
    clock = StepClock(START_MS)
    load = Load(clock)
    slots: Counter[str] = Counter()

    async def work() -> None:
        known = {name: load.truth(name)[0] for name in NAMES}
        for _ in range(STEPS):
            clock.advance_to(clock.now_ms() + SLOT_MS)
            load.market.step(load.exchange, clock.now_ms())
            load.server.hub.pump()
            for name in NAMES:
                seq_id = load.exchange.book(name, 1).seq_id
                slots[name] += seq_id != known[name]
                known[name] = seq_id
            await asyncio.sleep(0)

    cpu_s, told = await load.serve(work)
    frames = sum(counts[channel] for counts, _books in told for channel in CHANNELS)
    seconds = STEPS * SLOT_MS / 1000
    print(f"CPU {cpu_s / seconds:.0%} of one core, {cpu_s / frames * 1e6:.0f} µs a frame")
    assert len(told) == CLIENTS
    assert sum(slots.values()) >= 0.98 * STEPS * len(NAMES)
    expected = {name: load.truth(name) for name in NAMES}
    for counts, books in told:
        assert {name: counts[name] for name in NAMES} == slots
        assert counts["trades"] == load.trades
        assert books == expected
    assert cpu_s < seconds


@pytest.mark.soak
@pytest.mark.timeout(600)
async def test_books_keep_their_rate_by_the_wall_clock() -> None:
    load = Load(WallClock())
    steps: list[int] = []

    async def work() -> None:
        async with asyncio.TaskGroup() as tasks:
            market = drive(load.exchange, load.clock, load.market, 0.1, lambda: steps.append(1))
            running = tasks.create_task(market)
            await asyncio.sleep(SOAK_S)
            running.cancel()
        await asyncio.sleep(0.3)  # what changed last is told within two slots

    cpu_s, told = await load.serve(work)
    books = sum(counts["books"] for counts, _books in told) / CLIENTS / len(NAMES)
    print(f"CPU {cpu_s / SOAK_S:.0%} of one core, {books / SOAK_S:.2f} books/s each")
    expected = {name: load.truth(name) for name in NAMES}
    assert all(books == expected for _counts, books in told)
    assert books >= 0.95 * len(steps)
    assert cpu_s < SOAK_S
