"""Records of the account's side: instruments, orders, fills, stops, positions, balance.

The engine makes them; everybody outside imports them through `records`.
They follow OKX v5's names and signs (fee negative = charged) and must stay free of behaviour.
"""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class InstSpec:
    """An instrument's fixed properties."""

    inst_type: str
    """SWAP (SPOT isn't traded here)."""
    inst_id: str
    inst_family: str
    base_ccy: str
    quote_ccy: str
    settle_ccy: str
    ct_val: Decimal
    ct_mult: Decimal
    ct_val_ccy: str
    ct_type: str
    """linear, inverse or ""."""
    tick_sz: Decimal
    lot_sz: Decimal
    min_sz: Decimal
    max_lmt_sz: Decimal
    max_mkt_sz: Decimal
    lever: Decimal
    """Largest leverage."""
    group_id: str
    inst_id_code: int
    list_time: int
    """ms UTC."""
    maker_rate: Decimal
    """Positive = charged, fraction of notional."""
    taker_rate: Decimal
    mmr_rate: Decimal
    """Maintenance margin, fraction of notional."""

    @property
    def ct_size(self) -> Decimal:
        """Base currency (linear) or USD (inverse) in one contract."""
        return self.ct_val * self.ct_mult


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Stop-loss and/or take-profit triggers; what they place is always a market order."""

    algo_cl_ord_id: str = ""
    sl_trigger_px: Decimal | None = None
    sl_trigger_px_type: str = "last"
    """last, mark or index."""
    tp_trigger_px: Decimal | None = None
    tp_trigger_px_type: str = "last"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """One order as it reaches the matching engine."""

    inst_id: str
    td_mode: str = "cross"
    side: str
    pos_side: str = "net"
    ord_type: str
    sz: Decimal
    px: Decimal | None = None
    cl_ord_id: str = ""
    tag: str = ""
    reduce_only: bool = False
    exp_time_ms: int | None = None
    """Refused with 50037 when the exchange's time is later."""
    stops: tuple[Stop, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAlgo:
    """One stand-alone stop."""

    inst_id: str
    td_mode: str = "cross"
    side: str
    ord_type: str
    """conditional or oco."""
    sz: Decimal | None = None
    close_fraction: bool = False
    """True = the whole position, whatever it is when triggered."""
    reduce_only: bool = False
    algo_cl_ord_id: str = ""
    stop: Stop
    tag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack:
    """Answer to a placing or cancelling call; for algos the ids are the algo's."""

    s_code: str = "0"
    s_msg: str = ""
    sub_code: str = ""
    ord_id: str = ""
    cl_ord_id: str = ""
    tag: str = ""
    ts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FillView:
    """One execution."""

    inst_type: str
    inst_id: str
    trade_id: str
    """Negative for liquidations."""
    ord_id: str
    cl_ord_id: str
    bill_id: str
    tag: str
    side: str
    pos_side: str
    fill_px: Decimal
    fill_sz: Decimal
    fill_pnl: Decimal
    """Realised before fees, 0 when opening."""
    fee: Decimal
    """Negative = charged."""
    fee_ccy: str
    exec_type: str
    """T, M or "" (liquidation)."""
    sub_type: str
    """1 buy, 2 sell."""
    fill_mark_px: Decimal
    ts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """One order's state."""

    inst_type: str
    inst_id: str
    ord_id: str
    cl_ord_id: str
    tag: str
    td_mode: str
    side: str
    pos_side: str
    ord_type: str
    sz: Decimal
    px: Decimal | None
    state: str
    """live, partially_filled, filled or canceled."""
    acc_fill_sz: Decimal
    avg_px: Decimal | None
    fee: Decimal
    """Cumulative, negative = charged."""
    fee_ccy: str
    pnl: Decimal
    lever: Decimal
    reduce_only: bool
    cancel_source: str
    source: str
    """7 = child of a stop."""
    category: str
    algo_id: str
    algo_cl_ord_id: str
    stops: tuple[Stop, ...]
    c_time: int
    u_time: int
    last_fill: FillView | None

    @property
    def open_sz(self) -> Decimal:
        """Contracts that may still execute, whatever the state."""
        return self.sz - self.acc_fill_sz


@dataclass(frozen=True, slots=True, kw_only=True)
class AlgoView:
    """One stop's state."""

    inst_type: str
    inst_id: str
    algo_id: str
    algo_cl_ord_id: str
    ord_type: str
    side: str
    td_mode: str
    sz: Decimal | None
    close_fraction: bool
    reduce_only: bool
    stop: Stop
    state: str
    """live, effective, canceled or order_failed."""
    ord_id: str
    """The child, "" before."""
    actual_side: str
    """sl or tp once triggered."""
    trigger_time: int
    """0 before."""
    tag: str
    c_time: int
    u_time: int
    fail_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionView:
    """One net cross position, margin figures in settle currency."""

    inst_type: str
    inst_id: str
    pos_id: str
    pos: Decimal
    """Signed; 0 only in the event that closes it."""
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
    """The account in its settle currency."""

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
class OrderMoved:
    """An order of the account changed; fill when this change was an execution."""

    order: OrderView
    fill: FillView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlgoMoved:
    """A stop of the account changed."""

    algo: AlgoView


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionMoved:
    """A position changed by filled, funding_fee, liquidation or set_leverage."""

    position: PositionView
    event_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceMoved:
    """The balance changed by filled, funding_fee or liquidation."""

    balance: BalanceView
    event_type: str
