"""Stops arrive over the business socket behind a login, whatever becomes of the connection."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tai2.model.account import Account
from tai2.model.errors import KeysRejected
from tai2.model.ids import InstId
from tai2.model.stop_update import StopState, StopUpdate
from tai2.okx.connect import connect
from tai2.okx.credentials import Credentials, Endpoints
from tai2.okx.venue import OkxVenue
from tai2.sim.exchange.records import AlgoView, NewAlgo, Stop
from tai2.sim.server.credentials import ApiKey
from tests.wire.okx_loopback import QuickClock, RestScript, Socket, rest_server
from tests.wire.sim_server_support import INST, Sim, ioc_order
from tests.wire.sim_server_support import running as serving
from tests.wire.test_okx_stream import Events, running, watching, with_account

LOGGED_IN = ("orders", "orders-algo")
SIM_KEYS = Credentials(api_key="sim", secret_key="sim", passphrase="sim")
ROW = {
    "instId": INST,
    "algoId": "7",
    "algoClOrdId": "s2main",
    "side": "sell",
    "sz": "2",
    "slTriggerPx": "97000",
    "uTime": "5",
}


@pytest.fixture
async def script() -> AsyncIterator[RestScript]:
    async with rest_server() as running_server:
        with_account(running_server)
        yield running_server


async def private(socket: Socket) -> None:
    await socket.log_in()
    await socket.accept(3)
    await socket.stay()


async def push_stop(socket: Socket, **changes: Any) -> None:
    arg = {"channel": "orders-algo", "instType": "ANY", "uid": "1"}
    await socket.say(arg=arg, data=[ROW | changes])


async def test_stops_are_subscribed_only_once_the_business_login_is_acknowledged(
    script: RestScript,
) -> None:
    heard: list[Any] = []

    async def business(socket: Socket) -> None:
        heard.append((await socket.hear())["op"])
        with contextlib.suppress(TimeoutError):
            heard.append(await asyncio.wait_for(socket.hear(), 0.2))
        await socket.say(event="login", code="0", msg="", connId="a4d3ae55")
        heard.extend(await socket.accept(1))
        await push_stop(socket, state="effective")
        await socket.stay()

    async with watching(private, script, business) as (pushes, _gaps):
        (update,) = await pushes.until(StopUpdate)
    assert heard == ["login", {"channel": "orders-algo", "instType": "ANY"}]
    assert (update.state, update.stop.algo_id) == (StopState.TRIGGERED, "7")


async def test_lost_business_socket_is_opened_again_and_told_as_a_gap(script: RestScript) -> None:
    connections = 0
    is_private_up = asyncio.Event()

    async def told(socket: Socket) -> None:
        await socket.log_in()
        await socket.accept(3)
        is_private_up.set()
        await socket.stay()

    async def business(socket: Socket) -> None:
        nonlocal connections
        connections += 1
        await is_private_up.wait()
        await socket.log_in()
        assert await socket.accept(1) == [{"channel": "orders-algo", "instType": "ANY"}]
        if connections == 1:
            await socket.connection.close(1001)
        await push_stop(socket, state="canceled")
        await socket.stay()

    async with watching(told, script, business) as (pushes, gaps):
        await pushes.until(StopUpdate)
        await gaps.until(str, 3)
    assert connections == 2


async def test_unreadable_stop_is_a_gap_and_ends_nothing(script: RestScript) -> None:
    ours = asyncio.Event()

    async def business(socket: Socket) -> None:
        await socket.log_in()
        await socket.accept(1)
        await ours.wait()
        await push_stop(socket, state="live", algoId="1")
        await push_stop(socket, state="sleeping")
        await socket.say(arg={"channel": "algo-advance"}, data=[{}])
        await push_stop(socket, state="live")
        await socket.stay()

    async with watching(private, script, business) as (pushes, gaps):
        await pushes.until(Account)
        await asyncio.sleep(0.3)  # whoever is still to come up has come up
        known = len(gaps.all)
        ours.set()
        updates = await pushes.until(StopUpdate, 2)
    assert [one.stop.algo_id for one in updates] == ["1", "7"]
    assert len(gaps.all) == known + 1


async def test_business_login_refused_twice_is_a_rejected_key(script: RestScript) -> None:
    logins = 0

    async def business(socket: Socket) -> None:
        nonlocal logins
        await socket.hear()
        logins += 1
        await socket.say(event="error", code="60032", msg="API key doesn't exist")
        await socket.stay()

    with pytest.raises(KeysRejected, match="60032") as refused:
        async with watching(private, script, business) as (pushes, _gaps):
            await asyncio.wait_for(pushes.until(StopUpdate), 10)
    assert "okx.region" in refused.value.hint
    assert logins == 2


@contextlib.asynccontextmanager
async def followed(sim: Sim) -> AsyncIterator[tuple[OkxVenue, Events, Events]]:
    """Watch the simulator's account over the wire, with a long of one contract."""
    here = Endpoints(rest_url=sim.server.rest_url, ws_url=sim.server.ws_url, is_demo=False)
    feed, venue = connect(here, SIM_KEYS, QuickClock())
    pushes, gaps = Events(), Events()
    assert (await sim.post("trade/order", ioc_order(sz="1")))["code"] == "0"
    async with running(venue.watch(pushes, lambda: gaps("gap"))):
        await sockets_up(sim, 2)
        yield venue, pushes, gaps
    await feed.aclose()


async def sockets_up(sim: Sim, topics: int) -> None:
    """Wait until the simulator has a follower of orders and one of stops."""
    async with asyncio.timeout(30):
        followers = sim.server.hub._followers
        while sum(bool(followers.topics(name)) for name in LOGGED_IN) < topics:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def place_stop(sim: Sim, px: str = "97000") -> AlgoView:
    stop = Stop(algo_cl_ord_id="s2main1", sl_trigger_px=Decimal(px), sl_trigger_px_type="mark")
    order = NewAlgo(
        inst_id=INST,
        side="sell",
        ord_type="conditional",
        sz=Decimal(1),
        reduce_only=True,
        algo_cl_ord_id="s2main1",
        stop=stop,
    )
    ack = sim.exchange.place_algo(order)
    return next(one for one in sim.exchange.algos() if one.algo_id == ack.ord_id)


async def test_stop_lost_with_its_connection_is_heard_on_the_next_one() -> None:
    async with serving() as sim, followed(sim) as (venue, pushes, gaps):
        algo = place_stop(sim)
        await pushes.until(StopUpdate)
        seen = len(gaps.all)
        sim.server.hub.drop("business")
        await gaps.until(str, seen + 1)
        await sockets_up(sim, 2)
        sim.exchange.cancel_algo(INST, algo_id=algo.algo_id)
        updates = await pushes.until(StopUpdate, 2)
        assert updates[-1].state is StopState.CANCELED
        assert await venue.stops([InstId(INST)]) == ()


async def test_key_that_the_sockets_do_not_know_is_refused_on_both() -> None:
    key = replace(ApiKey(), is_foreign=True)
    async with serving(key=key) as sim:
        here = Endpoints(rest_url=sim.server.rest_url, ws_url=sim.server.ws_url, is_demo=False)
        feed, venue = connect(here, SIM_KEYS, QuickClock())
        with pytest.raises(KeysRejected, match="60032"):
            await asyncio.wait_for(venue.watch(Events(), lambda: None), 10)
        await feed.aclose()
