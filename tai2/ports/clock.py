"""Where time comes from: the wall in a daemon, a stepped clock in replays and tests.

Everything that waits or stamps asks here. Nothing else may read the machine's clock.
"""

from typing import Protocol


class Clock(Protocol):
    """Wall time, monotonic time and sleeping."""

    def now_ms(self) -> int:
        """Return Unix time in milliseconds, UTC."""
        ...

    def monotonic_s(self) -> float:
        """Return seconds that never jump; only differences mean anything."""
        ...

    async def sleep(self, delay_s: float) -> None:
        """Return after delay_s seconds of this clock."""
        ...
