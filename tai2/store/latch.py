"""The latch as a file beside the journal: one line that halts, then one per state of an order.

`tai2 panic` writes it, each line on the disk before the next step; the daemon reads it. The
writer holds a lock of the kernel's while it runs, so a reader never removes it too early.
"""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import msgspec

from tai2.model.errors import JournalFailed, Refused
from tai2.model.order import Order
from tai2.model.panic import Panic

LATCH_NAME: Final = "panic.ndjson"
UNREADABLE: Final = "the note of `tai2 panic` can't be read"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One of the two."""

    panic: Panic | None = None
    order: Order | None = None


class FileLatch:
    """ports.latch.Latch."""

    def __init__(self, home: Path) -> None:
        """home: the directory of the journal."""
        self._path = home / LATCH_NAME

    def is_set(self) -> bool:
        """Tell whether the file is there."""
        return self._path.exists()

    def read(self) -> Panic | None:
        """Return what the file says; a line that a crash cut off never left as an order."""
        try:
            lines = self._path.read_bytes().split(b"\n")[:-1]
        except FileNotFoundError:
            return None
        except OSError:
            lines = [b""]
        found = [_line_of(line) for line in lines]
        heads = [line.panic for line in found if line and line.panic]
        orders = {o.intent.cl_ord_id: o for line in found if line and (o := line.order)}
        head = heads[-1] if heads else Panic(reason=UNREADABLE, ts=0)
        return Panic(reason=head.reason, ts=head.ts, orders=tuple(orders.values()))

    def clear(self) -> bool:
        """Remove the file, unless the process that writes it still lives."""
        try:
            with self._path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._path.unlink()
        except FileNotFoundError:
            return True
        except OSError:
            return False
        return True


class LatchWriter:
    """The one process that panics."""

    def __init__(self, home: Path, reason: str, now_ms: int) -> None:
        """Set the latch: durable when this returns.

        Raises:
            Refused: Another `tai2 panic` is running.
            JournalFailed: The file can't be written.
        """
        self._path = home / LATCH_NAME
        try:
            self._file = self._locked()
            self._append(_Line(panic=Panic(reason=reason, ts=now_ms)))
            _sync(home)
        except OSError as exc:
            raise JournalFailed(
                f"can't write {self._path}: {exc.strerror}", "Free the disk; try again."
            ) from exc

    def close(self) -> None:
        """Let go of the file; it stays. Once is enough, twice does no harm."""
        self._file.close()

    def _locked(self) -> IO[bytes]:
        """Open and lock the file that is at the path once the lock is ours."""
        while True:
            file = os.fdopen(
                os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "ab", 0
            )
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as exc:
                file.close()
                raise Refused("another tai2 panic is running", "Wait for its end.") from exc
            if self._path.exists() and os.fstat(file.fileno()).st_ino == self._path.stat().st_ino:
                return file
            file.close()  # a daemon took it over in between

    def note(self, order: Order) -> None:
        """Append one state of one order: durable when this returns.

        Raises:
            JournalFailed: It can't be written; then nothing may be sent.
        """
        try:
            self._append(_Line(order=order))
        except OSError as exc:
            raise JournalFailed(f"can't write {self._path}: {exc.strerror}") from exc

    def _append(self, line: _Line) -> None:
        # A writer that died may have left half a line: ours begins on a new one.
        self._file.write(b"\n" + msgspec.json.encode(line) + b"\n")
        os.fsync(self._file.fileno())


def _line_of(text: bytes) -> _Line | None:
    """Return what a line says; None = nothing, or it was cut off."""
    try:
        return msgspec.json.decode(text, type=_Line) if text else None
    except msgspec.DecodeError:
        return None


def _sync(place: Path) -> None:
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
