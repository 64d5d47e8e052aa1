"""Rules of pace, sanity and fare, one breach at a time, and the last look before the bytes."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tai2.model.condition import Pace, Sent
from tai2.model.controls import Tighter, TradingState
from tai2.model.decision import Action, PositionEffect
from tai2.model.ids import InstId
from tai2.model.instrument import Side
from tai2.model.maintenance import Stage
from tai2.model.market import MarkPx, PriceLimit
from tai2.model.money import Contracts, Px, QuoteAmt
from tai2.model.order import Leg
from tai2.model.verdict import Allow
from tai2.risk.gate import judge
from tai2.risk.last import Sight, refused_at_last
from tai2.risk.tighter import KNOBS, in_force
from tests.builders import market as m
from tests.builders.orders import intent
from tests.unit.risk.test_gate import CALM, FLAT, IDS, LONG, WELL, case, codes

SOLD = Sent(
    inst_id=m.INST, side=Side.SELL, is_entry=True, contracts=Contracts(Decimal(9)), ts=m.NOW
)


def paced(**changes: Any) -> Pace:
    return replace(CALM, **changes)


def test_an_instrument_rests_longer_after_a_stop_out() -> None:
    later = m.NOW + 300_001
    assert codes(case(pace=paced(settled_ms=m.NOW))) == ["COOLDOWN"]
    rested = case(
        pace=paced(settled_ms=m.NOW - 300_001, setback_ms=m.NOW - 300_001),
        now_ms=m.NOW,
    )
    assert codes(rested) == ["COOLDOWN"]
    assert codes(replace(rested, pace=paced(settled_ms=later - 700_000))) == []


def test_the_same_entry_again_within_a_minute_is_a_duplicate() -> None:
    same = replace(SOLD, side=Side.BUY, contracts=Contracts(Decimal("0.07")))
    assert codes(case(pace=paced(sent=(same,)))) == ["DUPLICATE"]
    assert codes(case(pace=paced(sent=(replace(same, contracts=Contracts(Decimal(1))),)))) == []
    assert codes(case(pace=paced(sent=(replace(same, ts=m.NOW - 60_000),)))) == []


def test_wish_that_is_cut_to_its_cap_each_time_is_a_duplicate_of_what_left() -> None:
    greedy = m.decision(notional=QuoteAmt(Decimal(5_000)))
    first = judge(case(decision=greedy), IDS)
    assert isinstance(first, Allow)
    left = replace(SOLD, side=Side.BUY, contracts=first.intent.contracts)
    assert codes(case(decision=greedy, pace=paced(sent=(left,)))) == ["DUPLICATE"]


@pytest.mark.parametrize(
    ("count", "age_ms", "inst", "code"),
    [
        (4, 3_000, m.INST, "ENTRIES_HOUR"),
        (8, 3_000, "ETH-USDT-SWAP", "ENTRIES_HOUR_TOTAL"),
        (10, 0, "ETH-USDT-SWAP", "SENDS_2S"),
        (200, 3_000, "ETH-USDT-SWAP", "SENDS_DAY"),
    ],
)
def test_counts_of_orders_are_limits(count: int, age_ms: int, inst: str, code: str) -> None:
    sent = replace(SOLD, inst_id=InstId(inst), ts=m.NOW - age_ms)
    assert code in codes(case(pace=paced(sent=(sent,) * count)))
    fewer = replace(sent, is_entry=code.startswith("ENTRIES"))
    assert code not in codes(case(pace=paced(sent=(fewer,) * (count - 1))))


def test_three_orders_in_flight_are_the_most() -> None:
    assert codes(case(pace=paced(in_flight=3))) == ["IN_FLIGHT_TOTAL"]


def test_unknown_past_and_unknown_fate_are_refusals_with_their_own_codes() -> None:
    blind = codes(case(pace=None, condition=None))
    assert {"ENTRIES_HOUR", "COOLDOWN", "DUPLICATE", "SENDS_DAY", "DAILY_LOSS"} <= set(blind)
    assert {"DRAWDOWN", "LOSING_STREAK", "REFUSALS", "ORDER_ERRORS", "LLM_ERRORS"} <= set(blind)


def test_unknown_equity_is_a_loss_until_it_is_known() -> None:
    assert WELL is not None
    unknown = replace(WELL, day_loss_pct=None, drawdown_pct=Decimal("NaN"))
    assert codes(case(condition=unknown)) == ["DAILY_LOSS", "DRAWDOWN"]


@pytest.mark.parametrize(
    ("field", "limit", "code"),
    [
        ("day_loss_pct", Decimal(3), "DAILY_LOSS"),
        ("drawdown_pct", Decimal(10), "DRAWDOWN"),
        ("losing_streak", 5, "LOSING_STREAK"),
        ("refusals", 20, "REFUSALS"),
    ],
)
def test_condition_at_its_limit_refuses_entries_and_never_exits(
    field: str, limit: Any, code: str
) -> None:
    assert WELL is not None
    worse = replace(WELL, **{field: limit})
    closing = m.decision(action=Action.SELL, effect=PositionEffect.CLOSE)
    assert codes(case(condition=worse)) == [code]
    assert codes(case(LONG, condition=worse, decision=closing)) == []


def test_errors_pause_for_a_quarter_of_an_hour_then_let_one_try() -> None:
    assert WELL is not None
    failing = replace(WELL, order_errors=3, order_error_ms=m.NOW)
    assert codes(case(condition=failing)) == ["ORDER_ERRORS"]
    later = case(condition=replace(failing, order_error_ms=m.NOW - 900_000), now_ms=m.NOW)
    assert codes(later) == []


@pytest.mark.parametrize("stated", [None, "0.49", "-0.1", "1.01", "NaN"])
def test_low_or_absurd_confidence_is_refused(stated: str | None) -> None:
    wish = m.decision(confidence=stated if stated is None else Decimal(stated))
    assert codes(case(decision=wish)) == ["CONFIDENCE"]


def test_a_price_far_from_the_mark_is_refused() -> None:
    away = MarkPx(inst_id=m.INST, ts_event=m.NOW, ts_recv=m.NOW, px=Px(Decimal(98_000)))
    assert codes(case(snapshot=m.snapshot(mark=m.fresh(away)))) == ["MARK_BAND"]


@pytest.mark.parametrize("limit", [None, m.price_limit(buy="100200.0")])
def test_a_price_that_the_exchange_would_not_take_is_refused(limit: PriceLimit | None) -> None:
    assert codes(case(price_limit=limit)) == ["PRICE_LIMIT"]


def test_price_limit_that_is_switched_off_takes_any_price() -> None:
    assert codes(case(price_limit=m.price_limit(buy=None))) == []


def test_exit_names_a_price_that_the_exchange_takes() -> None:
    closing = m.decision(action=Action.SELL, effect=PositionEffect.CLOSE)
    tight = case(LONG, decision=closing, price_limit=m.price_limit(sell="99900"))
    assert (tight.limit_px, codes(tight)) == (99_900, [])


def test_a_thin_book_is_refused_by_its_depth() -> None:
    thin = m.snapshot(book=m.fresh(m.book(sz="0.01")))
    assert codes(case(snapshot=thin)) == ["SLIPPAGE"]


@pytest.mark.parametrize("off", [None, 2_001, -2_001])
def test_a_clock_that_is_off_or_unmeasured_refuses_entries(off: int | None) -> None:
    assert codes(case(clock_off_ms=off)) == ["CLOCK"]


@pytest.mark.parametrize("age", [None, 3_600_001])
def test_old_record_of_the_instrument_is_refused(age: int | None) -> None:
    assert codes(case(meta_age_ms=age)) == ["META_AGE"]


@pytest.mark.parametrize("trouble", [None, "the key may withdraw"])
def test_account_in_trouble_or_unread_is_refused(trouble: str | None) -> None:
    assert codes(case(replace(FLAT, account_trouble=trouble))) == ["ACCOUNT_CHECK"]


def test_fee_bleed_target_that_hardly_pays_the_round_trip_is_refused() -> None:
    near = m.decision(target_px=Px(Decimal(100_100)))
    assert codes(case(decision=near)) == ["EDGE"]
    assert codes(case(taker=None)) == ["EDGE"]


def test_liquidation_not_noticed_stop_beyond_half_the_way_is_refused() -> None:
    nearly = replace(m.position("0.1"), liq_px=Px(Decimal(98_500)))
    adding = m.decision(effect=PositionEffect.INCREASE)
    held = case(LONG, decision=adding, snapshot=m.snapshot(position=m.fresh(nearly)))
    assert codes(held) == ["LIQUIDATION"]


def test_target_beyond_reason_or_missing_is_refused() -> None:
    far = m.decision(target_px=Px(Decimal(130_000)))
    assert codes(case(decision=far)) == ["TARGET_DISTANCE"]


def test_llm_output_wrong_scaled_nan_never_passes_as_small() -> None:
    for field in ("stop_px", "target_px", "notional", "confidence"):
        wish = m.decision(**{field: Decimal("NaN")})
        assert codes(case(decision=wish)), field


def test_only_instruments_on_the_list_are_entered() -> None:
    assert codes(case(controls=m.controls(instruments=()))) == ["ALLOW_LIST"]


SIGHT = Sight(
    controls=m.controls(),
    limits=m.limits(),
    book=m.fresh(m.book()),
    price_limit=m.price_limit(),
    pace=CALM,
    maintenance=Stage.NONE,
    clock_off_ms=0,
    now_ms=m.NOW,
)


def at_last(**changes: Any) -> str:
    found = refused_at_last(intent(), replace(SIGHT, **changes))
    return found.code if found else ""


def test_nothing_changed_lets_the_order_go() -> None:
    assert at_last() == ""


def test_price_jump_after_the_gate_is_caught() -> None:
    assert at_last(book=m.fresh(m.book("94999.9", "95000.1"))) == "PRICE_DRIFT"
    assert at_last(book=m.fresh(m.book("99000", "100000.1"))) == "SPREAD"


def test_a_burst_is_stopped_at_the_last_look() -> None:
    assert at_last(pace=paced(sent=(replace(SOLD, is_entry=False),) * 10)) == "SENDS_2S"
    assert at_last(pace=paced(sent=(SOLD,) * 4)) == "ENTRIES_HOUR"
    assert at_last(pace=None) == "PACE"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"book": m.stale(m.book())}, "STALE_DATA"),
        ({"now_ms": m.NOW + 3_001}, "DECISION_AGE"),
        ({"now_ms": m.NOW - 1}, "DECISION_AGE"),
        ({"clock_off_ms": None}, "CLOCK"),
        ({"maintenance": None}, "MAINTENANCE"),
        ({"maintenance": Stage.ANNOUNCED}, "MAINTENANCE"),
        ({"price_limit": None}, "PRICE_LIMIT"),
        ({"price_limit": m.price_limit(buy="100200")}, "PRICE_LIMIT"),
        ({"controls": m.controls(trading_state=TradingState.REDUCING)}, "REDUCING"),
    ],
)
def test_last_look_sees_what_changed_since_the_gate(changes: dict[str, Any], code: str) -> None:
    assert at_last(**changes) == code


MONEY = st.decimals(min_value="0.01", max_value=10**5, places=2)
PORTFOLIO = st.tuples(
    st.decimals(min_value=0, max_value=1, places=2),
    st.decimals(min_value=0, max_value=1, places=2),
    MONEY,
    MONEY,
)


@given(portfolio=PORTFOLIO, knob=st.sampled_from(sorted(KNOBS)), share=st.integers(0, 100))
def test_any_tightened_limit_never_accepts_more(
    portfolio: tuple[Decimal, Decimal, Decimal, Decimal], knob: str, share: int
) -> None:
    held, pending, equity, requested = portfolio
    found, limits = KNOBS[knob], m.limits()
    ceiling = found.of(limits)
    factor = 1 + Decimal(share) / 100 if found.is_floor else 1 - Decimal(share) / 100
    wanted = (ceiling * factor).quantize(Decimal(1) if found.is_count else Decimal("0.001"))
    controls = m.controls(tighter=(Tighter(name=knob, limit=wanted),))

    def notional(is_tight: bool) -> Decimal:
        value = (held + pending) * 1_000
        exposure = replace(
            FLAT,
            position=Contracts(held),
            pending=Contracts(pending),
            total_notional=QuoteAmt(value),
        )
        effect = PositionEffect.INCREASE if held else PositionEffect.OPEN
        verdict = judge(
            case(
                exposure,
                decision=m.decision(effect=effect, notional=QuoteAmt(requested)),
                snapshot=m.snapshot(balance=m.fresh(m.balance(str(equity)))),
                limits=in_force(limits, controls) if is_tight else limits,
            ),
            IDS,
        )
        return verdict.intent.notional if isinstance(verdict, Allow) else Decimal(0)

    assert notional(is_tight=True) <= notional(is_tight=False)


@given(
    contracts=st.decimals(min_value=0, max_value=100, places=6),
    lot=st.sampled_from(["0.01", "0.1", "1", "10"]),
)
def test_rounding_never_adds_exposure(contracts: Decimal, lot: str) -> None:
    instrument = m.swap(lot_sz=Decimal(lot), min_sz=Decimal(lot))
    rounded = instrument.round_down(Contracts(contracts))
    assert 0 <= rounded <= contracts
    assert rounded % Decimal(lot) == 0


@given(px=st.decimals(min_value=1, max_value=10**5, places=5), side=st.sampled_from(list(Side)))
def test_rounded_prices_never_add_risk(px: Decimal, side: Side) -> None:
    instrument = m.swap()
    assert (instrument.marketable_px(side, Px(px)) - px) * side.sign <= 0
    assert (instrument.stop_px(side, Px(px)) - px) * side.sign >= 0


def test_unknown_or_looser_control_leaves_the_ceiling() -> None:
    wishes = (
        Tighter(name="gone", limit=Decimal(1)),
        Tighter(name="max_spread_bps", limit=Decimal(99)),
        Tighter(name="cooldown_s", limit=Decimal(1)),
    )
    assert in_force(m.limits(), m.controls(tighter=wishes)) == m.limits()


def test_tighter_controls_are_in_force() -> None:
    wishes = (
        Tighter(name="max_entries_hour", limit=Decimal(1)),
        Tighter(name="cooldown_s", limit=Decimal(600)),
        Tighter(name="max_lever", limit=Decimal(1)),
    )
    found = in_force(m.limits(), m.controls(tighter=wishes))
    assert (found.max_entries_hour, found.cooldown_ms, found.max_lever) == (1, 600_000, 1)


def test_halt_stops_an_exit_at_the_last_look_and_reducing_lets_it_go() -> None:
    closing = intent(leg=Leg.EXIT, side=Side.SELL, reduce_only=True, stop=None)
    halted = replace(SIGHT, controls=m.controls(trading_state=TradingState.HALTED))
    reducing = replace(SIGHT, controls=m.controls(trading_state=TradingState.REDUCING))
    assert refused_at_last(closing, halted) is not None
    assert refused_at_last(closing, reducing) is None


@pytest.mark.parametrize("stage", [None, *Stage])
def test_maintenance_stops_entries_early_and_exits_only_while_it_lasts(stage: Stage | None) -> None:
    closing = m.decision(action=Action.SELL, effect=PositionEffect.CLOSE)
    leaving = intent(leg=Leg.EXIT, side=Side.SELL, reduce_only=True, stop=None)
    is_refused = stage is Stage.ONGOING
    told = replace(FLAT, maintenance=stage)
    assert codes(case(told)) == ([] if stage is Stage.NONE else ["MAINTENANCE"])
    held = case(replace(LONG, maintenance=stage), decision=closing)
    assert codes(held) == (["MAINTENANCE"] if is_refused else [])
    found = refused_at_last(leaving, replace(SIGHT, maintenance=stage))
    assert (found is not None) is is_refused


def test_position_of_somebody_else_locks_its_instrument_until_it_is_ignored() -> None:
    theirs = replace(FLAT, foreign=Contracts(Decimal("-0.5")))
    assert codes(case(exposure=theirs)) == ["FOREIGN_POSITION"]
    assert codes(case(exposure=replace(FLAT, foreign=None))) == ["FOREIGN_POSITION"]
    known = m.controls(ignored=(m.INST,))
    assert codes(case(exposure=theirs, controls=known)) == []
    elsewhere = m.controls(ignored=(InstId("ETH-USDT-SWAP"),))
    assert codes(case(exposure=theirs, controls=elsewhere)) == ["FOREIGN_POSITION"]
