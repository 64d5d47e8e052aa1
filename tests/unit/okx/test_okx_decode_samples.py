"""Every message type in a hand-made sample decodes to exactly the model value it states."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tai2.model.account import BillKind, PosMode
from tai2.model.errors import DataInvalid
from tai2.model.instrument import InstKind, Side
from tai2.model.market import Bar
from tai2.model.order import OrderState
from tai2.model.stop_update import StopState
from tai2.okx.answer import decode_rows, read_answer
from tai2.okx.decode import account, instruments, market, orders, public

PAYLOADS = Path(__file__).parents[2] / "payloads" / "okx"
SWAP = "BTC-USDT-SWAP"
RECV = 1_725_003_123_999


def rows(name: str, row: Any, **changes: str) -> list[Any]:
    """Return the decoded rows of a payload, with fields of every row replaced."""
    document = json.loads((PAYLOADS / f"{name}.json").read_text())
    for record in document["data"]:
        if isinstance(record, dict):
            record.update(changes)
    return decode_rows(json.dumps(document["data"]).encode(), row)


def test_swap_instrument_takes_pair_from_family_and_value_from_multiplier() -> None:
    (row,) = rows("rest-instruments", instruments.InstrumentRow, ctMult="10")
    swap = instruments.instrument(row)
    assert swap is not None
    assert (swap.base_ccy, swap.quote_ccy, swap.settle_ccy) == ("BTC", "USDT", "USDT")
    assert (swap.kind, swap.ct_val, swap.group_id) == (InstKind.LINEAR, Decimal("0.1"), "4")
    assert (swap.tick_sz, swap.lot_sz, swap.is_live) == (Decimal("0.1"), Decimal("0.01"), True)


def test_instrument_of_unknown_contract_type_is_invalid() -> None:
    (row,) = rows("rest-instruments", instruments.InstrumentRow, ctType="quanto")
    with pytest.raises(DataInvalid, match="contract type"):
        instruments.instrument(row)


def test_swap_without_contract_value_is_invalid() -> None:
    (row,) = rows("rest-instruments", instruments.InstrumentRow, ctVal="")
    with pytest.raises(DataInvalid):
        instruments.instrument(row)


def test_dated_future_is_skipped() -> None:
    (row,) = rows("rest-instruments", instruments.InstrumentRow, instType="FUTURES")
    assert instruments.instrument(row) is None


def test_suspended_instrument_is_not_live() -> None:
    (row,) = rows("rest-instruments", instruments.InstrumentRow, state="suspend")
    found = instruments.instrument(row)
    assert found is not None
    assert not found.is_live


def test_book_snapshot_keeps_digits_and_sequence() -> None:
    (row,) = rows("ws-books-snapshot", market.BookRow)
    book = market.book_snapshot(row, SWAP, RECV)
    assert book.seq_id == 123456
    assert book.asks[0] == (Decimal("100000.1"), Decimal(5))
    assert (book.ts_event, book.ts_recv) == (1_725_003_123_456, RECV)


def test_book_update_carries_removed_level_and_previous_sequence() -> None:
    (row,) = rows("ws-books-update", market.BookRow)
    delta = market.book_delta(row, SWAP, RECV)
    assert (delta.prev_seq_id, delta.seq_id) == (123456, 123461)
    assert delta.asks == ((Decimal("100000.1"), Decimal(0)),)


def test_book_heartbeat_is_an_empty_delta() -> None:
    (row,) = rows("ws-books-heartbeat", market.BookRow)
    delta = market.book_delta(row, SWAP, RECV)
    assert (delta.bids, delta.asks, delta.seq_id) == ((), (), delta.prev_seq_id)


def test_trade_names_the_takers_side() -> None:
    (event,) = decode_public("trades", "ws-trades")
    assert (event.side, event.px, event.contracts) == (
        Side.BUY,
        Decimal("100000.1"),
        Decimal("0.5"),
    )


def decode_public(channel: str, name: str, **changes: str) -> tuple[Any, ...]:
    document = json.loads((PAYLOADS / f"{name}.json").read_text())
    for record in document["data"]:
        record.update(changes)
    return public.DECODERS[channel](json.dumps(document["data"]).encode(), SWAP, RECV)


def test_swap_ticker_counts_base_volume_from_vol_ccy() -> None:
    (event,) = decode_public("tickers", "ws-tickers")
    assert event.base_vol_24h == Decimal("51234.5")
    assert (event.last_px, event.bid_px) == (Decimal("100000.1"), Decimal(100000))


def test_spot_ticker_counts_base_volume_from_vol() -> None:
    (event,) = decode_public("tickers", "ws-tickers", instId="BTC-USDT", vol24h="7.5")
    assert event.base_vol_24h == Decimal("7.5")


def test_empty_side_of_a_ticker_is_absent() -> None:
    (event,) = decode_public("tickers", "ws-tickers", bidPx="", bidSz="")
    assert event.bid_px is None


def test_mark_price_is_read() -> None:
    (event,) = decode_public("mark-price", "ws-mark-price")
    assert event.px == Decimal("100001.3")


def test_funding_interval_is_the_time_between_settlements() -> None:
    (event,) = decode_public("funding-rate", "ws-funding-rate")
    assert (event.rate, event.interval_ms) == (Decimal("0.0001"), 8 * 3_600_000)
    assert event.funding_time == 1_725_004_800_000


def test_funding_interval_is_unknown_without_the_next_settlement() -> None:
    (event,) = decode_public("funding-rate", "ws-funding-rate", nextFundingTime="")
    assert event.interval_ms == 0


def test_open_interest_is_read_in_contracts_and_base() -> None:
    (event,) = decode_public("open-interest", "ws-open-interest")
    assert (event.contracts, event.base_qty) == (Decimal(2_500_000), Decimal(25_000))


def test_liquidation_of_a_long_is_a_sell() -> None:
    (event,) = decode_public("liquidation-orders", "ws-liquidation-orders")
    assert (event.side, event.bk_px, event.contracts) == (Side.SELL, Decimal(80000), Decimal(10))


def test_swap_candle_counts_base_volume_from_the_seventh_column() -> None:
    closed = rows("rest-candles", market.CandleRow)[1]
    candle = market.candle(closed, SWAP, Bar.M1, RECV)
    assert (candle.base_vol, candle.is_closed) == (Decimal("0.98"), True)


def test_spot_candle_counts_base_volume_from_the_sixth_column() -> None:
    (row,) = rows("ws-candle1m", market.CandleRow)
    candle = market.candle(row, "BTC-USDT", Bar.M1, RECV)
    assert (candle.base_vol, candle.is_closed) == (Decimal("18.04"), False)
    assert str(candle.open_px) == "63913.0"


def test_short_candle_row_is_invalid() -> None:
    with pytest.raises(DataInvalid):
        decode_rows(b'[["1725003120000","1"]]', market.CandleRow)


def test_pushed_order_carries_the_fill_of_this_update() -> None:
    (row,) = rows("ws-orders", orders.OrderRow)
    update = orders.order_update(row, is_push=True)
    assert (update.state, update.acc_fill) == (OrderState.PARTIAL, Decimal("0.2"))
    fill = update.fill
    assert fill is not None
    assert (fill.trade_id, fill.fee, fill.fee_ccy) == ("1518905529", Decimal("-0.04"), "USDT")
    assert (fill.is_maker, fill.ts_event) == (True, 1_725_003_124_000)
    assert fill.fill_id == "BTC-USDT-SWAP:1518905529:3123456789012345678"


@pytest.mark.parametrize("changes", [{"tradeId": ""}, {"tradeId": "0"}, {"fillSz": "0"}])
def test_push_without_trade_or_size_has_no_fill(changes: dict[str, str]) -> None:
    (row,) = rows("ws-orders", orders.OrderRow, **changes)
    assert orders.order_update(row, is_push=True).fill is None


def test_queried_order_never_claims_a_fill() -> None:
    (row,) = rows("rest-order", orders.OrderRow)
    update = orders.order_update(row, is_push=False)
    assert (update.fill, update.cl_ord_id) == (None, "t2a0000000001")


def test_order_of_a_stop_names_the_stop() -> None:
    (row,) = rows("ws-orders", orders.OrderRow, clOrdId="", algoId="9", algoClOrdId="s2x")
    update = orders.order_update(row, is_push=True)
    assert (update.cl_ord_id, update.algo_cl_ord_id) == (None, "s2x")


def test_unfilled_order_has_no_average_price() -> None:
    (row,) = rows("ws-orders", orders.OrderRow, avgPx="0", px="", accFillSz="0")
    update = orders.order_update(row, is_push=True)
    assert (update.avg_px, update.limit_px, update.acc_fill) == (None, None, Decimal(0))


def test_unknown_order_state_is_invalid() -> None:
    (row,) = rows("ws-orders", orders.OrderRow, state="sleeping")
    with pytest.raises(DataInvalid, match="order state"):
        orders.order_update(row, is_push=True)


def test_fill_record_is_read() -> None:
    (row,) = rows("rest-fills", orders.FillRow)
    fill = orders.fill(row)
    assert (fill.px, fill.contracts, fill.pnl) == (
        Decimal("100000.1"),
        Decimal("0.2"),
        Decimal(0),
    )
    assert (fill.ts_event, fill.is_maker) == (1_725_003_124_000, True)


def test_whole_position_stop_has_no_size() -> None:
    (row,) = rows("rest-algos", orders.AlgoRow)
    stop = orders.stop_order(row)
    assert (stop.contracts, stop.stop_px, stop.target_px) == (
        None,
        Decimal(97000),
        Decimal(105000),
    )


def test_sized_stop_without_target_is_read() -> None:
    (row,) = rows("rest-algos", orders.AlgoRow, sz="3", closeFraction="", tpTriggerPx="")
    stop = orders.stop_order(row)
    assert (stop.contracts, stop.target_px, stop.side) == (Decimal(3), None, Side.SELL)


def test_pushed_stop_that_triggered_is_over() -> None:
    (row,) = rows("ws-orders-algo", orders.AlgoRow)
    update = orders.stop_update(row)
    assert (update.state, update.state.is_over) == (StopState.TRIGGERED, True)
    assert (update.stop.algo_cl_ord_id, update.stop.stop_px) == ("t2p0000000001", Decimal(97000))
    assert (update.u_time, update.fail_code) == (1_725_010_000_000, "")


@pytest.mark.parametrize(
    ("word", "state", "is_over"),
    [
        ("live", StopState.LIVE, False),
        ("pause", StopState.PAUSED, False),
        ("partially_effective", StopState.TRIGGERED, True),
        ("canceled", StopState.CANCELED, True),
        ("order_failed", StopState.FAILED, True),
        ("partially_failed", StopState.FAILED, True),
    ],
)
def test_pushed_stop_is_over_unless_it_can_still_trigger(
    word: str, state: StopState, is_over: bool
) -> None:
    (row,) = rows("ws-orders-algo", orders.AlgoRow, state=word, failCode="51008")
    update = orders.stop_update(row)
    assert (update.state, update.state.is_over, update.fail_code) == (state, is_over, "51008")


def test_pushed_stop_in_an_unknown_state_is_invalid() -> None:
    (row,) = rows("ws-orders-algo", orders.AlgoRow, state="sleeping")
    with pytest.raises(DataInvalid, match="stop state"):
        orders.stop_update(row)


@pytest.mark.parametrize("name", ["rest-balance", "ws-account-snapshot"])
def test_balance_is_that_of_the_currency_named(name: str) -> None:
    (row,) = rows(name, account.BalanceRow)
    balance = account.balance(row, "USDT", RECV)
    assert balance is not None
    assert (balance.equity, balance.cash, balance.available, balance.upnl) == (
        Decimal(10095),
        Decimal(9995),
        Decimal(8075),
        Decimal(100),
    )
    assert account.balance(row, "BTC", RECV) is None


def test_short_position_is_negative_however_the_account_counts() -> None:
    (net,) = rows("rest-positions", account.PositionRow, pos="-4")
    (hedge,) = rows("rest-positions", account.PositionRow, pos="4", posSide="short")
    assert account.position(net, RECV).contracts == Decimal(-4)
    assert account.position(hedge, RECV).contracts == Decimal(-4)


@pytest.mark.parametrize("name", ["rest-positions", "ws-positions"])
def test_position_is_read(name: str) -> None:
    (row,) = rows(name, account.PositionRow)
    position = account.position(row, RECV)
    assert (position.contracts, position.avg_px, position.liq_px) == (
        Decimal(10),
        Decimal(100000),
        Decimal("50.2"),
    )
    assert (position.lever, position.margin_mode) == (Decimal(5), "cross")


def test_closed_position_is_flat_without_prices() -> None:
    (row,) = rows("ws-positions", account.PositionRow, pos="0", avgPx="", liqPx="", upl="")
    position = account.position(row, RECV)
    assert (position.is_flat, position.avg_px, position.liq_px) == (True, None, None)


def test_config_lists_the_keys_rights() -> None:
    (row,) = rows("rest-config", account.ConfigRow)
    config = account.config(row)
    assert (config.pos_mode, config.ip_bound) == (PosMode.NET, False)
    assert config.permissions == {"read_only", "trade"}


def test_fee_of_the_group_becomes_a_positive_cost() -> None:
    (row,) = rows("rest-trade-fee", account.FeeRow)
    rates = account.fee_rates(row, "4")
    assert (rates.maker, rates.taker) == (Decimal("0.0002"), Decimal("0.0005"))


def test_unknown_fee_group_without_legacy_rates_is_invalid() -> None:
    (row,) = rows("rest-trade-fee", account.FeeRow, makerU="", takerU="")
    with pytest.raises(DataInvalid, match="fee"):
        account.fee_rates(row, "99")


def test_leverage_of_another_instrument_is_no_answer() -> None:
    found = rows("rest-leverage", account.LeverageRow)
    assert account.leverage(found, SWAP) == Decimal(5)
    with pytest.raises(DataInvalid):
        account.leverage(found, "ETH-USDT-SWAP")


@pytest.mark.parametrize("body", [b"", b"<html>502</html>", b"\xff\xfe", b"[]", b'{"code":0}'])
def test_unreadable_body_becomes_an_answer_without_code(body: bytes) -> None:
    answer = read_answer(502, body)
    assert (answer.code, answer.is_ok, answer.rows_json) == ("", False, b"[]")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1725003183456", 1725003183456), ("1725003183", 1725003183000), ("0", None)],
)
def test_cancel_all_after_counts_seconds_or_milliseconds(text: str, expected: int | None) -> None:
    assert orders.trigger_ms(orders.CountdownRow(trigger_time=text)) == expected


def events(channel: str, *told: dict[str, Any]) -> tuple[Any, ...]:
    return public.DECODERS[channel](json.dumps(told).encode(), SWAP, RECV)


LIMIT = {"instId": SWAP, "buyLmt": "102001.3", "sellLmt": "98001.2", "ts": "5", "enabled": True}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, (Decimal("102001.3"), Decimal("98001.2"))),
        ({"buyLmt": "", "sellLmt": "", "enabled": False}, (None, None)),
        ({"enabled": False}, (None, None)),
    ],
)
def test_price_limits_are_read_while_they_are_in_force(
    changes: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    (limit,) = events("price-limit", LIMIT | changes)
    assert (limit.buy_px, limit.sell_px, limit.ts_event) == (*expected, 5)


LISTED = {
    "instType": "SWAP", "instId": SWAP, "tickSz": "0.1", "lotSz": "0.01", "minSz": "0.01",
    "state": "suspend", "instFamily": "BTC-USDT", "settleCcy": "USDT", "ctVal": "0.01",
    "ctMult": "1", "ctType": "linear", "lever": "100", "groupId": "4",
}  # fmt: skip


def test_changed_instrument_is_told_whole() -> None:
    (changed,) = events("instruments", LISTED)
    assert (changed.instrument.inst_id, changed.instrument.is_live) == (SWAP, False)


def test_strange_instrument_does_not_hide_the_others() -> None:
    strange = LISTED | {"instId": "ODD-USD-SWAP", "ctType": "cubic"}
    assert [one.inst_id for one in events("instruments", strange, LISTED)] == [SWAP]
    with pytest.raises(DataInvalid, match="contract type"):
        events("instruments", strange)


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (("8", "173"), BillKind.FUNDING),
        (("1", "11"), BillKind.TRANSFER),
        (("2", "1"), BillKind.FILL),
        (("5", "104"), BillKind.FILL),
        (("5", "110"), BillKind.OTHER),
        (("7", "9"), BillKind.OTHER),
    ],
)
def test_bill_is_read_with_what_it_is_for(kinds: tuple[str, str], expected: BillKind) -> None:
    row = account.BillRow(
        bill_id="7", type=kinds[0], sub_type=kinds[1], ccy="USDT", bal_chg="-1.01", bal="9993.99",
        ts="1725004800012", inst_id=SWAP,
    )  # fmt: skip
    found = account.bill(row)
    assert (found.kind, found.inst_id, found.ccy) == (expected, SWAP, "USDT")
    assert (found.change, found.balance) == (Decimal("-1.01"), Decimal("9993.99"))
