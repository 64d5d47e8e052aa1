"""Copies the journal while the desk runs, and puts a copy back in its place.

`tai2 backup` and `tai2 restore` call it. A copy is one consistent file whatever is being
written meanwhile. A restored journal is older than the exchange: it always starts HALTED,
and the journal that it replaces is kept beside it.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import msgspec

from tai2.model.controls import Controls, TradingState
from tai2.model.errors import DataInvalid, JournalFailed, UsageError
from tai2.store.journal.journal import LATEST_CONTROLS
from tai2.store.journal.schema import MIGRATIONS, migrate

_SIDE_FILES: Final = ("-wal", "-shm")
_CURE: Final = "Put a backup in its place: tai2 restore FILE."
_OURS: Final = frozenset({"cycles", "orders", "executed_trades", "controls", "equity"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a journal holds, for the person who copies or replaces it."""

    schema: int
    cycles: int
    orders: int
    trades: int
    controls_version: int
    """0 = none yet: a desk that is starting for the first time."""
    last_ms: int | None
    """Time of the newest cycle, ms UTC; None = none yet."""
    size_bytes: int


def contents(path: Path) -> Contents:
    """Look into a journal without changing it.

    Raises:
        UsageError: There is no such file.
        DataInvalid: It isn't a journal of tai2, is damaged, or of a newer version.
    """
    with _reading(path) as db:
        count = "SELECT (SELECT count(*) FROM {}) AS n"
        cycles, orders, trades = (
            int(db.execute(count.format(table)).fetchone()["n"])
            for table in ("cycles", "orders", "executed_trades")
        )
        return Contents(
            schema=int(db.execute("PRAGMA user_version").fetchone()[0]),
            cycles=cycles,
            orders=orders,
            trades=trades,
            controls_version=_controls(db, path).version if _has_controls(db) else 0,
            last_ms=db.execute("SELECT max(ts) AS ts FROM cycles").fetchone()["ts"],
            size_bytes=path.stat().st_size,
        )


def back_up(journal: Path, target: Path) -> Contents:
    """Write a copy of a journal to a new file that only we can read.

    Raises:
        UsageError: There is no journal, or the target exists or can't be written.
        DataInvalid: The journal is damaged.
    """
    if target.exists():
        raise UsageError(f"{target} exists", "Name a new file.")
    part = target.with_name(f"{target.name}.part")
    with _reading(journal) as db:
        _copy(db, part)
    part.replace(target)
    _sync(target.parent)
    return contents(target)


def restore(backup: Path, journal: Path, now_ms: int) -> Path | None:
    """Put a copy in a journal's place, halted; return where the old journal was kept.

    Call it with the state directory locked. Killed at any moment, either the old or the new
    journal is in place, never none.

    Raises:
        UsageError: There is no such backup.
        DataInvalid: It isn't a journal of tai2, is damaged, or of a newer version.
        JournalFailed: The state directory can't be written.
    """
    part = journal.with_name(f"{journal.name}.restoring")
    with _reading(backup) as db:
        halted = _halted(_controls(db, backup), now_ms)
        _copy(db, part)
    with closing(sqlite3.connect(part, isolation_level=None)) as db:
        migrate(db)
        doc = msgspec.json.encode(halted).decode()
        row = (halted.version, doc, halted.changed_ms, halted.changed_by)
        db.execute("INSERT INTO controls VALUES (?, ?, ?, ?)", row)
    _sync(part)
    kept = _keep_old(journal, now_ms) if journal.exists() else None
    part.replace(journal)
    _sync(journal.parent)
    return kept


def _halted(controls: Controls, now_ms: int) -> Controls:
    return replace(
        controls,
        version=controls.version + 1,
        trading_state=TradingState.HALTED,
        state_reason="restored from a backup: check orders and positions, then resume",
        changed_ms=now_ms,
        changed_by="restore",
    )


def _keep_old(journal: Path, now_ms: int) -> Path:
    """Give the old journal a second name; its write-ahead log is folded in or moved along."""
    kept = journal.with_name(f"{journal.name}.before-{now_ms}")
    try:
        with closing(sqlite3.connect(journal, isolation_level=None)) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.DatabaseError:  # damaged: that may be why somebody restores
        for end in _SIDE_FILES:
            side = journal.with_name(journal.name + end)
            if side.exists():
                side.replace(kept.with_name(kept.name + end))
    try:
        os.link(journal, kept)
    except OSError as exc:
        raise JournalFailed(f"can't keep the old journal as {kept}: {exc.strerror}") from exc
    return kept


def _copy(db: sqlite3.Connection, part: Path) -> None:
    """Write everything that a connection sees to a new file, on the disk when it returns."""
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        db.execute("VACUUM INTO ?", (str(part),))
    except (OSError, sqlite3.OperationalError) as exc:
        part.unlink(missing_ok=True)
        raise UsageError(f"can't write {part}: {exc}", "Check the directory and its disk.") from exc
    _sync(part)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a journal for reading, after checking that it is one."""
    if not path.is_file():
        raise UsageError(f"no such file: {path}", "The desk's journal is made at its first start.")
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
            db.row_factory = sqlite3.Row
            _check(db, path)
            yield db
    except sqlite3.DatabaseError as exc:
        raise DataInvalid(f"{path} isn't a usable journal: {exc}", _CURE) from exc


def _check(db: sqlite3.Connection, path: Path) -> None:
    tables = {row["name"] for row in db.execute("SELECT name FROM sqlite_master")}
    if not tables >= _OURS:
        raise DataInvalid(f"{path} isn't a journal of tai2", _CURE)
    schema = int(db.execute("PRAGMA user_version").fetchone()[0])
    if schema > len(MIGRATIONS):
        raise DataInvalid(
            f"{path} has schema {schema}, this tai2 knows up to {len(MIGRATIONS)}",
            "Use the newer tai2 that wrote it.",
        )
    verdict = db.execute("PRAGMA quick_check").fetchone()[0]
    if verdict != "ok":
        raise DataInvalid(f"{path} is damaged: {verdict}", _CURE)


def _has_controls(db: sqlite3.Connection) -> bool:
    return db.execute(LATEST_CONTROLS).fetchone() is not None


def _controls(db: sqlite3.Connection, path: Path) -> Controls:
    row = db.execute(LATEST_CONTROLS).fetchone()
    if row is None:
        raise DataInvalid(f"{path} holds no controls", "A desk writes them at its first start.")
    return msgspec.json.decode(row["doc"], type=Controls)
