"""Copying the journal and putting it back: whole, private, halted, and never without one."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from tai2.model.controls import TradingState
from tai2.model.errors import DataInvalid, UsageError
from tai2.store.journal.backup import back_up, contents, restore
from tai2.store.journal.database import FileDatabase
from tai2.store.journal.journal import SqliteJournal
from tai2.store.journal.schema import MIGRATIONS
from tests.builders.market import NOW, controls
from tests.builders.trades import cycle


async def write(path: Path, cycles: int) -> None:
    """Make a journal with so many cycles."""
    journal = SqliteJournal(FileDatabase(path))
    if await journal.latest_controls() is None:
        await journal.save_controls(controls(strategy="buy low"))
    for number in range(cycles):
        await journal.save_cycle(cycle(number, "hold", "WAIT"))
    await journal.close()


@pytest.fixture
async def live(tmp_path: Path) -> Path:
    path = tmp_path / "journal.sqlite"
    await write(path, 3)
    return path


async def test_a_backup_of_an_open_journal_holds_everything_committed(
    live: Path, tmp_path: Path
) -> None:
    journal = SqliteJournal(FileDatabase(live))
    await journal.save_cycle(cycle(9, "hold", "WAIT"))
    copied = back_up(live, tmp_path / "copy")
    await journal.close()
    assert (copied.cycles, copied.controls_version, copied.schema) == (4, 1, len(MIGRATIONS))


def test_a_backup_is_ours_alone_and_overwrites_nothing(live: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy"
    back_up(live, target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with pytest.raises(UsageError, match="exists"):
        back_up(live, target)


async def test_a_restored_desk_starts_halted_and_keeps_what_it_replaces(
    live: Path, tmp_path: Path
) -> None:
    back_up(live, tmp_path / "copy")
    await write(live, 0)
    with closing(sqlite3.connect(live)) as db:
        db.execute("DELETE FROM cycles")
        db.commit()
    kept = restore(tmp_path / "copy", live, NOW)
    journal = SqliteJournal(FileDatabase(live))
    latest = await journal.latest_controls()
    await journal.close()
    assert latest is not None
    assert (latest.trading_state, latest.changed_by) == (TradingState.HALTED, "restore")
    assert latest.strategy == "buy low"
    assert contents(live).cycles == 3
    assert kept is not None
    assert contents(kept).cycles == 0


def test_a_damaged_journal_can_be_replaced(live: Path, tmp_path: Path) -> None:
    back_up(live, tmp_path / "copy")
    live.write_bytes(b"not a database at all" * 500)
    kept = restore(tmp_path / "copy", live, NOW)
    assert contents(live).cycles == 3
    assert kept is not None
    assert kept.read_bytes().startswith(b"not a database")


def test_an_empty_place_gets_the_backup(live: Path, tmp_path: Path) -> None:
    back_up(live, tmp_path / "copy")
    fresh = tmp_path / "new" / "journal.sqlite"
    fresh.parent.mkdir()
    assert restore(tmp_path / "copy", fresh, NOW) is None
    assert contents(fresh).cycles == 3


def strange(path: Path, script: str) -> Path:
    with closing(sqlite3.connect(path)) as db:
        db.executescript(script)
    return path


def test_what_is_not_a_journal_is_never_put_in_place(live: Path, tmp_path: Path) -> None:
    before = live.read_bytes()
    other = strange(tmp_path / "other", "CREATE TABLE songs (name TEXT);")
    text = tmp_path / "text"
    text.write_text("hello")
    back_up(live, tmp_path / "newer")
    newer = strange(tmp_path / "newer", "PRAGMA user_version = 999;")
    back_up(live, tmp_path / "bare")
    bare = strange(tmp_path / "bare", "DELETE FROM controls;")
    for wrong in (other, text, newer, bare):
        with pytest.raises(DataInvalid) as refused:
            restore(wrong, live, NOW)
        assert refused.value.hint
    assert live.read_bytes() == before
    assert [path.name for path in tmp_path.glob("*.restoring")] == []


def test_a_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        back_up(tmp_path / "none", tmp_path / "copy")


def test_a_backup_of_an_older_schema_is_brought_up_to_date(tmp_path: Path) -> None:
    old, place = tmp_path / "old", tmp_path / "journal.sqlite"
    with closing(sqlite3.connect(old)) as db:
        db.executescript(MIGRATIONS[0] + "PRAGMA user_version = 1;")
        import msgspec

        doc = msgspec.json.encode(controls()).decode()
        db.execute("INSERT INTO controls VALUES (1, ?, 0, 'x')", (doc,))
        db.commit()
    restore(old, place, NOW)
    assert contents(place).schema == len(MIGRATIONS)
