"""What really goes over the wire, and what becomes of every way in which a reply can fail."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from datetime import datetime

import pytest
from aiohttp import web

from tai2.model.errors import DataInvalid, KeysRejected, VenueUnavailable
from tai2.okx.answer import NoAnswer
from tai2.okx.credentials import Endpoints
from tai2.okx.decode.account import LeverageRow, TimeRow
from tai2.okx.rest import Rest
from tai2.okx.sdk import BODY_LIMIT, Account, Market, Public, Trade, Transport, sign
from tests.wire.okx_loopback import (
    KEYS,
    QuickClock,
    RestScript,
    document,
    endpoints,
    ok,
    page,
    refused,
    reset,
    rest_server,
)

TIME = {"ts": "1725003123456"}


@pytest.fixture
async def script() -> AsyncIterator[RestScript]:
    async with rest_server() as running:
        yield running


@pytest.fixture
async def transport(script: RestScript) -> AsyncIterator[Transport]:
    made = Transport(endpoints(script.url), KEYS, QuickClock())
    yield made
    await made.aclose()


async def test_query_is_encoded_and_cannot_inject(script: RestScript, transport: Transport) -> None:
    script.on("GET", "market/ticker", ok())
    await Market(transport).get_ticker("BTC-USDT&instId=ETH-USDT é")
    (request, _body) = script.seen[0]
    assert request.query.getall("instId") == ["BTC-USDT&instId=ETH-USDT é"]
    assert "%26" in request.raw_path


async def test_signature_covers_the_path_as_sent(script: RestScript, transport: Transport) -> None:
    script.on("GET", "account/leverage-info", ok())
    await Account(transport).get_leverage(mgnMode="cross", instId="A B,C")
    (request, _body) = script.seen[0]
    stamp = request.headers["OK-ACCESS-TIMESTAMP"]
    assert request.headers["OK-ACCESS-SIGN"] == sign(
        f"{stamp}GET{request.raw_path}", KEYS.secret_key
    )
    assert request.headers["x-simulated-trading"] == "0"


async def test_post_is_signed_over_its_exact_body(script: RestScript, transport: Transport) -> None:
    script.on("POST", "trade/cancel-order", ok())
    await Trade(transport).cancel_order(instId="BTC-USDT", clOrdId="t2x")
    (request, body) = script.seen[0]
    stamp = request.headers["OK-ACCESS-TIMESTAMP"]
    text = f"{stamp}POST/api/v5/trade/cancel-order{body}"
    assert request.headers["OK-ACCESS-SIGN"] == sign(text, KEYS.secret_key)
    assert json.loads(body) == {"instId": "BTC-USDT", "clOrdId": "t2x"}


async def test_no_post_leaves_while_the_account_is_not_ours(script: RestScript) -> None:
    script.on("POST", "trade/cancel-order", ok())
    script.on("GET", "account/leverage-info", ok())
    ours = iter([False, True])
    made = Transport(endpoints(script.url), KEYS, QuickClock(), may_send=lambda: next(ours))
    with pytest.raises(NoAnswer, match="lock isn't ours") as refused:
        await Trade(made).cancel_order(instId="BTC-USDT", clOrdId="t2x")
    assert not refused.value.is_sent
    await Account(made).get_leverage(mgnMode="cross", instId="BTC-USDT-SWAP")
    await Trade(made).cancel_order(instId="BTC-USDT", clOrdId="t2x")
    await made.aclose()
    assert [request.method for request, _body in script.seen] == ["GET", "POST"]


async def test_public_calls_are_unsigned(script: RestScript, transport: Transport) -> None:
    script.on("GET", "public/time", ok(TIME))
    await Public(transport).get_system_time()
    (request, _body) = script.seen[0]
    assert not [name for name in request.headers if name.upper().startswith("OK-ACCESS")]


async def test_demo_sends_its_flag(script: RestScript) -> None:
    script.on("GET", "public/time", ok(TIME))
    place = Endpoints(rest_url=script.url, ws_url="", is_demo=True)
    demo = Transport(place, None, QuickClock())
    await Public(demo).get_system_time()
    await demo.aclose()
    assert script.seen[0][0].headers["x-simulated-trading"] == "1"


async def test_exp_time_travels_on_that_call_only(script: RestScript, transport: Transport) -> None:
    script.on("POST", "trade/order", ok())
    bare = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "ioc", "sz": "1"}
    await Trade(transport, exp_ms=1725003126456).place_order(**bare)
    await Trade(transport).place_order(**bare)
    sent = [request.headers.get("expTime") for request, _body in script.seen]
    assert sent == ["1725003126456", None]


async def test_timestamps_use_the_measured_offset(script: RestScript, transport: Transport) -> None:
    script.on("GET", "account/config", ok())
    transport.server_clock.offset_ms = -90_000
    await Account(transport).get_account_config()
    stamp = datetime.fromisoformat(script.seen[0][0].headers["OK-ACCESS-TIMESTAMP"])
    behind_ms = QuickClock().now_ms() - stamp.timestamp() * 1000
    assert 89_000 < behind_ms < 99_000


async def test_private_call_without_a_key_sends_nothing(script: RestScript) -> None:
    keyless = Transport(endpoints(script.url), None, QuickClock())
    with pytest.raises(KeysRejected):
        await Account(keyless).get_account_config()
    await keyless.aclose()
    assert script.seen == []


async def test_status_and_code_are_kept(script: RestScript, transport: Transport) -> None:
    script.on("GET", "public/time", refused("50026", 500))
    answer = await Public(transport).get_system_time()
    assert (answer.status, answer.code, answer.msg) == (500, "50026", "told to")


async def test_html_page_is_an_answer_without_code(
    script: RestScript, transport: Transport
) -> None:
    script.on("GET", "public/time", page(502, b"<html>bad gateway</html>"))
    answer = await Public(transport).get_system_time()
    assert (answer.status, answer.code) == (502, "")


async def test_redirect_is_not_followed(script: RestScript, transport: Transport) -> None:
    async def elsewhere(_request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound(f"{script.url}/api/v5/public/elsewhere")

    script.on("GET", "public/time", elsewhere)
    answer = await Public(transport).get_system_time()
    assert answer.status == 302
    assert len(script.seen) == 1


async def test_proxy_of_the_environment_is_ignored(
    script: RestScript, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    script.on("GET", "public/time", ok(TIME))
    direct = Transport(endpoints(script.url), None, QuickClock())
    answer = await Public(direct).get_system_time()
    await direct.aclose()
    assert answer.is_ok


async def test_dripped_reply_ends_at_the_total_deadline(
    script: RestScript, transport: Transport
) -> None:
    stopped = asyncio.Event()

    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b" ")
                await asyncio.sleep(0.02)
        finally:
            stopped.set()

    script.on("GET", "public/time", drip)
    transport.total_deadline_s = 0.2
    with pytest.raises(NoAnswer, match="TimeoutError") as failure:
        await Public(transport).get_system_time()
    assert failure.value.is_sent
    await asyncio.wait_for(stopped.wait(), 5)


async def test_oversized_reply_is_cut(script: RestScript, transport: Transport) -> None:
    script.on("GET", "public/time", page(200, b" " * (BODY_LIMIT + 1)))
    with pytest.raises(NoAnswer, match="larger"):
        await Public(transport).get_system_time()


async def test_instrument_list_may_be_larger(script: RestScript, transport: Transport) -> None:
    body = json.dumps(ok()).encode() + b" " * (BODY_LIMIT + 1)
    script.on("GET", "public/instruments", page(200, body))
    assert (await Public(transport).get_instruments(instType="SWAP")).is_ok


async def test_refused_connection_provably_sent_nothing() -> None:
    nowhere = Transport(endpoints("http://127.0.0.1:1"), KEYS, QuickClock())
    with pytest.raises(NoAnswer) as failure:
        await Public(nowhere).get_system_time()
    await nowhere.aclose()
    assert not failure.value.is_sent


async def test_reset_after_the_request_may_have_sent(
    script: RestScript, transport: Transport
) -> None:
    script.on("GET", "public/time", reset)
    with pytest.raises(NoAnswer) as failure:
        await Public(transport).get_system_time()
    assert failure.value.is_sent


async def test_nothing_logs_a_secret(
    script: RestScript, transport: Transport, caplog: pytest.LogCaptureFixture
) -> None:
    script.on("GET", "account/config", ok())
    with caplog.at_level(logging.DEBUG):
        await Account(transport).get_account_config()
    assert "canary" not in caplog.text


async def test_read_is_repeated_until_it_succeeds(script: RestScript, transport: Transport) -> None:
    script.on("GET", "public/time", refused("50013", 429), page(502, b"<html>"), ok(TIME))
    rest = Rest(transport, QuickClock())
    rows = await rest.rows(Public(transport).get_system_time, TimeRow)
    assert [row.ts for row in rows] == [TIME["ts"]]
    assert len(script.seen) == 3


async def test_read_gives_up_after_three_tries(script: RestScript, transport: Transport) -> None:
    script.on("GET", "public/time", reset)
    with pytest.raises(VenueUnavailable):
        await Rest(transport, QuickClock()).rows(Public(transport).get_system_time, TimeRow)
    assert len(script.seen) == 3


async def test_stale_timestamp_measures_the_clock_once_and_asks_again(
    script: RestScript, transport: Transport
) -> None:
    script.on("GET", "public/time", ok({"ts": str(QuickClock().now_ms() + 90_000)}))
    script.on("GET", "account/leverage-info", refused("50102", 401), ok())
    ask = Account(transport).get_leverage
    await Rest(transport, QuickClock()).rows(lambda: ask(mgnMode="cross"), LeverageRow)
    assert 80_000 < transport.server_clock.offset_ms < 100_000


@pytest.mark.parametrize("code", ["50111", "50101", "50120"])
async def test_rejected_key_is_said_at_once(
    script: RestScript, transport: Transport, code: str
) -> None:
    script.on("GET", "account/leverage-info", refused(code, 401))
    ask = Account(transport).get_leverage
    with pytest.raises(KeysRejected, match=code):
        await Rest(transport, QuickClock()).rows(lambda: ask(mgnMode="cross"), LeverageRow)
    assert len(script.seen) == 1


async def test_rows_of_another_shape_are_invalid(script: RestScript, transport: Transport) -> None:
    script.on("GET", "public/time", document(ok({"time": 5})))
    with pytest.raises(DataInvalid):
        await Rest(transport, QuickClock()).rows(Public(transport).get_system_time, TimeRow)
