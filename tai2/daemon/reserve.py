"""Stays up, halted, when the journal's disk is full: the reserve holds what a halt must write.

A service asks every second. It must never let trading go on by itself, nor end the daemon: the
operator needs its socket, and the stops at the exchange stay.
"""

from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from tai2.engine.alarm import Alarm
from tai2.engine.service import Pulse
from tai2.ports.clock import Clock
from tai2.store.journal.ballast import Ballast

log = structlog.get_logger()

TICK_S: Final = 1.0
KEEP_EVERY: Final = 30
"""Ticks between two attempts to keep the reserve again."""

Report = Callable[[str, bool, str], None]
"""part, is_ok, detail."""


class Reserve:
    """Watches the journal's disk."""

    def __init__(
        self,
        ballast: Ballast,
        alarm: Alarm,
        withdraw: Callable[[], Awaitable[bool]],
        report: Report,
        clock: Clock,
    ) -> None:
        """withdraw: cancels entries that may rest at the exchange."""
        self._ballast = ballast
        self._alarm = alarm
        self._withdraw = withdraw
        self._report = report
        self._clock = clock

    async def look(self) -> None:
        """Halt once a write has found the disk full.

        Raises:
            JournalFailed: Even the reserve is used up.
        """
        if self._ballast.was_needed:
            self._ballast.was_needed = False
            await self._alarm.halt("journal", "the disk is full: make room, then resume")
            await self._withdraw()
        is_kept = self._ballast.is_kept
        detail = "the reserve is kept" if is_kept else "the disk is full: the reserve is in use"
        self._report("disk", is_kept, detail)

    async def run(self, pulse: Pulse) -> None:
        """Look until cancelled; keep the reserve again once there is room."""
        tick = 0
        while True:
            pulse.beat()
            await self.look()
            tick += 1
            if tick % KEEP_EVERY == 0 and not self._ballast.is_kept and self._ballast.keep():
                log.info("disk_reserve_kept_again")
            await self._clock.sleep(TICK_S)
