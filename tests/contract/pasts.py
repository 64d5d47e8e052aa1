"""Every history to ask the same questions of: journal on disk, in memory, and PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tai2.engine.clock import StepClock
from tai2.ports.history import History
from tai2.store.journal.database import Database, FileDatabase, MemoryDatabase
from tai2.store.journal.history import SqliteHistory
from tai2.store.journal.journal import SqliteJournal
from tai2.store.postgres.database import PgDatabase
from tai2.store.postgres.history import PgHistory
from tai2.store.postgres.outbox import Outbox
from tests.builders import market as m

KINDS = ("file", "memory", "postgres")


@dataclass
class Past:
    """A journal to write, the history to read, and what carries rows between them."""

    journal: SqliteJournal
    database: Database
    history: History
    outbox: Outbox | None

    async def settle(self) -> History:
        while self.outbox and await self.outbox.deliver():
            pass
        return self.history


@asynccontextmanager
async def open_past(kind: str, place: Path, pg: PgDatabase) -> AsyncIterator[Past]:
    path = place / "journal.sqlite"
    database: Database = MemoryDatabase() if kind == "memory" else FileDatabase(path)
    journal = SqliteJournal(database)
    if kind == "postgres":
        outbox = Outbox(database, pg, StepClock(m.NOW), instance="main")
        yield Past(journal, database, PgHistory(pg, instance="main"), outbox)
    else:
        yield Past(journal, database, SqliteHistory(database), None)
    await database.close()
