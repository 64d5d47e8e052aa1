"""Reading the journal beside the thread that writes it."""

import asyncio
import gc
import sqlite3
import threading
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tai2.model.errors import JournalFailed
from tai2.model.money import QuoteAmt
from tai2.store.journal.database import FileDatabase
from tai2.store.journal.history import SqliteHistory
from tai2.store.journal.journal import SqliteJournal

ONE = QuoteAmt(Decimal(1))


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[FileDatabase]:
    made = FileDatabase(tmp_path / "journal.sqlite")
    yield made
    await made.close()


async def test_long_look_at_history_holds_up_no_write(database: FileDatabase) -> None:
    looking, go_on = threading.Event(), threading.Event()

    def look(connection: sqlite3.Connection) -> int:
        before = connection.execute("SELECT count(*) FROM equity").fetchone()[0]
        looking.set()
        assert go_on.wait(60)
        return int(before + connection.execute("SELECT count(*) FROM equity").fetchone()[0])

    async with asyncio.TaskGroup() as group:
        glance = group.create_task(database.read(look))
        await asyncio.to_thread(looking.wait, 10)
        await SqliteJournal(database).save_equity(5, ONE, ONE)
        go_on.set()
    assert glance.result() == 0
    assert await SqliteHistory(database).equity_at(0) == 1


async def test_reader_can_not_write(database: FileDatabase) -> None:
    with pytest.raises(JournalFailed, match="readonly"):
        await database.read(lambda c: c.execute("DELETE FROM equity").rowcount)


async def test_failure_that_a_cancelled_caller_misses_is_logged_once(
    database: FileDatabase,
) -> None:
    working, go_on, complaints = threading.Event(), threading.Event(), list[dict[str, object]]()
    asyncio.get_running_loop().set_exception_handler(lambda _loop, told: complaints.append(told))

    def work(_connection: sqlite3.Connection) -> None:
        working.set()
        go_on.wait(60)
        raise sqlite3.OperationalError("disk I/O error")

    with capture_logs() as logs:
        async with asyncio.TaskGroup() as group:
            write = group.create_task(database.run(work))
            await asyncio.to_thread(working.wait, 60)
            write.cancel()
        go_on.set()
        with pytest.raises(JournalFailed):
            await database.run(lambda connection: connection.execute("no SQL"))
        gc.collect()
    assert [(said["event"], said["log_level"]) for said in logs] == [("journal_failed", "error")]
    assert complaints == []
