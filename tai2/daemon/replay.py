"""Drives the whole engine along a candle file: simulator in process, stepped clock.

`tai2 replay` calls main. The same file, seed and settings must give the same summary to the
last digit, so nothing here may read the machine's clock or an unseeded random source.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import structlog

from tai2 import log as logs
from tai2.daemon.assembly import Engine, assemble, read_facts
from tai2.daemon.compose import charter_of
from tai2.daemon.owners import Adapters
from tai2.daemon.simulation import PathSpan, ReplayExchange, open_replay
from tai2.daemon.storage import JOURNAL_NAME
from tai2.daemon.summary import Course, ReplaySummary, summarise
from tai2.engine.clock import StepClock
from tai2.engine.ids import UlidSource
from tai2.engine.worker import InlineWorker
from tai2.indicators.library import Library, choose
from tai2.llm.rules import RulesReasoner
from tai2.model.controls import TradingState
from tai2.model.errors import Refused, UsageError
from tai2.model.ids import InstId
from tai2.ports.reasoner import Reasoner
from tai2.settings.sections import Settings
from tai2.store.journal.database import MemoryDatabase
from tai2.store.journal.history import SqliteHistory
from tai2.store.journal.journal import SqliteJournal
from tai2.store.memory import MemoryLatch, MemoryState

Progress = Callable[[int, int], None]
"""Takes (steps done, steps in all)."""

DAY_MS = 86_400_000
PROGRESS_EVERY = 400
YIELD_EVERY = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayRequest:
    """What to replay."""

    path: Path
    inst_id: str
    from_ms: int | None
    """First candle at or after, ms UTC; None = the file's first."""
    to_ms: int | None
    """Candles before, ms UTC; None = to the end."""
    equity: str
    """Starting balance in USDT, plain decimal."""
    volume_unit: str
    """base or quote: what the file's volume column counts."""
    out: Path | None
    """Directory to keep the journal in; None = don't."""

    @property
    def span(self) -> PathSpan:
        """The part of the file to follow."""
        return PathSpan(
            path=self.path,
            inst_id=self.inst_id,
            volume_unit=self.volume_unit,
            from_ms=self.from_ms,
            to_ms=self.to_ms,
        )


def main(settings: Settings, request: ReplayRequest, progress: Progress) -> ReplaySummary:
    """Replay a file and return what came of it.

    Raises:
        UsageError: The file, the instrument or the window is unusable.
        ConfigError: The library for indicators isn't installed.
    """
    choose(Library(settings.indicators.library))
    logs.configure(logs.LogRing(capacity=100), level="error")
    if request.out is not None:
        _prepare(request.out)
    return asyncio.run(replayed(settings, request, progress, RulesReasoner()))


async def replayed(
    settings: Settings, request: ReplayRequest, progress: Progress, reasoner: Reasoner
) -> ReplaySummary:
    """Replay a file with a reasoner and return what came of it.

    Raises:
        UsageError: The file, the instrument or the window is unusable.
    """
    exchange = open_replay(request.span, Decimal(request.equity), settings.sim.seed)
    first_ms = exchange.times[0]
    clock = StepClock(first_ms)
    database = MemoryDatabase()
    adapters = Adapters(
        feed=exchange.feed,
        venue=exchange.venue,
        journal=SqliteJournal(database),
        latch=MemoryLatch(),
        state=MemoryState(),
        reasoner=reasoner,
        clock=clock,
        ids=UlidSource(clock, random.Random(settings.sim.seed), settings.instance),  # noqa: S311
        worker=InlineWorker(),
    )
    exchange.start()
    inst_id = InstId(request.inst_id)
    facts = await read_facts(adapters, (inst_id,))
    charter = charter_of(settings, clock, "replay")
    controls = replace(charter.controls, instruments=(inst_id,))
    engine = assemble(adapters, replace(charter, controls=controls), facts)
    course = Course(equity=Decimal(request.equity))
    replay = _Replay(engine, exchange, clock, course)
    await replay.run(inst_id, progress)
    if request.out is not None:
        await database.save(request.out / JOURNAL_NAME)
    return await summarise(engine, SqliteHistory(database), course, settings)


def _prepare(out: Path) -> None:
    if (out / JOURNAL_NAME).exists():
        raise Refused(f"{out / JOURNAL_NAME} exists", "Name another directory with --out.")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise UsageError(f"can't write to {out}: {exc.strerror}") from exc


class _Replay:
    """Steps exchange, engine and clock together."""

    def __init__(
        self, engine: Engine, exchange: ReplayExchange, clock: StepClock, course: Course
    ) -> None:
        self._engine = engine
        self._exchange = exchange
        self._clock = clock
        self._course = course
        self._day = 0

    async def run(self, inst_id: InstId, progress: Progress) -> None:
        """Step through every instant of the file."""
        engine, exchange = self._engine, self._exchange
        exchange.feed.attach(engine.ingest.apply)
        exchange.venue.attach(engine.inbox.take)
        await self._take_stock(exchange.times[0])
        engine.executor.is_open = True
        interval_ms = int(engine.controls.current.interval_s * 1000)
        due_ms, fills = exchange.times[0], 0
        total = len(exchange.times)
        for number, now_ms in enumerate(exchange.times):
            self._clock.advance_to(now_ms)
            exchange.step(now_ms)
            exchange.feed.heartbeat(engine.ingest.apply)
            await engine.inbox.drain()
            await engine.outcomes.score_due()
            if now_ms >= due_ms or engine.ledger.fills != fills:
                await engine.accounts.refresh()
                await engine.guards.protector.check()
                fills = engine.ledger.fills
            await self._keep_watch()
            if now_ms >= due_ms:
                due_ms = now_ms + interval_ms
                await self._take_stock(now_ms)
                await engine.cycle.run(inst_id)
                await engine.inbox.drain()
                self._course.note(now_ms, engine)
            if number % PROGRESS_EVERY == 0:
                progress(number, total)
            if number % YIELD_EVERY == 0:
                await asyncio.sleep(0)  # noqa: TID251 - no pause: nothing else lets Ctrl-C through
        progress(total, total)
        await engine.accounts.refresh()
        self._course.note(exchange.times[-1], engine)
        structlog.get_logger().debug("replay_done", steps=total)

    async def _keep_watch(self) -> None:
        """Let the vigil look at what is held: stop, target, horizon and invalidation."""
        account = self._engine.accounts.latest
        if account is not None and account.positions:
            await self._engine.guards.vigil.look()
            await self._engine.inbox.drain()

    async def _take_stock(self, now_ms: int) -> None:
        """Do what the daemon's services do, and resume each morning as a person would."""
        engine, today = self._engine, now_ms // DAY_MS
        await engine.desk.clock.sync()
        await engine.accounts.refresh()
        await engine.audit.look()
        await engine.upkeep.look()
        await engine.statement.refresh()
        if today != self._day and engine.controls.current.trading_state is not TradingState.ACTIVE:
            await engine.controls.set_state(TradingState.ACTIVE, "a new day", "replay")
        self._day = today
        await engine.breakers.look()
