"""What an operator may change while the daemon runs, and who changed it last.

The control book owns the current value, every loop reads it through a frozen copy.
Controls can only be tighter than the settings' ceilings, never looser.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from tai2.model.ids import InstId
from tai2.model.money import QuoteAmt


class TradingState(StrEnum):
    """Latched permission to trade; survives restarts, re-armed only by a person."""

    ACTIVE = "active"
    REDUCING = "reducing"
    """Only orders that shrink a position."""
    HALTED = "halted"
    """No order at all except an operator's flatten."""

    def is_tighter_than(self, other: "TradingState") -> bool:
        """Tell whether this state allows less."""
        return _TIGHTNESS.index(self) > _TIGHTNESS.index(other)


_TIGHTNESS: Final = (TradingState.ACTIVE, TradingState.REDUCING, TradingState.HALTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tighter:
    """One limit that the operator has made tighter than the settings' ceiling."""

    name: str
    """As in the settings' section risk."""
    limit: Decimal
    """In the settings' unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """One version of the operator's controls."""

    version: int
    """Grows by one with each change, 1 at first start."""
    interval_s: Decimal
    """WS_UPDATE_INTERVAL: seconds between snapshots, at least 1."""
    instruments: tuple[InstId, ...]
    trading_state: TradingState
    state_reason: str
    """Why trading_state is what it is, "" at first start."""
    max_order_notional: QuoteAmt
    """Largest notional of one order, in quote currency."""
    max_position_notional: QuoteAmt
    """Largest notional of one instrument's position, in quote currency."""
    changed_ms: int
    """UTC."""
    changed_by: str
    """Who: start, cli, tui, web, guard."""
    model_id: str = ""
    """Language model by its id, such as vendor/name; "" = the settings' one."""
    system_prompt: str = ""
    """System prompt of a decision; "" = the default one."""
    strategy: str = ""
    """The operator's own words to the model; "" = none."""
    tighter: tuple[Tighter, ...] = ()
    """Limits tighter than the settings', one per name; the two notional caps have fields."""
    excluded: tuple[InstId, ...] = ()
    """Instruments of the settings that no cycle is run for; `instruments` holds the rest."""
    ignored: tuple[InstId, ...] = ()
    """Instruments where a position of somebody else's is known and no trouble any more."""
