"""Sums and ratios against figures worked out by hand."""

from decimal import Decimal

import pytest

from tai2.model.performance import (
    EquityPoint,
    daily_returns,
    max_drawdown,
    measure,
    sharpe,
    sortino,
    totals_of,
)
from tai2.model.round_trip import round_trips
from tests.builders.trades import dealt as fill

D = Decimal


def points(*equities: str) -> list[EquityPoint]:
    return [EquityPoint(ts=n, equity=D(each), upnl=D(0)) for n, each in enumerate(equities)]


def test_drawdown_is_the_deepest_fall_from_a_peak() -> None:
    found = max_drawdown(points("100", "120", "90", "150", "120", "160"))
    assert found is not None
    assert (found.depth, found.ratio, found.peak_ms, found.trough_ms) == (30, D("0.25"), 1, 2)


def test_drawdown_of_a_rising_curve_is_zero_and_of_one_point_unknown() -> None:
    found = max_drawdown(points("100", "101"))
    assert found is not None
    assert (found.depth, found.ratio) == (0, 0)
    assert max_drawdown(points("100")) is None


def test_daily_returns_are_fractions_of_the_day_before() -> None:
    assert daily_returns(points("100", "110", "99")) == (D("0.1"), D("-0.1"))
    assert daily_returns(points("0", "100", "150")) == (D("0.5"),)


def test_sharpe_and_sortino_of_a_hand_computed_month() -> None:
    # 15 days of +3 % and 15 of −1 %: mean 1 %, deviations from it ±2 %.
    returns = [D("0.03"), D("-0.01")] * 15
    deviation = (D(30) * D("0.0004") / 29).sqrt()
    assert sharpe(returns) == pytest.approx(D("0.01") / deviation * D(365).sqrt())
    downside = (D(15) * D("0.0001") / 30).sqrt()
    assert sortino(returns) == pytest.approx(D("0.01") / downside * D(365).sqrt())
    assert sharpe(returns) == pytest.approx(D("9.39193"), abs=D("0.00001"))


def test_ratios_stay_hidden_under_thirty_returns_and_without_deviation() -> None:
    few = [D("0.03"), D("-0.01")] * 14 + [D("0.01")]
    assert (len(few), sharpe(few), sortino(few)) == (29, None, None)
    same = daily_returns(
        [EquityPoint(ts=n, equity=D(100) * D("1.01") ** n, upnl=D(0)) for n in range(40)]
    )
    assert (sharpe(same), sortino(same)) == (None, None)


def test_figures_of_a_period_by_hand() -> None:
    fills = [
        fill(0, "buy", "1", "100"), fill(1, "sell", "1", "110", "10"),
        fill(2, "buy", "1", "100"), fill(3, "sell", "1", "95", "-5"),
        fill(4, "buy", "1", "100"), fill(5, "sell", "1", "100.2", "0.2001", fee=D("-0.1001")),
    ]  # fmt: skip
    totals = totals_of(round_trips(fills))
    found = measure(totals, points("1000", "900", "1100"), points("1000", "1100"))
    assert (found.trips, found.wins, found.losses) == (3, 1, 1)
    assert found.win_rate == D(1) / 3
    assert found.net_pnl == D("9.79") - D("5.195")
    assert found.profit_factor == D("9.79") / D("5.195")
    assert (totals.pnl, totals.fees, totals.held_ms) == (D("5.2001"), D("-0.6051"), 3)
    assert found.mean_held_ms == 1
    assert found.drawdown is not None
    assert (found.drawdown.ratio, found.returns, found.sharpe) == (D("0.1"), 1, None)


def test_nothing_gives_no_ratios() -> None:
    found = measure(totals_of([]), [], [])
    assert (found.trips, found.win_rate, found.profit_factor, found.drawdown) == (
        0,
        None,
        None,
        None,
    )
