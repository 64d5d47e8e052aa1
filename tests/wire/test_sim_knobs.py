"""Knobs by name: each does on the wire what its line says, and the control endpoint turns them."""

import asyncio
from decimal import Decimal

import aiohttp
import pytest

from tai2.model.errors import UsageError
from tai2.sim.server.knobs import KNOBS
from tests.wire.sim_server_support import (
    INST,
    Json,
    Sim,
    ioc_order,
    limit_order,
    quote,
    running,
)

ORDERS = {"channel": "orders", "instType": "SWAP"}
BOOKS = {"channel": "books", "instId": INST}


async def answer(sim: Sim, body: Json | None = None) -> Json:
    return await sim.post("trade/order", body or limit_order(clOrdId="k1"))


async def exists(sim: Sim) -> bool:
    return (await sim.get("trade/order", instId=INST, clOrdId="k1"))["code"] == "0"


@pytest.mark.parametrize(
    ("line", "code", "is_placed"),
    [
        ("code code=50004", "50004", False),
        ("code code=50004 stage=after", "50004", True),
        ("code code=50011 status=429", "50011", False),
        ("delay seconds=0.01", "0", True),
        ("drip over=0.05", "0", True),
    ],
)
async def test_a_request_knob_answers_as_its_line_says(
    line: str, code: str, is_placed: bool
) -> None:
    async with running() as sim:
        sim.server.turn(line)
        assert (await answer(sim))["code"] == code
        assert await exists(sim) is is_placed


@pytest.mark.parametrize(
    ("line", "is_placed"),
    [
        ("drop_before", False),
        ("drop_after_accept", True),
        ("truncate keep=20", True),
        ("html", False),
        ("http_status status=503 stage=after", True),
    ],
)
async def test_a_spoilt_reply_leaves_the_order_as_its_line_says(line: str, is_placed: bool) -> None:
    async with running() as sim:
        sim.server.turn(line)
        with pytest.raises(aiohttp.ClientError):
            await answer(sim)
        assert await exists(sim) is is_placed


async def test_a_rejection_is_a_row_with_its_own_code() -> None:
    async with running() as sim:
        sim.server.turn("reject code=51008 sub=1001")
        reply = await answer(sim)
        assert (reply["code"], reply["data"][0]["sCode"]) == ("1", "51008")
        assert not await exists(sim)


async def pushed(sim: Sim, line: str, count: int) -> list[tuple[str, str]]:
    """Turn a knob, fill an order and return (state, uTime) of the pushes that arrive."""
    async with sim.ws("private", login=True) as ws:
        await ws.subscribe(ORDERS)
        sim.server.turn(line)
        await answer(sim, ioc_order(clOrdId="k1"))
        rows = [(await ws.on("orders"))["data"][0] for _ in range(count)]
        return [(row["state"], row["uTime"]) for row in rows]


async def test_a_lost_push_never_comes() -> None:
    async with running() as sim:
        assert [one[0] for one in await pushed(sim, "lose_push", 1)] == ["filled"]


async def test_a_doubled_push_is_newer_the_second_time() -> None:
    async with running() as sim:
        first, second, _filled = await pushed(sim, "dup_push", 3)
        assert (first[0], second[0]) == ("live", "live")
        assert int(second[1]) > int(first[1])


async def test_reordered_pushes_come_last_one_first() -> None:
    async with running() as sim:
        states = [one[0] for one in await pushed(sim, "reorder count=2", 2)]
        assert states == ["filled", "live"]


async def test_a_delayed_push_comes_after_the_next() -> None:
    async with running() as sim:
        states = [one[0] for one in await pushed(sim, "delay_push seconds=0.05", 2)]
        assert states == ["filled", "live"]


async def test_a_partial_fills_its_share_in_as_many_executions() -> None:
    async with running() as sim:
        sim.server.turn("partial share=0.6 fills=3")
        await answer(sim, ioc_order(clOrdId="k1", sz="1"))
        order = (await sim.get("trade/order", instId=INST, clOrdId="k1"))["data"][0]
        fills = (await sim.get("trade/fills"))["data"]
        assert (order["state"], order["accFillSz"], order["cancelSource"]) == (
            "canceled",
            "0.6",
            "14",
        )
        assert [row["fillSz"] for row in fills] == ["0.2", "0.2", "0.2"]


async def test_a_late_order_rests_unmatched_until_its_time() -> None:
    async with running() as sim:
        sim.server.turn("late_fill ms=1000")
        await answer(sim, ioc_order(clOrdId="k1"))
        before = sim.exchange.order(INST, cl_ord_id="k1")
        sim.exchange.advance(sim.exchange.now_ms + 1000)
        after = sim.exchange.order(INST, cl_ord_id="k1")
        assert before is not None
        assert after is not None
        assert (before.state, after.state) == ("live", "filled")


async def test_an_acknowledged_order_may_vanish() -> None:
    async with running() as sim:
        sim.server.turn("ack_then_cancel")
        assert (await answer(sim, ioc_order(clOrdId="k1")))["code"] == "0"
        order = sim.exchange.order(INST, cl_ord_id="k1")
        assert order is not None
        assert (order.state, order.cancel_source, order.acc_fill_sz) == ("canceled", "0", 0)


async def test_a_young_order_may_be_hidden_from_queries() -> None:
    async with running() as sim:
        sim.server.turn("hide_order_for ms=60000")
        await answer(sim)
        hidden = await exists(sim)
        sim.server.turn("hide_order_for ms=0")
        assert (hidden, await exists(sim)) == (False, True)


async def test_attached_stops_may_wait_for_the_whole_fill() -> None:
    stop = {"attachAlgoClOrdId": "s1", "slTriggerPx": "97000", "slOrdPx": "-1"}
    async with running() as sim:
        sim.server.turn("attach_sl_only_on_full on")
        sim.server.turn("partial share=0.5")
        await answer(sim, ioc_order(clOrdId="k1", attachAlgoOrds=[stop]))
        assert sim.exchange.algos() == []
        await answer(sim, ioc_order(clOrdId="k2", attachAlgoOrds=[stop]))
        assert [algo.algo_cl_ord_id for algo in sim.exchange.algos()] == ["s1"]


async def test_a_market_jumps_by_a_share() -> None:
    async with running() as sim:
        sim.server.turn("price_jump share=-0.05")
        assert sim.exchange.ticker(INST).last == 95_000
        assert sim.exchange.book(INST, 1).asks[0][0] == Decimal("95000.0")


async def test_foreign_orders_and_fills_carry_no_client_id() -> None:
    async with running() as sim:
        sim.server.turn("foreign_order side=buy sz=1 px=99000")
        sim.server.turn("foreign_fill side=sell sz=2")
        assert [order.cl_ord_id for order in sim.exchange.pending()] == [""]
        assert [held.pos for held in sim.exchange.positions()] == [-2]


async def test_a_liquidation_on_order_ends_the_position() -> None:
    async with running() as sim:
        await answer(sim, ioc_order())
        sim.server.turn("liquidate")
        assert sim.exchange.positions() == []
        assert sim.exchange.fills()[-1].trade_id.startswith("-")


async def test_a_skewed_clock_shows_and_judges_by_its_own_time() -> None:
    async with running() as sim:
        sim.server.turn("time_skew ms=45000")
        shown = int((await sim.get("public/time"))["data"][0]["ts"])
        assert shown - sim.server.clock.now_ms() > 44_000
        assert (await sim.get("account/balance"))["code"] == "50102"


async def test_a_banned_address_is_told_so_and_cannot_log_in() -> None:
    async with running() as sim:
        sim.server.turn("ban_ip")
        assert (await sim.get("account/balance"))["code"] == "50110"
        sim.server.turn("ban_ip off")
        assert (await sim.get("account/balance"))["code"] == "0"


async def test_a_maintenance_is_pushed_and_listed() -> None:
    async with running() as sim, sim.ws("public") as ws:
        await ws.subscribe({"channel": "status"})
        sim.server.turn("status_event state=ongoing end=60")
        assert (await ws.on("status"))["data"][0]["state"] == "ongoing"
        assert [row["state"] for row in (await sim.get("system/status"))["data"]] == ["ongoing"]


@pytest.mark.parametrize(
    ("line", "code"),
    [("close code=4004", 4004), ("notice64008 after=0", 1001), ("cut", 1006)],
)
async def test_a_connection_knob_ends_it_with_its_code(line: str, code: int) -> None:
    async with running() as sim, sim.ws("public") as ws:
        await ws.subscribe(BOOKS)
        sim.server.turn(line)
        async with asyncio.timeout(30):
            while not ws.socket.closed:
                await ws.socket.receive()
        assert ws.socket.close_code == code


async def test_a_silent_connection_stays_open_and_answers_nothing() -> None:
    async with running() as sim, sim.ws("public") as ws:
        sim.server.turn("silent seconds=30")
        await ws.send("ping")
        with pytest.raises(TimeoutError):
            await ws.socket.receive(timeout=0.2)
        assert sim.server.hub.connections == 1


async def test_somebody_elses_connections_count() -> None:
    async with running() as sim, sim.ws("private", login=True) as ws:
        sim.server.turn("conn_count channel=orders count=30")
        await ws.subscribe(ORDERS)
        assert (await ws.event("channel-conn-count-error"))["connCount"] == "30"


async def test_a_gap_and_a_reset_show_in_the_books_sequence() -> None:
    async with running() as sim, sim.ws("public") as ws:
        await ws.subscribe(BOOKS)
        last = (await ws.on("books"))["data"][0]["seqId"]
        sim.server.turn("reset_seq")
        quote(sim.exchange, "100001")
        restarted = (await ws.on("books"))["data"][0]
        assert (restarted["prevSeqId"], restarted["seqId"]) == (last, 1)
        sim.server.turn("gap_seq")
        quote(sim.exchange, "100002")
        await ws.subscribe({"channel": "books5", "instId": INST})
        while (await ws.on("books5"))["data"][0]["seqId"] < 2:
            pass
        await asyncio.sleep(0.15)
        quote(sim.exchange, "100003")
        assert (await ws.on("books"))["data"][0]["prevSeqId"] == 2


async def test_an_instrument_listed_anew_is_pushed_listed_and_obeyed() -> None:
    async with running() as sim, sim.ws("public") as ws:
        await ws.subscribe({"channel": "instruments", "instType": "SWAP"})
        sim.server.turn("instrument tick=0.5 lot=0.1 min=0.1")
        row = (await ws.on("instruments"))["data"][0]
        assert (row["tickSz"], row["lotSz"], row["minSz"], row["state"]) == (
            "0.5",
            "0.1",
            "0.1",
            "live",
        )
        listed = await sim.get("public/instruments", instType="SWAP", instId=INST)
        assert listed["data"] == [row]
        wrong = await answer(sim, limit_order(px="99990.1"))
        assert wrong["data"][0]["sCode"] == "51150"
        sim.server.turn("instrument state=suspend")
        assert (await ws.on("instruments"))["data"][0]["state"] == "suspend"
        refused = await answer(sim, limit_order(px="99990"))
        assert refused["data"][0]["sCode"] == "51022"


LISTED_IN_THE_PLAN = """
delay drop_before drop_after_accept http_status code truncate drip html dup_push reorder lose_push
gap_seq reset_seq notice64008 close silent status_event reject partial late_fill ack_then_cancel
price_jump time_skew ban_ip conn_count foreign_order foreign_fill liquidate attach_sl_only_on_full
hide_order_for
"""


def test_every_fault_of_the_plan_is_a_knob() -> None:
    assert set(LISTED_IN_THE_PLAN.split()) - set(KNOBS) == set()


@pytest.mark.parametrize(
    "line",
    ["nonsense", "code", "gap_seq inst=NO-SUCH", "delay seconds=x", "cut and=more", "switch a=b"],
)
async def test_a_line_that_cannot_be_read_is_refused(line: str) -> None:
    async with running() as sim:
        with pytest.raises(UsageError):
            sim.server.turn(line)


async def control(sim: Sim, method: str, body: Json | None = None) -> tuple[int, Json]:
    url = f"{sim.server.rest_url}/control/faults"
    async with sim.http.request(method, url, json=body) as reply:
        return reply.status, await reply.json()


async def test_the_control_endpoint_turns_lists_and_clears() -> None:
    async with running() as sim:
        assert (await control(sim, "GET"))[1] == {"armed": [], "heard": {}, "known": sorted(KNOBS)}
        status, reply = await control(sim, "POST", {"fault": "drop_before"})
        assert (status, len(reply["armed"])) == (200, 1)
        assert await control(sim, "DELETE") == (200, {"armed": []})
        assert (await answer(sim))["code"] == "0"


@pytest.mark.parametrize("body", [{"fault": "nonsense"}, {"other": 1}, None])
async def test_the_control_endpoint_refuses_what_it_cannot_read(body: Json | None) -> None:
    async with running() as sim:
        status, reply = await control(sim, "POST", body)
        assert status in (400, 405)
        assert "error" in reply
