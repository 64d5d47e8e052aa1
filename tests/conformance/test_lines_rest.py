"""Lines 1 to 15 of the conformance checklist: REST transport and authentication."""

import asyncio
import json
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest
from yarl import URL

from tai2.sim.exchange.exchange import Exchange
from tai2.sim.server.credentials import ApiKey, login_prehash, rest_prehash, sign
from tai2.sim.server.hub import Limits
from tai2.sim.server.tls_front import TlsFront
from tests.wire.sim_server_support import (
    INST,
    Json,
    Sim,
    limit_order,
    running,
    signed_headers,
    swap,
)

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
KEYS = ("sim", "sim", "sim")
ORDER = "/api/v5/trade/order"


async def in_thread(work: Callable[[str], Any], sim: Sim) -> Any:
    """Run a function of the server's URL beside the loop that serves it."""
    return await asyncio.to_thread(work, sim.server.rest_url)


async def raw(sim: Sim, method: str, path: str, **request: Any) -> tuple[int, Json]:
    url = URL(sim.server.rest_url + path, encoded=True)
    async with sim.http.request(method, url, **request) as reply:
        return reply.status, await reply.json()


async def test_line_01_the_sdk_reads_the_clock_unsigned() -> None:
    def read(url: str) -> Json:
        from okx.PublicData import PublicAPI

        with PublicAPI(flag="0", domain=url) as public:
            reply: Json = public.get_system_time()
            return reply

    async with running() as sim:
        reply = await in_thread(read, sim)
        assert reply["code"] == "0"
        assert abs(int(reply["data"][0]["ts"]) - sim.clock.now_ms()) < 1000


@pytest.mark.parametrize("flag", ["0", "1"])
async def test_line_02_public_endpoints_ignore_wrong_keys(flag: str) -> None:
    headers = {"OK-ACCESS-KEY": "x", "OK-ACCESS-SIGN": "x", "x-simulated-trading": flag}
    async with running(key=ApiKey(demo=False)) as sim:
        path = f"/api/v5/market/ticker?instId={INST}"
        assert (await raw(sim, "GET", path, headers=headers))[1]["code"] == "0"


async def test_line_03_the_signature_covers_the_raw_query() -> None:
    async with running() as sim:
        path = "/api/v5/account/balance?ccy=USDT%2CBTC"
        headers = signed_headers("GET", path)
        assert (await raw(sim, "GET", path, headers=headers))[0] == 200
        wrong = headers | {"OK-ACCESS-SIGN": "A" + headers["OK-ACCESS-SIGN"][1:]}
        status, reply = await raw(sim, "GET", path, headers=wrong)
        assert (status, reply["code"]) == (401, "50113")


SECRET = "22582BD0CFF14C41EDBF1AB98506286D"
STAMP = "2020-12-08T09:08:57.715Z"
LEVERAGE = '{"instId":"BTC-USDT","lever":"5","mgnMode":"isolated"}'


@pytest.mark.parametrize(
    ("secret", "text", "signature"),
    [
        (
            SECRET,
            rest_prehash(STAMP, "GET", "/api/v5/account/balance?ccy=BTC", ""),
            "HiZhvSfMtWJA3uUIVXV3a/bSXNPCWvYFXoGCVS8V4zY=",
        ),
        (
            SECRET,
            rest_prehash(STAMP, "POST", "/api/v5/account/set-leverage", LEVERAGE),
            "eCnnCgWLjlQ9XnpUkrcny3qNq3WW/81KNrDr/XR6Xv8=",
        ),
        (SECRET, login_prehash("1538054050"), "+LdIr8lkkvhr5hoA3g9TMC0+uQJ849ftAcocA/ouu4M="),
        (
            "chNOOS4KvNXR_Xq4k4c9qsfoKWvnDecLATCRlcBwyKDYnWgO",
            rest_prehash(STAMP, "GET", "/api/v5/account/balance", ""),
            "PJ61e1nb2F2Qd7D8SPiaIcx2gjdELc+o0ygzre9z33k=",
        ),
    ],
)
def test_line_04_the_published_vectors_verify(secret: str, text: str, signature: str) -> None:
    assert sign(secret, text) == signature


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"OK-ACCESS-KEY": ""}, "50103"),
        ({"OK-ACCESS-PASSPHRASE": ""}, "50104"),
        ({"OK-ACCESS-SIGN": ""}, "50106"),
        ({"OK-ACCESS-TIMESTAMP": ""}, "50107"),
        ({"OK-ACCESS-TIMESTAMP": "yesterday"}, "50112"),
        ({"OK-ACCESS-TIMESTAMP": STAMP}, "50102"),
        ({"OK-ACCESS-KEY": "other"}, "50111"),
        ({"OK-ACCESS-PASSPHRASE": "other"}, "50105"),
    ],
)
async def test_line_05_each_flaw_of_a_signature_has_its_code(
    change: dict[str, str], code: str
) -> None:
    async with running() as sim:
        path = "/api/v5/account/balance"
        headers = signed_headers("GET", path) | change
        status, reply = await raw(sim, "GET", path, headers=headers)
        assert (status, reply["code"]) == (401, code)


async def test_line_05_a_request_31_seconds_old_has_expired() -> None:
    async with running() as sim:
        headers = signed_headers("GET", "/api/v5/account/balance", ahead_s=-31)
        reply = await raw(sim, "GET", "/api/v5/account/balance", headers=headers)
        assert reply[1]["code"] == "50102"


@pytest.mark.parametrize(("demo", "flag"), [(True, "0"), (False, "1")])
async def test_line_06_a_key_belongs_to_one_environment(demo: bool, flag: str) -> None:
    async with running(key=ApiKey(demo=demo)) as sim:
        headers = {"x-simulated-trading": flag}
        status, reply = await sim.call("GET", "/api/v5/account/balance", **headers)
        assert (status, reply["code"]) == (401, "50101")


async def test_line_07_a_reading_key_may_not_trade() -> None:
    async with running(key=ApiKey(permissions=frozenset({"read_only"}))) as sim:
        status, reply = await sim.call("POST", ORDER, json.dumps(limit_order()))
        assert (status, reply["code"]) == (200, "50120")


@pytest.mark.parametrize(
    ("method", "path", "body", "kind", "expected"),
    [
        ("POST", ORDER, "{oops", "application/json", (400, "50002")),
        ("POST", ORDER, "", "application/json", (400, "50000")),
        ("POST", ORDER, "{}", "text/plain", (400, "50006")),
        ("GET", "/api/v5/trade/batch-orders", "", "application/json", (405, "50115")),
        ("GET", "/api/v5/no/such", "", "application/json", (404, "404")),
    ],
)
async def test_line_08_unreadable_requests(
    method: str, path: str, body: str, kind: str, expected: tuple[int, str]
) -> None:
    async with running() as sim:
        status, reply = await sim.call(method, path, body, **{"Content-Type": kind})
        assert (status, reply["code"]) == expected


PUBLIC = (
    "public/time",
    "public/instruments?instType=SWAP",
    "public/funding-rate?instId=" + INST,
    "public/open-interest?instType=SWAP",
    "public/mark-price?instType=SWAP",
    "public/price-limit?instId=" + INST,
    "public/position-tiers?instType=SWAP&tdMode=cross&instFamily=BTC-USDT",
    "market/tickers?instType=SWAP",
    "market/books-full?instId=" + INST,
    "market/trades?instId=" + INST,
    "account/balance",
    "account/config",
    "account/positions",
    "account/bills",
    "trade/fills",
)
NUMBERS = {"instIdCode", "seqId", "checksum", "prevSeqId"}


def unstrung(member: object, name: str = "") -> list[object]:
    """Return the numbers and nulls of a reply that should have been text."""
    if isinstance(member, dict):
        return [bad for key, part in member.items() for bad in unstrung(part, key)]
    if isinstance(member, list):
        return [bad for part in member for bad in unstrung(part, name)]
    is_fine = isinstance(member, str | bool) or name in NUMBERS
    return [] if is_fine else [(name, member)]


@pytest.mark.parametrize("path", PUBLIC)
async def test_line_09_replies_are_text_in_an_envelope(path: str) -> None:
    async with running() as sim:
        await sim.post("trade/order", limit_order(ordType="ioc", px="100000.1"))
        reply = (await sim.call("GET", f"/api/v5/{path}"))[1]
        assert {"code", "msg", "data"} <= reply.keys()
        assert (reply["code"], unstrung(reply["data"])) == ("0", [])


def stop_clock(sim: Sim) -> None:
    """Let all that follows happen in one millisecond."""
    now_ms = sim.clock.now_ms()
    sim.clock.now_ms = lambda: now_ms  # type: ignore[method-assign]


async def codes(sim: Sim, count: int, path: str, body: Json | list[Json]) -> list[str]:
    return [(await sim.post(path, body))["code"] for _ in range(count)]


async def test_line_10_orders_are_limited_per_instrument_and_kind() -> None:
    async with running(limits=Limits()) as sim:
        stop_clock(sim)
        wrong = {"instId": INST, "sz": "0"}
        assert set(await codes(sim, 60, "trade/order", wrong)) == {"1"}
        status, reply = await sim.call("POST", ORDER, json.dumps(wrong))
        assert (status, reply["code"]) == (429, "50011")
        assert await codes(sim, 1, "trade/order", wrong | {"instId": "ETH-USDT-SWAP"}) == ["1"]
        assert await codes(sim, 1, "trade/cancel-order", {"instId": INST, "ordId": "1"}) == ["1"]
        assert await codes(sim, 1, "trade/batch-orders", [wrong]) == ["50011"]
        assert await codes(sim, 1, "trade/batch-orders", [wrong] * 20) == ["1"]


async def test_line_10_rest_and_socket_share_the_count() -> None:
    async with running(limits=Limits()) as sim, sim.ws("private", login=True) as ws:
        stop_clock(sim)
        await codes(sim, 60, "trade/order", {"instId": INST, "sz": "0"})
        args = [{"instIdCode": swap().inst_id_code, "sz": "0"}]
        await ws.send({"id": "1", "op": "order", "args": args})
        assert (await ws.where(lambda frame: frame.get("id") == "1"))["code"] == "50011"


async def test_line_11_connections_are_kept_and_long_replies_compressed() -> None:
    async with running() as sim:
        for number in range(300):
            sim.exchange.print_trade(
                INST, "buy", swap().tick_sz * (1_000_000 + number), swap().lot_sz
            )
        url = f"{sim.server.rest_url}/api/v5/market/trades?instId={INST}&limit=300"
        async with sim.http.get(url) as first:
            assert first.headers["Content-Encoding"] in ("gzip", "deflate")
            assert len((await first.json())["data"]) == 300
            assert first.connection is None or first.connection.transport is not None
        async with sim.http.get(url) as second:
            assert second.version == aiohttp.HttpVersion11


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Make a key and its certificate for loopback, in one file."""
    if (openssl := shutil.which("openssl")) is None:
        pytest.skip("openssl makes the certificate")
    made = tmp_path / "both.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    files = ["-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "cert.pem")]
    subprocess.run([*command, *files], check=True, capture_output=True, timeout=120)
    made.write_text((tmp_path / "key.pem").read_text() + (tmp_path / "cert.pem").read_text())
    return made


@asynccontextmanager
async def fronted(sim: Sim, pem: Path, *, http2: bool) -> AsyncIterator[httpx.AsyncClient]:
    """Open a client, of the kind that python-okx uses, to the server behind TLS."""
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(pem)
    place = URL(sim.server.rest_url)
    front = TlsFront((str(place.host), int(place.port or 0)), own)
    port = await front.start()
    trusting = ssl.create_default_context(cafile=pem)
    try:
        async with httpx.AsyncClient(
            base_url=f"https://127.0.0.1:{port}", http2=http2, verify=trusting, trust_env=False
        ) as client:
            yield client
    finally:
        await front.stop()


@pytest.mark.parametrize(("http2", "spoken"), [(True, "HTTP/2"), (False, "HTTP/1.1")])
async def test_line_11_both_versions_of_http_work_over_tls(
    certificate: Path, http2: bool, spoken: str
) -> None:
    many = [replace(swap(f"C{n:04}-USDT-SWAP"), inst_id_code=n) for n in range(1, 2_000)]
    async with (
        running(exchange=Exchange([swap(), *many], seed=1, log=None)) as sim,
        fronted(sim, certificate, http2=http2) as client,
    ):
        whole = await client.get("/api/v5/public/instruments?instType=SWAP", timeout=60)
        assert (whole.status_code, whole.http_version) == (200, spoken)
        assert len(whole.content) > 1024 * 1024
        assert len(whole.json()["data"]) == 2_000
        assert whole.headers["Content-Encoding"] in ("gzip", "deflate")
        body = json.dumps(limit_order(clOrdId="h2"))
        headers = signed_headers("POST", ORDER, body)
        placed = await client.post(ORDER, content=body, headers=headers)
        assert placed.json()["code"] == "0"
        asked = [client.get(f"/api/v5/market/ticker?instId={INST}") for _ in range(20)]
        assert {reply.json()["code"] for reply in await asyncio.gather(*asked)} == {"0"}
        sim.server.turn("drop_before path=trade/order")
        again = signed_headers("POST", ORDER, body)
        with pytest.raises(httpx.RemoteProtocolError):
            await client.post(ORDER, content=body, headers=again)
        assert (await client.get("/api/v5/public/time")).json()["code"] == "0"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("code code=50001", "50001"),
        ("code code=50004 stage=after", "50004"),
        ("code code=50013", "50013"),
        ("code code=50026", "50026"),
        ("code code=50011 status=429", "50011"),
    ],
)
async def test_line_12_the_sdk_meets_every_fault_code(line: str, code: str) -> None:
    async with running() as sim:
        sim.server.turn(line)
        assert (await in_thread(place, sim))["code"] == code


def place(url: str) -> Json:
    """Place one resting order by python-okx."""
    from okx.Trade import TradeAPI

    with TradeAPI(*KEYS, flag="0", domain=url) as orders:
        reply: Json = orders.place_order(
            INST, "cross", "buy", "limit", "0.5", px="99000", clOrdId="s1"
        )
        return reply


@pytest.mark.parametrize("line", ["drop_after_accept", "html status=502 stage=after"])
async def test_line_12_the_sdk_raises_while_the_order_exists(line: str) -> None:
    async with running() as sim:
        sim.server.turn(line)
        with pytest.raises(Exception, match=r"disconnected|Expecting value"):
            await in_thread(place, sim)
        assert sim.exchange.order(INST, cl_ord_id="s1") is not None


@pytest.mark.parametrize(("delay", "exp_s", "code"), [("0", -1, "50036"), ("0.1", 0.05, "50037")])
async def test_line_13_an_expired_order_is_not_created(delay: str, exp_s: float, code: str) -> None:
    async with running() as sim:
        sim.server.turn(f"delay seconds={delay}")
        moment = str(sim.clock.now_ms() + round(exp_s * 1000))
        reply = await sim.post("trade/order", limit_order(clOrdId="x1"), expTime=moment)
        assert reply["code"] == code
        assert sim.exchange.order(INST, cl_ord_id="x1") is None


@pytest.mark.parametrize("attached", [None, "", []])
async def test_line_14_empty_parameters_count_as_absent(attached: object) -> None:
    empty = {"ccy": "", "posSide": "", "tgtCcy": "", "banAmend": "", "stpMode": "", "tag": ""}
    async with running() as sim:
        body = limit_order(attachAlgoOrds=attached, **empty)
        assert (await sim.post("trade/order", body))["code"] == "0"


async def test_line_14_the_sdk_sends_every_parameter_empty() -> None:
    async with running() as sim:
        assert (await in_thread(place, sim))["code"] == "0"
        order = sim.exchange.order(INST, cl_ord_id="s1")
        assert order is not None
        assert (order.tag, order.reduce_only) == ("", False)


@pytest.mark.parametrize("truth", [True, "true", "True"])
async def test_line_15_the_sdk_sends_booleans_either_way(truth: object) -> None:
    def reduce(url: str) -> Json:
        from okx.Trade import TradeAPI

        with TradeAPI(*KEYS, flag="0", domain=url) as orders:
            reply: Json = orders.place_order(
                INST, "cross", "buy", "limit", "0.5", px="99000", reduceOnly=truth
            )
            return reply

    async with running() as sim:
        assert (await in_thread(reduce, sim))["data"][0]["sCode"] == "51169"


@pytest.mark.parametrize("truth", [True, False, "true", ""])
async def test_line_15_the_sdk_asks_with_booleans_as_text(truth: object) -> None:
    def ask(url: str) -> Json:
        from okx.Account import AccountAPI

        with AccountAPI(*KEYS, flag="0", domain=url) as account:
            reply: Json = account.get_max_avail_size(INST, "cross", reduceOnly=truth)
            return reply

    async with running() as sim:
        reply = await in_thread(ask, sim)
        free = sim.exchange.balance().avail
        assert reply["code"] == "0"
        (row,) = reply["data"]
        sides = Decimal(row["availBuy"]), Decimal(row["availSell"])
        assert (row["instId"], *sides) == (INST, free, free)


async def test_line_15_another_word_is_no_boolean() -> None:
    async with running() as sim:
        reply = await sim.get("account/max-avail-size", instId=INST, tdMode="cross", reduceOnly="1")
        assert reply["code"] == "51000"
        assert (await sim.post("trade/order", limit_order(reduceOnly="yes")))["code"] != "0"


@pytest.mark.parametrize("truth", [True, "true", "True"])
async def test_line_15_booleans_come_in_every_spelling(truth: object) -> None:
    async with running() as sim:
        reply = await sim.post("trade/order", limit_order(reduceOnly=truth))
        assert reply["data"][0]["sCode"] == "51169"
