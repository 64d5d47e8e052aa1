"""Each pitfall of python-okx, named after what the SDK does, and what this adapter does instead."""

import asyncio
import contextlib
import inspect
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx
import okx.okxclient
import pytest
from websockets.exceptions import ConnectionClosed

from tai2.model.errors import KeysRejected
from tai2.model.market import MarkPx
from tai2.okx import sdk
from tai2.okx.connect import connect
from tai2.okx.sdk import Account, Market, Public, Trade, Transport
from tai2.okx.sockets import MAX_FRAME
from tests.wire.okx_loopback import (
    KEYS,
    QuickClock,
    RestScript,
    Socket,
    endpoints,
    ok,
    page,
    refused,
    rest_server,
    socket_server,
)
from tests.wire.test_okx_stream import CALM, PUBLIC_ARGS, Events, push_mark, running, streaming

BARE = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "ioc", "sz": "1"}
CLASSES = (Market, Public, Account, Trade)


@pytest.fixture
async def script() -> AsyncIterator[RestScript]:
    async with rest_server() as running_server:
        yield running_server


@pytest.fixture
async def transport(script: RestScript) -> AsyncIterator[Transport]:
    made = Transport(endpoints(script.url), KEYS, QuickClock())
    yield made
    await made.aclose()


async def test_flag_that_defaults_to_demo_is_always_explicit(
    script: RestScript, transport: Transport
) -> None:
    script.on("GET", "public/time", ok())
    script.on("GET", "account/config", ok())
    await Public(transport).get_system_time()
    await Account(transport).get_account_config()
    sent = [request.headers["x-simulated-trading"] for request, _body in script.seen]
    assert sent == ["0", "0"]


@pytest.mark.parametrize("kind", CLASSES)
def test_no_blocking_client_is_ever_made(kind: Any, transport: Transport) -> None:
    made = kind(transport)
    assert not [one for one in vars(made).values() if isinstance(one, httpx.Client)]
    assert kind.__init__ is not okx.okxclient.OkxClient.__init__


@pytest.mark.parametrize("kind", CLASSES)
def test_every_endpoint_of_the_sdk_ends_in_our_request(kind: Any) -> None:
    assert inspect.iscoroutinefunction(kind._request)
    for name in ("_request_without_params", "_request_with_params"):
        assert "self._request(" in inspect.getsource(getattr(kind, name))


async def test_five_second_read_timeout_becomes_one_total_deadline() -> None:
    assert sdk.TOTAL_DEADLINE_S <= 10
    assert sdk.TIMEOUT.read is not None
    assert sdk.TIMEOUT.read < sdk.TOTAL_DEADLINE_S


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 502, 503])
async def test_status_that_the_sdk_loses_is_kept(
    script: RestScript, transport: Transport, status: int
) -> None:
    script.on("GET", "public/time", refused("50000", status))
    assert (await Public(transport).get_system_time()).status == status


@pytest.mark.parametrize("body", [b"<html>bad gateway</html>", b"", b"\xff\xfe", b"[", b"null"])
async def test_body_that_is_not_json_is_an_answer_and_no_decode_error(
    script: RestScript, transport: Transport, body: bytes
) -> None:
    script.on("GET", "public/time", page(502, body))
    answer = await Public(transport).get_system_time()
    assert (answer.status, answer.code) == (502, "")


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"])
async def test_proxy_of_the_environment_hijacks_neither_rest_nor_socket(
    script: RestScript, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "http://127.0.0.1:1")
    script.on("GET", "public/time", ok({"ts": "1"}))
    direct = Transport(endpoints(script.url), None, QuickClock())
    assert (await Public(direct).get_system_time()).is_ok
    await direct.aclose()

    async def story(socket: Socket) -> None:
        await socket.accept(PUBLIC_ARGS)
        await push_mark(socket)
        await socket.stay()

    async with streaming(story) as (_feed, events):
        assert await events.until(MarkPx)


async def test_query_that_the_sdk_never_encodes_cannot_inject_a_parameter(
    script: RestScript, transport: Transport
) -> None:
    script.on("GET", "trade/order", ok())
    await Trade(transport).get_order(instId="BTC-USDT&ordId=1 é", clOrdId="a=b")
    (request, _body) = script.seen[0]
    assert request.query["instId"] == "BTC-USDT&ordId=1 é"
    assert request.query["clOrdId"] == "a=b"
    assert "ordId" not in request.query


async def test_comma_stays_a_comma(script: RestScript, transport: Transport) -> None:
    script.on("GET", "trade/orders-algo-pending", ok())
    await Trade(transport).order_algos_list(ordType="conditional,oco")
    assert "ordType=conditional,oco" in script.seen[0][0].raw_path


async def test_parameters_that_are_empty_travel_neither_in_query_nor_body(
    script: RestScript, transport: Transport
) -> None:
    script.on("GET", "account/balance", ok())
    script.on("POST", "trade/order", ok())
    await Account(transport).get_account_balance()
    await Trade(transport).place_order(**BARE, reduceOnly=False)
    (asked, _), (_, body) = script.seen
    assert asked.raw_path == "/api/v5/account/balance"
    assert json.loads(body) == BARE | {"reduceOnly": False}


async def test_use_server_time_that_the_sdk_ignores_is_a_measured_offset(
    script: RestScript, transport: Transport
) -> None:
    clock = transport.server_clock
    assert clock.measure(server_ms=10_000, sent_ms=1_000, received_ms=3_000) == 11_000
    assert clock.offset_ms == 8_000


async def test_exp_time_that_the_sdk_lacks_is_not_sticky(
    script: RestScript, transport: Transport
) -> None:
    script.on("POST", "trade/order", ok())
    for exp_ms in (7, None):
        await Trade(transport, exp_ms).place_order(**BARE)
    assert [request.headers.get("expTime") for request, _ in script.seen] == ["7", None]


async def test_cancel_all_after_that_the_sdk_lacks_is_there(
    script: RestScript, transport: Transport
) -> None:
    script.on("POST", "trade/cancel-all-after", ok())
    await Trade(transport).cancel_all_after(timeOut="0", tag="tai2e")
    assert json.loads(script.seen[0][1]) == {"timeOut": "0", "tag": "tai2e"}
    assert "cancel_all_after" not in vars(sdk.TradeAPI)


async def test_debug_that_prints_headers_is_off(
    script: RestScript,
    transport: Transport,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    script.on("POST", "trade/order", ok())
    with caplog.at_level(logging.DEBUG):
        await Trade(transport).place_order(**BARE)
        sdk.login_arg(KEYS, 1)
    said = caplog.text + "".join(capfd.readouterr())
    assert "canary" not in said
    assert "OK-ACCESS" not in said


async def test_default_key_never_calls_a_signed_endpoint_unsigned(script: RestScript) -> None:
    keyless = Transport(endpoints(script.url), None, QuickClock())
    for call in (Account(keyless).get_account_config, Trade(keyless).get_order_list):
        with pytest.raises(KeysRejected):
            await call()
    await keyless.aclose()
    assert script.seen == []


async def test_plain_ws_that_the_sdk_cannot_speak_is_spoken() -> None:
    async def story(socket: Socket) -> None:
        await socket.accept(PUBLIC_ARGS)
        await push_mark(socket)
        await socket.stay()

    async with streaming(story) as (_feed, events):
        assert await events.until(MarkPx)


async def test_login_is_made_once_and_its_refusal_is_heard(script: RestScript) -> None:
    heard: list[list[str]] = []

    async def story(socket: Socket) -> None:
        own: list[str] = []
        heard.append(own)
        with contextlib.suppress(ConnectionClosed):
            while True:
                asked = await socket.hear()
                own.append(asked["op"])
                await socket.say(event="error", code="60024", msg="passphrase")

    async with socket_server(story) as ws_url:
        _feed, venue = connect(endpoints(script.url, ws_url), KEYS, QuickClock(), CALM)
        with pytest.raises(KeysRejected, match="60024"):
            await asyncio.wait_for(venue.watch(Events(), lambda: None), 10)
        await venue.aclose()
    # Two sockets, each of which tries once more; the first to give up ends the other.
    assert 2 <= len(heard) <= 4
    assert [own for own in heard if own != ["login"]] in ([], [[]], [[], []])


async def test_clean_close_does_not_end_the_reading_silently() -> None:
    connections = 0

    async def story(socket: Socket) -> None:
        nonlocal connections
        connections += 1
        await socket.accept(PUBLIC_ARGS)
        if connections == 1:
            await socket.connection.close(1000)
        await push_mark(socket)
        await socket.stay()

    async with streaming(story) as (_feed, events):
        assert await events.until(MarkPx)
    assert connections == 2


async def test_frame_larger_than_a_mebibyte_is_read() -> None:
    async def story(socket: Socket) -> None:
        await socket.accept(PUBLIC_ARGS)
        blank = " " * (2 << 20)
        text = json.dumps({"arg": {"channel": "mark-price"}, "data": []})
        await socket.connection.send(blank + text)
        await push_mark(socket)
        await socket.stay()

    async with streaming(story) as (_feed, events):
        assert await events.until(MarkPx)
    assert MAX_FRAME > 2 << 20


async def test_service_that_is_stopped_leaves_no_socket_and_no_task() -> None:
    left = asyncio.Event()

    async def story(socket: Socket) -> None:
        if not socket.path.endswith("/public"):
            await socket.stay()
            return
        await socket.accept(PUBLIC_ARGS)
        await push_mark(socket)
        await socket.stay()
        left.set()

    async with socket_server(story) as ws_url:
        feed, _venue = connect(endpoints(ws_url=ws_url), None, QuickClock(), CALM)
        events = Events()
        before = asyncio.all_tasks()
        async with running(feed.stream(["BTC-USDT-SWAP"], events)):
            await events.until(MarkPx)
        await asyncio.wait_for(left.wait(), 5)
        names = {task.get_name() for task in asyncio.all_tasks() - before}
        assert not [name for name in names if name.startswith("okx")]
        await feed.aclose()
