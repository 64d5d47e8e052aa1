"""One-minute sums that close by the clock: the bounded memory behind CVD and OFI.

Flow trackers add to the forming minute and read the closed ones, at most thirty of them.
A minute in which nothing happened is a 0 that was observed; it must never be skipped.
"""

import math
from collections import deque
from collections.abc import Sequence
from typing import Final

MINUTE_MS: Final = 60_000
BARS: Final = 30
MIN_BARS: Final = 10
"""Closed bars before a standard score is stated at all."""


class MinuteSums:
    """Sums of a signed quantity per UTC minute."""

    def __init__(self) -> None:
        self._closed: deque[float] = deque(maxlen=BARS)
        self._minute: int | None = None
        self._forming = 0.0

    @property
    def closed(self) -> tuple[float, ...]:
        """Sums of closed minutes, oldest first, at most 30."""
        return tuple(self._closed)

    def advance(self, ts: int) -> None:
        """Close every minute that ended by `ts` (ms UTC); earlier times change nothing."""
        minute = ts // MINUTE_MS
        if self._minute is None:
            self._minute = minute
        if minute <= self._minute:
            return
        self._closed.append(self._forming)
        self._closed.extend([0.0] * min(minute - self._minute - 1, BARS))
        self._minute, self._forming = minute, 0.0

    def add(self, ts: int, quantity: float) -> None:
        """Count a signed quantity at `ts`; one that arrives late counts in the forming minute."""
        self.advance(ts)
        self._forming += quantity


def newest_score(numbers: Sequence[float]) -> float | None:
    """Return the standard score of the last number among all (ddof 0); None when all are equal."""
    mean = math.fsum(numbers) / len(numbers)
    deviation = math.sqrt(math.fsum((each - mean) ** 2 for each in numbers) / len(numbers))
    if deviation <= 1e-12 * max(abs(each) for each in numbers):
        return None
    return (numbers[-1] - mean) / deviation
