"""How every part is doing, since when, and whether that is worth saying.

Parts report, `tai2 status` and the faces read. A change is logged once at its start and
once at its end; it must never decide about trading: guards ask their own questions.
"""

from dataclasses import dataclass

import structlog

from tai2.engine.bus import Bus
from tai2.model.events import HealthChanged
from tai2.ports.clock import Clock

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class PartHealth:
    """One part's condition."""

    part: str
    is_ok: bool
    detail: str
    since_ms: int
    """When it became so, ms UTC."""


class Health:
    """Owner of every part's condition."""

    def __init__(self, clock: Clock, bus: Bus) -> None:
        self._clock = clock
        self._bus = bus
        self._parts: dict[str, PartHealth] = {}

    def report(self, part: str, is_ok: bool, detail: str) -> None:  # noqa: FBT001 - one fact
        """Note a part's condition; says so when it changed."""
        known = self._parts.get(part)
        if known and known.is_ok == is_ok:
            return
        now = self._clock.now_ms()
        self._parts[part] = PartHealth(part=part, is_ok=is_ok, detail=detail, since_ms=now)
        if not is_ok:
            log.warning("part_degraded", part=part, detail=detail)
        elif known:
            log.info("part_recovered", part=part, detail=detail)
        self._bus.publish(HealthChanged(part=part, is_ok=is_ok, detail=detail, ts=now))

    def parts(self) -> tuple[PartHealth, ...]:
        """Return every part, in the order of first report."""
        return tuple(self._parts.values())
