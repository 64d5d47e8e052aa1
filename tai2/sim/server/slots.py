"""When a paced channel may speak: slots of its shortest interval, kept by schedule.

Each paced stream has one. Rounds come a little late; counting an interval from when the last
frame was sent would add every delay to the next and the channel would lag behind its rate.
"""

from typing import Final

GRACE_MS: Final = 20
"""A round that comes so late still serves its slot; later, the schedule starts from then."""


class Slots:
    """One channel's schedule, ms UTC."""

    def __init__(self, least_ms: int) -> None:
        self._least_ms = least_ms
        self._due_ms = 0
        self._told_ms = 0

    def open(self, now_ms: int) -> None:
        """Start with a first frame; a schedule that runs goes on."""
        if not self._told_ms:
            self.spend(now_ms)

    def is_due(self, now_ms: int) -> bool:
        """Tell whether a frame may go out."""
        return now_ms >= self._due_ms

    def silent_ms(self, now_ms: int) -> int:
        """Return for how long nothing was told."""
        return now_ms - self._told_ms

    def spend(self, now_ms: int) -> None:
        """Note a frame."""
        is_in_time = now_ms - self._due_ms <= GRACE_MS
        self._due_ms = (self._due_ms if is_in_time else now_ms) + self._least_ms
        self._told_ms = now_ms
