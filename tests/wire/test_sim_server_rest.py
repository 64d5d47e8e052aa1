"""The simulator's REST face: envelope, authentication, endpoints, paging."""

import json

import aiohttp
import pytest

from tai2.model.errors import UsageError
from tai2.sim.server.app import SimServer
from tai2.sim.server.credentials import ApiKey
from tests.wire.sim_server_support import INST, Sim, ioc_order, limit_order, running, signed_headers


async def test_public_time_needs_no_key_and_ignores_a_wrong_one() -> None:
    async with running() as sim:
        url = f"{sim.server.rest_url}/api/v5/public/time"
        async with sim.http.get(url, headers={"OK-ACCESS-KEY": "wrong"}) as reply:
            envelope = await reply.json()
        assert envelope["code"] == "0"
        assert abs(int(envelope["data"][0]["ts"]) - sim.exchange.now_ms) < 1_000


async def test_a_signature_covers_the_raw_query() -> None:
    async with running() as sim:
        path = "/api/v5/account/balance?ccy=USDT"
        assert (await sim.call("GET", path))[0] == 200
        headers = signed_headers("GET", path)
        async with sim.http.get(f"{sim.server.rest_url}{path}X", headers=headers) as reply:
            assert (reply.status, (await reply.json())["code"]) == (401, "50113")


async def test_a_key_that_may_only_read_cannot_trade() -> None:
    async with running(key=ApiKey(permissions=frozenset({"read_only"}))) as sim:
        status, envelope = await sim.call("POST", "/api/v5/trade/order", json.dumps(limit_order()))
        assert (status, envelope["code"]) == (200, "50120")
        assert (await sim.get("account/config"))["data"][0]["perm"] == "read_only"


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("GET", "/api/v5/nowhere", "", (404, "404")),
        ("GET", "/", "", (404, "404")),
        ("GET", "/ws/v5/elsewhere", "", (404, "404")),
        ("GET", "/api/v5/trade/cancel-order", "", (405, "50115")),
        ("POST", "/api/v5/trade/order", "", (400, "50000")),
        ("POST", "/api/v5/trade/order", "{", (400, "50002")),
        ("POST", "/api/v5/trade/order", "{}", (200, "1")),
        ("POST", "/api/v5/trade/order", "7", (400, "50002")),
        ("POST", "/api/v5/trade/order", "[1]", (400, "50002")),
        ("POST", "/api/v5/trade/order", '{"instId":{}}', (200, "1")),
        ("POST", "/api/v5/trade/order", '{"clOrdId":{}}', (400, "51000")),
        ("POST", "/api/v5/trade/batch-orders", "[]", (400, "50014")),
        ("POST", "/api/v5/trade/cancel-algos", "[{}]", (200, "1")),
        ("POST", "/api/v5/trade/order-algo", "{}", (400, "50014")),
        ("GET", "/api/v5/trade/orders-pending?limit=x", "", (400, "51000")),
        ("GET", "/api/v5/market/books?instId=BTC-USDT-SWAP&sz=-1", "", (400, "51000")),
        ("GET", "/api/v5/market/ticker", "", (400, "50014")),
        ("GET", "/api/v5/market/ticker?instId=NO-SUCH", "", (200, "51001")),
        ("GET", f"/api/v5/market/candles?instId={INST}&bar=7m", "", (400, "51000")),
        ("GET", "/api/v5/public/instruments?instType=ALL", "", (400, "51000")),
    ],
)
async def test_bad_requests_get_their_code_and_status(
    method: str, path: str, body: str, expected: tuple[int, str]
) -> None:
    async with running() as sim:
        status, envelope = await sim.call(method, path, body)
        assert (status, envelope["code"]) == expected
        assert isinstance(envelope["data"], list)


async def test_a_body_of_another_type_is_refused() -> None:
    async with running() as sim:
        path, body = "/api/v5/trade/order", json.dumps(limit_order())
        headers = signed_headers("POST", path, body) | {"Content-Type": "text/plain"}
        url = sim.server.rest_url + path
        async with sim.http.post(url, data=body, headers=headers) as reply:
            assert (reply.status, (await reply.json())["code"]) == (400, "50006")


READS = [
    ("public/instruments", {"instType": "SWAP"}),
    ("account/instruments", {"instType": "SWAP", "instId": INST}),
    ("market/ticker", {"instId": INST}),
    ("market/tickers", {"instType": "SWAP"}),
    ("market/index-tickers", {"instId": "BTC-USDT"}),
    ("market/books", {"instId": INST, "sz": "400"}),
    ("market/candles", {"instId": INST, "bar": "1m"}),
    ("market/trades", {"instId": INST}),
    ("public/funding-rate", {"instId": INST}),
    ("public/open-interest", {"instType": "SWAP"}),
    ("public/mark-price", {"instType": "SWAP", "instId": INST}),
    ("public/price-limit", {"instId": INST}),
    ("account/balance", {"ccy": "USDT"}),
    ("account/positions", {}),
    ("account/config", {}),
    ("account/leverage-info", {"instId": INST, "mgnMode": "cross"}),
    ("account/trade-fee", {"instType": "SWAP"}),
    ("account/max-size", {"instId": INST, "tdMode": "cross"}),
    ("trade/orders-pending", {"instType": "SWAP"}),
    ("trade/orders-history", {"instType": "SWAP"}),
    ("trade/fills", {"instType": "SWAP"}),
    ("trade/orders-algo-pending", {"ordType": "conditional,oco"}),
]


async def test_every_read_answers_with_rows_of_text() -> None:
    async with running() as sim:
        await sim.post("trade/order", limit_order())
        await sim.post("trade/order", ioc_order(attachAlgoOrds=[stop()]))
        for path, params in READS:
            envelope = await sim.get(path, **params)
            assert envelope["code"] == "0", (path, envelope)
            assert envelope["data"], path
            assert not odd_members(envelope["data"]), (path, odd_members(envelope["data"]))


TYPED = {
    "seqId", "instIdCode", "enabled", "futureSettlement", "autoLoan", "enableSpotBorrow",
    "spotBorrowAutoRepay", "collateralEnabled", "collateralRestrict",
}  # fmt: skip


def odd_members(rows: list[object]) -> list[str]:
    """Return members that are neither text, list nor object, save those typed by the protocol."""
    found = []
    for row in rows:
        for name, member in row.items() if isinstance(row, dict) else enumerate(row):  # type: ignore[attr-defined]
            if isinstance(member, list):
                found += odd_members([one for one in member if isinstance(one, dict)])
            elif not isinstance(member, str | dict) and name not in TYPED:
                found.append(f"{name}={member!r}")
    return found


def stop(**changes: str) -> dict[str, str]:
    """Return an attached stop-loss."""
    return {
        "attachAlgoClOrdId": "t2s1",
        "slTriggerPx": "97000",
        "slOrdPx": "-1",
        "slTriggerPxType": "mark",
        **changes,
    }


async def test_an_order_rests_is_found_and_is_cancelled() -> None:
    async with running() as sim:
        placed = await sim.post("trade/order", limit_order(clOrdId="a1", reduceOnly=False))
        ord_id = placed["data"][0]["ordId"]
        found = (await sim.get("trade/order", instId=INST, clOrdId="a1"))["data"][0]
        assert (found["ordId"], found["state"], found["px"]) == (ord_id, "live", "99990")
        assert int(placed["outTime"]) >= int(placed["inTime"]) > 10**15
        await sim.post("trade/cancel-order", {"instId": INST, "ordId": ord_id, "clOrdId": ""})
        assert (await sim.get("trade/orders-pending"))["data"] == []
        gone = (await sim.get("trade/orders-history", instType="SWAP"))["data"][0]
        assert (gone["state"], gone["cancelSource"]) == ("canceled", "1")
        again = await sim.post("trade/cancel-order", {"instId": INST, "ordId": ord_id})
        assert (again["code"], again["data"][0]["sCode"]) == ("1", "51400")


async def test_an_unknown_order_is_51603() -> None:
    async with running() as sim:
        assert (await sim.get("trade/order", instId=INST, clOrdId="no"))["code"] == "51603"


async def test_a_filled_entry_leaves_position_fill_and_stop() -> None:
    async with running() as sim:
        body = ioc_order(clOrdId="e1", attachAlgoOrds=[stop()])
        assert (await sim.post("trade/order", body))["data"][0]["sCode"] == "0"
        fill = (await sim.get("trade/fills", instType="SWAP"))["data"][0]
        assert (fill["fillPx"], fill["fillSz"], fill["clOrdId"]) == ("100000.1", "0.5", "e1")
        assert fill["fee"].startswith("-")
        assert (await sim.get("account/positions"))["data"][0]["pos"] == "0.5"
        algo = (await sim.get("trade/orders-algo-pending", ordType="conditional,oco"))["data"][0]
        assert (algo["algoClOrdId"], algo["slTriggerPx"]) == ("t2s1", "97000")
        one = (await sim.get("trade/order-algo", algoClOrdId="t2s1"))["data"][0]
        assert one["algoId"] == algo["algoId"]


async def test_a_batch_answers_in_order_with_code_2_when_some_fail() -> None:
    async with running() as sim:
        orders = [limit_order(clOrdId="b1"), limit_order(clOrdId="b2", sz="0.001"), {"sz": "x"}]
        envelope = await sim.post("trade/batch-orders", orders)
        assert envelope["code"] == "2"
        assert [row["sCode"] == "0" for row in envelope["data"]] == [True, False, False]
        assert (await sim.post("trade/batch-orders", [limit_order()] * 21))["code"] == "51111"


async def test_history_pages_by_order_id_without_overlap_or_gap() -> None:
    async with running() as sim:
        for number in range(5):
            await sim.post("trade/order", limit_order(clOrdId=f"p{number}"))
        first = (await sim.get("trade/orders-pending", limit="2"))["data"]
        rest = (await sim.get("trade/orders-pending", after=first[-1]["ordId"]))["data"]
        names = [row["clOrdId"] for row in first + rest]
        assert names == ["p4", "p3", "p2", "p1", "p0"]
        newer = (await sim.get("trade/orders-pending", before=first[-1]["ordId"]))["data"]
        assert [row["clOrdId"] for row in newer] == ["p4"]


@pytest.mark.parametrize(("late_ms", "code"), [(-60_000, "50036"), (60_000, "0")])
async def test_an_expired_order_is_not_created(late_ms: int, code: str) -> None:
    async with running() as sim:
        exp_time = str(sim.exchange.now_ms + late_ms)
        envelope = await sim.post("trade/order", limit_order(), expTime=exp_time)
        assert envelope["code"] == code
        assert bool((await sim.get("trade/orders-pending"))["data"]) == (code == "0")


async def test_close_position_flattens_and_says_51023_when_flat() -> None:
    async with running() as sim:
        body = {"instId": INST, "mgnMode": "cross"}
        assert (await sim.post("trade/close-position", body))["code"] == "51023"
        await sim.post("trade/order", ioc_order())
        assert (await sim.post("trade/close-position", body))["code"] == "0"
        assert (await sim.get("account/positions"))["data"] == []


async def test_leverage_can_be_set_and_read_back() -> None:
    async with running() as sim:
        body = {"instId": INST, "mgnMode": "cross", "lever": "5"}
        assert (await sim.post("account/set-leverage", body))["data"][0]["lever"] == "5"
        shown = await sim.get("account/leverage-info", instId=INST, mgnMode="cross")
        assert shown["data"][0]["lever"] == "5"


@pytest.mark.parametrize(("timeout_s", "code"), [("9", "51000"), ("10", "0"), ("0", "0")])
async def test_the_dead_mans_switch_takes_0_or_10_to_120_seconds(timeout_s: str, code: str) -> None:
    async with running() as sim:
        assert (await sim.post("trade/cancel-all-after", {"timeOut": timeout_s}))["code"] == code


async def test_a_taken_port_is_a_usage_error_with_a_hint() -> None:
    async with running() as sim:
        port = int(sim.server.rest_url.rsplit(":", 1)[1])
        second = SimServer(sim.exchange, sim.server.clock)
        with pytest.raises(UsageError) as taken:
            await second.start("127.0.0.1", port)
        assert "0 for any free one" in taken.value.hint


async def test_an_untouched_sim_serves_nobody_after_stop() -> None:
    async with running() as sim:
        await sim.server.stop()
        with pytest.raises(aiohttp.ClientConnectionError):
            await Sim(sim.server, sim.http).get("public/time")
