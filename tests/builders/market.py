"""Small complete values for tests: change one thing, keep the rest sane."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from tai2.model.account import Balance, Position
from tai2.model.controls import Controls, TradingState
from tai2.model.decision import Action, Decision, HoldReason, PositionEffect
from tai2.model.ids import DecisionId, InstId, SnapshotId
from tai2.model.instrument import InstKind, Instrument
from tai2.model.limits import AgeLimits, Limits
from tai2.model.market import MarkPx, PriceLimit, Ticker
from tai2.model.money import Contracts, Px, QuoteAmt
from tai2.model.snapshot import Aged, BookTop, FlowSet, Freshness, Snapshot

INST = InstId("BTC-USDT-SWAP")
NOW = 1_700_000_000_000


def swap(**changes: Any) -> Instrument:
    base = Instrument(
        inst_id=INST,
        kind=InstKind.LINEAR,
        base_ccy="BTC",
        quote_ccy="USDT",
        settle_ccy="USDT",
        ct_val=Decimal("0.01"),
        tick_sz=Decimal("0.1"),
        lot_sz=Decimal("0.01"),
        min_sz=Decimal("0.01"),
        max_lmt_sz=None,
        max_mkt_sz=None,
        lever_max=Decimal(100),
        is_live=True,
    )
    return replace(base, **changes)


def fresh(value: Any, age_ms: int = 100) -> Aged[Any]:
    return Aged(
        value=value,
        ts_event=NOW - age_ms,
        ts_recv=NOW - age_ms,
        age_ms=age_ms,
        freshness=Freshness.FRESH,
    )


def missing() -> Aged[Any]:
    return Aged(value=None, ts_event=None, ts_recv=None, age_ms=None, freshness=Freshness.MISSING)


def stale(value: Any) -> Aged[Any]:
    return replace(fresh(value, 99_000), freshness=Freshness.STALE)


def book(bid: str = "99999.9", ask: str = "100000.1", sz: str = "5") -> BookTop:
    contracts = Contracts(Decimal(sz))
    return BookTop(
        bids=((Px(Decimal(bid)), contracts),), asks=((Px(Decimal(ask)), contracts),), seq_id=1
    )


def balance(equity: str = "10000") -> Balance:
    amount = QuoteAmt(Decimal(equity))
    return Balance(
        ccy="USDT",
        equity=amount,
        cash=amount,
        available=amount,
        upnl=QuoteAmt(Decimal(0)),
        ts_event=NOW,
        ts_recv=NOW,
    )


def position(contracts: str = "0", avg: str = "100000") -> Position:
    held = Decimal(contracts)
    return Position(
        inst_id=INST,
        contracts=Contracts(held),
        avg_px=Px(Decimal(avg)) if held else None,
        mark_px=Px(Decimal(100_000)),
        upnl=QuoteAmt(Decimal(0)),
        lever=Decimal(2),
        liq_px=None,
        margin_mode="cross",
        opened_ms=NOW - 60_000,
        ts_event=NOW,
        ts_recv=NOW,
    )


def ticker(last: str = "100000") -> Ticker:
    px = Px(Decimal(last))
    return Ticker(
        inst_id=INST,
        ts_event=NOW,
        ts_recv=NOW,
        last_px=px,
        bid_px=px,
        ask_px=px,
        open_24h=px,
        high_24h=px,
        low_24h=px,
        base_vol_24h=None,
    )


def price_limit(buy: str | None = "101000", sell: str | None = "99000") -> PriceLimit:
    return PriceLimit(
        inst_id=INST,
        ts_event=NOW,
        ts_recv=NOW,
        buy_px=None if buy is None else Px(Decimal(buy)),
        sell_px=None if sell is None else Px(Decimal(sell)),
    )


def snapshot(**changes: Any) -> Snapshot:
    flow = FlowSet(
        cvd_session=1.0,
        cvd_bars=(),
        cvd_slope_z=None,
        ofi_bar=None,
        ofi_z=None,
        imbalance_5=0.0,
        imbalance_10=0.0,
        imbalance_20=0.0,
        micro_px=100_000.0,
        has_gap=False,
    )
    base = Snapshot(
        snapshot_id=SnapshotId("00deadbeef"),
        inst_id=INST,
        ts=NOW,
        book=fresh(book()),
        ticker=fresh(ticker()),
        mark=fresh(MarkPx(inst_id=INST, ts_event=NOW, ts_recv=NOW, px=Px(Decimal(100_000)))),
        funding=missing(),
        open_interest=missing(),
        oi_change_1h=None,
        liquidations=(),
        technical=(),
        flow=fresh(flow),
        balance=fresh(balance()),
        position=fresh(position()),
    )
    return replace(base, **changes)


def decision(**changes: Any) -> Decision:
    base = Decision(
        decision_id=DecisionId("D1"),
        snapshot_id=SnapshotId("00deadbeef"),
        inst_id=INST,
        action=Action.BUY,
        effect=PositionEffect.OPEN,
        hold_reason=HoldReason.NOT_HOLD,
        notional=QuoteAmt(Decimal(80)),
        limit_px=None,
        stop_px=Px(Decimal(99_000)),
        target_px=Px(Decimal(102_000)),
        horizon_min=60,
        p_up=Decimal("0.6"),
        confidence=Decimal("0.5"),
        justification="because",
        evidence=(),
        counter_evidence=(),
        invalidation=(),
        repaired=(),
    )
    return replace(base, **changes)


AGES = AgeLimits(
    book_ms=3_000,
    ticker_ms=10_000,
    mark_ms=15_000,
    flow_ms=60_000,
    funding_ms=180_000,
    open_interest_ms=60_000,
    account_ms=30_000,
    candle_grace_ms=10_000,
)


def limits(**changes: Any) -> Limits:
    base = Limits(
        max_order_notional=QuoteAmt(Decimal(100)),
        max_order_equity_pct=Decimal(5),
        max_position_notional=QuoteAmt(Decimal(300)),
        max_total_equity_ratio=Decimal(1),
        max_spread_bps=Decimal(10),
        max_slippage_bps=Decimal(20),
        max_drift_pct=Decimal("0.3"),
        stop_min_pct=Decimal("0.3"),
        stop_max_pct=Decimal(5),
        max_decision_age_ms=60_000,
        max_lever=Decimal(2),
        max_daily_loss_pct=Decimal(3),
        max_drawdown_pct=Decimal(10),
        max_losing_streak=5,
        max_refusals=20,
        max_order_errors=3,
        max_llm_errors=5,
        error_pause_ms=900_000,
        max_entries_hour=4,
        max_entries_hour_total=8,
        max_in_flight=3,
        max_sends_2s=10,
        max_sends_day=200,
        cooldown_ms=300_000,
        stop_cooldown_ms=900_000,
        duplicate_ms=60_000,
        max_mark_band_pct=Decimal(1),
        target_max_pct=Decimal(25),
        min_confidence=Decimal("0.5"),
        min_edge_ratio=Decimal("1.5"),
        max_clock_off_ms=2_000,
        max_meta_age_ms=3_600_000,
        ages=AGES,
    )
    return replace(base, **changes)


def controls(**changes: Any) -> Controls:
    base = Controls(
        version=1,
        interval_s=Decimal(5),
        instruments=(INST,),
        trading_state=TradingState.ACTIVE,
        state_reason="",
        max_order_notional=QuoteAmt(Decimal(100)),
        max_position_notional=QuoteAmt(Decimal(300)),
        changed_ms=NOW,
        changed_by="settings",
    )
    return replace(base, **changes)
