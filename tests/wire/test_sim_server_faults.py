"""Faults of the simulator's REST face: each leaves exactly the state that it promises."""

import asyncio
import json

import aiohttp
import pytest

from tai2.sim.server.faults import Code, Drop, Fault, Html, Stage
from tests.wire.sim_server_support import INST, Sim, limit_order, running

PATH = "/api/v5/trade/order"


def fault(**changes: object) -> Fault:
    """Return a fault for the next order."""
    return Fault(method="POST", path="trade/order", **changes)  # type: ignore[arg-type]


async def exists(sim: Sim) -> bool:
    """Tell whether the order of these tests reached the exchange."""
    return (await sim.get("trade/order", instId=INST, clOrdId="f1"))["code"] == "0"


@pytest.mark.parametrize(("stage", "is_placed"), [(Stage.BEFORE, False), (Stage.AFTER, True)])
async def test_a_dropped_reply_hides_whether_the_order_exists(
    stage: Stage, is_placed: bool
) -> None:
    async with running() as sim:
        sim.server.faults.arm(fault(stage=stage, reply=Drop()))
        with pytest.raises(aiohttp.ClientConnectionError):
            await sim.post("trade/order", limit_order(clOrdId="f1"))
        assert await exists(sim) is is_placed


@pytest.mark.parametrize(
    ("code", "status"),
    [("50001", 503), ("50004", 400), ("50013", 429), ("50026", 500), ("51149", 500)],
)
async def test_a_code_may_answer_an_order_that_was_placed(code: str, status: int) -> None:
    async with running() as sim:
        sim.server.faults.arm(fault(stage=Stage.AFTER, reply=Code(code)))
        body = json.dumps(limit_order(clOrdId="f1"))
        got, envelope = await sim.call("POST", PATH, body)
        assert (got, envelope["code"]) == (status, code)
        assert await exists(sim)


async def test_a_gateway_page_is_html_and_the_order_was_not_placed() -> None:
    async with running() as sim:
        sim.server.faults.arm(fault(reply=Html(status=502)))
        with pytest.raises(aiohttp.ContentTypeError) as page:
            await sim.post("trade/order", limit_order(clOrdId="f1"))
        assert page.value.status == 502
        assert not await exists(sim)


async def test_a_fault_strikes_only_as_often_as_told() -> None:
    async with running() as sim:
        sim.server.faults.arm(fault(reply=Code("50011"), count=2))
        codes = [(await sim.post("trade/order", limit_order()))["code"] for _ in range(3)]
        assert codes == ["50011", "50011", "0"]


async def test_an_order_delayed_past_its_expiry_is_dropped() -> None:
    async with running() as sim:
        sim.server.faults.arm(fault(delay_s=0.15))
        exp_time = str(sim.server.clock.now_ms() + 100)
        envelope = await sim.post("trade/order", limit_order(clOrdId="f1"), expTime=exp_time)
        assert envelope["code"] == "50037"
        assert not await exists(sim)


async def test_a_client_that_gave_up_still_placed_its_order() -> None:
    async with running() as sim:
        sim.server.faults.arm(fault(stage=Stage.AFTER, delay_s=0.3))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await sim.post("trade/order", limit_order(clOrdId="f1"))
        assert await exists(sim)
