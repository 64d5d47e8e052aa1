"""What maintenance the exchange has announced, and what stage of it holds right now.

A service reads it each minute and oftener while one is near; gate, last look and proofs of absence
ask. Nothing here is latched: a desk goes on by itself two minutes after the exchange does.
"""

from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from tai2.engine.health import Health
from tai2.engine.service import Pulse
from tai2.model.errors import DataInvalid, KeysRejected, VenueUnavailable
from tai2.model.maintenance import Maintenance, Progress, Stage
from tai2.ports.clock import Clock
from tai2.ports.venue import StatusReader

log = structlog.get_logger()

READ_MS: Final = 60_000
NEAR_READ_MS: Final = 5_000
"""The exchange allows one question in 5 s."""
OLD_MS: Final = 900_000
"""What wasn't read for so long isn't known."""
TICK_S: Final = 1.0
_ORDER: Final = tuple(Stage)


class Upkeep:
    """Owner of the announced maintenances."""

    def __init__(self, venue: StatusReader, clock: Clock, health: Health) -> None:
        self._venue = venue
        self._clock = clock
        self._health = health
        self._known: tuple[Maintenance, ...] = ()
        self._ended: dict[tuple[str, int], int] = {}
        """When a maintenance, by title and beginning, was first known to have ended."""
        self._read_ms: int | None = None
        self._tried_ms = 0
        self._told = Stage.NONE
        self.swept_ms: Callable[[], int] = lambda: 0
        """Tells when everything was last reconciled, ms UTC."""
        self.on_over: Callable[[], None] = lambda: None
        """Called when a maintenance ends: everything must be reconciled."""
        self.withdraw: Callable[[], Awaitable[bool]] | None = None
        """Cancels our resting entries."""

    def stage(self) -> Stage | None:
        """Return the strictest stage of all maintenances now; None = not known."""
        now = self._clock.now_ms()
        if self._read_ms is None or now - self._read_ms > OLD_MS:
            return None
        swept_ms = self.swept_ms()
        stages = [one.stage(now, self._ended_ms(one), swept_ms) for one in self._known]
        return max(stages, key=_ORDER.index, default=Stage.NONE)

    def disturbs(self, since_ms: int, until_ms: int) -> bool:
        """Tell whether a maintenance ran within a window: what was denied then proves nothing."""
        for one in self._known:
            ended_ms = self._ended_ms(one)
            has_begun = one.progress is not Progress.CANCELED and one.begin_ms <= until_ms
            if one.touches_trading and has_begun and (ended_ms is None or ended_ms >= since_ms):
                return True
        return False

    def _ended_ms(self, one: Maintenance) -> int | None:
        return self._ended.get((one.title, one.begin_ms))

    async def look(self) -> None:
        """Read what is announced; what was known stays and ages when nobody answers."""
        now = self._tried_ms = self._clock.now_ms()
        try:
            found = await self._venue.maintenances()
        except (VenueUnavailable, DataInvalid, KeysRejected) as exc:
            log.debug("maintenances_unreadable", detail=exc.message)
            return
        for one in found:
            if one.progress is Progress.COMPLETED:
                ended_ms = now if one.end_ms is None else min(one.end_ms, now)
                self._ended.setdefault((one.title, one.begin_ms), ended_ms)
        self._known, self._read_ms = found, now

    async def beat(self) -> None:
        """Read when it is time, and do what a change of stage asks for."""
        is_calm = self.stage() is Stage.NONE
        if self._clock.now_ms() - self._tried_ms >= (READ_MS if is_calm else NEAR_READ_MS):
            await self.look()
        stage = self.stage()
        if stage is not None and stage is not self._told:
            self._tell(stage)
        if stage in (Stage.NEAR, Stage.ONGOING) and self.withdraw is not None:
            await self.withdraw()

    def _tell(self, stage: Stage) -> None:
        before, self._told = self._told, stage
        if stage is Stage.SETTLING:
            self.on_over()
        titles = ", ".join(one.title for one in self._known if one.touches_trading)
        log.warning("maintenance_stage", stage=stage.value, before=before.value, titles=titles)
        self._health.report("maintenance", stage is Stage.NONE, f"{stage.value}: {titles}")

    async def run(self, pulse: Pulse) -> None:
        """Beat until cancelled."""
        while True:
            pulse.beat()
            await self.beat()
            await self._clock.sleep(TICK_S)
