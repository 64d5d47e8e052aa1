"""Hard limits that no model can talk past: ceilings from the settings, frozen at start.

Compose makes them once, risk rules and the executor compare with them.
Every limit is a number with a unit; a missing limit must never mean "unlimited".
"""

from dataclasses import dataclass
from decimal import Decimal

from tai2.model.money import QuoteAmt


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeLimits:
    """How old each field may be when a decision is based on it, in milliseconds."""

    book_ms: int
    ticker_ms: int
    mark_ms: int
    flow_ms: int
    funding_ms: int
    open_interest_ms: int
    account_ms: int
    candle_grace_ms: int
    """A bar width plus this much may pass since a closed bar's end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Ceilings; controls may only be tighter."""

    max_order_notional: QuoteAmt
    """Per order, quote currency."""
    max_order_equity_pct: Decimal
    """Per order, percent of equity."""
    max_position_notional: QuoteAmt
    """Per instrument with pending orders, quote currency."""
    max_total_equity_ratio: Decimal
    """All positions and pending orders together, as a multiple of equity."""
    max_spread_bps: Decimal
    max_slippage_bps: Decimal
    """The limit price of an order is the touch plus or minus this."""
    max_drift_pct: Decimal
    """Largest move of the mid between snapshot and send."""
    stop_min_pct: Decimal
    """Smallest distance of a stop from the mid."""
    stop_max_pct: Decimal
    max_decision_age_ms: int
    """From snapshot to send."""
    max_lever: Decimal
    ages: AgeLimits
