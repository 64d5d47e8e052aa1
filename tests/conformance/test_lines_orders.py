"""Lines 46 to 65 of the conformance checklist: orders, over REST and WebSocket."""

from decimal import Decimal

import pytest

from tests.conformance.spot import SPOT, two_markets
from tests.wire.sim_server_support import (
    INST,
    Json,
    Sim,
    Ws,
    ioc_order,
    limit_order,
    running,
    swap,
)

ORDERS = {"channel": "orders", "instType": "ANY"}
CODE = swap().inst_id_code


async def send(sim: Sim, path: str, body: object) -> Json:
    """POST and return the first row."""
    got: Json = (await sim.post(path, body))["data"][0]
    return got


async def look(sim: Sim, cl_ord_id: str, inst_id: str = INST) -> Json:
    got: Json = (await sim.get("trade/order", instId=inst_id, clOrdId=cl_ord_id))["data"][0]
    return got


async def row(ws: Ws, channel: str = "orders") -> Json:
    got: Json = (await ws.on(channel))["data"][0]
    return got


async def test_line_46_a_resting_order_is_acknowledged_and_pushed_live() -> None:
    async with running() as sim, sim.ws("private", login=True) as ws:
        await ws.subscribe(ORDERS)
        ack = await send(sim, "trade/order", limit_order(clOrdId="l1"))
        push = await row(ws)
        assert (push["ordId"], push["state"], ack["sCode"]) == (ack["ordId"], "live", "0")
        assert int(ack["ts"]) > 0


@pytest.mark.parametrize(
    ("knob", "first"),
    [("delay seconds=0.2 stage=after", "push"), ("delay_push seconds=0.3", "ack")],
)
async def test_line_46_either_may_arrive_first(knob: str, first: str) -> None:
    import asyncio

    arrived: list[str] = []
    async with running() as sim, sim.ws("private", login=True) as ws:
        await ws.subscribe(ORDERS)
        sim.server.turn(knob)

        async def acknowledged() -> None:
            await send(sim, "trade/order", limit_order())
            arrived.append("ack")

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(acknowledged())
            await row(ws)
            arrived.append("push")
        assert arrived[0] == first


async def test_line_47_partial_fills_are_pushed_one_by_one() -> None:
    async with running() as sim, sim.ws("private", login=True) as ws:
        await ws.subscribe(ORDERS)
        await send(sim, "trade/order", limit_order(sz="1", px="99999.5"))
        await row(ws)
        px = Decimal("99999.5")
        sim.exchange.print_trade(INST, "sell", px - 1, Decimal("0.4"))
        sim.exchange.print_trade(INST, "sell", px - 1, Decimal("0.6"))
        first, second = await row(ws), await row(ws)
        assert [one["state"] for one in (first, second)] == ["partially_filled", "filled"]
        assert [one["fillSz"] for one in (first, second)] == ["0.4", "0.6"]
        assert [one["accFillSz"] for one in (first, second)] == ["0.4", "1"]
        assert {one["execType"] for one in (first, second)} == {"M"}
        assert first["tradeId"] != second["tradeId"]
        assert {one["fillPx"] for one in (first, second)} == {"99999.5"}


async def test_line_47_a_better_price_and_an_older_order_come_first() -> None:
    async with running() as sim:
        for name, px in (("old", "99990"), ("young", "99990"), ("better", "99991")):
            await send(sim, "trade/order", limit_order(clOrdId=name, px=px, sz="1"))
        sim.exchange.set_book(INST, {}, {Decimal(100_001): Decimal(5)})
        sim.exchange.print_trade(INST, "sell", Decimal(99_990), Decimal("1.5"))
        states = [(await look(sim, name))["accFillSz"] for name in ("better", "old", "young")]
        assert states == ["1", "0.5", "0"]


@pytest.mark.parametrize(
    ("changes", "state", "filled", "source"),
    [
        ({"ordType": "market", "px": ""}, "filled", "0.5", ""),
        ({"ordType": "ioc", "px": "100000.1", "sz": "7"}, "canceled", "5", "14"),
        ({"ordType": "fok", "px": "100000.1", "sz": "7"}, "canceled", "0", "13"),
        ({"ordType": "fok", "px": "100000.2", "sz": "7"}, "filled", "7", ""),
        ({"ordType": "post_only", "px": "100000.1"}, "canceled", "0", "31"),
        ({"ordType": "optimal_limit_ioc", "px": "", "sz": "18"}, "filled", "18", ""),
    ],
)
async def test_line_48_each_type_ends_as_documented(
    changes: Json, state: str, filled: str, source: str
) -> None:
    async with running() as sim:
        ack = await send(sim, "trade/order", limit_order(clOrdId="t1", **changes))
        order = await look(sim, "t1")
        assert ack["sCode"] == "0"
        assert (order["state"], order["accFillSz"], order["cancelSource"]) == (
            state,
            filled,
            source,
        )


def pair_order(**changes: object) -> Json:
    return {
        "instId": SPOT,
        "tdMode": "cash",
        "side": "buy",
        "ordType": "market",
        "clOrdId": "p1",
        **changes,
    }


@pytest.mark.parametrize(
    ("changes", "filled"),
    [
        ({"sz": "5000"}, "0.05"),
        ({"sz": "0.03", "tgtCcy": "base_ccy"}, "0.03"),
        ({"sz": "0.03", "side": "sell"}, "0.03"),
        ({"sz": "3000", "side": "sell", "tgtCcy": "quote_ccy"}, "0.03000003"),
        ({"sz": "50000"}, "0.1"),
    ],
)
async def test_line_49_a_pair_is_bought_for_money_and_sold_for_coins(
    changes: Json, filled: str
) -> None:
    async with running(exchange=two_markets()) as sim:
        assert (await send(sim, "trade/order", pair_order(**changes)))["sCode"] == "0"
        order = await look(sim, "p1", SPOT)
        assert (order["state"], order["accFillSz"]) == ("filled", filled)


async def test_line_49_a_forbidden_cut_is_refused() -> None:
    async with running(exchange=two_markets()) as sim:
        refused = await send(sim, "trade/order", pair_order(sz="50000", banAmend=True))
        assert (refused["sCode"], refused["subCode"]) == ("51008", "1000")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sz": "0.001"}, "51020"),
        ({"sz": "0.015"}, "51121"),
        ({"px": "99990.05"}, "51150"),
        ({"ordType": "market", "sz": "12001"}, "51202"),
        ({"sz": "100001"}, "51005"),
        ({"px": ""}, "51204"),
        ({"clOrdId": "a-b"}, "51000"),
        ({"clOrdId": "x" * 35}, "51000"),
        ({"instId": "NO-USDT-SWAP"}, "51001"),
    ],
)
async def test_line_50_orders_are_validated(changes: Json, code: str) -> None:
    async with running() as sim:
        refused = await send(sim, "trade/order", limit_order(**changes))
        assert refused["sCode"] == code
        if "clOrdId" in changes:
            assert refused["sMsg"] == "Parameter clOrdId  error"


async def test_line_50_codes_of_a_wrong_and_a_missing_price_are_switches() -> None:
    async with running() as sim:
        sim.server.turn("switch tick_code=51000 no_px_code=51000")
        for px in ("99990.05", ""):
            refused = await send(sim, "trade/order", limit_order(px=px))
            assert refused["sCode"] == "51000"


async def test_line_51_a_client_id_is_taken_only_while_it_is_pending() -> None:
    async with running() as sim:
        first = await send(sim, "trade/order", limit_order(clOrdId="d1"))
        twice = await send(sim, "trade/order", limit_order(clOrdId="d1"))
        await send(sim, "trade/cancel-order", {"instId": INST, "clOrdId": "d1"})
        again = await send(sim, "trade/order", limit_order(clOrdId="d1"))
        assert (twice["sCode"], again["sCode"]) == ("51016", "0")
        assert (await look(sim, "d1"))["ordId"] == again["ordId"] != first["ordId"]


async def test_line_52_what_is_lacking_has_a_sub_code() -> None:
    async with running(exchange=two_markets()) as sim:
        margin = await sim.post("trade/order", limit_order(sz="90"))
        balance = await sim.post("trade/order", pair_order(ordType="limit", px="99000", sz="1"))
        rows = [reply["data"][0] for reply in (margin, balance)]
        assert [(one["sCode"], one["subCode"]) for one in rows] == [
            ("51008", "1001"),
            ("51008", "1000"),
        ]
        assert (margin["code"], balance["code"]) == ("1", "1")


@pytest.mark.parametrize(
    ("sizes", "code", "each"),
    [
        (("0.1", "0.2"), "0", ["0", "0"]),
        (("0.001", "0.2"), "2", ["51020", "0"]),
        (("0.001", "0.001"), "1", ["51020", "51020"]),
    ],
)
async def test_line_53_a_batch_answers_in_order(
    sizes: tuple[str, ...], code: str, each: list[str]
) -> None:
    async with running() as sim:
        batch = [limit_order(clOrdId=f"b{n}", sz=sz) for n, sz in enumerate(sizes)]
        reply = await sim.post("trade/batch-orders", batch)
        assert reply["code"] == code
        assert [one["sCode"] for one in reply["data"]] == each
        assert [one["clOrdId"] for one in reply["data"]] == ["b0", "b1"]


async def test_line_53_a_batch_has_at_most_twenty() -> None:
    async with running() as sim:
        reply = await sim.post("trade/batch-orders", [limit_order() for _ in range(21)])
        assert reply["code"] == "51111"


async def test_line_54_orders_are_cancelled_by_either_id() -> None:
    async with running() as sim, sim.ws("private", login=True) as ws:
        await ws.subscribe(ORDERS)
        first = await send(sim, "trade/order", limit_order(clOrdId="c1"))
        await send(sim, "trade/order", limit_order(clOrdId="c2"))
        both = {"instId": INST, "ordId": first["ordId"], "clOrdId": "c2"}
        assert (await send(sim, "trade/cancel-order", both))["clOrdId"] == "c1"
        push = await ws.where(lambda f: "data" in f and f["data"][0]["state"] == "canceled")
        assert (push["data"][0]["clOrdId"], push["data"][0]["cancelSource"]) == ("c1", "1")
        reply = await sim.post("trade/cancel-order", both)
        assert (reply["code"], reply["data"][0]["sCode"]) == ("1", "51400")


async def amended(ws: Ws) -> Json:
    """Return the push that carries an amendment's outcome."""
    frame = await ws.where(lambda f: "data" in f and f["data"][0].get("amendResult") != "")
    got: Json = frame["data"][0]
    return got


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ({"newSz": "0.2"}, ("live", "0.2", "99990", "0")),
        ({"newPx": "99980"}, ("live", "0.5", "99980", "0")),
        ({"newSz": "2", "newPx": "99991"}, ("live", "2", "99991", "0")),
        ({"newSz": "300"}, ("live", "0.5", "99990", "-1")),
        ({"newSz": "300", "cxlOnFail": True}, ("canceled", "0.5", "99990", "1")),
    ],
)
async def test_line_55_an_amendment_is_told_by_its_push(
    change: Json, outcome: tuple[str, ...]
) -> None:
    async with running() as sim, sim.ws("private", login=True) as ws:
        await ws.subscribe(ORDERS)
        await send(sim, "trade/order", limit_order(clOrdId="m1"))
        body = {"instId": INST, "clOrdId": "m1", "reqId": "r1", **change}
        ack = await send(sim, "trade/amend-order", body)
        push = await amended(ws)
        order = await look(sim, "m1")
        assert (ack["sCode"], ack["reqId"], push["reqId"]) == ("0", "r1", "r1")
        got = (order["state"], order["sz"], order["px"], push["amendResult"])
        assert got == outcome


async def test_line_55_a_size_below_what_is_filled_ends_the_order() -> None:
    async with running() as sim:
        await send(sim, "trade/order", limit_order(clOrdId="m1", sz="1"))
        sim.exchange.set_book(INST, {}, {Decimal(100_001): Decimal(5)})
        sim.exchange.print_trade(INST, "sell", Decimal(99_990), Decimal("0.4"))
        await send(sim, "trade/amend-order", {"instId": INST, "clOrdId": "m1", "newSz": "0.3"})
        order = await look(sim, "m1")
        assert (order["state"], order["accFillSz"], order["sz"]) == ("filled", "0.4", "0.4")
        assert (await sim.get("trade/orders-pending"))["data"] == []


async def test_line_55_three_amendments_may_be_under_way() -> None:
    async with running() as sim:
        sim.server.turn("amend_latency ms=60000")
        await send(sim, "trade/order", limit_order(clOrdId="m1"))
        body = {"instId": INST, "clOrdId": "m1", "newSz": "0.3"}
        codes = [(await send(sim, "trade/amend-order", body))["sCode"] for _ in range(4)]
        unknown = await send(sim, "trade/amend-order", body | {"clOrdId": "no"})
        assert (codes, unknown["sCode"]) == (["0", "0", "0", "51513"], "51503")


async def test_line_56_queries_know_live_ended_and_unknown_orders() -> None:
    async with running() as sim:
        ids = [(await send(sim, "trade/order", limit_order()))["ordId"] for _ in range(3)]
        await send(sim, "trade/cancel-order", {"instId": INST, "ordId": ids[0]})
        pending = (await sim.get("trade/orders-pending"))["data"]
        older = (await sim.get("trade/orders-pending", after=ids[2]))["data"]
        assert [one["ordId"] for one in pending] == [ids[2], ids[1]]
        assert [one["ordId"] for one in older] == [ids[1]]
        assert (await sim.get("trade/order", instId=INST, ordId="1"))["code"] == "51603"


async def test_line_56_an_unfilled_cancelled_order_is_kept_for_two_hours() -> None:
    async with running() as sim:
        ack = await send(sim, "trade/order", limit_order())
        await send(sim, "trade/cancel-order", {"instId": INST, "ordId": ack["ordId"]})
        kept = (await sim.get("trade/orders-history", instType="SWAP"))["data"]
        sim.exchange.advance(sim.exchange.now_ms + 7_200_000)
        gone = (await sim.get("trade/orders-history", instType="SWAP"))["data"]
        assert ([one["ordId"] for one in kept], gone) == ([ack["ordId"]], [])


async def test_line_57_fills_add_up_and_page_by_bill() -> None:
    async with running() as sim:
        await send(
            sim, "trade/order", limit_order(ordType="ioc", px="100000.3", sz="12", clOrdId="f")
        )
        fills = (await sim.get("trade/fills"))["data"]
        order = await look(sim, "f")
        assert sum(Decimal(one["fillSz"]) for one in fills) == Decimal(order["accFillSz"]) == 12
        assert {one["execType"] for one in fills} == {"T"}
        assert all(Decimal(one["fee"]) < 0 for one in fills)
        bills = [one["billId"] for one in fills]
        older = (await sim.get("trade/fills", after=bills[0]))["data"]
        assert [one["billId"] for one in older] == bills[1:]


@pytest.mark.parametrize(("seconds", "code"), [("9", "51000"), ("121", "51000"), ("10", "0")])
async def test_line_58_the_switch_takes_10_to_120_seconds(seconds: str, code: str) -> None:
    async with running() as sim:
        reply = await sim.post("trade/cancel-all-after", {"timeOut": seconds})
        assert reply["code"] == code


@pytest.mark.parametrize(("algos", "left"), [("survive", 1), ("cancel", 0)])
async def test_line_58_expiry_cancels_what_is_pending(algos: str, left: int) -> None:
    stop = {"instId": INST, "tdMode": "cross", "side": "sell", "ordType": "conditional", "sz": "1"}
    async with running() as sim:
        sim.server.turn(f"switch timer_algos={algos}")
        await send(sim, "trade/order", limit_order(clOrdId="c1"))
        await send(sim, "trade/order-algo", stop | {"slTriggerPx": "90000", "slOrdPx": "-1"})
        await sim.post("trade/cancel-all-after", {"timeOut": "10"})
        sim.exchange.advance(sim.exchange.now_ms + 10_001)
        order = sim.exchange.order(INST, cl_ord_id="c1")
        assert order is not None
        assert (order.state, order.cancel_source) == ("canceled", "20")
        assert len(sim.exchange.algos()) == left


async def test_line_58_a_tag_is_cancelled_alone_and_zero_disarms() -> None:
    async with running() as sim:
        await send(sim, "trade/order", limit_order(clOrdId="c1", tag="a"))
        await send(sim, "trade/order", limit_order(clOrdId="c2", tag="b"))
        await sim.post("trade/cancel-all-after", {"timeOut": "10", "tag": "a"})
        await sim.post("trade/cancel-all-after", {"timeOut": "10", "tag": "b"})
        off = await sim.post("trade/cancel-all-after", {"timeOut": "0", "tag": "b"})
        sim.exchange.advance(sim.exchange.now_ms + 10_001)
        assert off["data"][0]["triggerTime"] == "0"
        assert [one.cl_ord_id for one in sim.exchange.pending()] == ["c2"]


async def test_line_59_a_position_is_closed_whole_by_market() -> None:
    body = {"instId": INST, "mgnMode": "cross"}
    async with running() as sim:
        assert (await sim.post("trade/close-position", body))["code"] == "51023"
        await send(sim, "trade/order", ioc_order(sz="2"))
        await send(sim, "trade/order", limit_order(side="sell", px="100100", reduceOnly=True))
        assert (await sim.post("trade/close-position", body))["code"] == "51115"
        closed = await sim.post("trade/close-position", body | {"autoCxl": True})
        assert (closed["code"], "ordId" in closed["data"][0]) == ("0", False)
        assert sim.exchange.positions() == []


@pytest.mark.parametrize(
    ("changes", "code"), [({"side": "buy", "px": "99990"}, "51170"), ({"side": "sell"}, "0")]
)
async def test_line_60_reducing_has_a_direction(changes: Json, code: str) -> None:
    async with running() as sim:
        assert (await send(sim, "trade/order", limit_order(reduceOnly=True)))["sCode"] == "51169"
        await send(sim, "trade/order", ioc_order(sz="1"))
        body = limit_order(px="100100", reduceOnly=True) | changes
        assert (await send(sim, "trade/order", body))["sCode"] == code


@pytest.mark.parametrize(("switch", "code"), [("trim", "0"), ("refuse", "51112")])
async def test_line_60_too_much_is_cut_or_refused_and_never_flips(switch: str, code: str) -> None:
    async with running() as sim, sim.ws("private", login=True) as ws:
        await send(sim, "trade/order", ioc_order(sz="1"))
        await ws.subscribe(ORDERS)
        sim.server.turn(f"switch reduce_only_excess={switch}")
        body = limit_order(side="sell", px="99999", sz="3", reduceOnly=True)
        assert (await send(sim, "trade/order", body))["sCode"] == code
        assert all(held.pos >= 0 for held in sim.exchange.positions())
        if code == "0":
            push = await row(ws)
            assert (push["sz"], push["amendSource"]) == ("1", "4")


@pytest.mark.parametrize(
    ("mode", "resting", "coming"),
    [
        ("", "canceled", "filled"),
        ("cancel_taker", "live", "canceled"),
        ("cancel_both", "canceled", "canceled"),
    ],
)
async def test_line_61_an_account_does_not_trade_with_itself(
    mode: str, resting: str, coming: str
) -> None:
    async with running() as sim:
        await send(sim, "trade/order", limit_order(clOrdId="s1", px="99999.9"))
        body = limit_order(clOrdId="s2", side="sell", px="99999.5", ordType="ioc", stpMode=mode)
        await send(sim, "trade/order", body)
        first, second = await look(sim, "s1"), await look(sim, "s2")
        assert (first["state"], second["state"]) == (resting, coming)
        if resting == "canceled":
            assert first["cancelSource"] == "32"


async def operate(ws: Ws, op: str, *args: Json) -> Json:
    await ws.send({"id": op, "op": op, "args": args})
    return await ws.where(lambda frame: frame.get("id") == op)


async def test_line_62_order_operations_go_by_instrument_code() -> None:
    async with running() as sim, sim.ws("private", login=True) as ws:
        order = limit_order(clOrdId="w1") | {"instIdCode": CODE}
        del order["instId"]
        placed = await operate(ws, "order", order)
        named = {"instIdCode": CODE, "clOrdId": "w1"}
        changed = await operate(ws, "amend-order", named | {"newSz": "0.3"})
        several = await operate(ws, "batch-amend-orders", named | {"newSz": "0.4"})
        assert [one["code"] for one in (placed, changed, several)] == ["0", "0", "0"]
        assert (await look(sim, "w1"))["sz"] == "0.4"
        assert len(placed["inTime"]) == len(placed["outTime"]) == 16
        gone = await operate(ws, "cancel-order", named)
        assert gone["data"][0]["sCode"] == "0"


@pytest.mark.parametrize("args", [[limit_order()], []])
async def test_line_62_a_name_or_nothing_is_refused_without_data(args: list[Json]) -> None:
    async with running() as sim, sim.ws("private", login=True) as ws:
        reply = await operate(ws, "order", *args)
        assert reply["code"] in ("50014", "60013")
        assert reply["data"] == []


def stop_order(**changes: object) -> Json:
    return {
        "instId": INST,
        "tdMode": "cross",
        "side": "sell",
        "sz": "1",
        "reduceOnly": True,
        "algoClOrdId": "a1",
        **changes,
    }


OCO = {"ordType": "oco", "tpTriggerPx": "101000", "tpOrdPx": "-1"} | {
    "slTriggerPx": "99000",
    "slOrdPx": "-1",
}


@pytest.mark.parametrize(
    ("changes", "share", "source", "side"),
    [
        (OCO, "-0.015", "7", "sl"),
        (OCO, "0.015", "7", "tp"),
        (OCO | {"slTriggerPxType": "mark"}, "-0.015", "7", "sl"),
        (OCO | {"slTriggerPxType": "index"}, "-0.015", "7", "sl"),
        (
            {"ordType": "conditional", "slTriggerPx": "99000", "slOrdPx": "-1"},
            "-0.015",
            "7",
            "sl",
        ),
        ({"ordType": "trigger", "triggerPx": "99000", "orderPx": "-1"}, "-0.015", "6", ""),
        ({"ordType": "trigger", "triggerPx": "101000", "orderPx": "-1"}, "0.015", "6", ""),
        ({"ordType": "move_order_stop", "callbackRatio": "0.01"}, "-0.015", "25", ""),
        ({"ordType": "move_order_stop", "callbackSpread": "900"}, "-0.015", "25", ""),
    ],
)
async def test_line_63_every_kind_of_stop_triggers(
    changes: Json, share: str, source: str, side: str
) -> None:
    async with running() as sim:
        await send(sim, "trade/order", ioc_order(sz="1"))
        assert (await send(sim, "trade/order-algo", stop_order(**changes)))["sCode"] == "0"
        sim.exchange.jump(INST, Decimal(share))
        algo = (await sim.get("trade/order-algo", algoClOrdId="a1"))["data"][0]
        child = (await sim.get("trade/order", instId=INST, ordId=algo["ordId"]))["data"][0]
        assert (algo["state"], algo["actualSide"]) == ("effective", side)
        assert (child["algoId"], child["source"], child["state"]) == (
            algo["algoId"],
            source,
            "filled",
        )
        assert sim.exchange.algos() == []


@pytest.mark.parametrize("leg", [{"slTriggerPx": "101000"}, {"tpTriggerPx": "99000"}])
async def test_line_63_a_stop_on_the_wrong_side_is_refused(leg: dict[str, str]) -> None:
    async with running() as sim:
        body = stop_order(ordType="conditional", slOrdPx="-1", tpOrdPx="-1", **leg)
        assert (await send(sim, "trade/order-algo", body))["sCode"] in ("51279", "51280")


async def test_line_63_a_child_that_is_refused_fails_its_stop() -> None:
    async with running() as sim:
        body = stop_order(ordType="trigger", triggerPx="101000", orderPx="-1", side="buy")
        await send(sim, "trade/order-algo", body | {"sz": "5000", "reduceOnly": False})
        sim.exchange.jump(INST, Decimal("0.015"))
        algo = (await sim.get("trade/order-algo", algoClOrdId="a1"))["data"][0]
        assert (algo["state"], algo["failCode"], algo["ordId"]) == ("order_failed", "51008", "")


ATTACHED = [{"attachAlgoClOrdId": "s1", "slTriggerPx": "97000", "slOrdPx": "-1"}]


async def test_line_64_attached_stops_come_with_the_whole_fill() -> None:
    async with running() as sim:
        await send(sim, "trade/order", limit_order(clOrdId="e1", attachAlgoOrds=ATTACHED, sz="1"))
        sim.exchange.set_book(INST, {}, {Decimal(100_001): Decimal(5)})
        sim.exchange.print_trade(INST, "sell", Decimal(99_990), Decimal("0.4"))
        early = sim.exchange.algos()
        sim.exchange.print_trade(INST, "sell", Decimal(99_990), Decimal("0.6"))
        (algo,) = sim.exchange.algos()
        assert (early, algo.algo_cl_ord_id, algo.sz) == ([], "s1", 1)
        assert algo.algo_id != (await look(sim, "e1"))["ordId"]


async def test_line_64_attached_stops_go_with_a_cancelled_parent() -> None:
    async with running() as sim:
        await send(sim, "trade/order", limit_order(clOrdId="e1", attachAlgoOrds=ATTACHED))
        await send(sim, "trade/cancel-order", {"instId": INST, "clOrdId": "e1"})
        assert (sim.exchange.algos(), sim.exchange.algo_history()) == ([], [])


async def test_line_65_a_message_may_come_twice() -> None:
    async with running() as sim, sim.ws("private", login=True) as ws:
        await ws.subscribe(ORDERS)
        sim.server.turn("dup_push channel=orders")
        await send(sim, "trade/order", limit_order())
        first, second = await row(ws), await row(ws)
        assert int(second["uTime"]) > int(first["uTime"])
        assert first | {"uTime": ""} == second | {"uTime": ""}
