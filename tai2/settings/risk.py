"""The ceilings of risk: every guard's limit, with its default and its unit.

Part of the settings; the gate holds them. Controls at run time can only be tighter, and what
isn't given here must never mean "unlimited".
"""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from tai2.settings.section import Count, Positive, Section


class RiskSection(Section):
    """Ceilings that the gate holds; controls at run time can only be tighter."""

    max_order_notional: Positive = Decimal(100)
    """Largest order, in quote currency (USDT)."""
    max_order_equity_pct: Positive = Decimal(5)
    """Largest order, in percent of equity."""
    max_position_notional: Positive = Decimal(300)
    """Largest position of one instrument including pending orders, in quote currency."""
    max_total_equity_ratio: Positive = Decimal(1)
    """All positions and pending orders together, as a multiple of equity."""
    max_spread_bps: Positive = Decimal(10)
    """No entry while the spread is wider, in basis points of the mid."""
    max_slippage_bps: Positive = Decimal(20)
    """An order's limit price lies at most this far behind the touch, in basis points."""
    max_drift_pct: Positive = Decimal("0.30")
    """No entry when the mid has moved further since the snapshot, in percent."""
    stop_min_pct: Positive = Decimal("0.3")
    """Nearest stop that an entry may have, in percent of the mid."""
    stop_max_pct: Positive = Decimal(5)
    """Farthest stop that an entry may have, in percent of the mid."""
    max_decision_age_s: Positive = Decimal(60)
    """A decision that is older when it would be sent is dropped, in seconds."""
    max_lever: Positive = Decimal(2)
    """Highest leverage that the exchange may report for an instrument before an entry."""
    max_daily_loss_pct: Positive = Decimal(3)
    """Halt when the day's loss (since 00:00 UTC) reaches so many percent of equity."""
    max_drawdown_pct: Positive = Decimal(10)
    """Halt when equity has fallen so many percent below its peak."""
    max_losing_streak: Count = 5
    """After so many losing closings in a row only reduce, until a person resumes."""
    max_refusals: Count = 20
    """After so many refused decisions in a row only reduce, until a person resumes."""
    max_order_errors: Count = 3
    """After so many rejected or unanswered orders in a row no entries for error_pause_s."""
    max_llm_errors: Count = 5
    """After so many replies without a decision in a row no entries for error_pause_s."""
    error_pause_s: Positive = Decimal(900)
    """Seconds without entries after errors in a row; then one may try again."""
    max_entries_hour: Count = 4
    """Entries of one instrument in any hour."""
    max_entries_hour_total: Count = 8
    """Entries of all instruments together in any hour."""
    max_in_flight: Count = 3
    """Orders of all instruments that may work at once; one of each instrument at most."""
    max_sends_2s: Count = 10
    """Orders sent in any two seconds."""
    max_sends_day: Count = 200
    """Orders sent since 00:00 UTC; beyond it only reduce, until a person resumes."""
    cooldown_s: Annotated[Decimal, Field(ge=0)] = Decimal(300)
    """Seconds from an instrument's last settled order to its next entry."""
    stop_cooldown_s: Annotated[Decimal, Field(ge=0)] = Decimal(900)
    """Seconds from a stop-out, or an entry that the exchange refused, to the next entry."""
    duplicate_s: Annotated[Decimal, Field(ge=0)] = Decimal(60)
    """For so many seconds an entry of the same side and size (within 1 %) is a duplicate."""
    max_mark_band_pct: Positive = Decimal(1)
    """An order's price lies at most this far from the mark price, in percent."""
    target_max_pct: Positive = Decimal(25)
    """Farthest target that an entry may have, in percent of the mid."""
    min_confidence: Annotated[Decimal, Field(ge=0, le=1)] = Decimal("0.60")
    """Lowest confidence of a model's entry, 0 to 1; rules-v1 has a threshold of its own."""
    min_edge_ratio: Annotated[Decimal, Field(ge=0)] = Decimal("1.5")
    """The way to the target is at least so many round trips of fees and spread."""
    max_clock_off_s: Positive = Decimal(2)
    """No entry while this machine's clock is further off the exchange's, in seconds."""
    max_meta_age_s: Positive = Decimal(3_600)
    """No entry when the instrument's record from the exchange is older, in seconds."""
