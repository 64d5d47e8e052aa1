"""The case that the gate judges: a decision with everything known at this instant.

The cycle builds one from a fresh snapshot, every rule reads it, nobody changes it.
A rule must find all that it needs here: it asks no clock, no exchange and no journal.
"""

from dataclasses import dataclass
from decimal import Decimal

from tai2.model.condition import Condition, Pace
from tai2.model.controls import Controls
from tai2.model.decision import Decision, PositionEffect
from tai2.model.instrument import Instrument, Side
from tai2.model.limits import Limits
from tai2.model.maintenance import Stage
from tai2.model.market import PriceLimit
from tai2.model.money import ZERO, Contracts, Px, QuoteAmt
from tai2.model.order import Order
from tai2.model.snapshot import BookTop, Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """What is held and what may still be added, over all instruments."""

    position: Contracts | None
    """Signed position of this instrument; None = not known."""
    foreign: Contracts | None
    """The signed part of it that isn't ours; None = not known."""
    pending: Contracts
    """Sum of open sizes of our entries on this instrument, unsigned."""
    total_notional: QuoteAmt | None
    """All positions and open entries of all instruments, quote currency; None = not known."""
    unknown_orders: tuple[Order, ...]
    """Orders of this instrument whose outcome is not known."""
    working_orders: int
    """Orders of this instrument that may still execute."""
    lever: Decimal | None
    """Leverage that the exchange reports for this instrument; None = not known."""
    account_trouble: str | None
    """What is wrong with the account's settings; "" = nothing, None = not known."""
    maintenance: Stage | None
    """What the exchange has announced; None = not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One decision before the gate."""

    decision: Decision
    decided_on: Snapshot
    """The snapshot that the reasoner saw."""
    snapshot: Snapshot
    """The market now."""
    instrument: Instrument
    price_limit: PriceLimit | None
    """What prices the exchange takes now; None = not known."""
    exposure: Exposure
    pace: Pace | None
    """None = not known."""
    condition: Condition | None
    """None = not known."""
    limits: Limits
    """In force: the settings' ceilings, tightened by the controls."""
    controls: Controls
    clock_off_ms: int | None
    """Between this machine's clock and the exchange's; None = not measured lately."""
    meta_age_ms: int | None
    """Age of the instrument's record; None = not known."""
    taker: Decimal | None
    """Taker fee as a fraction of notional; None = not known."""
    now_ms: int

    @property
    def book(self) -> BookTop | None:
        """The fresh book, None when stale or missing."""
        return self.snapshot.book.fresh

    @property
    def side(self) -> Side:
        """Side of the order; asserted, because HOLD never comes here."""
        assert self.decision.side is not None
        return self.decision.side

    @property
    def is_entry(self) -> bool:
        """True when the decision would grow exposure."""
        return self.decision.effect in (PositionEffect.OPEN, PositionEffect.INCREASE)

    @property
    def touch(self) -> Px | None:
        """The best price that the order would meet."""
        if self.book is None:
            return None
        return self.book.best_ask if self.side is Side.BUY else self.book.best_bid

    @property
    def worst_px(self) -> Px | None:
        """The touch plus or minus the slippage cap."""
        if self.touch is None:
            return None
        return Px(self.touch * (1 + self.limits.max_slippage_bps / 10_000 * self.side.sign))

    @property
    def limit_px(self) -> Px | None:
        """The worst price that the order may pay.

        That is the touch plus or minus the slippage cap, or the decision's own limit when
        that is stricter. An exit stays within the exchange's price limit, which would refuse it
        whole; an entry beyond it is refused by a rule.
        """
        capped, asked = self.worst_px, self.decision.limit_px
        if capped is None:
            return None
        if asked is not None:
            capped = min(capped, asked) if self.side is Side.BUY else max(capped, asked)
        if self.price_limit is not None and not self.is_entry:
            capped = self.price_limit.within(self.side, capped)
        return self.instrument.marketable_px(self.side, capped)

    @property
    def sizing_px(self) -> Px | None:
        """The dearest price that a fill is likely to have: a SELL's limit lies below its touch."""
        if self.touch is None or self.limit_px is None:
            return None
        return max(self.touch, self.limit_px)

    @property
    def held_notional(self) -> QuoteAmt | None:
        """Value of the position plus pending entries at the touch; None when unknown."""
        if self.exposure.position is None or self.touch is None:
            return None
        contracts = Contracts(abs(self.exposure.position) + self.exposure.pending)
        return self.instrument.notional(contracts, self.touch) if contracts else QuoteAmt(ZERO)
