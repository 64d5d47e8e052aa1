"""Records of what the account owns: positions, balances, bills and positions of the past.

The engine makes them; everybody outside imports them through `records`.
They follow OKX v5's names and signs (fee negative = charged) and must stay free of behaviour.
"""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionView:
    """One cross position, margin figures in settle currency."""

    inst_type: str
    inst_id: str
    pos_id: str
    pos_side: str = "net"
    """net, or long and short in hedge mode."""
    pos: Decimal
    """Signed whatever the mode; 0 only in the event that closes it."""
    avg_px: Decimal
    mark_px: Decimal
    last_px: Decimal
    upl: Decimal
    upl_ratio: Decimal
    lever: Decimal
    liq_px: Decimal | None
    """None = can't be liquidated at a positive price."""
    imr: Decimal
    mmr: Decimal
    mgn_ratio: Decimal | None
    notional_usd: Decimal
    realized_pnl: Decimal
    """pnl + fee + funding_fee + liq_penalty since opening."""
    pnl: Decimal
    fee: Decimal
    funding_fee: Decimal
    liq_penalty: Decimal
    trade_id: str
    ccy: str
    c_time: int
    u_time: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceView:
    """The account in one currency."""

    ccy: str
    eq: Decimal
    """cash_bal + upl."""
    cash_bal: Decimal
    avail: Decimal
    """eq − frozen, at least 0."""
    frozen: Decimal
    """imr + ord_frozen."""
    ord_frozen: Decimal
    upl: Decimal
    imr: Decimal
    mmr: Decimal
    mgn_ratio: Decimal | None
    """None without positions; 1 = liquidation."""
    u_time: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionMoved:
    """A position changed by filled, funding_fee, liquidation or set_leverage."""

    position: PositionView
    event_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceMoved:
    """A currency's balance changed by filled, funding_fee or liquidation."""

    balance: BalanceView
    event_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BillView:
    """One change of one currency's cash."""

    bill_id: str
    inst_type: str
    inst_id: str
    ccy: str
    type: str
    """2 trade, 5 liquidation, 8 funding, 9 ADL."""
    sub_type: str
    bal_chg: Decimal
    bal: Decimal
    """Cash after it."""
    sz: Decimal
    px: Decimal
    pnl: Decimal
    fee: Decimal
    ts: int
    ord_id: str = ""
    cl_ord_id: str = ""
    trade_id: str = ""
    exec_type: str = ""
    tag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastPosition:
    """A position that ended, or lost a part by force."""

    inst_type: str
    inst_id: str
    pos_id: str
    pos_side: str
    type: str
    """2 closed, 3 liquidated, 4 partly liquidated, 5 ADL."""
    direction: str
    """long or short."""
    lever: Decimal
    ccy: str
    open_avg_px: Decimal
    close_avg_px: Decimal
    open_max_pos: Decimal
    close_total_pos: Decimal
    pnl: Decimal
    fee: Decimal
    funding_fee: Decimal
    liq_penalty: Decimal
    realized_pnl: Decimal
    pnl_ratio: Decimal
    trigger_px: Decimal | None
    """Mark price that forced it, None for a position closed by orders."""
    c_time: int
    u_time: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginWarned:
    """A position's margin ratio fell to 3 or below."""

    position: PositionView
