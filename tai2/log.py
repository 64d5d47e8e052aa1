"""Structured logs: one event, one record, to stderr and to a ring that faces can read.

`daemon.run` and `cli` configure it once; everybody else asks structlog for a logger.
It must never let a secret, a header or a line break inside a value through.
"""

import logging
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterable, MutableMapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final, TextIO

import structlog

RING_SIZE: Final = 5_000
_SECRET_WORDS: Final = ("secret", "passphrase", "password", "api_key", "token", "authorization")
_MASK: Final = "***"
MOST_A_MINUTE: Final = 60
_LOUD: Final = frozenset({"warning", "error", "critical"})

PRINTED: Final = "is_printed"
"""A field that keeps a record off stderr: a person reads it there in other words."""

Record = MutableMapping[str, Any]
"""What structlog hands from processor to processor; its values are anything loggable."""
Processor = Callable[[object, str, Record], Record]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One record of the ring."""

    seq: int
    """Grows by one with each record since the start."""
    ts: str
    """ISO 8601, UTC."""
    level: str
    event: str
    fields: dict[str, str]


def line_of(seq: int, record: Record) -> LogLine:
    """Return a record with all its fields as text."""
    own = ("timestamp", "level", "event", PRINTED)
    rest = {name: str(field) for name, field in record.items() if name not in own}
    return LogLine(
        seq=seq,
        ts=str(record.get("timestamp", "")),
        level=str(record.get("level", "")),
        event=str(record.get("event", "")),
        fields=rest,
    )


class LogRing:
    """The newest log records, for `tai2 logs` and the DEBUG view."""

    def __init__(self, capacity: int = RING_SIZE) -> None:
        self._lines: deque[LogLine] = deque(maxlen=capacity)
        self._seq = 0

    def __call__(self, _logger: object, _method: str, record: Record) -> Record:
        """Keep a copy of a record (a structlog processor)."""
        self._seq += 1
        self._lines.append(line_of(self._seq, record))
        return record

    def __len__(self) -> int:
        return len(self._lines)

    @property
    def last_seq(self) -> int:
        """Number of the newest record, 0 before the first."""
        return self._seq

    def after(self, seq: int, limit: int) -> tuple[LogLine, ...]:
        """Return at most `limit` of the newest records behind `seq`, oldest first."""
        newer = [line for line in self._lines if line.seq > seq]
        return tuple(newer[-limit:])


class Thinning:
    """Lets through so many records of one event a minute, from warnings on (a processor).

    A fault that repeats a thousand times a second must not fill a disk or push everything else
    out of the ring. The first record of the next minute says how many were dropped.
    """

    def __init__(self, most: int = MOST_A_MINUTE, now_s: Callable[[], float] = monotonic) -> None:
        self._most = most
        self._now_s = now_s
        self._minute = 0
        self._counts: Counter[str] = Counter()
        self._dropped: Counter[str] = Counter()

    def __call__(self, _logger: object, _method: str, record: Record) -> Record:
        """Return the record, or drop it."""
        if record.get("level") not in _LOUD:
            return record
        minute, event = int(self._now_s() // 60), str(record.get("event", ""))
        if minute != self._minute:
            self._minute, self._dropped = (
                minute,
                self._counts - Counter(dict.fromkeys(self._counts, self._most)),
            )
            self._counts.clear()
        self._counts[event] += 1
        if self._counts[event] > self._most:
            raise structlog.DropEvent
        if dropped := self._dropped.pop(event, 0):
            record["dropped_before"] = dropped
        return record


def configure(
    ring: LogRing,
    *,
    level: str = "info",
    stream: TextIO | None = None,
    keepers: Sequence[Processor] = (),
) -> None:
    """Send every record through redaction to the ring and to stderr.

    Args:
        ring: Receives a copy of every record at or above the level.
        level: debug, info, warning or error.
        stream: Where lines go, default stderr; JSON unless it is a terminal.
        keepers: Receive a copy, too: a file.
    """
    out = stream or sys.stderr
    render = _for_people() if out.isatty() else [structlog.processors.JSONRenderer()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            Thinning(),
            structlog.processors.format_exc_info,
            redact,
            ring,
            *keepers,
            _drop_what_is_printed,
            *render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    _quiet_libraries()


def _drop_what_is_printed(_logger: object, _method: str, record: Record) -> Record:
    """Keep from stderr what the command line prints there itself."""
    if record.pop(PRINTED, False):
        raise structlog.DropEvent
    return record


def _for_people() -> list[Any]:
    """Return processors that print short, coloured lines: no empty fields, few digits of time."""

    def brief(_logger: object, _method: str, record: Record) -> Record:
        record["timestamp"] = str(record.get("timestamp", ""))[11:19]
        return {key: field for key, field in record.items() if field not in ("", None)}

    console = structlog.dev.ConsoleRenderer(pad_event_to=18, pad_level=False, sort_keys=False)
    return [brief, console]


def _quiet_libraries(names: Iterable[str] = ("httpx", "httpcore", "websockets", "aiohttp")) -> None:
    for name in names:
        logging.getLogger(name).setLevel(logging.WARNING)


def redact(_logger: object, _method: str, record: Record) -> Record:
    """Mask values whose key names a secret (a structlog processor)."""
    for key in record:
        if any(word in key.lower() for word in _SECRET_WORDS):
            record[key] = _MASK
    return record
