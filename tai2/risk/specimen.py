"""A made-up entry that every guard lets pass: the start of the self-test.

`risk.selftest` breaks it in one place at a time, `tai2 guards` measures with its decision. It
fits any sane limits because it is made from them; it must never reach an executor.
"""

from decimal import Decimal
from typing import Final, TypeVar

from tai2.model.account import Balance, Position
from tai2.model.condition import Condition, Pace
from tai2.model.controls import Controls, TradingState
from tai2.model.decision import Action, Decision, HoldReason, PositionEffect
from tai2.model.ids import DecisionId, InstId, SnapshotId
from tai2.model.instrument import InstKind, Instrument
from tai2.model.limits import Limits
from tai2.model.maintenance import Stage
from tai2.model.market import FundingRate, MarkPx, OpenInterest, PriceLimit, Ticker
from tai2.model.money import ZERO, Contracts, Px, QuoteAmt
from tai2.model.snapshot import Aged, BookTop, FlowSet, Freshness, Snapshot
from tai2.risk.case import Case, Exposure

T = TypeVar("T")
INST: Final = InstId("SELF-TEST-SWAP")
NOW_MS: Final = 1_700_000_000_000
PX: Final = Px(Decimal(100))
TICK: Final = Decimal("0.0001")
EQUITY: Final = QuoteAmt(Decimal(1_000_000))
ASIDE: Final = Decimal(10)
"""Percent: the stop lies at most so far away, well inside liquidation at a leverage of 1."""


def clean(limits: Limits) -> Case:
    """Return a case without fault under these limits."""
    snapshot = _snapshot()
    return Case(
        decision=entry(INST, PX, limits),
        decided_on=snapshot,
        snapshot=snapshot,
        instrument=_instrument(),
        price_limit=PriceLimit(
            inst_id=INST, ts_event=NOW_MS, ts_recv=NOW_MS, buy_px=None, sell_px=None
        ),
        exposure=Exposure(
            position=Contracts(ZERO),
            foreign=Contracts(ZERO),
            pending=Contracts(ZERO),
            total_notional=QuoteAmt(ZERO),
            unknown_orders=(),
            working_orders=0,
            lever=min(Decimal(1), limits.max_lever),
            account_trouble="",
            maintenance=Stage.NONE,
        ),
        pace=Pace(sent=(), in_flight=0, settled_ms=None, setback_ms=None, armed_ms=0),
        condition=_condition(),
        limits=limits,
        controls=_controls(limits),
        clock_off_ms=0,
        meta_age_ms=0,
        taker=ZERO,
        now_ms=NOW_MS,
    )


def entry(inst_id: InstId, mid: Px, limits: Limits) -> Decision:
    """Return a long of one cap's size with stop and target where these limits want them."""
    aside = min((limits.stop_min_pct + limits.stop_max_pct) / 2, max(ASIDE, limits.stop_min_pct))
    return Decision(
        decision_id=DecisionId("self-test"),
        snapshot_id=SnapshotId("self-test"),
        inst_id=inst_id,
        action=Action.BUY,
        effect=PositionEffect.OPEN,
        hold_reason=HoldReason.NOT_HOLD,
        notional=QuoteAmt(min(limits.max_order_notional, limits.max_position_notional)),
        limit_px=None,
        stop_px=Px(mid * (1 - aside / 100)),
        target_px=Px(mid * (1 + limits.target_max_pct / 200)),
        horizon_min=60,
        p_up=Decimal("0.6"),
        confidence=Decimal(1),
        justification="self-test",
        evidence=(),
        counter_evidence=(),
        invalidation=(),
        repaired=(),
    )


def fresh(found: T) -> Aged[T]:
    """Return something seen just now."""
    return Aged(value=found, ts_event=NOW_MS, ts_recv=NOW_MS, age_ms=0, freshness=Freshness.FRESH)


def absent(_kind: type[T]) -> Aged[T]:
    """Return something of a kind that was never seen."""
    return Aged(value=None, ts_event=None, ts_recv=None, age_ms=None, freshness=Freshness.MISSING)


def book(bid: Decimal = PX - TICK, ask: Decimal = PX + TICK) -> BookTop:
    """Return a deep book."""
    deep = Contracts(Decimal(10**12))
    return BookTop(bids=((Px(bid), deep),), asks=((Px(ask), deep),), seq_id=1)


def _snapshot() -> Snapshot:
    balance = Balance(
        ccy="USDT",
        equity=EQUITY,
        cash=EQUITY,
        available=EQUITY,
        upnl=QuoteAmt(ZERO),
        ts_event=NOW_MS,
        ts_recv=NOW_MS,
    )
    return Snapshot(
        snapshot_id=SnapshotId("self-test"),
        inst_id=INST,
        ts=NOW_MS,
        book=fresh(book()),
        ticker=absent(Ticker),
        mark=fresh(MarkPx(inst_id=INST, ts_event=NOW_MS, ts_recv=NOW_MS, px=PX)),
        funding=absent(FundingRate),
        open_interest=absent(OpenInterest),
        oi_change_1h=None,
        liquidations=(),
        technical=(),
        flow=absent(FlowSet),
        balance=fresh(balance),
        position=fresh(flat()),
    )


def flat() -> Position:
    """Return a position of nothing."""
    return Position(
        inst_id=INST,
        contracts=Contracts(ZERO),
        avg_px=None,
        mark_px=PX,
        upnl=QuoteAmt(ZERO),
        lever=None,
        liq_px=None,
        margin_mode="cross",
        opened_ms=NOW_MS,
        ts_event=NOW_MS,
        ts_recv=NOW_MS,
    )


def _instrument() -> Instrument:
    lot = Decimal("0.000001")
    return Instrument(
        inst_id=INST,
        kind=InstKind.LINEAR,
        base_ccy="SELF",
        quote_ccy="USDT",
        settle_ccy="USDT",
        ct_val=Decimal(1),
        tick_sz=TICK,
        lot_sz=lot,
        min_sz=lot,
        max_lmt_sz=None,
        max_mkt_sz=None,
        lever_max=None,
        is_live=True,
    )


def _condition() -> Condition:
    return Condition(
        day_loss_pct=ZERO,
        drawdown_pct=ZERO,
        losing_streak=0,
        refusals=0,
        order_errors=0,
        order_error_ms=0,
        llm_errors=0,
        llm_error_ms=0,
        sends=0,
        drift=ZERO,
    )


def _controls(limits: Limits) -> Controls:
    return Controls(
        version=1,
        interval_s=Decimal(180),
        instruments=(INST,),
        trading_state=TradingState.ACTIVE,
        state_reason="",
        max_order_notional=limits.max_order_notional,
        max_position_notional=limits.max_position_notional,
        changed_ms=NOW_MS,
        changed_by="self-test",
    )
