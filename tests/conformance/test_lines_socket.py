"""Lines 23 to 36 of the conformance checklist: what every WebSocket connection does."""

import asyncio
import json
from decimal import Decimal
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType

from tai2.sim.server.hub import Limits
from tests.conformance.ccxt_client import ccxt_at
from tests.wire.sim_server_support import (
    INST,
    PATIENCE_S,
    PATIENT,
    Sim,
    Ws,
    ioc_order,
    login_arg,
    quote,
    running,
)

BOOKS = {"channel": "books", "instId": INST}
BOOKS5 = {"channel": "books5", "instId": INST}
TRADES = {"channel": "trades", "instId": INST}
ORDERS = {"channel": "orders", "instType": "SWAP"}
WRONG_URL = (
    "Wrong URL or channel:books9,instId:X doesn't exist. Please use the correct URL, "
    "channel and parameters referring to API document."
)
ENDPOINTS = ("public", "private", "business")


async def ended(ws: Ws) -> int | None:
    """Read until the connection ends and return the close code."""
    async with asyncio.timeout(PATIENCE_S):
        while not ws.socket.closed:
            await ws.socket.receive()
    return ws.socket.close_code


@pytest.mark.parametrize("endpoint", ENDPOINTS)
async def test_line_23_both_kinds_of_ping_are_answered(endpoint: str) -> None:
    async with running() as sim:
        url = f"{sim.server.ws_url}/{endpoint}"
        async with sim.http.ws_connect(url, autoping=False) as socket:
            await socket.send_str("ping")
            assert await socket.receive_str(timeout=PATIENCE_S) == "pong"
            await socket.ping(b"x")
            assert (await socket.receive(timeout=PATIENCE_S)).type is WSMsgType.PONG


async def test_line_24_silence_ends_a_connection_and_data_keeps_it() -> None:
    limits = Limits(idle_s=0.3)
    async with running(limits=limits) as sim, sim.ws("public") as idle, sim.ws("public") as busy:
        await busy.subscribe(BOOKS)
        assert await fed(sim, idle) == 4004
        assert not busy.socket.closed


async def fed(sim: Sim, idle: Ws) -> int | None:
    """Quote until the idle connection ended."""
    for number in range(100):
        quote(sim.exchange, str(100_000 + number))
        try:
            await idle.socket.receive(timeout=0.05)
        except TimeoutError:
            continue
        if idle.socket.closed:
            break
    return idle.socket.close_code


@pytest.mark.parametrize("how", ["http", "close"])
async def test_line_25_the_fourth_connection_in_a_second_is_refused(how: str) -> None:
    async with running(limits=Limits()) as sim:
        sim.server.turn(f"switch overload={how}")
        url = f"{sim.server.ws_url}/public"
        open_ones = [await sim.http.ws_connect(url) for _ in range(3)]
        if how == "http":
            with pytest.raises(aiohttp.WSServerHandshakeError, match="429"):
                await sim.http.ws_connect(url)
        else:
            async with sim.ws("public") as fourth:
                assert await ended(fourth) == 4008
        for socket in open_ones:
            await socket.close()


async def test_line_26_an_hour_has_480_operations() -> None:
    async with running(limits=PATIENT) as sim, sim.ws("public") as ws:
        for _ in range(240):
            await ws.send({"op": "subscribe", "args": [{"channel": "status"}]})
            await ws.send({"op": "unsubscribe", "args": [{"channel": "status"}]})
        await ws.send({"op": "subscribe", "args": [BOOKS]})
        assert (await ws.event("error"))["code"] == "60014"
        sim.clock.ahead_s = 3_601
        await ws.send({"op": "subscribe", "args": [BOOKS]})
        assert (await ws.on("books"))["action"] == "snapshot"


@pytest.mark.parametrize("named", [{"id": "a7"}, {}])
async def test_line_27_each_arg_gets_its_acknowledgement(named: dict[str, str]) -> None:
    extra = {"channel": "account", "extraParams": '{"updateInterval":"0"}'}
    async with running() as sim, sim.ws("private", login=True) as ws:
        await ws.send({"op": "subscribe", "args": [extra, ORDERS], **named})
        acks = [await ws.event("subscribe"), await ws.event("subscribe")]
        assert [ack["arg"] for ack in acks] == [{"channel": "account"}, ORDERS]
        assert {ack.get("id") for ack in acks} == {named.get("id")}
        assert all(len(bytes.fromhex(ack["connId"])) == 4 for ack in acks)


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (
            json.dumps({"op": "subscribe", "args": [{"channel": "books9", "instId": "X"}]}),
            "60018",
            WRONG_URL,
        ),
        (json.dumps({"op": "dance", "args": [{}]}), "60019", "dance"),
        ("{oops", "60012", "{oops"),
        ('{"op":"subscribe"}', "60012", '{"op":"subscribe"}'),
    ],
)
async def test_line_28_wrong_requests_have_their_codes(text: str, code: str, words: str) -> None:
    async with running() as sim, sim.ws("public") as ws:
        await ws.send(text)
        error = await ws.event("error")
        assert error["code"] == code
        assert words in error["msg"]


async def test_line_28_other_args_still_succeed() -> None:
    async with running() as sim, sim.ws("public") as ws:
        await ws.send({"op": "subscribe", "args": [{"channel": "no"}, BOOKS]})
        assert (await ws.event("error"))["code"] == "60018"
        assert (await ws.event("subscribe"))["arg"] == BOOKS


@pytest.mark.parametrize(
    ("endpoint", "arg", "code"),
    [
        ("public", {"channel": "candle1m", "instId": INST}, "60018"),
        ("business", {"channel": "tickers", "instId": INST}, "64002"),
        ("public", ORDERS, "60018"),
        ("private", ORDERS, "60011"),
        ("business", {"channel": "orders-algo", "instType": "ANY"}, "60011"),
    ],
)
async def test_line_29_every_channel_has_its_endpoint(
    endpoint: str, arg: dict[str, str], code: str
) -> None:
    async with running() as sim, sim.ws(endpoint) as ws:
        await ws.send({"op": "subscribe", "args": [arg]})
        assert (await ws.event("error"))["code"] == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"timestamp": "1538054050"}, "60006"),
        ({"sign": "AAAA"}, "60007"),
        ({"apiKey": "other"}, "60005"),
        ({"passphrase": "other"}, "60024"),
    ],
)
async def test_line_30_each_flaw_of_a_login_has_its_code(change: dict[str, str], code: str) -> None:
    async with running() as sim, sim.ws("private") as ws:
        await ws.send({"op": "login", "args": [login_arg() | change]})
        assert (await ws.event("error"))["code"] == code


async def test_line_30_a_timestamp_may_be_a_number_and_a_login_repeated() -> None:
    async with running() as sim, sim.ws("private", login=True) as ws:
        arg = login_arg()
        await ws.send({"op": "login", "args": [arg | {"timestamp": int(arg["timestamp"])}]})
        assert (await ws.event("login"))["code"] == "0"
        sim.server.turn("switch relogin=refuse")
        await ws.send({"op": "login", "args": [arg]})
        assert (await ws.event("error"))["code"] == "60031"


async def test_line_30_the_sdk_logs_in_with_every_subscribe() -> None:
    import websockets
    from okx.websocket.WsPrivateAsync import WsPrivateAsync

    async with running() as sim:
        client = WsPrivateAsync("sim", "sim", "sim", f"{sim.server.ws_url}/private")
        async with websockets.connect(client.url, proxy=None) as socket:
            client.websocket = socket
            await client.login()
            await client.login()
            heard = [json.loads(await socket.recv()) for _ in range(2)]
        assert [(one["event"], one["code"]) for one in heard] == [("login", "0")] * 2


@pytest.mark.parametrize(("turn", "first"), [("on", "arg"), ("off", "event")])
async def test_line_31_data_may_come_before_the_acknowledgement(turn: str, first: str) -> None:
    async with running() as sim, sim.ws("public") as ws:
        sim.server.turn(f"switch data_first={turn}")
        await ws.send({"op": "subscribe", "args": [BOOKS]})
        frames = [json.loads(await ws.socket.receive_str()) for _ in range(2)]
        assert ("data" in frames[0]) is (first == "arg")
        assert ("data" in frames[1]) is (first != "arg")


async def test_line_32_nulls_and_unknown_keys_are_tolerated_and_echoed() -> None:
    odd = BOOKS | {"instType": None, "colour": "red"}
    async with running() as sim, sim.ws("public") as ws:
        await ws.send({"op": "subscribe", "args": [odd]})
        assert (await ws.event("subscribe"))["arg"] == odd


async def test_line_33_unsubscribing_stops_the_data() -> None:
    async with running() as sim, sim.ws("public") as ws:
        await ws.subscribe(BOOKS)
        await ws.on("books")
        await ws.send({"op": "unsubscribe", "args": [BOOKS]})
        await ws.event("unsubscribe")
        await ws.subscribe(BOOKS5)
        await ws.on("books5")
        quote(sim.exchange, "100002")
        assert (await ws.where(lambda frame: "data" in frame))["arg"] == BOOKS5
        await ws.subscribe(BOOKS)
        assert (await ws.on("books"))["action"] == "snapshot"


async def test_line_34_connections_of_a_private_channel_are_counted() -> None:
    async with running() as sim, sim.ws("private", login=True) as ws:
        await ws.subscribe(ORDERS)
        assert (await ws.event("channel-conn-count"))["connCount"] == "1"
        sim.server.turn("conn_count channel=orders count=29")
        async with sim.ws("private", login=True) as other:
            await other.subscribe(ORDERS)
            error = await other.event("channel-conn-count-error")
            assert (error["channel"], error["connCount"]) == ("orders", "30")
            await sim.post("trade/order", ioc_order())
            await ws.on("orders")
            with pytest.raises(TimeoutError):
                await other.socket.receive(timeout=0.1)


async def test_line_35_an_upgrade_is_announced_and_ccxt_reconnects() -> None:
    import ccxt

    async with running() as sim, ccxt_at(sim.server) as client:
        await client.watch_ticker("BTC/USDT:USDT")
        sim.server.turn("notice64008 after=0.2")
        quote(sim.exchange, "100010")
        with pytest.raises(ccxt.NetworkError):
            await watched(sim, client)
        assert (await client.watch_ticker("BTC/USDT:USDT"))["symbol"] == "BTC/USDT:USDT"


async def watched(sim: Sim, client: Any) -> None:
    """Watch a ticker that goes on changing until the client raises."""
    for number in range(100):
        await client.watch_ticker("BTC/USDT:USDT")
        quote(sim.exchange, str(100_000 + number))


async def test_line_35_the_notice_comes_before_the_close() -> None:
    async with running() as sim, sim.ws("public") as ws:
        sim.server.turn("notice64008 after=0.2")
        notice = await ws.event("notice")
        assert (notice["code"], len(notice["connId"])) == ("64008", 8)
        assert await ended(ws) == 1001


async def test_line_36_deflate_is_negotiated_when_offered() -> None:
    async with running() as sim:
        url = f"{sim.server.ws_url}/public"
        async with sim.http.ws_connect(url, compress=15) as socket:
            assert socket.compress == 15
            await socket.send_str("ping")
            assert await socket.receive_str(timeout=PATIENCE_S) == "pong"


async def test_line_36_a_slow_reader_is_cut() -> None:
    async with running(limits=Limits(max_frames=3)) as sim, sim.ws("public") as ws:
        await ws.subscribe(TRADES)
        for _ in range(10):
            sim.exchange.print_trade(INST, "buy", Decimal(100_000), Decimal(1))
        assert await ended(ws) == 4005
