"""The guards at a glance: limit, current value, distance, and when each tripped last.

The daemon computes them when it is asked, `tai2 guards` and the faces show them.
Unknown is None, never 0. A guard that can't be measured now says why and isn't ok.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tai2.model.controls import TradingState
from tai2.wire.method import Method, NoParams


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardRow:
    """One guard, or one guard on one instrument."""

    name: str
    """Such as max_position_notional: the code of its refusal in lower case."""
    scope: str
    """"" = the whole account, else the instrument."""
    unit: str
    """USDT, %, bps, s, x, or "" for counts and for guards without a number."""
    limit: Decimal | None
    """In force now: the tighter of settings and controls; None = not a number."""
    current: Decimal | None
    """None = not known, or not a number."""
    distance: Decimal | None
    """How far the current value is from the limit; negative = beyond it."""
    used: Decimal | None
    """current as a share of limit, 0 to 1 and beyond."""
    ok: bool
    """False = it would refuse an entry now."""
    why: str
    """One sentence, in numbers where there are any."""
    last_trip_ms: int | None
    """When it last refused or latched; None = not in living memory."""
    last_trip: str
    """What it said then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardsReply:
    """The trading state and every guard."""

    trading_state: TradingState
    state_reason: str
    state_by: str
    """Who set it: operator, guard, settings."""
    state_ms: int
    """Since when."""
    guards: tuple[GuardRow, ...]


GUARDS: Final = Method("guards", NoParams, GuardsReply)
