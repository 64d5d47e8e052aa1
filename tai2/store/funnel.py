"""The funnel of a window from grouped counts, the same for every database.

Both history adapters group in SQL and add up here. Counts must add up to the cycles: an
outcome that isn't known here may be missing from a part, never from the whole.
"""

from collections.abc import Sequence
from typing import Final

from tai2.ports.history import Funnel

_SENT: Final = ("sent", "rejected", "unknown")

Count = tuple[str, str, int, int]
"""(outcome, reason, cycles, of these filled)."""


def funnel_of(since_ms: int, until_ms: int, counts: Sequence[Count]) -> Funnel:
    """Return where the cycles of a window ended; counts come most frequent first."""

    def reasons(wanted: str) -> tuple[tuple[str, int], ...]:
        return tuple((reason, n) for outcome, reason, n, _ in counts if outcome == wanted)

    def count(*wanted: str) -> int:
        return sum(n for outcome, _, n, _ in counts if outcome in wanted)

    return Funnel(
        since_ms=since_ms,
        until_ms=until_ms,
        cycles=sum(n for _, _, n, _ in counts),
        stale=count("stale"),
        no_decision=reasons("no_decision"),
        held=reasons("hold"),
        refused=reasons("refused"),
        sent=count(*_SENT),
        not_sent=count("not_sent"),
        filled=sum(filled for _, _, _, filled in counts),
    )
