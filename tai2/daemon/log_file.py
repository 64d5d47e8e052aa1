"""The log as a rotating file of JSON lines, for machines without a journal of the system's.

`daemon.run` hands it to the log; `tai2 logs --since` reads it back, also when no daemon runs.
A file that can't be written must never hurt the daemon, and must be readable by its owner only.
"""

import logging
import os
from collections.abc import Iterator
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

import msgspec

from tai2.log import LogLine, Record, line_of
from tai2.model.errors import ConfigError
from tai2.settings.places import log_place
from tai2.settings.sections import Settings

MEBIBYTE: Final = 2**20
_ENCODE: Final = msgspec.json.Encoder(enc_hook=str)


class _Owned(RotatingFileHandler):
    """Opens files for their owner only, and takes a failure without a word."""

    def _open(self) -> TextIOWrapper:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        return open(os.open(self.baseFilename, flags, 0o600), "a", encoding="utf-8")  # noqa: PTH123 - a descriptor

    def handleError(self, _record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Drop the line: stderr and the ring have it."""


class LogFile:
    """Keeps every record as one line (a structlog processor)."""

    def __init__(self, path: Path, *, max_bytes: int, count: int) -> None:
        """Open the file.

        Args:
            path: Of the newest file; older ones are called path.1, path.2 and so on.
            max_bytes: Size at which a new file is begun.
            count: How many older files are kept.

        Raises:
            ConfigError: It can't be written.
        """
        try:
            self._handler = _Owned(path, maxBytes=max_bytes, backupCount=count)
        except OSError as exc:
            raise ConfigError(
                f"can't write the log file {path}: {exc.strerror}",
                'Set log_file to a file in a directory of yours, or to "".',
            ) from exc

    def __call__(self, _logger: object, _method: str, record: Record) -> Record:
        """Append a record."""
        text = _ENCODE.encode(record).decode()
        self._handler.handle(logging.makeLogRecord({"msg": text}))
        return record

    def close(self) -> None:
        """Let go of the file."""
        self._handler.close()


def log_files(settings: Settings) -> tuple[LogFile, ...]:
    """Return the file that the settings ask for, opened, or none.

    Raises:
        ConfigError: It can't be written.
    """
    path = log_place(settings)
    if path is None:
        return ()
    max_bytes = settings.log_file_mib * MEBIBYTE
    return (LogFile(path, max_bytes=max_bytes, count=settings.log_files),)


def read_lines(path: Path) -> Iterator[LogLine]:
    """Yield the records of a log file and of the older ones beside it, oldest first.

    Lines that a crash tore are passed over; a file that is rotated away meanwhile is too.
    """
    older = sorted(
        (each for each in path.parent.glob(f"{path.name}.*") if each.suffix[1:].isdecimal()),
        key=lambda each: -int(each.suffix[1:]),
    )
    seq = 0
    for each in (*older, path):
        try:
            with each.open(encoding="utf-8", errors="replace") as lines:
                for line in lines:
                    if record := _record(line):
                        seq += 1
                        yield line_of(seq, record)
        except FileNotFoundError:
            continue


def _record(line: str) -> Record | None:
    try:
        found = msgspec.json.decode(line)
    except msgspec.DecodeError:
        return None
    return found if isinstance(found, dict) else None
