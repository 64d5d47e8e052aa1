"""The gate: every reason is collected, missing input refuses, sizes only ever shrink."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tai2.model.condition import Pace
from tai2.model.controls import TradingState
from tai2.model.decision import Action, PositionEffect
from tai2.model.ids import AlgoClOrdId, ClOrdId
from tai2.model.instrument import Instrument, Side
from tai2.model.maintenance import Stage
from tai2.model.money import Contracts, Px, QuoteAmt
from tai2.model.order import Leg, Order, OrderState
from tai2.model.verdict import Allow, Reject
from tai2.risk import specimen
from tai2.risk.case import Case, Exposure
from tai2.risk.gate import IntentIds, depth, judge
from tests.builders import market as m
from tests.builders.orders import intent

IDS = IntentIds(cl_ord_id=ClOrdId("t2main1"), algo_cl_ord_id=AlgoClOrdId("s2main1"))
FLAT = Exposure(
    position=Contracts(Decimal(0)),
    foreign=Contracts(Decimal(0)),
    pending=Contracts(Decimal(0)),
    total_notional=QuoteAmt(Decimal(0)),
    unknown_orders=(),
    working_orders=0,
    lever=Decimal(2),
    account_trouble="",
    maintenance=Stage.NONE,
)
CALM = Pace(sent=(), in_flight=0, settled_ms=None, setback_ms=None, armed_ms=0)
WELL = specimen.clean(m.limits()).condition
LONG = replace(FLAT, position=Contracts(Decimal("0.2")), total_notional=QuoteAmt(Decimal(200)))


def case(exposure: Exposure = FLAT, **changes: Any) -> Case:
    base = Case(
        decision=m.decision(),
        decided_on=m.snapshot(),
        snapshot=m.snapshot(),
        instrument=m.swap(),
        price_limit=m.price_limit(),
        exposure=exposure,
        pace=CALM,
        condition=WELL,
        limits=m.limits(),
        controls=m.controls(),
        clock_off_ms=20,
        meta_age_ms=60_000,
        taker=Decimal("0.0005"),
        now_ms=m.NOW + 500,
    )
    return replace(base, **changes)


def codes(judged: Case) -> list[str]:
    verdict = judge(judged, IDS)
    return [r.code for r in verdict.refusals] if isinstance(verdict, Reject) else []


def allowed(judged: Case) -> Allow:
    verdict = judge(judged, IDS)
    assert isinstance(verdict, Allow), verdict
    return verdict


def test_clean_entry_becomes_an_ioc_intent_with_its_stop() -> None:
    intent = allowed(case()).intent
    assert (intent.leg, intent.side, intent.reduce_only) == (Leg.ENTRY, Side.BUY, False)
    assert intent.limit_px == Decimal("100200.1")  # touch 100000.1 plus 20 bps
    assert intent.contracts == Decimal("0.07")  # 80 USDT at that price, rounded down
    assert intent.stop is not None
    assert intent.stop.stop_px == 99_000


def test_request_above_the_cap_is_shrunk_and_says_so() -> None:
    verdict = allowed(case(decision=m.decision(notional=QuoteAmt(Decimal(5_000)))))
    assert verdict.shrunk_from == "5000"
    assert verdict.intent.notional <= 100


SNAPSHOT_FAULTS = {
    "stale book": {"book": m.stale(m.book())},
    "no book": {"book": m.missing()},
    "no mark": {"mark": m.missing()},
    "stale balance": {"balance": m.stale(m.balance())},
    "unknown position": {"position": m.missing()},
}


@pytest.mark.parametrize("fault", SNAPSHOT_FAULTS.values(), ids=SNAPSHOT_FAULTS.keys())
def test_stale_or_missing_data_refuses_an_entry(fault: dict[str, Any]) -> None:
    assert "STALE_DATA" in codes(case(snapshot=m.snapshot(**fault)))


def test_wide_spread_refuses() -> None:
    wide = m.snapshot(book=m.fresh(m.book("99000", "100000.1")))
    assert "SPREAD" in codes(case(snapshot=wide))


def test_drift_since_the_snapshot_refuses() -> None:
    moved = m.snapshot(book=m.fresh(m.book("100499.9", "100500.1")))
    assert codes(case(snapshot=moved)) == ["PRICE_DRIFT"]


@pytest.mark.parametrize(
    ("stop", "target", "code"),
    [
        (None, Decimal(102_000), "STOP_REQUIRED"),
        (Decimal(99_000), None, "STOP_REQUIRED"),
        (Decimal(101_000), Decimal(102_000), "STOP_SIDE"),
        (Decimal(99_000), Decimal(99_500), "STOP_SIDE"),
        (Decimal(99_990), Decimal(102_000), "STOP_DISTANCE"),
        (Decimal(90_000), Decimal(102_000), "STOP_DISTANCE"),
    ],
)
def test_entry_without_a_proper_stop_is_refused(
    stop: Decimal | None, target: Decimal | None, code: str
) -> None:
    bad = m.decision(stop_px=stop and Px(stop), target_px=target and Px(target))
    assert code in codes(case(decision=bad))


def test_halt_refuses_everything_and_reducing_refuses_entries() -> None:
    halted = m.controls(trading_state=TradingState.HALTED, state_reason="by hand")
    reducing = m.controls(trading_state=TradingState.REDUCING)
    closing = m.decision(action=Action.SELL, effect=PositionEffect.CLOSE)
    assert codes(case(controls=halted)) == ["HALTED"]
    assert codes(case(controls=reducing)) == ["REDUCING"]
    assert codes(case(LONG, decision=closing, controls=halted)) == ["HALTED"]
    assert codes(case(LONG, decision=closing, controls=reducing)) == []


def test_unknown_order_freezes_the_instrument() -> None:
    unknown = Order(intent=intent(), state=OrderState.UNKNOWN)
    frozen = replace(FLAT, unknown_orders=(unknown,), working_orders=1)
    assert codes(case(frozen)) == ["UNKNOWN_ORDER", "IN_FLIGHT"]


def test_late_decision_and_future_decision_are_refused() -> None:
    assert codes(case(now_ms=m.NOW + 60_001)) == ["DECISION_AGE"]
    assert codes(case(now_ms=m.NOW - 1)) == ["DECISION_AGE"]


def test_leverage_above_the_cap_or_unknown_is_refused() -> None:
    assert codes(case(replace(FLAT, lever=Decimal(3)))) == ["LEVERAGE"]
    assert codes(case(replace(FLAT, lever=None))) == ["LEVERAGE", "LIQUIDATION"]


def test_suspended_instrument_is_refused() -> None:
    assert codes(case(instrument=m.swap(is_live=False))) == ["INSTRUMENT_LIVE"]


def test_full_position_leaves_no_room() -> None:
    full = replace(LONG, position=Contracts(Decimal("0.3")))
    adding = m.decision(effect=PositionEffect.INCREASE)
    assert codes(case(full, decision=adding)) == ["MAX_POSITION_NOTIONAL"]


def test_pending_entries_count_as_held() -> None:
    busy = replace(FLAT, pending=Contracts(Decimal("0.3")))
    assert codes(case(busy)) == ["MAX_POSITION_NOTIONAL"]


def test_unknown_total_exposure_refuses() -> None:
    assert codes(case(replace(FLAT, total_notional=None))) == ["SIZE_CAPS"]


def test_amount_below_one_lot_is_refused_never_rounded_up() -> None:
    assert codes(case(decision=m.decision(notional=QuoteAmt(Decimal(5))))) == ["MIN_SIZE"]


@pytest.mark.parametrize(
    ("held", "action", "effect"),
    [
        ("0.2", Action.BUY, PositionEffect.OPEN),
        ("0.2", Action.SELL, PositionEffect.OPEN),
        ("0", Action.BUY, PositionEffect.INCREASE),
        ("0", Action.SELL, PositionEffect.CLOSE),
        ("0.2", Action.BUY, PositionEffect.CLOSE),
        ("-0.2", Action.SELL, PositionEffect.REDUCE),
    ],
)
def test_effect_that_contradicts_the_position_is_refused(
    held: str, action: Action, effect: PositionEffect
) -> None:
    exposure = replace(FLAT, position=Contracts(Decimal(held)))
    wrong = m.decision(action=action, effect=effect)
    assert "POSITION_EFFECT" in codes(case(exposure, decision=wrong))


def test_close_takes_the_whole_position_reduce_only() -> None:
    closing = m.decision(action=Action.SELL, effect=PositionEffect.CLOSE, notional=None)
    intent = allowed(case(LONG, decision=closing)).intent
    assert (intent.contracts, intent.reduce_only, intent.stop) == (Decimal("0.2"), True, None)
    assert intent.limit_px == Decimal("99800.0")  # bid 99999.9 minus 20 bps, to the tick


def test_entry_rules_never_block_an_exit() -> None:
    closing = m.decision(action=Action.SELL, effect=PositionEffect.CLOSE, stop_px=None)
    wide = m.snapshot(book=m.fresh(m.book("99000", "101000")), balance=m.missing())
    exposure = replace(LONG, lever=None, total_notional=None)
    assert codes(case(exposure, decision=closing, snapshot=wide)) == []


MONEY = st.decimals(min_value="0.01", max_value=10**5, places=2)


@given(requested=MONEY, equity=MONEY, held=st.decimals(min_value=0, max_value=1, places=2))
def test_no_allowed_order_exceeds_any_cap(
    requested: Decimal, equity: Decimal, held: Decimal
) -> None:
    limits, touch = m.limits(), Decimal("100000.1")
    held_notional = held * Decimal("0.01") * touch
    exposure = replace(FLAT, position=Contracts(held), total_notional=QuoteAmt(held_notional))
    effect = PositionEffect.INCREASE if held else PositionEffect.OPEN
    verdict = judge(
        case(
            exposure,
            decision=m.decision(effect=effect, notional=QuoteAmt(requested)),
            snapshot=m.snapshot(balance=m.fresh(m.balance(str(equity)))),
        ),
        IDS,
    )
    if isinstance(verdict, Allow):
        notional = verdict.intent.notional
        assert notional <= min(requested, limits.max_order_notional, equity * 5 / 100)
        assert notional + held_notional <= min(limits.max_position_notional, equity)


@given(requested=MONEY, cap=MONEY, tighter=MONEY)
def test_a_tighter_cap_never_accepts_more(
    requested: Decimal, cap: Decimal, tighter: Decimal
) -> None:
    low, high = sorted((cap, tighter))

    def notional(limit: Decimal) -> Decimal:
        controls = m.controls(max_order_notional=QuoteAmt(limit))
        wish = m.decision(notional=QuoteAmt(requested))
        verdict = judge(case(decision=wish, controls=controls), IDS)
        return verdict.intent.notional if isinstance(verdict, Allow) else Decimal(0)

    assert notional(low) <= notional(high)


def test_short_is_sized_at_the_bid_that_it_will_meet() -> None:
    selling = m.decision(
        action=Action.SELL,
        notional=QuoteAmt(Decimal("99.99")),
        stop_px=Px(Decimal(101_000)),
        target_px=Px(Decimal(98_000)),
    )
    loose = m.limits(max_slippage_bps=Decimal(200), max_mark_band_pct=Decimal(3))
    free = m.price_limit(sell=None)
    intent = allowed(case(decision=selling, limits=loose, price_limit=free)).intent
    assert intent.limit_px == Decimal("98000.0")
    assert m.swap().notional(intent.contracts, Px(Decimal("99999.9"))) <= Decimal("99.99")


@pytest.mark.parametrize(
    ("asked", "limit_px"), [("99990", "99990.0"), ("100150.06", "100150.0"), ("101000", "100200.1")]
)
def test_decisions_own_limit_binds_when_it_is_stricter(asked: str, limit_px: str) -> None:
    wish = m.decision(limit_px=Px(Decimal(asked)))
    assert allowed(case(decision=wish)).intent.limit_px == Decimal(limit_px)


def test_limit_of_a_sale_is_a_floor() -> None:
    closing = m.decision(
        action=Action.SELL, effect=PositionEffect.CLOSE, limit_px=Px(Decimal(99_950))
    )
    assert allowed(case(LONG, decision=closing)).intent.limit_px == 99_950


def test_absurd_limit_leaves_no_price() -> None:
    assert codes(case(decision=m.decision(limit_px=Px(Decimal("0.01"))))) == [
        "TOUCH_KNOWN",
        "MARK_BAND",
    ]


def test_missing_book_has_no_price_of_any_kind() -> None:
    blind = case(snapshot=m.snapshot(book=m.missing()))
    assert (blind.limit_px, blind.sizing_px, blind.held_notional) == (None, None, None)
    assert {"STALE_DATA", "TOUCH_KNOWN", "STOP_REQUIRED", "SPREAD"} <= set(codes(blind))


def test_unknown_position_is_refused_by_name() -> None:
    assert codes(case(replace(FLAT, position=None))) == ["POSITION_EFFECT"]


def test_reduce_takes_only_the_part_asked_for() -> None:
    part = m.decision(
        action=Action.SELL, effect=PositionEffect.REDUCE, notional=QuoteAmt(Decimal(101))
    )
    assert allowed(case(LONG, decision=part)).intent.contracts == Decimal("0.10")


def test_reduce_below_one_lot_is_refused() -> None:
    crumb = m.decision(
        action=Action.SELL, effect=PositionEffect.REDUCE, notional=QuoteAmt(Decimal(1))
    )
    assert codes(case(LONG, decision=crumb)) == ["MIN_SIZE"]


def test_largest_order_of_the_exchange_shrinks_and_says_so() -> None:
    verdict = allowed(case(instrument=m.swap(max_lmt_sz=Decimal("0.03"))))
    assert (verdict.intent.contracts, verdict.shrunk_from) == (Decimal("0.03"), "80")


def test_sizing_that_rounds_up_is_caught_by_the_gate() -> None:
    class RoundsUp(Instrument):
        def contracts_for(self, notional: QuoteAmt, px: Px) -> Contracts:
            return Contracts(super().contracts_for(notional, px) + 1)

    fields = {name: getattr(m.swap(), name) for name in Instrument.__dataclass_fields__}
    assert codes(case(instrument=RoundsUp(**fields))) == ["MAX_ORDER_NOTIONAL"]


def test_size_that_is_no_number_is_a_refusal_and_no_crash() -> None:
    part = m.decision(
        action=Action.SELL, effect=PositionEffect.REDUCE, notional=QuoteAmt(Decimal("NaN"))
    )
    assert codes(case(LONG, decision=part)) == ["SIZE_CAPS"]


def test_depth_without_a_book_is_nothing() -> None:
    assert depth(case(snapshot=m.snapshot(book=m.missing()))) == 0
