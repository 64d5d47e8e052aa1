"""Lines 37 to 45 of the conformance checklist: the order book's stream and the tape's."""

import asyncio
import json
import random
from decimal import Decimal

import pytest

from tai2.sim.server.booktape import checksum
from tests.conformance.ccxt_client import SWAP, ccxt_at
from tests.wire.sim_server_support import INST, PATIENT, Json, Replica, Sim, Ws, quote, running

BOOKS = {"channel": "books", "instId": INST}
HANDS = {
    "bids": [["100000", "4"], ["99999.9", "9"]],
    "asks": [["100000.1", "5"], ["100000.2", "7"]],
}


async def row(ws: Ws, channel: str = "books") -> Json:
    got: Json = (await ws.on(channel))["data"][0]
    return got


async def test_line_37_a_snapshot_is_followed_by_chained_changes() -> None:
    async with running() as sim, sim.ws("public") as ws:
        await ws.subscribe(BOOKS)
        frame = await ws.on("books")
        first = frame["data"][0]
        assert (frame["action"], first["prevSeqId"]) == ("snapshot", -1)
        quote(sim.exchange, "100001", depth=6)
        quote(sim.exchange, "100000.1")
        update = await row(ws)
        assert (update["prevSeqId"], update["seqId"]) == (first["seqId"], first["seqId"] + 2)
        assert {level[1] for level in update["bids"]} == {"0", "5"}
        assert int(update["ts"]) >= int(first["ts"])


async def test_line_37_updates_are_at_least_100_ms_apart() -> None:
    async with running() as sim, sim.ws("public") as ws:
        await ws.subscribe(BOOKS)
        await row(ws)
        loop, moments = asyncio.get_running_loop(), []
        for number in range(4):
            quote(sim.exchange, str(100_001 + number))
            await row(ws)
            moments.append(loop.time())
        assert moments[-1] - moments[0] > 0.25


async def test_line_38_changes_applied_to_the_snapshot_give_the_rest_book() -> None:
    rng = random.Random(38)
    async with running() as sim, sim.ws("public") as ws:
        await ws.subscribe(BOOKS)
        book = Replica(await row(ws))
        for _ in range(12):
            quote(sim.exchange, str(100_000 + rng.randrange(-9, 9)), depth=rng.randrange(1, 40))
            book.apply(await row(ws))
            rest = (await sim.get("market/books", instId=INST, sz="400"))["data"][0]
            assert rest["seqId"] == book.seq_id
            assert [level[:2] for level in rest["bids"]] == book.side("bids")
            assert [level[:2] for level in rest["asks"]] == book.side("asks")


async def test_line_38_the_sdk_sees_the_same_book() -> None:
    def read(url: str) -> Json:
        from okx.MarketData import MarketAPI

        with MarketAPI(flag="0", domain=url) as market:
            reply: Json = market.get_orderbook(INST, "400")["data"][0]
            return reply

    async with running() as sim, sim.ws("public") as ws:
        await ws.subscribe(BOOKS)
        book = Replica(await row(ws))
        rest = await asyncio.to_thread(read, sim.server.rest_url)
        assert (rest["seqId"], [level[:2] for level in rest["asks"]]) == (
            book.seq_id,
            book.side("asks"),
        )


async def test_line_39_a_minute_without_change_brings_a_heartbeat() -> None:
    async with running(limits=PATIENT) as sim, sim.ws("public") as ws:
        await ws.subscribe(BOOKS)
        last = (await row(ws))["seqId"]
        sim.clock.ahead_s = 60
        beat = await row(ws)
        assert (beat["bids"], beat["asks"], beat["prevSeqId"], beat["seqId"]) == (
            [],
            [],
            last,
            last,
        )


async def test_line_40_a_restarted_sequence_goes_on_from_a_small_number() -> None:
    async with running() as sim, sim.ws("public") as ws:
        await ws.subscribe(BOOKS)
        book = Replica(await row(ws))
        sim.server.turn("reset_seq")
        for mid in ("100001", "100002"):
            quote(sim.exchange, mid)
            update = await row(ws)
            book.apply(update)
        assert book.seq_id == 2
        rest = (await sim.get("market/books", instId=INST, sz="400"))["data"][0]
        assert [level[:2] for level in rest["asks"]] == book.side("asks")


async def test_line_41_ccxt_notices_a_gap() -> None:
    import ccxt

    async with running() as sim, ccxt_at(sim.server) as client:
        await client.watch_order_book(SWAP)
        sim.server.turn("gap_seq")
        quote(sim.exchange, "100003", depth=9)
        with pytest.raises(ccxt.InvalidNonce):
            await kept_moving(sim, client)
        again = await client.watch_order_book(SWAP)
        assert again["asks"][0][0] > again["bids"][0][0]


async def kept_moving(sim: Sim, client: object) -> None:
    """Watch a book that goes on changing until the client raises."""
    for number in range(50):
        await asyncio.sleep(0.12)
        quote(sim.exchange, str(100_004 + number), depth=5 + number % 4)
        await client.watch_order_book(SWAP)  # type: ignore[attr-defined]


def levels(name: str) -> list[tuple[Decimal, Decimal, int]]:
    return [(Decimal(px), Decimal(sz), 1) for px, sz in HANDS[name]]


def test_line_42_the_legacy_checksum_has_the_published_values() -> None:
    one = [(Decimal(100), Decimal(1), 1), (Decimal("99.5"), Decimal(2), 1)]
    assert checksum(one, [(Decimal("100.5"), Decimal(3), 1)]) == -366148305
    two = [(Decimal("3366.8"), Decimal(9), 1), (Decimal(3368), Decimal(8), 1)]
    assert checksum([(Decimal("3366.1"), Decimal(7), 1)], two) == -1471518219
    assert checksum(levels("bids"), levels("asks")) == 1622554639


@pytest.mark.parametrize(("switch", "off_by"), [("legacy", 0), ("wrong", 1), ("zero", None)])
async def test_line_42_checksums_by_switch(switch: str, off_by: int | None) -> None:
    async with running() as sim, sim.ws("public") as ws:
        sim.server.turn(f"switch checksum={switch}")
        await ws.subscribe(BOOKS)
        told = (await row(ws))["checksum"]
        book = sim.exchange.book(INST, 400)
        true = checksum(book.bids, book.asks)
        assert told == (0 if off_by is None else true + off_by)


async def test_line_43_without_a_snapshot_rest_seeds_the_chain() -> None:
    async with running() as sim, sim.ws("public") as ws:
        sim.server.turn("switch snapshot=off")
        await ws.subscribe(BOOKS)
        seed = (await sim.get("market/books", instId=INST, sz="400"))["data"][0]
        book = Replica(seed | {"prevSeqId": -1})
        quote(sim.exchange, "100004")
        frame = await ws.on("books")
        assert frame["action"] == "update"
        assert frame["data"][0]["prevSeqId"] <= seed["seqId"] < frame["data"][0]["seqId"]
        book.apply(frame["data"][0])


async def test_line_44_snapshot_channels_come_whole_and_in_order() -> None:
    args = [{"channel": name, "instId": INST} for name in ("books5", "books", "bbo-tbt")]
    async with running(limits=PATIENT) as sim, sim.ws("public") as ws:
        await ws.subscribe(*args)
        for name in ("books5", "books", "bbo-tbt"):
            await ws.on(name)
        sim.clock.ahead_s = 1  # each channel's slot has come, whenever it was subscribed
        quote(sim.exchange, "100005", depth=7)
        frames = [await ws.where(lambda frame: "data" in frame) for _ in range(3)]
        assert [one["arg"]["channel"] for one in frames] == ["bbo-tbt", "books", "books5"]
        assert ["action" in one for one in frames] == [False, True, False]
        assert [len(one["data"][0]["asks"]) for one in (frames[0], frames[2])] == [1, 5]
        sim.clock.ahead_s = 62
        assert len((await row(ws, "books5"))["asks"]) == 5


@pytest.mark.parametrize("channel", ["books-l2-tbt", "books50-l2-tbt"])
async def test_line_44_the_fast_books_need_a_fee_tier(channel: str) -> None:
    async with running() as sim, sim.ws("public", login=True) as ws:
        arg = {"channel": channel, "instId": INST}
        await ws.send({"op": "subscribe", "args": [arg]})
        assert (await ws.event("error"))["code"] == "64003"
        sim.server.turn("switch vip=on")
        await ws.subscribe(arg)
        assert (await ws.on(channel))["action"] == "snapshot"


async def test_line_45_trades_come_aggregated_and_one_by_one() -> None:
    async with running() as sim, sim.ws("public") as ws, sim.ws("business") as every:
        await ws.subscribe({"channel": "trades", "instId": INST})
        await every.subscribe({"channel": "trades-all", "instId": INST})
        sim.exchange.print_trade(INST, "buy", Decimal("100000.1"), Decimal("0.5"), count=3)
        joined = await row(ws, "trades")
        singles = [await row(every, "trades-all") for _ in range(3)]
        assert (joined["count"], joined["tradeId"]) == ("3", singles[-1]["tradeId"])
        assert isinstance(joined["seqId"], int)
        assert sum(Decimal(one["sz"]) for one in singles) == Decimal(joined["sz"])


async def test_line_45_tickers_are_paced_and_candles_confirmed() -> None:
    async with running() as sim, sim.ws("public") as ws, sim.ws("business") as bars:
        await ws.subscribe({"channel": "tickers", "instId": INST})
        await bars.subscribe({"channel": "candle1m", "instId": INST})
        forming = (await bars.on("candle1m"))["data"][0]
        loop, moments = asyncio.get_running_loop(), []
        await row(ws, "tickers")
        for number in range(3):
            quote(sim.exchange, str(100_010 + number))
            await row(ws, "tickers")
            moments.append(loop.time())
        assert moments[-1] - moments[0] > 0.15
        sim.exchange.advance(int(forming[0]) + 60_000)
        closed = await bars.where(lambda frame: "data" in frame and frame["data"][0][8] == "1")
        assert closed["data"][0][0] == forming[0]
        assert json.dumps(forming).count(",") == 8
