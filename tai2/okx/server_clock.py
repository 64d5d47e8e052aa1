"""The exchange's clock as measured: local time plus half-round-trip corrected offset.

Signatures and expTime need the server's time; `OkxVenue.server_time_ms` measures it.
It must never be used to stamp when something was received here.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from tai2.ports.clock import Clock

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class ServerClock:
    """Local clock plus the offset of the last measurement (0 until the first)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.offset_ms = 0

    def now_ms(self) -> int:
        """Return the exchange's time as we believe it, ms UTC."""
        return self._clock.now_ms() + self.offset_ms

    def measure(self, server_ms: int, sent_ms: int, received_ms: int) -> int:
        """Take one reading; return the server's time at receipt (round-trip midpoint)."""
        self.offset_ms = server_ms - (sent_ms + received_ms) // 2
        return received_ms + self.offset_ms

    def iso(self) -> str:
        """Return the time as REST signatures want it: 2020-12-08T09:08:57.715Z."""
        moment = _EPOCH + timedelta(milliseconds=self.now_ms())
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
