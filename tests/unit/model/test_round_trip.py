"""Round trips against figures worked out by hand."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tai2.model.ids import InstId
from tai2.model.instrument import Side
from tai2.model.money import QuoteAmt
from tai2.model.round_trip import RoundTrip, round_trips
from tai2.model.trade import ExecutedTrade
from tests.builders.trades import dealt as fill

D = Decimal


def trips_of(*fills: ExecutedTrade) -> list[RoundTrip]:
    return list(round_trips(fills))


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
    assert [(trip.symbol, trip.pnl) for trip in found] == [
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


def test_trip_carries_the_decision_that_opened_it_and_the_leg_that_ended_it() -> None:
    (won,) = trips_of(
        fill(0, "buy", "1", "100", llm_reasoning="up"),
        fill(1, "sell", "1", "110", "10", leg="stop"),
    )
    (lost,) = trips_of(fill(0, "buy", "1", "100"), fill(1, "sell", "1", "90", "-10", leg="stop"))
    assert (won.decision_id, won.llm_reasoning) == ("D1", "up")
    assert (won.ended_by, won.ending, lost.ending) == ("stop", "target", "stop")


def test_average_price_has_twelve_places_at_most() -> None:
    (trip,) = trips_of(
        fill(0, "buy", "1", "100"), fill(1, "buy", "2", "101"), fill(2, "sell", "3", "102", "4")
    )
    assert str(trip.entry_px) == "100.666666666667"
    assert str(trip.exit_px) == "102"


def test_fills_of_another_mode_do_not_mix() -> None:
    fills = [fill(0, "buy", "1", "100"), fill(1, "sell", "1", "101", "1", mode="paper")]
    assert trips_of(*fills) == []


def test_ratio_is_of_the_entry_and_what_cost_nothing_has_none() -> None:
    (trip,) = trips_of(fill(0, "buy", "1", "100"), fill(1, "sell", "1", "110", "10"))
    assert trip.net_ratio == (10 - D("0.21")) / 100
    assert replace(trip, entry_notional=QuoteAmt(D(0))).net_ratio == 0
