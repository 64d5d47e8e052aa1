"""A whole engine on the simulated exchange in process, on a stepped clock."""

import asyncio
import random
from collections.abc import Awaitable
from decimal import Decimal
from typing import Any, TypeVar

from tai2.daemon.assembly import Engine, assemble, read_facts
from tai2.daemon.owners import Adapters, Charter
from tai2.daemon.stock import take_stock
from tai2.engine.clock import StepClock
from tai2.engine.ids import UlidSource
from tai2.engine.worker import InlineWorker
from tai2.model.events import CycleRecord
from tai2.model.ids import InstId
from tai2.model.money import Contracts, QuoteAmt
from tai2.model.order import Order, OrderState
from tai2.model.trade import ExecutedTrade
from tai2.ports.history import TradeQuery
from tai2.sim.exchange.exchange import Exchange
from tai2.sim.feed import SimFeed
from tai2.sim.venue import SimVenue
from tai2.store.journal.database import MemoryDatabase
from tai2.store.journal.history import SqliteHistory
from tai2.store.journal.journal import SqliteJournal
from tai2.store.memory import MemoryLatch, MemoryState
from tests.builders import market as m
from tests.builders.exchange import INST as NAME
from tests.builders.exchange import opened_exchange, quote
from tests.fakes.lossy_venue import LossyVenue
from tests.fakes.reasoners import ScriptedReasoner, Wish

INST = InstId(NAME)
T = TypeVar("T")

UNHURRIED: dict[str, int] = {
    "cooldown_ms": 0,
    "stop_cooldown_ms": 0,
    "duplicate_ms": 0,
    "max_entries_hour": 100,
    "max_entries_hour_total": 100,
    "max_order_errors": 1_000,
    "max_llm_errors": 1_000,
    "max_refusals": 1_000,
    "max_losing_streak": 1_000,
    "max_sends_day": 10_000,
    "max_sends_2s": 1_000,
}
"""Limits of pace that don't bind: a test that is about them gives its own."""


class DeskRig:
    """An engine with its exchange, wire, clock and journal; restart() keeps all but the engine."""

    def __init__(self, *wishes: Wish, journal: type[SqliteJournal] = SqliteJournal) -> None:
        self.exchange: Exchange = opened_exchange(lever=2)
        self.exchange.set_index(NAME, Decimal(100_000))
        self.clock = StepClock(self.exchange.now_ms)
        self.venue = LossyVenue(SimVenue(self.exchange), self.clock.now_ms)
        self.feed = SimFeed(self.exchange)
        self.database = MemoryDatabase()
        self.journal = journal(self.database)
        self.latch = MemoryLatch()
        self.reasoner = ScriptedReasoner(*wishes)
        self.engine: Engine
        self._starts = 0
        self._detach: Any = lambda: None

    async def start(self, **limits: Any) -> "DeskRig":
        """Assemble, recover and open the executor, as the daemon does."""
        self._detach()
        self.venue._sinks.clear()
        self._starts += 1
        adapters = Adapters(
            feed=self.feed,
            venue=self.venue,
            journal=self.journal,
            latch=self.latch,
            state=MemoryState(),
            reasoner=self.reasoner,
            clock=self.clock,
            ids=UlidSource(self.clock, random.Random(self._starts), "main"),
            worker=InlineWorker(),
        )
        caps = {
            "max_order_notional": QuoteAmt(Decimal(1_000)),
            "max_position_notional": QuoteAmt(Decimal(3_000)),
        }
        charter = Charter(
            mode_label="sim",
            instance="main",
            limits=m.limits(**(UNHURRIED | caps | limits)),
            controls=m.controls(**caps),
            horizon_min=60,
        )
        self.engine = assemble(adapters, charter, await read_facts(adapters, (INST,)))
        await self.engine.controls.recover(keep_interval=True)
        if self._starts == 1:
            self.venue._venue.attach(self.venue._push)
        self.venue._sinks.append(self.engine.inbox.take)
        self._detach = self.feed.attach(self.engine.ingest.apply)
        await self.passing(self.engine.reconcile.recover())
        await take_stock(self.engine)
        self.engine.executor.is_open = True
        self.advance(0)
        return self

    async def kill(self) -> None:
        """Lose the process: pushes go nowhere until the next start."""
        self._detach()
        self._detach = lambda: None
        self.venue._sinks.clear()

    def advance(self, delay_ms: int) -> None:
        """Let time pass at exchange and desk."""
        now_ms = self.clock.now_ms() + delay_ms
        self.exchange.advance(now_ms)
        self.clock.advance_to(now_ms)
        self.feed.heartbeat(self.engine.ingest.apply)

    async def passing(self, work: Awaitable[T], step_ms: int = 250) -> T:
        """Await something while time passes."""

        async def run() -> T:
            return await work

        async with asyncio.TaskGroup() as group:
            task = group.create_task(run())
            for _ in range(2_000):
                await asyncio.sleep(0)
                if task.done():
                    break
                self.advance(step_ms)
        return task.result()

    async def cycle(self) -> CycleRecord:
        """Run one cycle and apply the pushes that it caused."""
        record = await self.engine.cycle.run(INST)
        await self.engine.inbox.drain()
        return record

    async def sweep(self, times: int = 1, every_ms: int = 1_000) -> None:
        for _ in range(times):
            self.advance(every_ms)
            await self.engine.reconcile.sweep()

    async def guard(self, times: int = 1) -> None:
        """Let the protector look, every two seconds."""
        for _ in range(times):
            self.advance(2_000)
            await self.engine.inbox.drain()
            await self.engine.guards.protector.check()
        await self.engine.inbox.drain()

    async def watch(self, seconds: int = 1) -> None:
        """Let the vigil look, every second."""
        for _ in range(seconds):
            self.advance(1_000)
            await self.engine.inbox.drain()
            await self.engine.accounts.refresh()
            await self.engine.guards.vigil.look()
        await self.engine.inbox.drain()

    def crash_to(self, px: int) -> None:
        """Move book and index, as far as triggers go."""
        quote(self.exchange, str(px), str(px + 1))
        self.exchange.set_index(NAME, Decimal(px))
        quote(self.exchange, str(px), str(px + 1))

    async def trades(self) -> tuple[ExecutedTrade, ...]:
        """Return the rows, oldest first."""
        page = await SqliteHistory(self.database).trades(TradeQuery(limit=100))
        return tuple(reversed(page))

    async def records(self) -> tuple[CycleRecord, ...]:
        return await SqliteHistory(self.database).cycles(limit=100, inst_id=None)

    async def order(self, number: int = -1) -> Order:
        """Return the journal's record of a placed order."""
        found = await self.journal.find_order(self.venue.placed[number].cl_ord_id)
        assert found is not None
        return found

    async def state(self, number: int = -1) -> OrderState:
        return (await self.order(number)).state

    def held(self) -> Contracts:
        """Return the exchange's own idea of the position."""
        positions = self.exchange.positions()
        return Contracts(positions[0].pos if positions else Decimal(0))
