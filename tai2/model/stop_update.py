"""What the venue says of one stop while it lives and when it ends.

The private stream carries it to the engine's stop board. A stop that is over never lives again:
whatever tells of it later is older.
"""

from dataclasses import dataclass
from enum import StrEnum

from tai2.model.order import StopOrder


class StopState(StrEnum):
    """Where a stop stands at the exchange."""

    LIVE = "live"
    PAUSED = "paused"
    TRIGGERED = "triggered"
    """Its order was placed."""
    CANCELED = "canceled"
    FAILED = "failed"
    """It triggered and its order was refused: what it guarded is naked."""

    @property
    def is_over(self) -> bool:
        """True when it will never place an order again."""
        return self not in (StopState.LIVE, StopState.PAUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class StopUpdate:
    """One stop's new state, by push."""

    stop: StopOrder
    state: StopState
    fail_code: str
    """Why its order was refused, the exchange's code; "" = it wasn't."""
    u_time: int
    """Exchange time of this state, ms UTC."""
