"""Money in the simulator: the worked example to the digit, and identities that always hold."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from tai2.sim.exchange import formulas
from tai2.sim.exchange.records import FundingView, LiquidationPrinted
from tai2.sim.market.listings import BTC
from tests.builders.exchange import (
    INST,
    START_MS,
    opened_exchange,
    quote,
    recorded,
    send,
    sent,
)

HOUR_MS = 3_600_000
INVERSE = replace(BTC, ct_type="inverse", ct_val=Decimal(100), settle_ccy="BTC")
TEN, LAKH = Decimal(10), Decimal(100_000)


def funding(rate: str, at: int) -> FundingView:
    return FundingView(
        rate=Decimal(rate),
        funding_time=at,
        next_funding_time=at + 8 * HOUR_MS,
        interval_ms=8 * HOUR_MS,
        ts=START_MS,
        min_rate=Decimal("-0.01"),
        max_rate=Decimal("0.01"),
    )


def test_worked_example_of_a_linear_position_to_the_digit() -> None:
    exchange = opened_exchange()
    send(exchange, "buy", "10", ord_type="market")
    quote(exchange, "100999.9", "101000.1")
    exchange.set_index(INST, Decimal(101_000))
    (held,), balance = exchange.positions(), exchange.balance()
    assert (held.notional_usd, held.upl, held.upl_ratio) == (10_100, 100, Decimal("0.05"))
    assert (held.imr, held.mmr, held.fee) == (2020, Decimal("40.4"), -5)
    assert round(held.liq_px or 0, 1) == Decimal("50.2")
    assert (balance.eq, balance.cash_bal, balance.avail) == (10_095, 9_995, 8_075)
    assert (balance.frozen, balance.upl) == (2020, 100)
    assert round(balance.mgn_ratio or 0, 4) == Decimal("222.1122")


def test_funding_of_the_worked_example_is_paid_by_the_long_once() -> None:
    exchange = opened_exchange()
    send(exchange, "buy", "10", ord_type="market")
    quote(exchange, "100999.9", "101000.1")
    exchange.set_index(INST, Decimal(101_000))
    exchange.set_funding(INST, funding("0.0001", START_MS + 1000))
    exchange.advance(START_MS + 1000)
    exchange.advance(START_MS + 2000)
    (held,) = exchange.positions()
    assert held.funding_fee == Decimal("-1.01")
    assert held.realized_pnl == Decimal("-6.01")
    assert exchange.balance().cash_bal == Decimal("9993.99")
    assert [one.rate for one in exchange.funding_history(INST)] == [Decimal("0.0001")]


def test_liquidation_prices_of_the_worked_example() -> None:
    margin = Decimal(2000)
    long = formulas.liquidation_px(BTC, TEN, LAKH, margin)
    short = formulas.liquidation_px(BTC, -TEN, LAKH, margin)
    assert (round(long or 0, 2), round(short or 0, 2)) == (
        Decimal("80361.63"),
        Decimal("119462.42"),
    )
    assert formulas.bankruptcy_px(BTC, TEN, LAKH, margin) == 80_000


def test_inverse_formulas_of_the_worked_example() -> None:
    hundred, margin = Decimal(100), Decimal("0.02")
    gain = formulas.pnl(INVERSE, hundred, LAKH, Decimal(101_000))
    long = formulas.liquidation_px(INVERSE, hundred, LAKH, margin)
    short = formulas.liquidation_px(INVERSE, -hundred, LAKH, margin)
    assert round(gain, 8) == Decimal("0.00099010")
    assert formulas.notional(INVERSE, hundred, LAKH) * Decimal("0.0005") == Decimal("0.00005")
    assert (round(long or 0, 2), round(short or 0, 1)) == (
        Decimal("83708.33"),
        Decimal("124437.5"),
    )


def test_closing_a_part_keeps_the_average_and_realises_its_share() -> None:
    exchange = opened_exchange()
    send(exchange, "buy", "10", ord_type="market")
    quote(exchange, "101000", "101000.1")
    order = sent(exchange, send(exchange, "sell", "4", "101000", ord_type="ioc"))
    (held,) = exchange.positions()
    assert (order.pnl, order.fee) == (40, Decimal("-2.02"))
    assert (held.pos, held.avg_px, held.pnl, held.fee) == (6, LAKH, 40, Decimal("-7.02"))


def test_turning_a_position_opens_at_the_fill_price() -> None:
    exchange = opened_exchange()
    send(exchange, "buy", "2", ord_type="market")
    quote(exchange, "99000", "99000.1")
    exchange.set_index(INST, Decimal(99_000))
    send(exchange, "sell", "5", ord_type="market")
    (held,) = exchange.positions()
    assert (held.pos, held.avg_px, held.pnl) == (-3, 99_000, -20)


def test_resting_orders_hold_margin_back_unless_they_close() -> None:
    exchange = opened_exchange()
    send(exchange, "buy", "10", ord_type="market")
    send(exchange, "sell", "10", "101000")
    assert exchange.balance().ord_frozen == 0
    send(exchange, "buy", "5", "99000")
    assert exchange.balance().ord_frozen == 990


def test_leverage_changes_the_margin_and_waits_for_pending_orders() -> None:
    exchange = opened_exchange()
    send(exchange, "buy", "10", ord_type="market")
    resting = send(exchange, "buy", "1", "99000")
    assert exchange.set_leverage(INST, TEN).s_code == "59107"
    exchange.cancel(INST, resting.ord_id)
    assert exchange.set_leverage(INST, Decimal(101)).s_code == "59102"
    assert exchange.set_leverage(INST, TEN).s_code == "0"
    assert exchange.positions()[0].imr == 1000


def test_liquidation_takes_the_position_and_leaves_no_debt() -> None:
    exchange = opened_exchange(cash=1000, lever=50)
    send(exchange, "buy", "20", ord_type="market")
    resting = send(exchange, "buy", "1", "94000")
    events = recorded(exchange)
    quote(exchange, "95000", "95000.1")
    exchange.set_index(INST, Decimal(95_000))
    last = exchange.history()[-1]
    assert sent(exchange, resting).cancel_source == "3"
    assert (last.category, exchange.fills()[-1].trade_id[0]) == ("full_liquidation", "-")
    assert exchange.positions() == []
    assert exchange.balance().cash_bal == 0
    assert [event.side for event in events if isinstance(event, LiquidationPrinted)] == ["sell"]


moves = st.tuples(
    st.sampled_from(["buy", "sell", "quote", "limit", "wait"]),
    st.integers(min_value=1, max_value=40),
    st.integers(min_value=-300, max_value=300),
)


@given(st.lists(moves, min_size=5, max_size=40))
@settings(max_examples=60, deadline=None)
def test_balance_identities_hold_after_every_trade(script: list[tuple[str, int, int]]) -> None:
    exchange = opened_exchange()
    exchange.set_funding(INST, funding("0.001", START_MS + 5000))
    px, now_ms = 100_000, START_MS
    for verb, lots, change in script:
        if verb == "quote":
            px += change
            quote(exchange, str(px), f"{px}.1")
            exchange.set_index(INST, Decimal(px))
        elif verb == "wait":
            now_ms += 1000
            exchange.advance(now_ms)
        elif verb == "limit":
            side = "buy" if change > 0 else "sell"
            send(exchange, side, str(lots), str(px - change), stops=())
        else:
            send(exchange, verb, str(lots), ord_type="market", stops=())
        balance, held = exchange.balance(), exchange.positions()
        assert balance.eq == balance.cash_bal + balance.upl
        assert balance.upl == sum((one.upl for one in held), Decimal(0))
        assert balance.frozen == balance.imr + balance.ord_frozen
        assert balance.avail == max(0, balance.eq - balance.frozen)
        fills = exchange.fills()
        earned = sum((one.fill_pnl + one.fee for one in fills), Decimal(0))
        paid = sum((one.funding_fee for one in held), Decimal(0))
        signed = sum(
            (one.fill_sz if one.side == "buy" else -one.fill_sz for one in fills), Decimal(0)
        )
        assert signed == sum((one.pos for one in held), Decimal(0))
        if not exchange.funding_history(INST):
            assert balance.cash_bal == 10_000 + earned
        elif held and all(one.ts < START_MS + 5000 for one in fills):
            assert balance.cash_bal == 10_000 + earned + paid
        bids, asks = exchange.book(INST, 1).bids, exchange.book(INST, 1).asks
        assert not bids or not asks or bids[0][0] < asks[0][0]
