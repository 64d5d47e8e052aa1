"""The simulator's WebSocket face: requests, books, tape, private channels, endings."""

import asyncio
import json
from decimal import Decimal

import pytest
from aiohttp import WSMsgType

from tai2.sim.server.booktape import BookTape
from tai2.sim.server.faults import Faults
from tai2.sim.server.hub import Limits
from tai2.sim.server.streams import BookStream
from tai2.sim.server.topics import Topic
from tests.wire.sim_server_support import (
    INST,
    PATIENCE_S,
    Json,
    Replica,
    Ws,
    ioc_order,
    limit_order,
    login_arg,
    quote,
    running,
)

BOOKS = {"channel": "books", "instId": INST}
ORDERS = {"channel": "orders", "instType": "SWAP"}


@pytest.mark.parametrize("endpoint", ["public", "private", "business"])
async def test_text_ping_gets_text_pong_before_login(endpoint: str) -> None:
    async with running() as sim, sim.ws(endpoint) as ws:
        await ws.send("ping")
        assert await ws.socket.receive_str(timeout=PATIENCE_S) == "pong"


async def test_each_arg_is_acknowledged_with_connection_and_echoed_id() -> None:
    async with running() as sim, sim.ws("public") as ws:
        args = [BOOKS | {"instType": None}, {"channel": "trades", "instId": INST}]
        await ws.send({"op": "subscribe", "id": "x1", "args": args})
        acks = [await ws.event("subscribe"), await ws.event("subscribe")]
        assert [ack["arg"] for ack in acks] == args
        assert {ack["id"] for ack in acks} == {"x1"}
        assert len({ack["connId"] for ack in acks}) == 1
        assert len(acks[0]["connId"]) == 8


@pytest.mark.parametrize(
    ("endpoint", "request_text", "code"),
    [
        ("public", "{", "60012"),
        ("public", '{"op":"subscribe","argss":[{"channel":"books"}]}', "60012"),
        ("public", '{"op":"dance","args":[{}]}', "60019"),
        ("public", json.dumps({"op": "subscribe", "args": [{"channel": "books9"}]}), "60018"),
        ("public", json.dumps({"op": "subscribe", "args": [BOOKS | {"instId": "X"}]}), "60018"),
        ("business", json.dumps({"op": "subscribe", "args": [BOOKS]}), "64002"),
        ("public", json.dumps({"op": "subscribe", "args": [ORDERS]}), "60018"),
        ("private", json.dumps({"op": "subscribe", "args": [ORDERS]}), "60011"),
        ("public", '{"op":"subscribe","args":[{"channel":"books-l2-tbt"}]}', "64003"),
    ],
)
async def test_wrong_requests_get_an_error_event(
    endpoint: str, request_text: str, code: str
) -> None:
    async with running() as sim, sim.ws(endpoint) as ws:
        await ws.send(request_text)
        assert (await ws.event("error"))["code"] == code


async def test_a_wrong_arg_does_not_spoil_the_others() -> None:
    async with running() as sim, sim.ws("public") as ws:
        await ws.send({"op": "subscribe", "args": [{"channel": "books9", "instId": INST}, BOOKS]})
        assert "channel:books9,instId:BTC-USDT-SWAP doesn't exist" in (
            (await ws.event("error"))["msg"].replace("Wrong URL or ", "")
        )
        assert (await ws.on("books"))["action"] == "snapshot"


async def test_a_wrong_signature_does_not_log_in() -> None:
    async with running() as sim, sim.ws("private") as ws:
        await ws.send({"op": "login", "args": [login_arg() | {"sign": "AAAA"}]})
        assert (await ws.event("error"))["code"] == "60007"
        await ws.send({"op": "subscribe", "args": [ORDERS]})
        assert (await ws.event("error"))["code"] == "60011"


async def test_updates_applied_to_the_snapshot_give_the_rest_book() -> None:
    async with running() as sim, sim.ws("public") as ws:
        await ws.subscribe(BOOKS)
        book = Replica((await ws.on("books"))["data"][0])
        for mid, depth in (("100000.2", 5), ("99999.5", 9), ("100003", 3)):
            quote(sim.exchange, mid, depth)
            book.apply((await ws.on("books"))["data"][0])
            rest = (await sim.get("market/books", instId=INST, sz="400"))["data"][0]
            assert rest["seqId"] == book.seq_id
            assert [level[:2] for level in rest["bids"]] == book.side("bids")
            assert [level[:2] for level in rest["asks"]] == book.side("asks")


async def test_a_second_follower_joins_the_same_chain() -> None:
    async with running() as sim, sim.ws("public") as first, sim.ws("public") as second:
        await first.subscribe(BOOKS)
        seq_id = (await first.on("books"))["data"][0]["seqId"]
        quote(sim.exchange, "100001")
        await second.subscribe(BOOKS)
        joined = Replica((await second.on("books"))["data"][0])
        update = (await first.on("books"))["data"][0]
        assert update["prevSeqId"] == seq_id
        if joined.seq_id != update["seqId"]:
            joined.apply((await second.on("books"))["data"][0])
        assert joined.seq_id == update["seqId"]


async def test_unsubscribing_stops_the_data_and_resubscribing_gives_a_snapshot() -> None:
    async with running() as sim, sim.ws("public") as ws:
        await ws.subscribe(BOOKS)
        await ws.on("books")
        await ws.send({"op": "unsubscribe", "args": [BOOKS]})
        await ws.event("unsubscribe")
        await ws.subscribe({"channel": "books5", "instId": INST})
        await ws.on("books5")
        quote(sim.exchange, "100002")
        await ws.on("books5")
        await ws.subscribe(BOOKS)
        frame = await ws.on("books")
        assert (frame["action"], frame["data"][0]["prevSeqId"]) == ("snapshot", -1)
        assert frame["data"][0]["asks"][0][0] == "100002.1"


async def test_an_armed_gap_breaks_the_chain_once() -> None:
    async with running() as sim, sim.ws("public") as ws:
        bbo = {"channel": "bbo-tbt", "instId": INST}
        await ws.subscribe(BOOKS, bbo)
        seq_id = (await ws.on("books"))["data"][0]["seqId"]
        await ws.on("bbo-tbt")
        sim.server.faults.skip_book_updates(INST)
        for step in range(1, 20):
            quote(sim.exchange, str(100_000 + step))
            await ws.on("bbo-tbt")
        assert (await ws.on("books"))["data"][0]["prevSeqId"] > seq_id


STATE_CHANNELS = [
    "books5", "bbo-tbt", "tickers", "mark-price", "funding-rate", "open-interest", "price-limit",
]  # fmt: skip


@pytest.mark.parametrize("channel", STATE_CHANNELS)
async def test_a_state_channel_tells_its_state_at_once(channel: str) -> None:
    async with running() as sim, sim.ws("public") as ws:
        await ws.subscribe({"channel": channel, "instId": INST})
        frame = await ws.on(channel)
        assert frame["arg"] == {"channel": channel, "instId": INST}
        assert "action" not in frame
        assert frame["data"][0]["ts"]


async def test_the_index_is_followed_by_its_own_name() -> None:
    async with running() as sim, sim.ws("public") as ws:
        await ws.subscribe({"channel": "index-tickers", "instId": "BTC-USDT"})
        assert (await ws.on("index-tickers"))["data"][0]["idxPx"] == "100000"
        sim.exchange.set_index(INST, Decimal(100_007))
        assert (await ws.on("index-tickers"))["data"][0]["idxPx"] == "100007"


async def test_trades_and_liquidations_are_told_one_by_one() -> None:
    async with running() as sim, sim.ws("public") as ws:
        liquidations = {"channel": "liquidation-orders", "instType": "SWAP"}
        await ws.subscribe({"channel": "trades", "instId": INST}, liquidations)
        sim.exchange.print_trade(INST, "sell", Decimal("99999.9"), Decimal("0.3"))
        sim.exchange.print_liquidation(INST, "sell", Decimal(90_000), Decimal(2))
        trade = (await ws.on("trades"))["data"][0]
        assert (trade["px"], trade["sz"], trade["side"]) == ("99999.9", "0.3", "sell")
        assert (await ws.on("liquidation-orders"))["data"][0]["details"][0]["bkPx"] == "90000"


async def test_a_candle_is_told_forming_and_then_closed() -> None:
    async with running() as sim, sim.ws("business") as ws:
        await ws.subscribe({"channel": "candle1m", "instId": INST})
        forming = (await ws.on("candle1m"))["data"][0]
        assert (len(forming), forming[8]) == (9, "0")
        sim.exchange.advance(int(forming[0]) + 60_000)
        closed = await ws.where(lambda frame: "data" in frame and frame["data"][0][8] == "1")
        assert closed["data"][0][0] == forming[0]


async def private(ws: Ws) -> None:
    """Follow orders, account, positions and both."""
    names = ("account", "balance_and_position")
    positions = {"channel": "positions", "instType": "ANY"}
    await ws.subscribe(ORDERS, positions, *({"channel": name} for name in names))


async def test_private_channels_start_with_snapshots_save_orders() -> None:
    async with running() as sim, sim.ws("private", login=True) as ws:
        await sim.post("trade/order", limit_order())
        await private(ws)
        account = await ws.on("account")
        assert (account["eventType"], account["lastPage"]) == ("snapshot", True)
        assert account["arg"]["uid"] == sim.server.key.uid
        assert account["data"][0]["details"][0]["cashBal"] == "10000"
        assert (await ws.on("positions"))["data"] == []
        assert (await ws.on("balance_and_position"))["data"][0]["eventType"] == "snapshot"
        assert (await ws.event("channel-conn-count"))["connCount"] == "1"
        await sim.post("trade/order", limit_order(clOrdId="second"))
        assert (await ws.on("orders"))["data"][0]["clOrdId"] == "second"


async def test_a_fill_is_told_on_every_private_channel() -> None:
    async with running() as sim, sim.ws("private", login=True) as ws:
        await private(ws)
        for channel in ("account", "positions", "balance_and_position"):
            await ws.on(channel)
        await sim.post("trade/order", ioc_order(clOrdId="f1"))
        filled = (await ws.where(is_fill))["data"][0]
        assert (filled["state"], filled["accFillSz"], filled["execType"]) == ("filled", "0.5", "T")
        assert (await ws.on("account"))["eventType"] == "event_update"
        assert (await ws.on("positions"))["data"][0]["pos"] == "0.5"
        both = (await ws.on("balance_and_position"))["data"][0]
        assert both["eventType"] == "filled"
        assert both["posData"][0]["pos"] == "0.5"
        assert both["trades"] == [{"instId": INST, "tradeId": filled["tradeId"]}]
        assert Decimal(both["balData"][0]["cashBal"]) == 10_000 + Decimal(filled["fillFee"])


def is_fill(frame: Json) -> bool:
    """Tell whether a frame is an order push about an execution."""
    return frame.get("arg", {}).get("channel") == "orders" and bool(frame["data"][0]["tradeId"])


async def test_a_closed_position_is_told_once_with_zero() -> None:
    async with running() as sim, sim.ws("private", login=True) as ws:
        await sim.post("trade/order", ioc_order())
        await private(ws)
        assert (await ws.on("positions"))["data"][0]["pos"] == "0.5"
        await sim.post("trade/close-position", {"instId": INST, "mgnMode": "cross"})
        assert (await ws.on("positions"))["data"][0]["pos"] == "0"


async def test_stops_are_told_on_the_business_endpoint() -> None:
    async with running() as sim, sim.ws("business", login=True) as ws:
        await ws.subscribe({"channel": "orders-algo", "instType": "SWAP"})
        attached = {"slTriggerPx": "97000", "slOrdPx": "-1", "attachAlgoClOrdId": "s1"}
        await sim.post("trade/order", ioc_order(attachAlgoOrds=[attached]))
        algo = (await ws.on("orders-algo"))["data"][0]
        assert (algo["algoClOrdId"], algo["state"]) == ("s1", "live")


async def test_a_silent_session_is_closed_with_4004() -> None:
    async with running(limits=Limits(idle_s=0.05)) as sim, sim.ws("public") as ws:
        message = await ws.socket.receive(timeout=PATIENCE_S)
        assert (message.type, ws.socket.close_code) == (WSMsgType.CLOSE, 4004)


async def test_a_slow_reader_is_cut_with_4005() -> None:
    async with running(limits=Limits(max_frames=3)) as sim, sim.ws("public") as ws:
        await ws.subscribe({"channel": "trades", "instId": INST})
        for _ in range(10):
            sim.exchange.print_trade(INST, "buy", Decimal("100000.1"), Decimal("0.01"))
        async with asyncio.timeout(PATIENCE_S):
            while (await ws.socket.receive()).type is WSMsgType.TEXT:
                pass
        assert ws.socket.close_code == 4005


async def test_an_upgrade_is_announced_before_the_close() -> None:
    async with running() as sim, sim.ws("public") as ws:
        await ws.send("ping")
        await ws.socket.receive_str()
        sim.server.hub.announce_upgrade(close_after_s=0)
        assert (await ws.event("notice"))["code"] == "64008"
        message = await ws.socket.receive(timeout=PATIENCE_S)
        assert (message.type, ws.socket.close_code) == (WSMsgType.CLOSE, 1001)


async def test_dropped_connections_end_without_a_close_frame() -> None:
    async with running() as sim, sim.ws("private") as ws:
        await ws.send("ping")
        await ws.socket.receive_str()
        sim.server.hub.drop("private")
        await ws.socket.receive(timeout=PATIENCE_S)
        assert ws.socket.close_code == 1006


async def test_a_new_connection_count_is_told_to_each_connection() -> None:
    async with (
        running() as sim,
        sim.ws("private", login=True) as first,
        sim.ws("private", login=True) as second,
    ):
        await first.subscribe(ORDERS)
        await second.subscribe(ORDERS)
        assert (await first.event("channel-conn-count"))["connCount"] == "1"
        assert (await second.event("channel-conn-count"))["connCount"] == "2"


async def test_an_order_over_websocket_names_its_instrument_by_code() -> None:
    async with running() as sim, sim.ws("private", login=True) as ws:
        order = limit_order(clOrdId="w1", instIdCode=10459)
        await ws.send({"op": "order", "id": "a1", "args": [order]})
        reply = await ws.where(lambda frame: frame.get("id") == "a1")
        assert (reply["op"], reply["code"], reply["data"][0]["sCode"]) == ("order", "0", "0")
        cancel = {"instIdCode": 10459, "ordId": reply["data"][0]["ordId"]}
        await ws.send({"op": "cancel-order", "id": "a2", "args": [cancel]})
        assert (await ws.where(lambda frame: frame.get("id") == "a2"))["code"] == "0"
        await ws.send({"op": "order", "id": "a3", "args": [limit_order()]})
        assert (await ws.where(lambda frame: frame.get("id") == "a3"))["code"] == "50014"


async def test_a_quiet_book_is_repeated_after_a_minute_without_changing() -> None:
    async with running() as sim:
        stream = BookStream(BookTape(sim.exchange, INST), Topic("books", inst_id=INST), Faults())
        snapshot = json.loads(stream.first(1_000))["data"][0]
        assert stream.due(60_999) is None
        heartbeat = json.loads(stream.due(61_000) or "")["data"][0]
        assert heartbeat["prevSeqId"] == heartbeat["seqId"] == snapshot["seqId"]
        assert heartbeat["asks"] == heartbeat["bids"] == []


ODD = [
    "null", "[]", "7", '"ping"', '{"op":[]}', '{"op":{"a":1},"args":[{}]}',
    '{"op":"subscribe","args":{}}', '{"op":"subscribe","args":[1]}',
    '{"op":"subscribe","args":[{"channel":["books"]}]}', '{"op":"login","args":[{}]}',
    '{"op":"login","args":[{"timestamp":[],"sign":{}}]}', '{"op":"order","id":{},"args":[null]}',
    '{"op":"order","args":[{"instIdCode":{}}]}', '{"op":"order","args":[{"instIdCode":10459}]}',
    '{"op":"order","expTime":"soon","args":[{"instIdCode":10459}]}',
    '{"op":"subscribe","args":[{"channel":"account","extraParams":"{"}]}',
]  # fmt: skip


async def test_no_frame_breaks_the_session() -> None:
    async with running() as sim, sim.ws("private", login=True) as ws:
        for text in ODD:
            await ws.send(text)
            assert (await ws.where(lambda frame: True)).get("code") != "0", text
        await ws.send("ping")
        assert await ws.socket.receive_str(timeout=PATIENCE_S) == "pong"
