"""Orders meet the book as OKX's would: price first, then time, never beyond the order."""

from decimal import Decimal

import pytest

from tai2.sim.exchange.records import BookMoved, NewOrder, OrderMoved, TradePrinted
from tests.builders.exchange import INST, opened_exchange, quote, recorded, send, sent


def test_limit_order_rests_behind_the_liquidity_at_its_level() -> None:
    exchange = opened_exchange()
    order = send(exchange, "buy", "1", "99999.9")
    exchange.print_trade(INST, "sell", Decimal("99999.9"), Decimal(100))
    assert sent(exchange, order).state == "live"
    exchange.print_trade(INST, "sell", Decimal("99999.9"), Decimal("0.4"))
    assert sent(exchange, order).acc_fill_sz == Decimal("0.4")


def test_print_through_the_price_fills_without_queue() -> None:
    exchange = opened_exchange()
    order = send(exchange, "buy", "1", "99999.9")
    exchange.print_trade(INST, "sell", Decimal("99999.8"), Decimal(5))
    filled = sent(exchange, order)
    assert (filled.state, filled.avg_px) == ("filled", Decimal("99999.9"))
    assert filled.last_fill is not None
    assert filled.last_fill.exec_type == "M"


def test_better_price_fills_before_older_order() -> None:
    exchange = opened_exchange()
    older = send(exchange, "buy", "1", "99999.0")
    better = send(exchange, "buy", "1", "99999.5")
    exchange.print_trade(INST, "sell", Decimal(99998), Decimal("1.5"))
    assert sent(exchange, better).state == "filled"
    assert sent(exchange, older).acc_fill_sz == Decimal("0.5")


def test_at_one_price_the_older_order_fills_first() -> None:
    exchange = opened_exchange()
    older = send(exchange, "sell", "1", "100001")
    younger = send(exchange, "sell", "1", "100001")
    exchange.print_trade(INST, "buy", Decimal(100001), Decimal("1.3"))
    assert sent(exchange, older).state == "filled"
    assert sent(exchange, younger).acc_fill_sz == Decimal("0.3")


def test_crossing_quotes_fill_the_resting_order_at_its_price() -> None:
    exchange = opened_exchange()
    order = send(exchange, "buy", "150", "99999.9")
    assert order.s_code == "51008"
    order = send(exchange, "buy", "10", "99990")
    quote(exchange, "99980", "99985", depth="4")
    filled = sent(exchange, order)
    assert (filled.acc_fill_sz, filled.avg_px) == (Decimal(4), Decimal(99990))
    assert exchange.book(INST, 5).asks == ()


def test_taker_walks_the_levels_up_to_its_limit() -> None:
    exchange = opened_exchange()
    asks = {
        Decimal(100_000): Decimal(1),
        Decimal(100_001): Decimal(2),
        Decimal(100_002): Decimal(9),
    }
    exchange.set_book(INST, {Decimal(99_999): Decimal(1)}, asks)
    order = sent(exchange, send(exchange, "buy", "4", "100001", ord_type="ioc"))
    assert (order.state, order.acc_fill_sz, order.cancel_source) == ("canceled", Decimal(3), "14")
    assert order.avg_px == Decimal("100000.6666666667")
    assert [fill.fill_px for fill in exchange.fills()] == [Decimal(100_000), Decimal(100_001)]


@pytest.mark.parametrize(
    ("ord_type", "px", "source"),
    [("fok", "100000", "13"), ("ioc", "99999", "14"), ("post_only", "100000", "31")],
)
def test_order_that_may_not_rest_is_accepted_then_cancelled(
    ord_type: str, px: str, source: str
) -> None:
    exchange = opened_exchange()
    quote(exchange, "99999", "100000", depth="1")
    ack = send(exchange, "buy", "2", px, ord_type=ord_type)
    order = sent(exchange, ack)
    assert ack.s_code == "0"
    assert (order.state, order.cancel_source, order.acc_fill_sz) == ("canceled", source, Decimal(0))


def test_market_order_takes_no_price_outside_the_band() -> None:
    exchange = opened_exchange()
    asks = {Decimal(100_000): Decimal(1), Decimal(103_000): Decimal(9)}
    exchange.set_book(INST, {Decimal(99_999): Decimal(1)}, asks)
    order = sent(exchange, send(exchange, "buy", "3", ord_type="market"))
    assert (order.state, order.acc_fill_sz) == ("canceled", Decimal(1))


def test_own_resting_order_is_cancelled_rather_than_hit() -> None:
    exchange = opened_exchange()
    resting = send(exchange, "sell", "1", "100000")
    taker = send(exchange, "buy", "1", "100000", ord_type="ioc")
    assert sent(exchange, resting).cancel_source == "32"
    assert sent(exchange, taker).state == "filled"


def test_reduce_only_order_is_cut_to_the_position() -> None:
    exchange = opened_exchange()
    send(exchange, "buy", "2", ord_type="market")
    order = sent(exchange, send(exchange, "sell", "5", ord_type="market", reduce_only=True))
    assert (order.sz, order.state) == (Decimal(2), "filled")
    assert exchange.positions() == []


def test_resting_reduce_only_orders_shrink_and_end_with_the_position() -> None:
    exchange = opened_exchange()
    send(exchange, "buy", "3", ord_type="market")
    resting = send(exchange, "sell", "3", "100500", reduce_only=True)
    send(exchange, "sell", "1", ord_type="market")
    assert sent(exchange, resting).sz == Decimal(2)
    assert exchange.book(INST, 5).asks[-1][1] == Decimal(2)
    send(exchange, "sell", "2", ord_type="market")
    assert sent(exchange, resting).cancel_source == "17"


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({"inst_id": "XXX-USDT-SWAP"}, "51001"),
        ({"exp_time_ms": 1}, "50037"),
        ({"cl_ord_id": "a-b"}, "51000"),
        ({"ord_type": "magic"}, "51000"),
        ({"px": None}, "51204"),
        ({"sz": Decimal("0.001")}, "51020"),
        ({"sz": Decimal("0.015")}, "51121"),
        ({"px": Decimal("99999.95")}, "51150"),
        ({"sz": Decimal(100_000_001)}, "51005"),
        ({"ord_type": "market", "px": None, "sz": Decimal(12_001)}, "51202"),
        ({"px": Decimal(103_000)}, "51006"),
        ({"sz": Decimal(51)}, "51008"),
        ({"reduce_only": True}, "51169"),
    ],
)
def test_refusals_carry_the_exchanges_codes(order: dict[str, object], code: str) -> None:
    exchange = opened_exchange()
    fields = {"inst_id": INST, "side": "buy", "ord_type": "limit", "sz": Decimal(1)}
    ack = exchange.place(NewOrder(**(fields | {"px": Decimal(99_000)} | order)))
    assert (ack.s_code, ack.ord_id) == (code, "")
    assert exchange.pending() == []


def test_reduce_only_in_the_positions_direction_is_refused() -> None:
    exchange = opened_exchange()
    send(exchange, "buy", "1", ord_type="market")
    assert send(exchange, "buy", "1", ord_type="market", reduce_only=True).s_code == "51170"


def test_client_id_is_unique_among_pending_orders_only() -> None:
    exchange = opened_exchange()
    first = send(exchange, "buy", "1", "99000", cl_ord_id="same")
    assert send(exchange, "buy", "1", "99000", cl_ord_id="same").s_code == "51016"
    exchange.cancel(INST, cl_ord_id="same")
    second = send(exchange, "buy", "1", "99000", cl_ord_id="same")
    newest = exchange.order(INST, cl_ord_id="same")
    assert second.s_code == "0"
    assert newest is not None
    assert (newest.ord_id, newest.ord_id > first.ord_id) == (second.ord_id, True)


def test_cancelling_what_is_gone_says_51400() -> None:
    exchange = opened_exchange()
    order = send(exchange, "buy", "1", ord_type="market")
    assert exchange.cancel(INST, order.ord_id).s_code == "51400"


def test_updates_applied_to_a_snapshot_give_the_present_book() -> None:
    exchange = opened_exchange()
    levels = {level[0]: level[1] for level in exchange.book(INST, 400).bids}
    seq_id = exchange.book(INST, 1).seq_id
    events = recorded(exchange)
    quote(exchange, "99998", "100002")
    send(exchange, "buy", "1", "99997")
    send(exchange, "sell", "3", ord_type="market")
    for moved in (event for event in events if isinstance(event, BookMoved)):
        assert moved.prev_seq_id == seq_id
        seq_id = moved.seq_id
        levels.update({px: contracts for px, contracts, _ in moved.bids})
    kept = {px: contracts for px, contracts in levels.items() if contracts}
    assert kept == {level[0]: level[1] for level in exchange.book(INST, 400).bids}


def test_cancel_all_after_ends_every_order_at_its_time() -> None:
    exchange = opened_exchange()
    order = send(exchange, "buy", "1", "99000")
    due = exchange.cancel_all_after(10)
    exchange.advance(due - 1)
    assert sent(exchange, order).state == "live"
    exchange.advance(due)
    assert sent(exchange, order).cancel_source == "20"
    assert exchange.cancel_all_after(0) == 0


def test_each_fill_is_told_once_and_cumulatively() -> None:
    exchange = opened_exchange()
    asks = {Decimal(100_000): Decimal(1), Decimal(100_001): Decimal(2)}
    exchange.set_book(INST, {Decimal(99_999): Decimal(1)}, asks)
    events = recorded(exchange)
    send(exchange, "buy", "2", ord_type="market")
    moved = [event for event in events if isinstance(event, OrderMoved)]
    trades = [event.row.trade_id for event in events if isinstance(event, TradePrinted)]
    assert [one.order.acc_fill_sz for one in moved] == [Decimal(0), Decimal(1), Decimal(2)]
    assert [one.fill.trade_id for one in moved if one.fill] == trades


def test_same_seed_and_calls_give_the_same_ids() -> None:
    first, second = (send(opened_exchange(), "buy", "1", "99000") for _ in range(2))
    other = send(opened_exchange(seed=2), "buy", "1", "99000")
    assert first == second
    assert (len(first.ord_id), other.ord_id != first.ord_id) == (19, True)
