"""Records of trading: orders, fills and stops.

The engine makes them; everybody outside imports them through `records`.
They follow OKX v5's names and signs (fee negative = charged) and must stay free of behaviour.
"""

from dataclasses import dataclass
from decimal import Decimal


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
class Spring:
    """What sets off a trigger order or a trailing stop."""

    trigger_px: Decimal | None = None
    """trigger: from below or above, as the last price stood at placement."""
    trigger_px_type: str = "last"
    order_px: Decimal | None = None
    """trigger: price of the child, None = market."""
    is_rising: bool = False
    """trigger: reached from below."""
    ratio: Decimal | None = None
    """move_order_stop: way back from the best price, as a share of it."""
    spread: Decimal | None = None
    """move_order_stop: the way back in price."""
    active_px: Decimal | None = None
    """move_order_stop: watches only after this price; None = at once."""
    best_px: Decimal | None = None
    """move_order_stop: best price since it watches, None before."""


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
    tgt_ccy: str = ""
    """SPOT market orders: quote_ccy (default of a buy) or base_ccy (default of a sell)."""
    ban_amend: bool = False
    """True = a SPOT market order is refused instead of cut to the balance."""
    px_amend: bool = False
    """True = a price beyond the band is moved to its edge instead of refused."""
    stp_mode: str = "cancel_maker"
    """cancel_maker, cancel_taker or cancel_both."""
    stops: tuple[Stop, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """What a live order shall become."""

    inst_id: str
    ord_id: str = ""
    cl_ord_id: str = ""
    new_sz: Decimal | None = None
    """The whole size, what is filled included."""
    new_px: Decimal | None = None
    req_id: str = ""
    cancel_on_fail: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAlgo:
    """One stand-alone stop."""

    inst_id: str
    td_mode: str = "cross"
    side: str
    pos_side: str = "net"
    ord_type: str
    """conditional, oco, trigger or move_order_stop."""
    sz: Decimal | None = None
    close_fraction: bool = False
    """True = the whole position, whatever it is when triggered."""
    reduce_only: bool = False
    algo_cl_ord_id: str = ""
    stop: Stop
    """Triggers of conditional and oco."""
    spring: Spring | None = None
    """Trigger of the other two."""
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
    req_id: str = ""
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
    """Child of a stop: 7 stop or target, 6 trigger, 25 trailing."""
    category: str
    algo_id: str
    algo_cl_ord_id: str
    stops: tuple[Stop, ...]
    c_time: int
    u_time: int
    last_fill: FillView | None
    tgt_ccy: str = ""
    """quote_ccy = sz is a sum of the quote currency (SPOT market)."""
    stp_mode: str = "cancel_maker"
    req_id: str = ""
    """Of the amendment that made this state, else ""."""
    amend_source: str = ""
    amend_result: str = ""

    @property
    def only_closes(self) -> bool:
        """True when the order can't open anything: reduce-only, or closing in hedge mode."""
        closing = (("long", "sell"), ("short", "buy"))
        return self.reduce_only or (self.pos_side, self.side) in closing

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
    pos_side: str = "net"
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
    spring: Spring | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMoved:
    """An order of the account changed; fill when this change was an execution."""

    order: OrderView
    fill: FillView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlgoMoved:
    """A stop of the account changed."""

    algo: AlgoView
