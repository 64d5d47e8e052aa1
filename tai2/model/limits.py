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
    max_daily_loss_pct: Decimal
    """Loss since 00:00 UTC, percent of the equity then; trips into HALTED."""
    max_drawdown_pct: Decimal
    """Loss since the highest equity, percent of it; trips into HALTED."""
    max_losing_streak: int
    """Closings with a loss in a row; trips into REDUCING."""
    max_refusals: int
    """Decisions refused in a row; trips into REDUCING."""
    max_order_errors: int
    """Orders rejected or unanswered in a row; entries pause for error_pause_ms, then one probe."""
    max_llm_errors: int
    """Replies in a row without a decision; as max_order_errors."""
    error_pause_ms: int
    max_entries_hour: int
    """Entries of one instrument in any hour."""
    max_entries_hour_total: int
    """Entries of all instruments in any hour."""
    max_in_flight: int
    """Orders of all instruments that may still execute."""
    max_sends_2s: int
    """Orders sent in any two seconds."""
    max_sends_day: int
    """Orders sent since 00:00 UTC; trips into REDUCING."""
    cooldown_ms: int
    """From an instrument's last settled order to its next entry."""
    stop_cooldown_ms: int
    """From a stop-out, or an entry that the exchange refused, to the instrument's next entry."""
    duplicate_ms: int
    """So long, an entry of the same side and size (within 1 %) counts as a duplicate."""
    max_mark_band_pct: Decimal
    """Largest distance of an order's price from the mark."""
    target_max_pct: Decimal
    """Largest distance of a target from the mid."""
    min_confidence: Decimal
    """0 to 1; a filter only, it never scales a size."""
    min_edge_ratio: Decimal
    """The way to the target, as a multiple of a round trip's fees and spread."""
    max_clock_off_ms: int
    """Between this machine's clock and the exchange's."""
    max_meta_age_ms: int
    """Age of the instrument's record from the exchange."""
    ages: AgeLimits
