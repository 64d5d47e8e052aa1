"""What an instrument is and the only conversions between contracts, base and quote.

The adapter makes it from the exchange's record, risk and executor size orders with it.
It must never round a size up, nor turn an unknown contract value into 1.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import assert_never

from tai2.model.ids import InstId
from tai2.model.money import (
    ZERO,
    BaseQty,
    Contracts,
    Px,
    QuoteAmt,
    ceil_to,
    floor_to,
)


class InstKind(StrEnum):
    """How one unit of size turns into base and quote."""

    SPOT = "spot"
    """Size is base currency."""
    LINEAR = "linear"
    """Size is contracts of ct_val base each, settled in quote (USDT)."""
    INVERSE = "inverse"
    """Size is contracts of ct_val USD each, settled in base."""


class Side(StrEnum):
    """Direction of an order or of a taker's trade."""

    BUY = "buy"
    SELL = "sell"

    @property
    def sign(self) -> int:
        """+1 for BUY, -1 for SELL."""
        return 1 if self is Side.BUY else -1

    @property
    def opposite(self) -> "Side":
        """The side that closes what this side opened."""
        return Side.SELL if self is Side.BUY else Side.BUY


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """One tradable instrument with its units and steps."""

    inst_id: InstId
    kind: InstKind
    base_ccy: str
    quote_ccy: str
    settle_ccy: str
    """Currency of margin, fees and PnL (SPOT: the quote currency)."""
    ct_val: Decimal
    """Value of one contract times its multiplier: base (linear), USD (inverse), 1 (SPOT)."""
    tick_sz: Decimal
    lot_sz: Decimal
    """Sizes are multiples of this many contracts (may be < 1)."""
    min_sz: Decimal
    max_lmt_sz: Decimal | None
    """Largest limit order in contracts; None = the exchange states none."""
    max_mkt_sz: Decimal | None
    lever_max: Decimal | None
    is_live: bool
    """False while suspended, pre-open or expired: nothing may be opened."""
    group_id: str = ""
    """Fee group of the account's trade-fee reply."""

    @property
    def units(self) -> tuple[object, ...]:
        """What sizes and prices are counted in: when it changes, old figures mean another thing."""
        return self.kind, self.ct_val, self.tick_sz, self.lot_sz, self.settle_ccy

    def base_qty(self, contracts: Contracts, px: Px) -> BaseQty:
        """Return the base currency in a size at a price."""
        if self.kind is InstKind.INVERSE:
            return BaseQty(contracts * self.ct_val / px)
        return BaseQty(contracts * self.ct_val)

    def notional(self, contracts: Contracts, px: Px) -> QuoteAmt:
        """Return the quote value of a size at a price (source: OKX v5, contract sizes)."""
        match self.kind:
            case InstKind.SPOT | InstKind.LINEAR:
                return QuoteAmt(contracts * self.ct_val * px)
            case InstKind.INVERSE:
                return QuoteAmt(contracts * self.ct_val)
            case _:
                assert_never(self.kind)

    def contracts_for(self, notional: QuoteAmt, px: Px) -> Contracts:
        """Return the largest tradable size worth at most `notional`; 0 below the minimum."""
        unit = self.notional(Contracts(Decimal(1)), px)
        return self.round_down(Contracts(notional / unit))

    def round_down(self, contracts: Contracts) -> Contracts:
        """Round a size down to the lot; 0 when that is below the minimum size."""
        lots = floor_to(contracts, self.lot_sz)
        return Contracts(lots if lots >= self.min_sz else ZERO)

    def marketable_px(self, side: Side, px: Px) -> Px:
        """Round a limit price to the tick without paying more (BUY down, SELL up)."""
        step = floor_to if side is Side.BUY else ceil_to
        return Px(step(px, self.tick_sz))

    def stop_px(self, entry_side: Side, px: Px) -> Px:
        """Round a stop to the tick toward the entry (long up, short down): never more risk."""
        step = ceil_to if entry_side is Side.BUY else floor_to
        return Px(step(px, self.tick_sz))

    def pnl(self, contracts: Contracts, entry_px: Px, exit_px: Px) -> Decimal:
        """Return the profit of a signed size between two prices, in settle currency.

        Linear and spot: n·ctVal·(exit − entry); inverse: n·ctVal·(1/entry − 1/exit).
        """
        if self.kind is InstKind.INVERSE:
            return contracts * self.ct_val * (1 / entry_px - 1 / exit_px)
        return contracts * self.ct_val * (exit_px - entry_px)
