"""What a question is about: which stretch of time, and which instrument.

The funnel asks it first. It must never fail: what it can't find is the default, and the
answer states the window that was taken.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from tai2.model.ids import InstId

DEFAULT_SPAN_MS: Final = 3_600_000
MAX_SPAN_MS: Final = 366 * 86_400_000

_UNITS: Final = (
    (r"s(?:ec(?:ond)?s?)?", 1_000),
    (r"m(?:in(?:ute)?s?)?", 60_000),
    (r"h(?:ours?|rs?)?", 3_600_000),
    (r"d(?:ays?)?", 86_400_000),
    (r"w(?:eeks?)?", 604_800_000),
)
_SPANS: Final = tuple(
    (re.compile(rf"\b(?P<count>[0-9]{{1,6}})?\s*{unit}\b", re.ASCII), unit_ms)
    for unit, unit_ms in _UNITS
)
_LAST: Final = re.compile(r"\b(?:last|past|previous)\s+(?P<span>(?:[0-9]+\s*)?[a-z]+)")
_COUNTED: Final = re.compile(r"\b(?P<span>[0-9]+\s*[a-z]+)\b")
_CLOCK: Final = re.compile(r"\b(?:since|after|from)\s+(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A stretch of time up to now."""

    since_ms: int
    until_ms: int
    label: str
    """As a person would say it, for example "the last 30 minutes"."""


def window_of(question: str, now_ms: int) -> Window:
    """Return the stretch that a question names, the last hour by default; clocks are UTC."""
    text = question.lower()
    since = _since_clock(text, now_ms)
    if since is None:
        since = _since_day(text, now_ms)
    if since is not None:
        moment = datetime.fromtimestamp(since / 1_000, UTC)
        return Window(since_ms=since, until_ms=now_ms, label=f"since {moment:%Y-%m-%d %H:%M} UTC")
    span_ms = min(_span_ms(text) or DEFAULT_SPAN_MS, MAX_SPAN_MS)
    return Window(
        since_ms=max(now_ms - span_ms, 0), until_ms=now_ms, label=f"in the last {_spoken(span_ms)}"
    )


def instrument_of(question: str, inst_ids: Sequence[InstId]) -> InstId | None:
    """Return the instrument that a question names, by id or base currency; None = all.

    A currency that names two of our instruments, or two currencies, mean all.
    """
    words = set(re.findall(r"[A-Z0-9]+(?:-[A-Z0-9]+)*", question.upper()))
    named = [inst_id for inst_id in inst_ids if inst_id in words]
    named = named or [inst_id for inst_id in inst_ids if inst_id.split("-")[0] in words]
    return named[0] if len(named) == 1 else None


def _since_clock(text: str, now_ms: int) -> int | None:
    """Read "since 09:30": the newest such instant, yesterday's when today's is ahead."""
    found = _CLOCK.search(text)
    if found is None or int(found["hour"]) > 23 or int(found["minute"]) > 59:
        return None
    now = datetime.fromtimestamp(now_ms / 1_000, UTC)
    moment = now.replace(
        hour=int(found["hour"]), minute=int(found["minute"]), second=0, microsecond=0
    )
    if moment > now:
        moment -= timedelta(days=1)
    return int(moment.timestamp() * 1_000)


def _since_day(text: str, now_ms: int) -> int | None:
    midnight = now_ms - now_ms % 86_400_000
    if re.search(r"\btoday\b", text):
        return midnight
    if re.search(r"\byesterday\b", text):
        return midnight - 86_400_000
    return None


def _span_ms(text: str) -> int | None:
    """Read "last 30 minutes", "past day" or a bare "24h"."""
    for pattern in (_LAST, _COUNTED):
        for found in pattern.finditer(text):
            for unit, unit_ms in _SPANS:
                if (span := unit.fullmatch(found["span"])) is not None:
                    return max(int(span["count"] or 1), 1) * unit_ms
    return None


def _spoken(span_ms: int) -> str:
    names = ((86_400_000, "day"), (3_600_000, "hour"), (60_000, "minute"), (1_000, "second"))
    unit_ms, name = next(
        (pair for pair in names if span_ms % pair[0] == 0 and span_ms >= pair[0]), names[-1]
    )
    count = span_ms // unit_ms
    return name if count == 1 else f"{count} {name}s"
