"""Maintenances that the exchange announces, and what each stage of one asks of a desk.

The venue adapter reads them, the engine's upkeep keeps the newest, rules refuse by stage.
A maintenance ends when the exchange says so; its planned end alone must never count as the end.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

ANNOUNCED_MS: Final = 15 * 60_000
NEAR_MS: Final = 5 * 60_000
SETTLE_MS: Final = 2 * 60_000


class Progress(StrEnum):
    """How far a maintenance is, in the exchange's words."""

    SCHEDULED = "scheduled"
    ONGOING = "ongoing"
    PRE_OPEN = "pre_open"
    """Orders may be cancelled, not placed."""
    COMPLETED = "completed"
    CANCELED = "canceled"


class Stage(StrEnum):
    """What a desk may do, the freest first."""

    NONE = "none"
    ANNOUNCED = "announced"
    """Begins within 15 min: nothing is opened."""
    SETTLING = "settling"
    """Over, but not for two minutes or not reconciled since: nothing is opened."""
    NEAR = "near"
    """Begins within 5 min: resting entries are cancelled too."""
    ONGOING = "ongoing"
    """Nothing but emergency exits leaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance:
    """One maintenance."""

    title: str
    progress: Progress
    begin_ms: int
    end_ms: int | None
    """Planned, or actual once it is completed; None = not stated. ms UTC."""
    touches_trading: bool
    """False for services that this desk doesn't use, such as block trading."""

    def stage(self, now_ms: int, ended_ms: int | None, swept_ms: int) -> Stage:
        """Return the stage at an instant.

        Args:
            now_ms: The exchange's time, ms UTC.
            ended_ms: When it ended; None = it hasn't.
            swept_ms: When everything was last reconciled with the exchange.
        """
        if not self.touches_trading or self.progress is Progress.CANCELED:
            return Stage.NONE
        if ended_ms is not None:
            is_over = now_ms >= ended_ms + SETTLE_MS and swept_ms > ended_ms
            return Stage.NONE if is_over else Stage.SETTLING
        left_ms = self.begin_ms - now_ms
        if self.progress is not Progress.SCHEDULED or left_ms <= 0:
            return Stage.ONGOING
        if left_ms <= NEAR_MS:
            return Stage.NEAR
        return Stage.ANNOUNCED if left_ms <= ANNOUNCED_MS else Stage.NONE
