"""How often a model may be asked: so many questions a minute and an hour.

The dialogue asks it before each question that costs money. It counts admitted questions only
and must never wait by itself.
"""

from collections import deque
from math import ceil
from typing import Final

from tai2.ports.clock import Clock

PER_MINUTE: Final = 6
PER_HOUR: Final = 60


class Pace:
    """The questions of the last hour."""

    def __init__(
        self, clock: Clock, *, per_minute: int = PER_MINUTE, per_hour: int = PER_HOUR
    ) -> None:
        self._clock = clock
        self._limits = ((60.0, per_minute), (3_600.0, per_hour))
        self._asked: deque[float] = deque(maxlen=max(per_minute, per_hour))

    def admit(self) -> int:
        """Count a question and return 0, or return the seconds to wait until one fits."""
        now_s = self._clock.monotonic_s()
        wait_s = max(self._wait_s(now_s, span_s, most) for span_s, most in self._limits)
        if wait_s > 0:
            return ceil(wait_s)
        self._asked.append(now_s)
        return 0

    def _wait_s(self, now_s: float, span_s: float, most: int) -> float:
        """Return when the question that is `most` questions back leaves the span."""
        if len(self._asked) < most:
            return 0.0
        return self._asked[-most] + span_s - now_s
