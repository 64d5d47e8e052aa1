"""View states with true-looking figures, for panels and faces."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from tai2.model.controls import TradingState
from tai2.model.ids import AlgoClOrdId, ClOrdId, CycleId, InstId
from tai2.model.instrument import Side
from tai2.model.money import BaseQty, Contracts, Px, QuoteAmt
from tai2.model.snapshot import Freshness
from tai2.view.rows import BarRow, DecisionRow, OrderRow, PositionRow, StopRow, TaRow, TickerRow
from tai2.view.state import (
    AccountView,
    DecisionsView,
    MetaView,
    OrdersView,
    PositionsView,
    TaView,
    TickersView,
    ViewState,
)

NOW = 1_795_772_832_000
BTC = InstId("BTC-USDT-SWAP")
D = Decimal


def ticker(**over: Any) -> TickerRow:
    row = TickerRow(
        inst_id=BTC,
        base_ccy="BTC",
        quote_ccy="USDT",
        tick_sz=D("0.1"),
        lot_sz=D("0.01"),
        ct_val=D("0.01"),
        last_px=Px(D("66671")),
        change_ratio=D("0.0101"),
        closes=(1.0, 2.0, 3.0, 2.0, 5.0),
        funding_rate=D("0.0001"),
        funding_ms=NOW + 11_520_000,
        open_interest=BaseQty(D("34650.5")),
        oi_change_ratio=0.012,
        book_ok=True,
    )
    return replace(row, **over)


def position(**over: Any) -> PositionRow:
    row = PositionRow(
        inst_id=BTC,
        contracts=Contracts(D(12)),
        base_qty=BaseQty(D("0.12")),
        notional=QuoteAmt(D("8000.52")),
        entry_px=Px(D("66420")),
        mark_px=Px(D("66671")),
        upnl=QuoteAmt(D("30.12")),
        ratio=D("0.0038"),
        lever=D("3.00"),
        margin_mode="cross",
        liq_px=Px(D("58110")),
        stop_px=Px(D("65900")),
        target_px=Px(D("67800")),
        opened_ms=NOW - 8_040_000,
        protected=True,
        foreign=False,
    )
    return replace(row, **over)


def decision(**over: Any) -> DecisionRow:
    row = DecisionRow(
        cycle_id=CycleId("C1"),
        inst_id=BTC,
        ts=NOW - 132_000,
        duration_ms=2_300,
        outcome="refused",
        reason="COOLDOWN",
        reasoner="scripted",
        action="BUY",
        effect="OPEN",
        notional="300",
        p_up="0.62",
        cl_ord_id="",
        justification="Above VWAP; CVD flat.",
        detail="",
        refusals=("COOLDOWN", "MAX_POSITIONS"),
    )
    return replace(row, **over)


def stop() -> StopRow:
    return StopRow(
        inst_id=BTC,
        algo_id="7",
        algo_cl_ord_id=AlgoClOrdId("s2main7"),
        side=Side.SELL,
        contracts=Contracts(D(12)),
        stop_px=Px(D("65900")),
        target_px=Px(D("67800")),
    )


def order(**over: Any) -> OrderRow:
    row = OrderRow(
        inst_id=BTC,
        cl_ord_id=ClOrdId("t2main7"),
        leg="entry",
        side=Side.BUY,
        state="live",
        contracts=Contracts(D(12)),
        acc_fill=Contracts(D(2)),
        limit_px=Px(D("66420")),
        reduce_only=False,
    )
    return replace(row, **over)


def bar(**over: Any) -> BarRow:
    row = BarRow(
        bar="5m",
        freshness=Freshness.FRESH,
        close=66_671.0,
        bb_lower=66_210.0,
        bb_upper=66_783.0,
        percent_b=0.8,
        stoch_rsi_k=88.2,
        stoch_rsi_d=94.0,
        vwap=66_553.4,
        vwap_ratio=0.0018,
    )
    return replace(row, **over)


def desk(**over: Any) -> ViewState:
    """Return a desk that is long one instrument."""
    state = ViewState(
        meta=MetaView(
            rev=1,
            asof=NOW,
            mode="paper",
            reasoner="scripted",
            trading_state=TradingState.ACTIVE,
            interval_s=D(300),
            next_cycle_ms=NOW + 42_000,
        ),
        account=AccountView(
            rev=1,
            asof=NOW,
            ccy="USDT",
            equity=QuoteAmt(D("10030.12")),
            available=QuoteAmt(D("7511.2")),
            upnl=QuoteAmt(D("30.12")),
            day_pnl=QuoteAmt(D("84.2")),
            day_ratio=D("0.0085"),
            day_limit_ratio=D("-0.03"),
            net_ratio=D("0.8"),
            exposure_ratio=D("0.797650"),
            exposure_limit_ratio=D(2),
        ),
        positions=PositionsView(rev=1, asof=NOW, rows={BTC: position()}),
        orders=OrdersView(rev=1, asof=NOW, stops={"7": stop()}),
        tickers=TickersView(rev=1, asof=NOW, rows={BTC: ticker()}),
        ta=TaView(rev=1, asof=NOW, rows={BTC: TaRow(inst_id=BTC, ts=NOW, bars={"5m": bar()})}),
        decisions=DecisionsView(rev=1, asof=NOW, rows={"C1": decision()}),
    )
    return replace(state, **over)
