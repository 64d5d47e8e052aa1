"""Stops in the simulator: born with the fill, triggered once, gone with the position."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tai2.sim.exchange.records import Stop
from tests.builders.exchange import INST, alone, guard, opened_exchange, quote, send


def test_attached_stop_appears_with_the_complete_fill() -> None:
    exchange = opened_exchange()
    send(exchange, "buy", "2", "100000", ord_type="ioc", stops=(guard(),))
    (algo,) = exchange.algos()
    assert (algo.algo_cl_ord_id, algo.side, algo.sz) == ("s2a", "sell", Decimal(2))
    assert (algo.ord_type, algo.reduce_only, algo.state) == ("oco", True, "live")


def test_attached_stop_covers_what_a_cancelled_parent_filled() -> None:
    exchange = opened_exchange()
    quote(exchange, "99999", "100000", depth="3")
    send(exchange, "buy", "5", "100000", ord_type="ioc", stops=(guard(),))
    assert [algo.sz for algo in exchange.algos()] == [Decimal(3)]


def test_attached_stop_vanishes_with_an_unfilled_parent() -> None:
    exchange = opened_exchange()
    send(exchange, "buy", "5", "99000", ord_type="ioc", stops=(guard(),))
    assert exchange.algos() == []


def test_stop_on_mark_ignores_the_last_price() -> None:
    exchange = opened_exchange()
    send(exchange, "buy", "2", ord_type="market", stops=(guard(),))
    exchange.print_trade(INST, "sell", Decimal(96_000), Decimal(1))
    assert len(exchange.algos()) == 1
    quote(exchange, "96899.9", "96900")
    exchange.set_index(INST, Decimal(96_900))
    assert exchange.algos() == []


def test_triggered_stop_places_one_market_order_that_names_it() -> None:
    exchange = opened_exchange()
    send(exchange, "buy", "2", ord_type="market", stops=(guard(),))
    quote(exchange, "96899.9", "96900")
    exchange.set_index(INST, Decimal(96_900))
    algo, child = exchange.algo_history()[-1], exchange.history()[-1]
    assert (algo.state, algo.actual_side, algo.ord_id) == ("effective", "sl", child.ord_id)
    assert (child.ord_type, child.source, child.algo_id) == ("market", "7", algo.algo_id)
    assert (child.algo_cl_ord_id, child.cl_ord_id, child.state) == ("s2a", "", "filled")
    assert exchange.positions() == []


def test_target_triggers_on_the_last_price_and_ends_the_stop() -> None:
    exchange = opened_exchange()
    send(exchange, "buy", "2", ord_type="market", stops=(guard(),))
    exchange.print_trade(INST, "buy", Decimal(105_000), Decimal(1))
    exchange.set_index(INST, Decimal(90_000))
    assert [algo.actual_side for algo in exchange.algo_history()] == ["tp"]
    assert len([order for order in exchange.history() if order.source == "7"]) == 1


def test_orphaned_stop_is_cancelled_when_it_triggers() -> None:
    exchange = opened_exchange()
    send(exchange, "buy", "2", ord_type="market", stops=(guard(),))
    send(exchange, "sell", "2", ord_type="market")
    assert len(exchange.algos()) == 1
    exchange.set_index(INST, Decimal(96_000))
    assert [algo.state for algo in exchange.algo_history()] == ["canceled"]
    assert exchange.positions() == []


def test_whole_position_stop_closes_whatever_is_held_then() -> None:
    exchange = opened_exchange()
    send(exchange, "buy", "2", ord_type="market")
    assert exchange.place_algo(alone()).s_code == "0"
    send(exchange, "buy", "3", ord_type="market")
    exchange.set_index(INST, Decimal(96_000))
    assert exchange.positions() == []


def test_stop_never_turns_the_position() -> None:
    exchange = opened_exchange()
    send(exchange, "buy", "5", ord_type="market")
    exchange.place_algo(alone(sz="5"))
    send(exchange, "sell", "3", ord_type="market")
    exchange.set_index(INST, Decimal(96_000))
    assert exchange.history()[-1].sz == Decimal(2)
    assert exchange.positions() == []


def test_short_is_stopped_above() -> None:
    exchange = opened_exchange()
    stop = guard("103000", "95000")
    send(exchange, "sell", "2", ord_type="market", stops=(stop,))
    quote(exchange, "103000", "103000.1")
    exchange.set_index(INST, Decimal(103_000))
    assert exchange.algo_history()[-1].actual_side == "sl"


@pytest.mark.parametrize(
    ("side", "stop", "code"),
    [
        ("sell", guard("101000", "105000"), "51280"),
        ("sell", guard("97000", "99000"), "51279"),
        ("buy", guard("99000", "95000"), "51278"),
        ("buy", guard("103000", "101000"), "51277"),
        ("sell", guard("97000.05"), "51150"),
        ("sell", Stop(), "51000"),
    ],
)
def test_stop_that_makes_no_sense_is_refused(side: str, stop: Stop, code: str) -> None:
    exchange = opened_exchange()
    exchange.print_trade(INST, "buy", Decimal(100_000), Decimal(1))
    assert exchange.place_algo(alone(side, stop=stop)).s_code == code


@pytest.mark.parametrize(
    ("side", "stop", "code"),
    [
        ("buy", guard("97000", "99000"), "51046"),
        ("buy", guard("100000", "105000"), "51047"),
        ("sell", guard("103000", "101000"), "51048"),
        ("sell", guard("99000", "95000"), "51049"),
    ],
)
def test_attached_stop_on_the_wrong_side_refuses_the_order(
    side: str, stop: Stop, code: str
) -> None:
    exchange = opened_exchange()
    assert send(exchange, side, "1", "100000", ord_type="ioc", stops=(stop,)).s_code == code


def test_client_id_of_a_live_stop_cannot_be_used_again() -> None:
    exchange = opened_exchange()
    assert exchange.place_algo(alone()).s_code == "0"
    assert exchange.place_algo(alone()).s_code == "51065"
    assert exchange.cancel_algo(INST, algo_cl_ord_id="s2b").s_code == "0"
    assert exchange.cancel_algo(INST, algo_cl_ord_id="s2b").s_code == "51400"
    assert exchange.place_algo(replace(alone(), tag="again")).s_code == "0"
