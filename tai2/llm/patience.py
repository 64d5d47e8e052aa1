"""How long and how often a model may be asked for one purpose: a deadline and a count.

Whoever needs an answer makes one and hands it down; retry, other dialect and second question
all draw on the same one, so that a decision can never cost more than its calls.
"""

from tai2.ports.clock import Clock


class Patience:
    """Runs out once, by time or by calls."""

    def __init__(self, clock: Clock, allowed_s: float, calls: int = 2) -> None:
        """Start now.

        Args:
            clock: Measures the time, monotonic.
            allowed_s: Seconds from now; 0 or less = over at once.
            calls: How many requests may be sent in all.
        """
        self._clock = clock
        self._started_s = clock.monotonic_s()
        self._until_s = self._started_s + allowed_s
        self._calls_left = calls

    def left_s(self) -> float:
        """Return the seconds that are left, at least 0."""
        return max(self._until_s - self._clock.monotonic_s(), 0.0)

    def spent_ms(self) -> int:
        """Return the milliseconds since the start."""
        return round((self._clock.monotonic_s() - self._started_s) * 1000)

    @property
    def calls_left(self) -> int:
        """How many requests may still be sent."""
        return self._calls_left

    def is_over(self) -> bool:
        """Tell whether nothing may be sent any more."""
        return self._calls_left <= 0 or self.left_s() <= 0

    def take_call(self) -> None:
        """Count a request that is about to be sent."""
        self._calls_left -= 1

    async def pause(self, delay_s: float) -> bool:
        """Wait, unless too little time would be left; tell whether to go on."""
        if self._calls_left <= 0 or delay_s >= self.left_s():
            return False
        await self._clock.sleep(delay_s)
        return not self.is_over()
