"""Round trips and ratios against figures worked out by hand."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tai2.model.ids import InstId
from tai2.model.instrument import Side
from tai2.model.performance import (
    EquityPoint,
    RoundTrip,
    daily_returns,
    max_drawdown,
    measure,
    round_trips,
    sharpe,
    sortino,
)
from tai2.model.trade import ExecutedTrade
from tests.builders.trades import trade

D = Decimal


def fill(number: int, side: str, contracts: str, px: str, pnl: str = "0", **changes: Any) -> Any:
    shape = {"side": Side(side), "contracts": D(contracts), "price": D(px), "pnl": D(pnl)}
    notional = D(contracts) * D(px)
    return trade(number, **(shape | {"notional": notional, "fee": -notional / 1000} | changes))


def trips_of(*fills: ExecutedTrade) -> list[RoundTrip]:
    return list(round_trips(fills))


def points(*equities: str) -> list[EquityPoint]:
    return [EquityPoint(ts=n, equity=D(each), upnl=D(0)) for n, each in enumerate(equities)]


def test_long_that_is_closed_in_two_fills_is_one_trip() -> None:
    (trip,) = trips_of(
        fill(0, "buy", "2", "100"),
        fill(1, "sell", "1", "110", "10"),
        fill(2, "sell", "1", "90", "-10"),
    )
    assert (trip.side, trip.contracts, trip.entry_px, trip.exit_px) == (Side.BUY, 2, 100, 100)
    assert (trip.pnl, trip.fees, trip.notional, trip.fills) == (0, D("-0.4"), 400, 3)
    assert trip.net_pnl == D("-0.4")
    assert trip.closed_ms - trip.opened_ms == 2


def test_short_that_was_added_to_has_average_prices() -> None:
    (trip,) = trips_of(
        fill(0, "sell", "1", "100"), fill(1, "sell", "3", "104"), fill(2, "buy", "4", "101", "8")
    )
    assert (trip.side, trip.contracts) == (Side.SELL, 4)
    assert (trip.entry_px, trip.exit_px, trip.pnl) == (103, 101, 8)


def test_fill_that_turns_the_position_ends_one_trip_and_opens_the_next() -> None:
    first, second = trips_of(
        fill(0, "buy", "1", "100"),
        fill(1, "sell", "3", "110", "10"),
        fill(2, "buy", "2", "100", "20"),
    )
    assert (first.side, first.contracts, first.pnl, first.exit_px) == (Side.BUY, 1, 10, 110)
    assert (second.side, second.contracts, second.pnl, second.entry_px) == (Side.SELL, 2, 20, 110)
    assert first.fees + second.fees == D("-0.100") + D("-0.330") + D("-0.200")
    assert first.notional + second.notional == 100 + 330 + 200


def test_open_position_is_no_trip_yet() -> None:
    assert trips_of(fill(0, "buy", "2", "100"), fill(1, "sell", "1", "110", "10")) == []


def test_instruments_do_not_mix() -> None:
    eth = {"symbol": InstId("ETH-USDT-SWAP")}
    found = trips_of(
        fill(0, "buy", "1", "100"),
        fill(1, "sell", "1", "50", **eth),
        fill(2, "buy", "1", "40", "10", **eth),
        fill(3, "sell", "1", "99", "-1"),
    )
    assert [(trip.inst_id, trip.pnl) for trip in found] == [
        ("ETH-USDT-SWAP", 10),
        ("BTC-USDT-SWAP", -1),
    ]


def test_fill_that_closes_something_older_than_the_window_belongs_to_no_trip() -> None:
    found = trips_of(
        fill(0, "sell", "1", "110", "10"),
        fill(1, "buy", "1", "100"),
        fill(2, "sell", "1", "105", "5"),
    )
    assert [trip.pnl for trip in found] == [5]


@given(
    st.lists(
        st.tuples(st.sampled_from(["buy", "sell"]), st.integers(1, 9), st.integers(90, 110)),
        max_size=30,
    )
)
def test_trips_and_what_is_open_account_for_every_fee(moves: list[tuple[str, int, int]]) -> None:
    fills = [fill(n, side, str(size), str(px)) for n, (side, size, px) in enumerate(moves)]
    net = sum(one.contracts * one.side.sign for one in fills)
    flatten = [fill(99, "sell" if net > 0 else "buy", str(abs(net)), "100")] if net else []
    found = trips_of(*fills, *flatten)
    assert sum(trip.fees for trip in found) == sum(one.fee for one in [*fills, *flatten])
    assert sum(trip.notional for trip in found) == sum(one.notional for one in [*fills, *flatten])


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
    found = measure(fills, points("1000", "900", "1100"), points("1000", "1100"))
    assert (found.trips, found.wins, found.losses) == (3, 1, 1)
    assert found.win_rate == D(1) / 3
    assert found.net_pnl == D("9.79") - D("5.195")
    assert found.profit_factor == D("9.79") / D("5.195")
    assert (found.turnover, found.fees) == (D("605.2"), D("-0.6051"))
    assert found.drawdown is not None
    assert (found.drawdown.ratio, found.returns, found.sharpe) == (D("0.1"), 1, None)


def test_nothing_gives_no_ratios() -> None:
    found = measure([], [], [])
    assert (found.trips, found.win_rate, found.profit_factor, found.drawdown) == (
        0,
        None,
        None,
        None,
    )
