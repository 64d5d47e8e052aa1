"""What the guards measure: a figure where there is one, nothing where it isn't known."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tai2.model.market import MarkPx
from tai2.model.money import Px
from tai2.risk import specimen
from tai2.risk.guards import BY_NAME, GUARDS
from tai2.risk.measures import edge
from tests.builders import market as m
from tests.unit.risk.test_gate import FLAT, case

CLEAN = specimen.clean(m.limits())
BLIND = replace(
    case(replace(FLAT, lever=None, position=None, foreign=None, total_notional=None)),
    decision=m.decision(stop_px=None, target_px=None, notional=None, confidence=None),
    decided_on=m.snapshot(book=m.missing()),
    snapshot=m.snapshot(book=m.missing(), mark=m.missing(), balance=m.missing()),
    pace=None,
    condition=None,
    clock_off_ms=None,
    meta_age_ms=None,
    taker=None,
)
KNOWN_WHEN_BLIND = {"decision_age", "unknown_order", "in_flight"}


@pytest.mark.parametrize("name", [one.name for one in GUARDS if one.current])
def test_a_guard_with_a_figure_measures_a_clean_case(name: str) -> None:
    measure = BY_NAME[name].current
    assert measure is not None
    found = measure(CLEAN)
    assert found is not None
    assert found.is_finite()


@pytest.mark.parametrize("name", [one.name for one in GUARDS if one.current])
def test_what_is_not_known_is_never_a_zero(name: str) -> None:
    measure = BY_NAME[name].current
    assert measure is not None
    assert (measure(BLIND) is None) is (name not in KNOWN_WHEN_BLIND)


def test_limits_that_hang_on_the_account_are_unknown_without_it() -> None:
    of_account = {"liquidation", "max_order_equity_pct", "max_total_equity_ratio", "min_size"}
    for name in of_account | {"slippage"}:
        limit = BY_NAME[name].limit
        assert limit is not None
        assert limit(BLIND) is None, name
        assert limit(CLEAN) is not None, name


def test_figures_are_in_the_units_that_they_are_shown_in() -> None:
    judged = case(
        decision=m.decision(stop_px=Px(Decimal(99_000))),
        snapshot=m.snapshot(book=m.fresh(m.book("99990", "100010"))),
    )
    figures = {
        name: measure(judged)
        for name in ("spread", "price_drift", "stop_distance", "clock", "stale_data")
        if (measure := BY_NAME[name].current)
    }
    assert figures == {
        "spread": Decimal(2),
        "price_drift": Decimal(0),
        "stop_distance": Decimal(1),
        "clock": Decimal("0.02"),
        "stale_data": Decimal("0.1"),
    }


def test_mark_of_nothing_and_a_free_round_trip_measure_nothing() -> None:
    nothing = MarkPx(inst_id=m.INST, ts_event=m.NOW, ts_recv=m.NOW, px=Px(Decimal(0)))
    band = BY_NAME["mark_band"].current
    assert band is not None
    assert band(case(snapshot=m.snapshot(mark=m.fresh(nothing)))) is None
    free = case(taker=Decimal(0), snapshot=m.snapshot(book=m.fresh(m.book("100000", "100000"))))
    assert edge(free) is None


def test_room_is_what_the_exchange_takes_on_the_orders_side() -> None:
    room = BY_NAME["price_limit"].limit
    assert room is not None
    assert room(case()) == Decimal(1)
    assert [room(one) for one in (case(price_limit=None), BLIND)] == [None, None]


def test_an_unresolved_order_is_one_more_than_allowed() -> None:
    guard = BY_NAME["in_flight"]
    assert guard.limit is not None
    assert guard.limit(CLEAN) == 0
