"""The venue submits once, believes nothing unproven and reads lists to their end."""

import asyncio
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import pytest
from aiohttp import web

from tai2.model.errors import DataInvalid, KeysRejected, VenueUnavailable
from tai2.model.instrument import Side
from tai2.model.maintenance import Progress
from tai2.model.order import (
    Accepted,
    Leg,
    NotSent,
    OrderIntent,
    OrderState,
    Rejected,
    StopIntent,
    StopPlan,
    Unknown,
)
from tai2.okx.connect import connect
from tai2.okx.venue import OkxVenue
from tests.wire.okx_loopback import (
    KEYS,
    QuickClock,
    Reply,
    RestScript,
    document,
    endpoints,
    ok,
    page,
    refused,
    reset,
    rest_server,
)

PAYLOADS = Path(__file__).parents[1] / "payloads" / "okx"
SWAP = "BTC-USDT-SWAP"
MINE = "t2a0000000001"
EXP = 1_725_003_126_456
ORDER_ID = "3123456789012345678"

INTENT = OrderIntent(
    cl_ord_id=MINE,
    decision_id="d1",
    leg=Leg.ENTRY,
    inst_id=SWAP,
    side=Side.BUY,
    contracts=Decimal("0.5"),
    limit_px=Decimal("100000.1"),
    reduce_only=False,
    stop=StopPlan(algo_cl_ord_id="s2x", stop_px=Decimal(97000), target_px=Decimal(105000)),
    notional=Decimal(500),
    created_ms=1,
)
STOP = StopIntent(
    algo_cl_ord_id="t2p0000000001",
    inst_id=SWAP,
    side=Side.SELL,
    contracts=Decimal(3),
    stop_px=Decimal(97000),
    target_px=None,
)


def payload(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_text())


@pytest.fixture
async def script() -> AsyncIterator[RestScript]:
    async with rest_server() as running:
        yield running


@pytest.fixture
async def venue(script: RestScript) -> AsyncIterator[OkxVenue]:
    feed, made = connect(endpoints(script.url), KEYS, QuickClock())
    yield made
    await feed.aclose()


async def test_place_sends_one_complete_order(script: RestScript, venue: OkxVenue) -> None:
    script.on("POST", "trade/order", payload("rest-place-accepted"))
    assert await venue.place(INTENT, EXP) == Accepted(ord_id=ORDER_ID)
    (request, body) = script.seen[0]
    sent = json.loads(body)
    assert (request.headers["expTime"], len(script.seen)) == (str(EXP), 1)
    assert (sent["sz"], sent["px"], sent["clOrdId"]) == ("0.5", "100000.1", MINE)
    assert sent["attachAlgoOrds"][0]["attachAlgoClOrdId"] == "s2x"
    assert "ccy" not in sent


async def test_rejected_order_names_code_and_reason(script: RestScript, venue: OkxVenue) -> None:
    script.on("POST", "trade/order", payload("rest-place-rejected"))
    outcome = await venue.place(INTENT, EXP)
    assert outcome == Rejected(
        code="51008_1001", reason="Order failed. Insufficient USDT margin in account"
    )


@pytest.mark.parametrize(
    "reply",
    [
        reset,
        page(502, b"<html>bad gateway</html>"),
        page(200, b'{"code":"0","data":[{"ordId"'),
        refused("50004", 400),
        refused("50026", 500),
        refused("51149", 500),
    ],
)
async def test_lost_answer_is_unknown_after_one_post(
    script: RestScript, venue: OkxVenue, reply: Reply
) -> None:
    script.on("POST", "trade/order", reply)
    assert isinstance(await venue.place(INTENT, EXP), Unknown)
    assert script.count("POST") == 1


async def test_silence_is_unknown_at_the_deadline(script: RestScript, venue: OkxVenue) -> None:
    left = asyncio.Event()

    async def hang(_request: web.Request) -> web.StreamResponse:
        try:
            await asyncio.sleep(30)
        finally:
            left.set()
        raise AssertionError

    script.on("POST", "trade/order", hang)
    venue._transport.total_deadline_s = 0.1
    assert await venue.place(INTENT, EXP) == Unknown(reason="TimeoutError")
    assert script.count("POST") == 1


async def test_refused_connection_is_not_sent() -> None:
    feed, venue = connect(endpoints("http://127.0.0.1:1"), KEYS, QuickClock())
    assert await venue.place(INTENT, EXP) == NotSent(reason="ConnectError")
    await feed.aclose()


async def test_order_without_a_key_is_not_sent(script: RestScript) -> None:
    feed, venue = connect(endpoints(script.url), None, QuickClock())
    assert isinstance(await venue.place(INTENT, EXP), NotSent)
    await feed.aclose()
    assert script.seen == []


async def test_throttled_order_is_rejected_once_proven_absent(
    script: RestScript, venue: OkxVenue
) -> None:
    script.on("POST", "trade/order", refused("50011", 429))
    script.on("GET", "trade/order", payload("rest-order-absent"))
    outcome = await venue.place(INTENT, EXP)
    assert outcome == Rejected(code="50011", reason="told to")
    assert (script.count("POST"), script.count("GET")) == (1, 1)


async def test_throttled_order_that_exists_is_accepted(script: RestScript, venue: OkxVenue) -> None:
    script.on("POST", "trade/order", refused("50011", 429))
    script.on("GET", "trade/order", payload("rest-order"))
    assert await venue.place(INTENT, EXP) == Accepted(ord_id=ORDER_ID)


async def test_rejected_key_leaves_an_order_unknown(script: RestScript, venue: OkxVenue) -> None:
    script.on("POST", "trade/order", refused("50111", 401))
    script.on("GET", "trade/order", refused("50111", 401))
    assert isinstance(await venue.place(INTENT, EXP), Unknown)


async def test_cancel_of_a_filled_order_is_accepted(script: RestScript, venue: OkxVenue) -> None:
    row = {"ordId": "", "clOrdId": MINE, "sCode": "51400", "sMsg": "gone"}
    script.on("POST", "trade/cancel-order", {"code": "1", "msg": "", "data": [row]})
    assert isinstance(await venue.cancel(SWAP, MINE), Accepted)


async def test_stop_is_placed_and_cancelled(script: RestScript, venue: OkxVenue) -> None:
    taken = payload("rest-algo-accepted")
    script.on("POST", "trade/order-algo", taken)
    script.on("POST", "trade/cancel-algos", taken)
    assert await venue.place_stop(STOP) == Accepted(ord_id="1836487817828872192")
    assert isinstance(await venue.cancel_stop(SWAP, "1836487817828872192"), Accepted)
    bodies = [json.loads(body) for _request, body in script.seen]
    assert (bodies[0]["slTriggerPxType"], bodies[0]["reduceOnly"]) == ("mark", True)
    assert bodies[1] == [{"instId": SWAP, "algoId": "1836487817828872192"}]


async def test_order_of_unknown_id_is_none(script: RestScript, venue: OkxVenue) -> None:
    script.on("GET", "trade/order", payload("rest-order-absent"))
    assert await venue.order(SWAP, MINE) is None


async def test_order_is_read(script: RestScript, venue: OkxVenue) -> None:
    script.on("GET", "trade/order", payload("rest-order"))
    update = await venue.order(SWAP, MINE)
    assert update is not None
    assert (update.state, update.avg_px) == (OrderState.PARTIAL, Decimal("100000.1"))


async def test_failed_query_is_never_absent(script: RestScript, venue: OkxVenue) -> None:
    script.on("GET", "trade/order", refused("50026", 500))
    with pytest.raises(VenueUnavailable):
        await venue.order(SWAP, MINE)


async def test_pending_orders_are_paged_by_order_id(script: RestScript, venue: OkxVenue) -> None:
    sample = payload("rest-order")["data"][0]

    async def pages(request: web.Request) -> web.StreamResponse:
        after = int(request.query.get("after", "251"))
        ids = range(after - 1, max(after - 101, 0), -1)
        return web.json_response(ok(*[sample | {"ordId": str(number)} for number in ids]))

    script.on("GET", "trade/orders-pending", pages)
    found = await venue.open_orders()
    assert len({update.ord_id for update in found}) == 250
    assert script.count("GET") == 3


def fill_row(bill_id: int, ts: int) -> dict[str, str]:
    sample: dict[str, str] = payload("rest-fills")["data"][0]
    return sample | {
        "billId": str(bill_id),
        "tradeId": str(bill_id),
        "fillTime": str(ts),
        "ts": str(ts),
    }


async def test_recent_fills_come_oldest_first(script: RestScript, venue: OkxVenue) -> None:
    now_ms = QuickClock().now_ms()
    rows = [fill_row(3, now_ms), fill_row(2, now_ms - 5), fill_row(1, now_ms - 9)]
    script.on("GET", "trade/fills", ok(*rows))
    found = await venue.fills(now_ms - 5)
    assert [one.trade_id for one in found] == ["2", "3"]
    assert script.seen[0][0].query["begin"] == str(now_ms - 5)


async def test_old_fills_come_from_both_lists_once(script: RestScript, venue: OkxVenue) -> None:
    now_ms = QuickClock().now_ms()
    old_ms = now_ms - 10 * 86_400_000
    script.on("GET", "trade/fills", ok(fill_row(9, now_ms)))
    script.on("GET", "trade/fills-history", ok(fill_row(9, now_ms), fill_row(4, old_ms)))
    found = await venue.fills(old_ms)
    assert [one.trade_id for one in found] == ["4", "9"]
    asked = {request.query.get("instType") for request, _body in script.seen}
    assert {"SPOT", "SWAP"} <= asked


async def test_stops_are_those_live_on_the_instruments_named(
    script: RestScript, venue: OkxVenue
) -> None:
    sample = payload("rest-algos")["data"][0]
    others = [sample | {"instId": "ETH-USDT-SWAP"}, sample | {"state": "effective"}]
    script.on("GET", "trade/orders-algo-pending", ok(sample, *others))
    found = await venue.stops([SWAP])
    assert [stop.algo_cl_ord_id for stop in found] == ["t2p0000000001"]
    assert script.seen[0][0].query["ordType"] == "conditional,oco"


async def test_account_joins_balance_and_open_positions(
    script: RestScript, venue: OkxVenue
) -> None:
    held = payload("rest-positions")["data"][0]
    closed = held | {"instId": "ETH-USDT-SWAP", "pos": "0"}
    script.on("GET", "account/balance", payload("rest-balance"))
    script.on("GET", "account/positions", ok(closed, held))
    account = await venue.account()
    assert [one.inst_id for one in account.positions] == [SWAP]
    assert account.balance.available == Decimal(8075)


async def test_account_without_the_currency_holds_nothing(
    script: RestScript, venue: OkxVenue
) -> None:
    script.on("GET", "account/balance", ok({"uTime": "5", "details": []}))
    script.on("GET", "account/positions", ok())
    account = await venue.account()
    assert (account.balance.equity, account.balance.ts_event) == (Decimal(0), 5)


async def test_balance_without_a_row_is_invalid_not_empty(
    script: RestScript, venue: OkxVenue
) -> None:
    script.on("GET", "account/balance", ok())
    with pytest.raises(DataInvalid):
        await venue.account()


async def test_config_is_read(script: RestScript, venue: OkxVenue) -> None:
    script.on("GET", "account/config", payload("rest-config"))
    assert (await venue.config()).account_level == "2"


async def test_config_with_a_rejected_key_says_so(script: RestScript, venue: OkxVenue) -> None:
    script.on("GET", "account/config", refused("50113", 401))
    with pytest.raises(KeysRejected):
        await venue.config()


async def test_fee_rates_are_those_of_the_instruments_group(
    script: RestScript, venue: OkxVenue
) -> None:
    script.on("GET", "public/instruments", payload("rest-instruments"))
    script.on("GET", "account/trade-fee", payload("rest-trade-fee"))
    rates = await venue.fee_rates(SWAP)
    assert (rates.maker, rates.taker) == (Decimal("0.0002"), Decimal("0.0005"))


async def test_server_time_is_measured_for_signatures(script: RestScript, venue: OkxVenue) -> None:
    ahead = 60_000
    script.on("GET", "public/time", ok({"ts": str(QuickClock().now_ms() + ahead)}))
    now_ms = await venue.server_time_ms()
    assert abs(now_ms - QuickClock().now_ms() - ahead) < 5_000


async def test_leverage_is_read_and_set(script: RestScript, venue: OkxVenue) -> None:
    script.on("GET", "account/leverage-info", payload("rest-leverage"))
    script.on("POST", "account/set-leverage", ok({"lever": "5"}))
    assert await venue.leverage(SWAP) == Decimal(5)
    await venue.set_leverage(SWAP, Decimal(5))
    assert json.loads(script.seen[-1][1]) == {"lever": "5", "mgnMode": "cross", "instId": SWAP}


async def test_refused_leverage_already_in_force_is_benign(
    script: RestScript, venue: OkxVenue
) -> None:
    script.on("GET", "account/leverage-info", payload("rest-leverage"))
    script.on("POST", "account/set-leverage", refused("59107"))
    await venue.set_leverage(SWAP, Decimal(5))
    with pytest.raises(VenueUnavailable, match="59107"):
        await venue.set_leverage(SWAP, Decimal(3))


async def test_spot_has_no_leverage(script: RestScript, venue: OkxVenue) -> None:
    assert await venue.leverage("BTC-USDT") == Decimal(1)
    assert script.seen == []


async def test_place_of_a_stop_refused_outside_the_list_is_proven(
    script: RestScript, venue: OkxVenue
) -> None:
    row = {"algoId": "", "algoClOrdId": STOP.algo_cl_ord_id, "sCode": "51279", "sMsg": "side"}
    script.on("POST", "trade/order-algo", document({"code": "1", "msg": "", "data": [row]}))
    script.on("GET", "trade/orders-algo-pending", ok())
    assert await venue.place_stop(STOP) == Rejected(code="51279", reason="side")


async def test_cancel_all_after_is_asked_again_until_confirmed(
    script: RestScript, venue: OkxVenue
) -> None:
    script.on("POST", "trade/cancel-all-after", reset, ok({"triggerTime": "1725003183456"}))
    assert await venue.cancel_all_after(30) == 1725003183456
    assert json.loads(script.seen[-1][1]) == {"timeOut": "30", "tag": "tai2e"}
    assert script.count("POST", "trade/cancel-all-after") == 2


async def test_cancel_all_after_that_is_refused_is_not_confirmed(
    script: RestScript, venue: OkxVenue
) -> None:
    script.on("POST", "trade/cancel-all-after", refused("51000"))
    with pytest.raises(VenueUnavailable, match="51000"):
        await venue.cancel_all_after(9)


@pytest.mark.parametrize(
    "trouble", [reset, refused("50013", 429), refused("50011"), page(502, b"")]
)
async def test_cancel_is_repeated_until_it_is_answered(
    script: RestScript, venue: OkxVenue, trouble: Reply
) -> None:
    taken = {"ordId": "7", "clOrdId": MINE, "sCode": "0", "sMsg": ""}
    script.on("POST", "trade/cancel-order", trouble, ok(taken))
    assert await venue.cancel(SWAP, MINE) == Accepted(ord_id="7")
    assert script.count("POST", "trade/cancel-order") == 2


async def test_cancel_that_is_never_answered_is_unknown(
    script: RestScript, venue: OkxVenue
) -> None:
    script.on("POST", "trade/cancel-order", reset)
    assert isinstance(await venue.cancel(SWAP, MINE), Unknown)
    assert script.count("POST", "trade/cancel-order") == 3


async def test_throttled_read_waits_at_least_a_second(script: RestScript) -> None:
    class NotingClock(QuickClock):
        slept: ClassVar[list[float]] = []

        async def sleep(self, delay_s: float) -> None:
            self.slept.append(delay_s)

    clock = NotingClock()
    script.on("GET", "account/config", refused("50011"), payload("rest-config"))
    _feed, venue = connect(endpoints(script.url), KEYS, clock)
    await venue.config()
    await venue.aclose()
    assert max(clock.slept) >= 1.0


def bill_row(bill_id: str, ts: int) -> dict[str, str]:
    numbers = {"balChg": "-1", "bal": "99", "pnl": "-1", "fee": "0"}
    return {
        "billId": bill_id,
        "type": "8",
        "subType": "173",
        "ccy": "USDT",
        "ts": str(ts),
    } | numbers


async def test_recent_bills_come_oldest_first(script: RestScript, venue: OkxVenue) -> None:
    now_ms = QuickClock().now_ms()
    script.on("GET", "account/bills", ok(bill_row("9", now_ms), bill_row("8", now_ms - 50_000)))
    found = await venue.bills(now_ms - 10_000)
    assert [one.bill_id for one in found] == ["9"]
    assert [one.bill_id for one in await venue.bills(now_ms - 60_000)] == ["8", "9"]


async def test_old_bills_come_from_the_archive(script: RestScript, venue: OkxVenue) -> None:
    script.on("GET", "account/bills-archive", ok(bill_row("1", 5_000)))
    assert [one.bill_id for one in await venue.bills(1_000)] == ["1"]


def announced(**changes: str) -> dict[str, str]:
    row = {
        "title": "Trading system upgrade",
        "state": "scheduled",
        "begin": "1725010000000",
        "end": "1725010600000",
        "preOpenBegin": "",
        "href": "",
        "serviceType": "5",
        "system": "unified",
        "scheDesc": "",
        "maintType": "1",
        "env": "1",
    }
    return row | changes


async def test_maintenances_of_this_environment_are_read(
    script: RestScript, venue: OkxVenue
) -> None:
    rows = (announced(), announced(env="2"), announced(serviceType="6", end="", state="ongoing"))
    script.on("GET", "system/status", ok(*rows))
    trading, blocks = await venue.maintenances()
    assert (trading.progress, trading.touches_trading) == (Progress.SCHEDULED, True)
    assert (trading.begin_ms, trading.end_ms) == (1_725_010_000_000, 1_725_010_600_000)
    assert (blocks.touches_trading, blocks.end_ms) == (False, None)


async def test_unknown_state_of_a_maintenance_is_not_taken_for_none(
    script: RestScript, venue: OkxVenue
) -> None:
    script.on("GET", "system/status", ok(announced(state="paused")))
    with pytest.raises(DataInvalid, match="state of a maintenance"):
        await venue.maintenances()
