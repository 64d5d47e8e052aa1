"""Pacing: an interval change cuts the running wait short, and rounds never overlap."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from tai2.engine.bus import Bus
from tai2.engine.clock import StepClock
from tai2.engine.control_book import ControlBook
from tai2.engine.scheduler import Scheduler
from tai2.engine.service import Pulse
from tai2.model.ids import InstId
from tai2.store.journal.database import MemoryDatabase
from tai2.store.journal.journal import SqliteJournal
from tests.builders.market import NOW, controls, limits


@dataclass
class Cycles:
    """Counts the cycles that it is asked for."""

    ran: asyncio.Queue[InstId] = field(default_factory=asyncio.Queue)

    async def run(self, inst_id: InstId) -> None:
        self.ran.put_nowait(inst_id)

    async def next(self) -> InstId:
        async with asyncio.timeout(30):
            return await self.ran.get()


@dataclass(frozen=True)
class Thinker:
    """A reasoner, of which nothing but its patience counts here."""

    patience_s: float


@dataclass
class Paced:
    clock: StepClock
    book: ControlBook
    cycles: Cycles
    scheduler: Scheduler


@pytest.fixture
async def paced() -> AsyncIterator[Paced]:
    clock, cycles = StepClock(NOW), Cycles()
    ceilings = controls(interval_s=Decimal(3_600))
    book = ControlBook(ceilings, limits(), SqliteJournal(MemoryDatabase()), clock, Bus())
    scheduler = Scheduler(cycles, book, clock, Thinker(0.0))  # type: ignore[arg-type]
    async with asyncio.TaskGroup() as group:
        task = group.create_task(scheduler.run(Pulse(clock)))
        yield Paced(clock, book, cycles, scheduler)
        task.cancel()


async def test_first_round_is_at_once_and_the_next_an_interval_later(paced: Paced) -> None:
    await paced.cycles.next()
    assert paced.scheduler.due_ms == NOW + 3_600_000
    assert paced.cycles.ran.empty()


async def test_shorter_interval_cuts_the_running_wait_short(paced: Paced) -> None:
    await paced.cycles.next()
    paced.clock.advance_to(NOW + 10_000)
    await paced.book.change("interval", "5", "test")
    await paced.cycles.next()
    assert paced.scheduler.due_ms == NOW + 15_000


async def test_longer_interval_counts_from_the_last_round(paced: Paced) -> None:
    await paced.cycles.next()
    await paced.book.change("interval", "7200", "test")
    assert paced.scheduler.due_ms == NOW + 7_200_000


class Endless:
    """A cycle whose reasoner never answers."""

    def __init__(self) -> None:
        self.began = asyncio.Event()

    async def run(self, _inst_id: InstId) -> None:
        self.began.set()
        await asyncio.Event().wait()


@pytest.mark.parametrize("patience_s", [0.0, 90.0])
async def test_waiting_for_a_reasoner_is_progress_as_long_as_it_may_think(
    patience_s: float,
) -> None:
    clock, cycle = StepClock(NOW), Endless()
    book = ControlBook(controls(), limits(), SqliteJournal(MemoryDatabase()), clock, Bus())
    scheduler = Scheduler(cycle, book, clock, Thinker(patience_s))  # type: ignore[arg-type]
    pulse = Pulse(clock)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(scheduler.run(pulse))
        await cycle.began.wait()
        for second in range(1, 121):
            clock.advance_to(NOW + second * 1_000)
            for _ in range(5):
                await asyncio.sleep(0)
            # The last beat is up to five seconds before the patience ends.
            assert pulse.age_s <= max(5.0, second - patience_s + 5.0)
        task.cancel()
    assert 120 - patience_s <= pulse.age_s <= 120 - patience_s + 5
