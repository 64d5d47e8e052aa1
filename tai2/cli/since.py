"""Reads "since when" as people write it: 7d, 24h, 30m, or an ISO date and time.

Verbs with --since use it. A date without a zone is meant in UTC, as all tables
print it; anything unreadable must be refused with examples.
"""

import re
from datetime import UTC, datetime
from typing import Final

from tai2.model.errors import UsageError

_SPAN: Final = re.compile(r"([0-9]{1,6})([smhdw])", re.ASCII)
_UNIT_MS: Final = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}


def is_span(text: str) -> bool:
    """Tell whether the text is a span back from now, such as 7d."""
    return _SPAN.fullmatch(text.strip()) is not None


def since_ms(text: str, now_ms: int) -> int:
    """Return the instant that the text names, ms UTC.

    Raises:
        UsageError: It is neither a span nor an ISO date.
    """
    if span := _SPAN.fullmatch(text.strip()):
        return max(now_ms - int(span[1]) * _UNIT_MS[span[2]], 0)
    try:
        moment = datetime.fromisoformat(text.strip())
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(int(moment.timestamp() * 1_000), 0)
    except (ValueError, OverflowError) as exc:
        raise UsageError(
            f"can't read the time {text!r:.40}", "Write 7d, 24h, 30m or 2026-11-23T09:00Z."
        ) from exc
