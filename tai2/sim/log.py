"""The exchange's memory on disk: one line of JSON per change of the account.

The core appends, a restart reads everything back; lines are opaque bytes here.
Each append is one write of the operating system, so it survives the death of the process,
and a line torn by a crash is dropped, never half believed.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tai2.model.errors import JournalFailed

FILE_NAME: Final = "exchange.jsonl"


class EventLog:
    """An append-only file of lines in a directory of its own."""

    def __init__(self, directory: Path) -> None:
        """Open or create the log; a torn last line is cut off.

        Raises:
            JournalFailed: The directory or the file can't be written.
        """
        self._path = directory / FILE_NAME
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self._cut_torn_line()
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
            self._descriptor = os.open(self._path, flags, 0o600)
        except OSError as error:
            raise JournalFailed(
                f"the simulator's log {self._path} can't be written: {error.strerror}",
                "free space or permissions on its directory, then start again",
            ) from error

    def _cut_torn_line(self) -> None:
        if not self._path.exists():
            return
        with self._path.open("rb+") as stream:
            stream.seek(0, os.SEEK_END)
            end = stream.tell()
            while end > 0:
                start = max(0, end - 65_536)
                stream.seek(start)
                newline = stream.read(end - start).rfind(b"\n")
                if newline >= 0:
                    end = start + newline + 1
                    break
                end = start
            stream.truncate(end)

    def append(self, line: bytes) -> None:
        """Write one line (without its newline) at once.

        Raises:
            JournalFailed: The operating system refuses, for example a full disk.
        """
        block = line + b"\n"
        try:
            written = os.write(self._descriptor, block)
        except OSError as error:
            raise JournalFailed(
                f"the simulator's log {self._path} can't be written: {error.strerror}"
            ) from error
        if written != len(block):
            raise JournalFailed(f"the simulator's log {self._path} took a part of a line only")

    def lines(self) -> Iterator[bytes]:
        """Yield every whole line, oldest first."""
        with self._path.open("rb") as stream:
            for line in stream:
                if line.endswith(b"\n"):
                    yield line[:-1]

    def close(self) -> None:
        """Release the file."""
        os.close(self._descriptor)
