"""Forecasts are scored by what the mid did, and calibration adds up."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tai2.model.forecast import COIN_FLIP, Forecast, Outcome, calibrate
from tai2.model.ids import DecisionId
from tai2.model.money import Px
from tests.builders.market import INST, NOW

FORECAST = Forecast(
    decision_id=DecisionId("D1"),
    inst_id=INST,
    reasoner="rules-v1",
    prompt_hash="",
    ts=NOW,
    due_ms=NOW + 3_600_000,
    mid=Px(Decimal(100)),
    p_up=Decimal("0.7"),
)


@pytest.mark.parametrize(
    ("mid", "up", "brier"), [("101", "1", "0.09"), ("99", "0", "0.49"), ("100", "0.5", "0.04")]
)
def test_outcome_compares_the_mids(mid: str, up: str, brier: str) -> None:
    outcome = Outcome(forecast=FORECAST, mid=Px(Decimal(mid)))
    assert (outcome.went_up, outcome.brier) == (Decimal(up), Decimal(brier))


def test_always_saying_half_scores_like_a_coin() -> None:
    half = replace(FORECAST, p_up=Decimal("0.5"))
    outcomes = [Outcome(forecast=half, mid=Px(Decimal(px))) for px in (99, 101, 102, 98)]
    calibration = calibrate((half.p_up, outcome.went_up) for outcome in outcomes)
    assert (calibration.count, calibration.brier, calibration.bias) == (4, COIN_FLIP, 0)


def test_bins_hold_every_forecast_once() -> None:
    pairs = [(Decimal(p) / 20, Decimal(p % 2)) for p in range(21)]
    calibration = calibrate(pairs)
    assert sum(one.count for one in calibration.bins) == calibration.count == 21
    last = calibration.bins[-1]
    assert (last.low, last.high, last.count) == (Decimal("0.8"), 1, 5)
    assert last.share_up == Decimal(2) / 5
    assert all(one.low <= one.mean_p_up <= one.high for one in calibration.bins)


def test_nothing_scored_says_so_instead_of_zero() -> None:
    empty = calibrate([])
    assert (empty.brier, empty.bias, empty.bins) == (None, None, ())
