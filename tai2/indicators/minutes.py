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
DAY_MINUTES: Final = 1_500
"""Minutes that charts look back on."""


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


class MinuteTotals:
    """Running total of a signed quantity at the end of each UTC minute, for charts."""

    def __init__(self) -> None:
        self._ends: dict[int, float] = {}
        self._total = 0.0

    def add(self, ts: int, quantity: float) -> None:
        """Count a signed quantity at `ts`, ms UTC; one that arrives late counts in the newest."""
        minute = max(ts // MINUTE_MS, next(reversed(self._ends), 0))
        self._total += quantity
        self._ends[minute] = self._total
        if len(self._ends) > DAY_MINUTES:
            del self._ends[next(iter(self._ends))]

    def at_ends(self, starts_ms: Sequence[int], width_ms: int) -> tuple[float | None, ...]:
        """Return the total at the end of each bar, oldest first; None before the first count.

        Args:
            starts_ms: Opening times of the bars, rising.
            width_ms: Width of a bar, whole minutes.
        """
        known = iter(self._ends.items())
        ahead = next(known, None)
        total: float | None = None
        totals = []
        for start_ms in starts_ms:
            while ahead and ahead[0] * MINUTE_MS < start_ms + width_ms:
                total, ahead = ahead[1], next(known, None)
            totals.append(total)
        return tuple(totals)


def newest_score(numbers: Sequence[float]) -> float | None:
    """Return the standard score of the last number among all (ddof 0); None when all are equal."""
    mean = math.fsum(numbers) / len(numbers)
    deviation = math.sqrt(math.fsum((each - mean) ** 2 for each in numbers) / len(numbers))
    if deviation <= 1e-12 * max(abs(each) for each in numbers):
        return None
    return (numbers[-1] - mean) / deviation
