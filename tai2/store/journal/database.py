"""One SQLite file, the one thread that writes it and the one that reads it.

Journal and history give it functions of a connection. A write that returns is on the disk;
a write that fails must surface as JournalFailed and never be retried behind the caller, save one:
a full disk has it rolled back whole, and it is done once more when the reserve has made room.
"""

import asyncio
import sqlite3
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Final, TypeVar

import structlog

from tai2.model.errors import JournalFailed, StartRefused
from tai2.store.journal.ballast import Ballast
from tai2.store.journal.schema import migrate

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

BUSY_MS: Final = 2_000
_FULL: Final = ("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE")
_DAMAGED: Final = ("SQLITE_NOTADB", "SQLITE_CORRUPT")
_FILE_PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    f"PRAGMA busy_timeout = {BUSY_MS}",
    "PRAGMA foreign_keys = ON",
)


class JournalFull(JournalFailed):
    """The disk has no room: SQLite has taken the whole transaction back."""


class FileDatabase:
    """A durable database: every commit is fsynced, and no reader holds up the writer."""

    def __init__(self, path: Path, ballast: Ballast | None = None) -> None:
        """Open or create the file, check it and migrate it.

        Args:
            path: The file.
            ballast: Space that is given back when the disk is full; None = there is none.

        Raises:
            StartRefused: It is damaged or newer than this program.
            JournalFailed: It can't be opened or written.
        """
        self._ballast = ballast
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        try:
            self._connection = self._pool.submit(_open, path).result()
        except BaseException:
            self._pool.shutdown(wait=False)
            raise
        self._reading_pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="history")
        self._reading = self._reading_pool.submit(_open_for_reading, path).result()

    async def run(self, work: Work[T]) -> T:
        """Run work(connection) within one transaction, durable when this returns."""
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._pool, self._written, work)
        # A cancelled caller must not leave a half-known write behind: it finishes first.
        return await _heard(future)

    def _written(self, work: Work[T]) -> T:
        try:
            return _transact(self._connection, work)
        except JournalFull:
            if self._ballast is None or not self._ballast.release():
                raise
        return _transact(self._connection, work)

    async def read(self, work: Work[T]) -> T:
        """Run work(connection) over one unchanging view of what is committed; it can't write."""
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._reading_pool, _look, self._reading, work)
        return await _heard(future)

    async def close(self) -> None:
        """Finish what is queued and close the file."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._reading_pool, self._reading.close)
        self._reading_pool.shutdown(wait=False)
        await loop.run_in_executor(self._pool, self._connection.close)
        self._pool.shutdown(wait=False)


class MemoryDatabase:
    """The same tables in memory, for replays and tests: runs in place, keeps nothing."""

    def __init__(self) -> None:
        # Whichever thread happens to collect the garbage closes it.
        self._connection = sqlite3.connect(
            ":memory:", isolation_level=None, check_same_thread=False
        )
        self._connection.row_factory = sqlite3.Row
        # Nothing is kept, so nobody has to close it: Python 3.13 warns of open connections.
        weakref.finalize(self, self._connection.close)
        migrate(self._connection)

    async def run(self, work: Work[T]) -> T:
        """Run work(connection) within one transaction."""
        return _transact(self._connection, work)

    async def read(self, work: Work[T]) -> T:
        """Run work(connection) over one unchanging view."""
        return _look(self._connection, work)

    def load(self, path: Path) -> None:
        """Become a copy of a file as it is committed; its owner may go on writing, or hang.

        Raises:
            JournalFailed: The file can't be read.
            StartRefused: It is newer than this program.
        """
        try:
            with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as source:
                source.backup(self._connection)
        except sqlite3.DatabaseError as exc:
            raise _failed(exc) from exc
        migrate(self._connection)

    async def save(self, path: Path) -> None:
        """Write everything to a new file.

        Raises:
            JournalFailed: The file can't be written.
        """
        try:
            self._connection.execute("VACUUM INTO ?", (str(path),))
        except sqlite3.DatabaseError as exc:
            raise _failed(exc) from exc

    async def close(self) -> None:
        """Forget everything."""
        self._connection.close()


Database = FileDatabase | MemoryDatabase


async def _heard(future: asyncio.Future[T]) -> T:
    """Wait for work that finishes even if its caller is cancelled meanwhile."""
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        future.add_done_callback(_tell_failure)
        raise


def _tell_failure(future: asyncio.Future[T]) -> None:
    """Log the failure that a cancelled caller doesn't hear; asyncio would print a traceback."""
    if not future.cancelled() and (failed := future.exception()) is not None:
        structlog.get_logger().error("journal_failed", error=str(failed))


def _open(path: Path) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=True)
        connection.row_factory = sqlite3.Row
        for pragma in _FILE_PRAGMAS:
            connection.execute(pragma)
        verdict = connection.execute("PRAGMA quick_check").fetchone()[0]
        if verdict != "ok":
            raise _damaged(path, verdict)
        migrate(connection)
    except sqlite3.DatabaseError as exc:
        if getattr(exc, "sqlite_errorname", "") in _DAMAGED:
            raise _damaged(path, str(exc)) from exc
        raise _failed(exc) from exc
    return connection


def _damaged(path: Path, verdict: str) -> StartRefused:
    hint = "Restore a backup, or move the file away to begin a new journal."
    return StartRefused(f"the journal {path} is damaged: {verdict}", hint)


def _open_for_reading(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=True)
    connection.row_factory = sqlite3.Row
    for pragma in ("PRAGMA query_only = ON", f"PRAGMA busy_timeout = {BUSY_MS}"):
        connection.execute(pragma)
    return connection


def _look(connection: sqlite3.Connection, work: Work[T]) -> T:
    try:
        connection.execute("BEGIN")
        try:
            return work(connection)
        finally:
            connection.execute("ROLLBACK")
    except sqlite3.DatabaseError as exc:
        raise _failed(exc) from exc


def _transact(connection: sqlite3.Connection, work: Work[T]) -> T:
    try:
        connection.execute("BEGIN IMMEDIATE")
        try:
            outcome = work(connection)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # a full disk may have rolled it back already
                connection.execute("ROLLBACK")
            raise
    except sqlite3.DatabaseError as exc:
        raise _failed(exc) from exc
    return outcome


def _failed(exc: sqlite3.DatabaseError) -> JournalFailed:
    kind = JournalFull if getattr(exc, "sqlite_errorname", "") in _FULL else JournalFailed
    return kind(
        f"the journal can't be used: {exc}", "Check disk space and rights of the state directory."
    )
