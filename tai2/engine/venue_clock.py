"""The exchange's time as the engine's clock: what expTime, ages and fills are judged by.

Reconcile measures it with every sweep; executor, desk and snapshots read it as their Clock.
It must only shift instants: durations and sleeps stay those of the machine.
"""

from typing import Final

from tai2.ports.clock import Clock
from tai2.ports.venue import AccountReader

OLD_S: Final = 300.0


class VenueClock:
    """ports.clock.Clock, shifted by the last measured offset (0 until the first)."""

    def __init__(self, clock: Clock, venue: AccountReader) -> None:
        self._clock = clock
        self._venue = venue
        self.offset_ms = 0
        """Exchange minus machine."""
        self._measured_s: float | None = None

    def off_ms(self) -> int | None:
        """Return the offset; None when it wasn't measured within five minutes."""
        measured_s = self._measured_s
        if measured_s is None or self._clock.monotonic_s() - measured_s > OLD_S:
            return None
        return self.offset_ms

    def now_ms(self) -> int:
        """Return the exchange's time, ms UTC."""
        return self._clock.now_ms() + self.offset_ms

    def monotonic_s(self) -> float:
        """Return seconds that never jump."""
        return self._clock.monotonic_s()

    async def sleep(self, delay_s: float) -> None:
        """Wait on the machine's clock."""
        await self._clock.sleep(delay_s)

    async def sync(self) -> int:
        """Ask the exchange for its time and return it, ms UTC.

        Raises:
            VenueUnavailable: No answer; the last offset stays.
        """
        server_ms = await self._venue.server_time_ms()
        self.offset_ms = server_ms - self._clock.now_ms()
        self._measured_s = self._clock.monotonic_s()
        return server_ms
