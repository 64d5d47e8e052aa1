"""How the account has fared: the breakers' memory, and what it adds up to at this instant.

The journal keeps the memory, `risk.breakers` advances it, rules compare it with limits.
What isn't known is None here; it must never count as no loss.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tai2.model.ids import InstId, OrdId
from tai2.model.instrument import Side
from tai2.model.money import ZERO, Contracts, QuoteAmt

NONE: Final = QuoteAmt(ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerState:
    """What the breakers must remember across restarts."""

    day_ms: int
    """00:00 UTC of the day that day_equity belongs to."""
    day_equity: QuoteAmt
    """Equity then, or when a person re-armed; deposits since are added."""
    peak_equity: QuoteAmt
    """Highest equity since a person re-armed; deposits are added."""
    armed_ms: int
    """When a person re-armed last; losses and errors before don't count."""
    last_equity: QuoteAmt
    anchor_ms: int
    """Cash changes are explained from here on."""
    anchor_cash: QuoteAmt
    deposits: QuoteAmt = NONE
    """Cash moved in (negative: out) since the anchor that the baselines have followed: transfers by
    the exchange's books, and what came without any explanation."""
    lost: QuoteAmt = NONE
    """Cash that went since the anchor without a fill to explain it: counted as a loss."""
    suspected: QuoteAmt = NONE
    """Cash change seen once that nothing explains; it counts when it is seen twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Realised:
    """One closing fill: what it realised before and after its fee."""

    ts: int
    ord_id: OrdId
    pnl: QuoteAmt
    fee: QuoteAmt

    @property
    def net(self) -> Decimal:
        """PnL after its fee."""
        return self.pnl + self.fee


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """The breakers' reading at one instant."""

    day_loss_pct: Decimal | None
    """Positive = lost since 00:00 UTC; None = equity isn't known."""
    drawdown_pct: Decimal | None
    """Positive = below the peak."""
    losing_streak: int
    refusals: int
    """Decisions refused in a row."""
    order_errors: int
    order_error_ms: int
    """When the last of them happened; 0 = none."""
    llm_errors: int
    llm_error_ms: int
    sends: int
    """Orders since 00:00 UTC, or since a person re-armed."""
    drift: Decimal | None
    """Change of cash since the anchor that neither fills nor bills explain; None = not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One order that left."""

    inst_id: InstId
    side: Side
    is_entry: bool
    contracts: Contracts
    ts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What was sent lately and what this instrument rests from."""

    sent: tuple[Sent, ...]
    """Of the last 24 hours at most, oldest first."""
    in_flight: int
    """Orders of all instruments that may still execute."""
    settled_ms: int | None
    """When this instrument's last order was settled; None = never."""
    setback_ms: int | None
    """When this instrument was last stopped out or refused by the exchange; None = never."""
    armed_ms: int
    """When a person re-armed: the day's count starts anew."""
