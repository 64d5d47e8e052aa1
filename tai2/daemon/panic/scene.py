"""What a panic works with: the exchange, what the journal knows, and a sender of its own.

With no daemon the state directory is locked and the journal itself is written. Beside a daemon
that lives or hangs, a copy is read and the latch's file written; nothing waits for the daemon.
"""

import random
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from tai2.daemon.assembly import Engine, assemble
from tai2.daemon.compose import charter_of, home_of
from tai2.daemon.exchanges import OpenExchange
from tai2.daemon.lock import StateLock
from tai2.daemon.owners import Adapters, Facts
from tai2.daemon.panic.side import HeldLatch, SideJournal
from tai2.daemon.storage import JOURNAL_NAME
from tai2.engine.clock import WallClock
from tai2.engine.ids import UlidSource
from tai2.engine.worker import InlineWorker
from tai2.llm.rules import RulesReasoner
from tai2.model.errors import UsageError
from tai2.model.ids import InstId
from tai2.ports.journal import Journal
from tai2.ports.latch import Latch
from tai2.settings.sections import Settings
from tai2.store.journal.database import FileDatabase, MemoryDatabase
from tai2.store.journal.journal import SqliteJournal
from tai2.store.latch import FileLatch, LatchWriter
from tai2.store.memory import MemoryState


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a desk keeps its things, and whether this process may write them."""

    settings: Settings
    home: Path
    """Directory of the journal and the latch."""
    is_ours: bool
    """False = a daemon holds the directory."""
    holder: str
    """Who, in words; "" when it is ours."""

    @property
    def is_durable(self) -> bool:
        """True when the journal itself may be written: it's ours alone, and there is one."""
        return self.is_ours and (self.home / JOURNAL_NAME).exists()

    def latch(self, writer: LatchWriter | None) -> Latch:
        """Return the latch, which only a durable journal may take off."""
        return FileLatch(self.home) if self.is_durable and writer else HeldLatch(self.home)

    def journal(self, stack: AsyncExitStack, writer: LatchWriter | None) -> Journal:
        """Return the journal to know from and to write to.

        Raises:
            StartRefused: It is damaged or newer than this program.
            JournalFailed: It can't be read.
        """
        path = self.home / JOURNAL_NAME
        if self.is_durable and writer is not None:
            database = FileDatabase(path)
            stack.push_async_callback(database.close)
            return SqliteJournal(database)
        copy = MemoryDatabase()
        stack.push_async_callback(copy.close)
        if path.exists():
            copy.load(path)
        return SideJournal(copy, writer)


def take_place(settings: Settings, state_dir: Path, stack: AsyncExitStack) -> Place:
    """Lock the state directory if no daemon does, and return what there is to work with."""
    holder = ""
    try:
        lock = StateLock(state_dir)
        stack.callback(lock.close)
    except UsageError as exc:
        holder = exc.message
    home = home_of(settings.mode, state_dir)
    home.mkdir(mode=0o700, exist_ok=True)
    return Place(settings=settings, home=home, is_ours=not holder, holder=holder)


async def engine_of(
    place: Place, exchange: OpenExchange, writer: LatchWriter | None, stack: AsyncExitStack
) -> Engine:
    """Return an engine that knows what is ours by journal and exchange, with its sender closed.

    Raises:
        Tai2Error: The exchange can't be asked, or the journal can't be used.
    """
    clock, settings = WallClock(), place.settings
    adapters = Adapters(
        feed=exchange.feed,
        venue=exchange.venue,
        journal=place.journal(stack, writer),
        latch=place.latch(writer),
        state=MemoryState(),
        reasoner=RulesReasoner(),
        clock=clock,
        ids=UlidSource(clock, random.SystemRandom(), settings.instance),
        worker=InlineWorker(),
    )
    charter = charter_of(settings, clock, settings.mode.value)
    engine = assemble(adapters, charter, await _facts(adapters, settings.instruments))
    await engine.controls.recover(keep_interval=True)
    await engine.takeover.look()
    await engine.reconcile.recover(patience_s=0)
    return engine


async def _facts(adapters: Adapters, followed: Sequence[str]) -> Facts:
    """Ask for what may be ours and is held alone: fees and leverage matter to entries only."""
    journal = adapters.journal
    ours = {execution.symbol for execution in await journal.executions()}
    ours |= {InstId(name) for name in followed}
    held = {position.inst_id for position in (await adapters.venue.account()).positions}
    working = {order.intent.inst_id for order in await journal.open_orders()}
    inst_ids = sorted((held & ours) | working)
    found = await adapters.feed.instruments(inst_ids) if inst_ids else ()
    return Facts(instruments={one.inst_id: one for one in found}, fees={}, levers={})
