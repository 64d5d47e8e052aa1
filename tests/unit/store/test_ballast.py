"""A full disk: the reserve makes room once, the write that found it full is done once more."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from tai2.model.errors import JournalFailed
from tai2.store.journal.ballast import BALLAST_NAME, Ballast
from tai2.store.journal.database import FileDatabase, JournalFull

MIB = 2**20


class Pages(Ballast):
    """A reserve of pages instead of bytes: the file's own limit plays the full disk."""

    def __init__(self, place: Path, pages: int) -> None:
        super().__init__(place, 0)
        self._pages = pages
        self.database: FileDatabase

    def release(self) -> bool:
        super().release()
        if not self._pages:
            return False
        self.database._connection.execute(f"PRAGMA max_page_count = {self._pages}")
        self._pages = 0
        return True


async def full(place: Path, more_pages: int) -> tuple[FileDatabase, Pages]:
    """Return a journal that may not grow any more."""
    ballast = Pages(place, more_pages)
    database = FileDatabase(place / "journal.sqlite", ballast)
    ballast.database = database

    def stop_growing(connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA max_page_count = 1")

    await database.run(lambda connection: connection.execute("CREATE TABLE t (n INTEGER, b BLOB)"))
    await database.run(stop_growing)
    return database, ballast


def grow(connection: sqlite3.Connection) -> None:
    for number in range(50):
        connection.execute("INSERT INTO t VALUES (?, zeroblob(4096))", (number,))


def rows(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM t").fetchone()[0])


async def test_write_that_finds_the_disk_full_is_done_once_more_with_the_reserve(
    tmp_path: Path,
) -> None:
    database, ballast = await full(tmp_path, 100_000)
    await database.run(grow)
    assert (await database.read(rows), ballast.was_needed) == (50, True)
    await database.close()


async def test_without_a_reserve_it_fails_whole_and_the_journal_stays_usable(
    tmp_path: Path,
) -> None:
    database, _ballast = await full(tmp_path, 0)
    with pytest.raises(JournalFull, match="full"):
        await database.run(grow)
    assert await database.run(rows) == 0
    await database.close()


async def test_other_failures_are_never_tried_again(tmp_path: Path) -> None:
    database, ballast = await full(tmp_path, 100_000)
    with pytest.raises(JournalFailed, match="no such table"):
        await database.run(lambda connection: connection.execute("INSERT INTO gone VALUES (1)"))
    assert not ballast.was_needed
    await database.close()


def test_reserve_is_kept_given_back_once_and_kept_again(tmp_path: Path) -> None:
    ballast = Ballast(tmp_path, MIB)
    assert (ballast.is_kept, ballast.keep(), ballast.is_kept) == (False, True, True)
    assert (tmp_path / BALLAST_NAME).stat().st_blocks * 512 >= MIB
    assert (ballast.release(), ballast.release(), ballast.was_needed) == (True, False, True)
    assert ballast.keep()


def test_reserve_is_not_kept_where_the_room_is_short(tmp_path: Path) -> None:
    ballast = Ballast(tmp_path, shutil.disk_usage(tmp_path).free)
    assert not ballast.keep()
    assert list(tmp_path.iterdir()) == []


def test_none_is_wanted(tmp_path: Path) -> None:
    assert (Ballast(tmp_path, 0).is_kept, Ballast(tmp_path, 0).release()) == (True, False)
