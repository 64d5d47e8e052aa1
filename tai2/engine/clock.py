"""The two clocks: the machine's own, and one that moves only when it is told to.

Compose gives one to every part. This is the one module that may ask the machine for time.
"""

import asyncio
import heapq
import time
from itertools import count


class WallClock:
    """The machine's time; ports.clock.Clock for a daemon."""

    def now_ms(self) -> int:
        """Return Unix time in milliseconds, UTC."""
        return time.time_ns() // 1_000_000  # noqa: TID251 - the seam itself

    def monotonic_s(self) -> float:
        """Return seconds since some fixed instant."""
        return time.monotonic()

    async def sleep(self, delay_s: float) -> None:
        """Wait in real time."""
        await asyncio.sleep(delay_s)  # noqa: TID251 - the seam itself


class StepClock:
    """A clock for replays and tests: stands still until advanced."""

    def __init__(self, start_ms: int) -> None:
        self._now_ms = start_ms
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = count()

    def now_ms(self) -> int:
        """Return the stepped time in milliseconds, UTC."""
        return self._now_ms

    def monotonic_s(self) -> float:
        """Return the stepped time in seconds."""
        return self._now_ms / 1000

    async def sleep(self, delay_s: float) -> None:
        """Return once the clock has been advanced past the delay."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        due = self._now_ms + round(delay_s * 1000)
        heapq.heappush(self._sleepers, (due, next(self._order), future))
        await future

    def advance_to(self, now_ms: int) -> None:
        """Move to a time (never backwards) and wake the sleepers that are due, in order."""
        self._now_ms = max(now_ms, self._now_ms)
        while self._sleepers and self._sleepers[0][0] <= self._now_ms:
            future = heapq.heappop(self._sleepers)[2]
            if not future.done():
                future.set_result(None)
