"""Rows of the view: one instrument, position, order, stop, decision, trade, part or option.

`view.state` groups them into sections, `view.panels` turns them into text with tones.
Unknown is None and has a default, because it is left out on the wire; it must never become 0.
"""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from tai2.model.ids import AlgoClOrdId, ClOrdId, CycleId, DecisionId, FillId, InstId, OrdId
from tai2.model.instrument import Side
from tai2.model.money import BaseQty, Contracts, Px, QuoteAmt
from tai2.model.snapshot import Freshness


@dataclass(frozen=True, slots=True, kw_only=True)
class TickerRow:
    """One instrument: its units, its price now and what the market around it does."""

    inst_id: InstId
    base_ccy: str
    quote_ccy: str
    tick_sz: Decimal
    """Step of prices: their decimals on the screen."""
    lot_sz: Decimal
    """Step of contracts: decimals of sizes."""
    ct_val: Decimal
    last_px: Px | None = None
    bid_px: Px | None = None
    ask_px: Px | None = None
    mark_px: Px | None = None
    change_ratio: Decimal | None = None
    """Over 24 hours, 0.0101 = +1.01 %."""
    high_24h: Px | None = None
    low_24h: Px | None = None
    base_vol_24h: BaseQty | None = None
    closes: tuple[float, ...] = ()
    """Closes of five minutes, oldest first, for a sparkline."""
    funding_rate: Decimal | None = None
    """Per funding interval, positive = longs pay."""
    funding_ms: int | None = None
    """Next settlement, ms UTC."""
    open_interest: BaseQty | None = None
    """In base currency."""
    oi_change_ratio: float | None = None
    """Over the last hour."""
    book_ok: bool = False
    """False while the order book can't be trusted."""
    ts_event: int | None = None
    """Exchange time of the ticker, ms UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionRow:
    """One open position, ours or not."""

    inst_id: InstId
    contracts: Contracts
    """Signed, negative = short."""
    base_qty: BaseQty | None = None
    """Same in base currency, signed."""
    notional: QuoteAmt | None = None
    """At the mark, unsigned."""
    entry_px: Px | None = None
    mark_px: Px | None = None
    upnl: QuoteAmt | None = None
    ratio: Decimal | None = None
    """uPnL over the notional at entry."""
    lever: Decimal | None = None
    margin_mode: str = ""
    liq_px: Px | None = None
    stop_px: Px | None = None
    """Nearest live stop at the exchange."""
    target_px: Px | None = None
    opened_ms: int | None = None
    protected: bool | None = None
    """True = live stops close all that is ours; None = not known yet."""
    foreign: bool | None = None
    """True = no part of it is ours; None = not known yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """One order of ours that may still execute."""

    inst_id: InstId
    cl_ord_id: ClOrdId
    leg: str
    side: Side
    state: str
    contracts: Contracts
    acc_fill: Contracts
    limit_px: Px
    reduce_only: bool
    sent_ms: int | None = None
    stop_px: Px | None = None
    """Stop that travels with an entry."""
    target_px: Px | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRow:
    """One live stop or target at the exchange."""

    inst_id: InstId
    algo_id: str
    side: Side
    """Of the order that it would place."""
    algo_cl_ord_id: AlgoClOrdId | None = None
    contracts: Contracts | None = None
    """None = the whole position."""
    stop_px: Px | None = None
    target_px: Px | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BarRow:
    """Indicators of one bar width over its closed bars."""

    bar: str
    """As the exchange names it: 1m, 5m, 1H, 4H."""
    freshness: Freshness
    close: float | None = None
    bb_lower: float | None = None
    bb_mid: float | None = None
    bb_upper: float | None = None
    percent_b: float | None = None
    """Place between the bands: 0 = lower, 1 = upper."""
    stoch_rsi_k: float | None = None
    stoch_rsi_d: float | None = None
    vwap: float | None = None
    vwap_ratio: float | None = None
    """Distance of the close from VWAP over VWAP."""
    volume: float | None = None
    """Base currency of the last closed bar."""
    volume_ratio: float | None = None
    """Over the mean of 20 bars."""
    volume_z: float | None = None
    ema20: float | None = None
    ema50: float | None = None
    rsi14: float | None = None
    atr14: float | None = None
    atr_ratio: float | None = None
    """ATR over the close."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiquidationRow:
    """One liquidation that the exchange published."""

    side: Side
    """BUY = a short was liquidated."""
    px: Px
    contracts: Contracts
    ts_event: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaRow:
    """Indicators, order flow and statistics of one instrument at one instant."""

    inst_id: InstId
    ts: int
    """When they were taken, ms UTC."""
    bars: dict[str, BarRow]
    """By bar width, shortest first."""
    cvd_session: float | None = None
    """Base currency since 00:00 UTC."""
    cvd_minutes: tuple[float, ...] = ()
    """Of each closed minute, oldest first, at most 30."""
    cvd_slope_z: float | None = None
    ofi_bar: float | None = None
    ofi_z: float | None = None
    imbalance_5: float | None = None
    imbalance_20: float | None = None
    micro_px: float | None = None
    flow_has_gap: bool = False
    funding_rate: Decimal | None = None
    funding_ms: int | None = None
    open_interest: BaseQty | None = None
    oi_change_ratio: float | None = None
    liquidations: tuple[LiquidationRow, ...] = ()
    """Of the last hour, oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    """One decision cycle: the fields of model.events.CycleRecord."""

    cycle_id: CycleId
    inst_id: InstId
    ts: int
    duration_ms: int
    outcome: str
    reason: str
    reasoner: str
    action: str
    effect: str
    notional: str
    p_up: str
    cl_ord_id: str
    justification: str
    detail: str
    refusals: tuple[str, ...] = ()
    decision_id: DecisionId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeRow:
    """One fill with its reason: the fields of model.trade.ExecutedTrade."""

    trade_id: UUID
    fill_id: FillId
    timestamp_ms: int
    symbol: InstId
    side: Side
    price: Px
    amount: BaseQty
    contracts: Contracts
    notional: QuoteAmt
    fee: QuoteAmt
    fee_ccy: str
    pnl: QuoteAmt
    ord_id: OrdId
    leg: str
    llm_reasoning: str
    reasoner: str
    mode: str
    lag_ms: int = 0
    cl_ord_id: ClOrdId | None = None
    decision_id: DecisionId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthRow:
    """One part and how it does."""

    part: str
    ok: bool
    detail: str
    since_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardRow:
    """One guard with its numbers, as the gate judges it now."""

    name: str
    ok: bool
    """False = it would refuse an entry now."""
    actual: str
    """With its unit; "" = not known, or not a number."""
    limit: str
    why: str
    scope: str = ""
    """"" = the whole account, else the instrument."""
    last_trip_ms: int | None = None
    last_trip: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionRow:
    """One option or control as it stands."""

    key: str
    current: str
    source: str
    """Default, settings, or who changed it."""
    default: str
    span: str = ""
    """What it accepts, in words."""
    effect: str = ""
    """What a change does."""
