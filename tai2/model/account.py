"""The account as the exchange reports it: settings, balances, positions, fees.

The venue adapter makes these, the accounts service keeps the newest, risk reads them.
A failed query must never become an empty one: absence of knowledge is None, not flat.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from tai2.model.ids import InstId
from tai2.model.money import ZERO, Contracts, Px, QuoteAmt


class PosMode(StrEnum):
    """How the account counts positions."""

    NET = "net_mode"
    LONG_SHORT = "long_short_mode"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountConfig:
    """Settings of the account and rights of the key that asked."""

    uid: str
    account_level: str
    """1 spot, 2 futures, 3 multi-currency, 4 portfolio margin."""
    pos_mode: PosMode
    permissions: frozenset[str]
    """Subset of read_only, trade, withdraw."""
    ip_bound: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """Money in one settle currency."""

    ccy: str
    equity: QuoteAmt
    """Cash plus unrealised PnL."""
    cash: QuoteAmt
    available: QuoteAmt
    """Free for new orders."""
    upnl: QuoteAmt
    ts_event: int
    """Exchange time of this state, ms UTC."""
    ts_recv: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A net position; contracts are signed, negative = short."""

    inst_id: InstId
    contracts: Contracts
    avg_px: Px | None
    """None only when contracts is 0."""
    mark_px: Px | None
    upnl: QuoteAmt
    lever: Decimal | None
    liq_px: Px | None
    margin_mode: str
    """cross or isolated."""
    opened_ms: int
    """Exchange time of the opening, ms UTC."""
    ts_event: int
    ts_recv: int

    @property
    def is_flat(self) -> bool:
        """True when nothing is held."""
        return self.contracts == ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Balance and all open positions as of one reading."""

    balance: Balance
    positions: tuple[Position, ...]
    """Only open ones, ordered by inst_id."""

    def position(self, inst_id: InstId) -> Position | None:
        """Return the open position on an instrument; None = flat."""
        return next((held for held in self.positions if held.inst_id == inst_id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeRates:
    """What one fill costs, as positive fractions of notional (negative = rebate)."""

    maker: Decimal
    taker: Decimal


class BillKind(StrEnum):
    """What changed the balance."""

    FILL = "fill"
    """PnL and fee of an execution: a Fill tells the same."""
    FUNDING = "funding"
    """Paid or received for holding a position at a settlement."""
    TRANSFER = "transfer"
    """Money moved in or out by its owner: neither gain nor loss."""
    OTHER = "other"
    """Interest, delivery, insurance and the like: gain or loss without a fill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """One change of the balance, as the exchange keeps its accounts."""

    bill_id: str
    """Grows with time."""
    kind: BillKind
    inst_id: InstId | None
    """None = of no instrument, such as a transfer."""
    ccy: str
    change: QuoteAmt
    """Signed, in ccy."""
    balance: QuoteAmt
    """After it, in ccy."""
    ts_event: int
    """ms UTC."""
