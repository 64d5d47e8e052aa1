"""Log records as lines: time, level, event and fields, with what a search found.

DEBUG, the web page and `tai2 logs` show them. Fields may quote strangers: they are cleaned
here, and a record stays one line.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from tai2.view.palette import Tone
from tai2.view.panels.line import Entry, Line, Span, line
from tai2.view.text import safe

EMPTY_TEXT: Final = "No records of this level yet."
LEVELS: Final = ("debug", "info", "warning", "error")
_SHORT: Final = {"warning": "warn", "critical": "error"}
_TONES: Final = {"debug": Tone.DIM, "warning": Tone.WARN, "error": Tone.ERROR}
_CLOCK: Final = slice(11, 23)
"""HH:MM:SS.mmm of an ISO 8601 time."""


class Record(Protocol):
    """A log record: log.LogLine and its row on the wire."""

    @property
    def seq(self) -> int: ...

    @property
    def ts(self) -> str: ...

    @property
    def level(self) -> str: ...

    @property
    def event(self) -> str: ...

    @property
    def fields(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """A record of the client's own log."""

    seq: int
    ts: str
    """ISO 8601, UTC."""
    level: str
    event: str
    fields: Mapping[str, str] = field(default_factory=dict)


def plain(record: Record) -> str:
    """Return a record as `tai2 logs` prints it, the whole time and all fields."""
    pairs = " ".join(f"{name}={text}" for name, text in record.fields.items())
    return safe(f"{record.ts} {record.level:<7} {record.event} {pairs}".rstrip())


def entry(record: Record) -> Entry:
    """Return a record as one line of a log window: ids last, empty fields left out."""
    level = _SHORT.get(record.level, record.level)
    tone = _TONES.get(record.level, Tone.PLAIN)
    telling = sorted(record.fields.items(), key=lambda pair: pair[0].endswith("_id"))
    pairs = "  ".join(f"{safe(name)}={safe(text)}" for name, text in telling if text)
    shown: Line = line(
        Span(f"{safe(record.ts)[_CLOCK]:<12} ", Tone.DIM),
        Span(f"{safe(level):<5} ", tone),
        Span(f"{safe(record.event)}  ", tone if tone is not Tone.PLAIN else Tone.STRONG),
        Span(pairs, Tone.DIM if record.level == "debug" else Tone.PLAIN),
    )
    return Entry(key=str(record.seq), line=shown)


def at_least(records: Iterable[Record], level: str) -> tuple[Record, ...]:
    """Return the records of a level and above; an unknown level counts as error."""
    lowest = LEVELS.index(level)
    return tuple(record for record in records if _rank(record.level) >= lowest)


def _rank(level: str) -> int:
    return LEVELS.index(level) if level in LEVELS else LEVELS.index("error")


def next_level(level: str) -> str:
    """Return the level that the key steps to."""
    return LEVELS[(LEVELS.index(level) + 1) % len(LEVELS)]


def searchable(record: Record) -> str:
    """Return what a search looks through: make it once a record, it's looked at often."""
    return plain(record).lower()


def found(searchables: Sequence[str], words: str) -> tuple[int, ...]:
    """Return the places of the records that hold a text, case ignored."""
    wanted = words.lower()
    return tuple(n for n, text in enumerate(searchables) if wanted in text)


def as_json(record: Record) -> tuple[Line, ...]:
    """Return a record as indented JSON, one line each."""
    tree = {
        "seq": record.seq,
        "ts": record.ts,
        "level": record.level,
        "event": record.event,
        **dict(record.fields),
    }
    return tuple(line(each) for each in json.dumps(tree, indent=2).splitlines())


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What a log window's heading tells."""

    side: str
    level: str
    is_following: bool
    rate: float
    """Records per second."""
    words: str
    """Searched for, "" = nothing."""
    found: int


def heading(told: Heading) -> Line:
    """Return the heading of a log window."""
    follows = Span("▶ follow", Tone.ACCENT) if told.is_following else Span("‖ held", Tone.WARN)
    search = f"  / {safe(told.words)}: {told.found}" if told.words else ""
    return line(
        Span(f" {told.side} ", Tone.STRONG),
        Span(f" ≥{told.level}  ", Tone.DIM),
        follows,
        Span(f"  {told.rate:.0f}/s" if told.rate else "", Tone.DIM),
        Span(search, Tone.PLAIN),
    )


def shifted(ts: str, minutes: int) -> str:
    """Return an ISO time so many minutes later, comparable with those of records."""
    try:
        moment = datetime.fromisoformat(ts) + timedelta(minutes=minutes)
    except ValueError:
        return ts
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
