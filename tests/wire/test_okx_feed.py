"""Instruments and candles by REST, and books that start from REST."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tai2.model.errors import UsageError, VenueUnavailable
from tai2.model.market import Bar, BookDelta, BookSnapshot
from tai2.okx.connect import connect
from tai2.okx.feed import OkxFeed
from tests.wire.okx_loopback import (
    QuickClock,
    RestScript,
    Socket,
    endpoints,
    ok,
    refused,
    rest_server,
    socket_server,
)

PAYLOADS = Path(__file__).parents[1] / "payloads" / "okx"
SWAP = "BTC-USDT-SWAP"
MINUTE = 60_000


@pytest.fixture
async def script() -> AsyncIterator[RestScript]:
    async with rest_server() as running:
        yield running


@pytest.fixture
async def feed(script: RestScript) -> AsyncIterator[OkxFeed]:
    made, _venue = connect(endpoints(script.url), None, QuickClock())
    yield made
    await made.aclose()


def swaps(*inst_ids: str) -> dict[str, Any]:
    (sample,) = json.loads((PAYLOADS / "rest-instruments.json").read_text())["data"]
    return ok(*[sample | {"instId": inst_id} for inst_id in inst_ids])


async def test_instruments_come_in_the_order_named(script: RestScript, feed: OkxFeed) -> None:
    script.on("GET", "public/instruments", swaps("ETH-USDT-SWAP", SWAP, "SOL-USDT-SWAP"))
    found = await feed.instruments(["SOL-USDT-SWAP", SWAP])
    assert [one.inst_id for one in found] == ["SOL-USDT-SWAP", SWAP]
    assert script.count("GET") == 1


async def test_unknown_instrument_names_the_nearest(script: RestScript, feed: OkxFeed) -> None:
    script.on("GET", "public/instruments", swaps("ETH-USDT-SWAP", SWAP))
    with pytest.raises(UsageError, match="BTC-USDX-SWAP") as failure:
        await feed.instruments(["BTC-USDX-SWAP"])
    assert SWAP in failure.value.hint


@pytest.mark.parametrize("odd", ["BTC", "BTC-USDT-261225", "BTC-USDT&instId=ETH-USDT-SWAP-", ""])
async def test_id_of_another_form_is_refused_unasked(
    script: RestScript, feed: OkxFeed, odd: str
) -> None:
    with pytest.raises(UsageError):
        await feed.instruments([odd])
    assert script.seen == []


async def test_unreachable_exchange_is_said(script: RestScript, feed: OkxFeed) -> None:
    script.on("GET", "public/instruments", refused("50001", 503))
    with pytest.raises(VenueUnavailable):
        await feed.instruments([SWAP])


def serve_candles(script: RestScript, first: int, last: int, recent_from: int) -> None:
    """Serve minutes first..last, the newest forming; `candles` only from recent_from on."""

    def source(oldest: int) -> Any:
        async def reply(request: web.Request) -> web.StreamResponse:
            limit = int(request.query["limit"])
            end = int(request.query.get("after", (last + 1) * MINUTE)) // MINUTE
            minutes = range(end - 1, max(end - 1 - limit, oldest - 1), -1)
            return web.json_response(ok(*[row(minute) for minute in minutes]))

        return reply

    def row(minute: int) -> list[str]:
        confirm = "0" if minute == last else "1"
        return [str(minute * MINUTE), "1", "2", "1", "2", "50", "0.5", "50", confirm]

    script.on("GET", "market/candles", source(recent_from))
    script.on("GET", "market/history-candles", source(first))


async def test_history_is_closed_candles_oldest_first(script: RestScript, feed: OkxFeed) -> None:
    serve_candles(script, first=1, last=50, recent_from=1)
    found = await feed.history(SWAP, Bar.M1, 10)
    assert [one.ts_event // MINUTE for one in found] == list(range(40, 50))
    assert all(one.is_closed for one in found)


async def test_history_pages_on_into_the_older_list(script: RestScript, feed: OkxFeed) -> None:
    serve_candles(script, first=1, last=1000, recent_from=800)
    found = await feed.history(SWAP, Bar.M1, 500)
    assert [one.ts_event // MINUTE for one in found] == list(range(500, 1000))


async def test_history_ends_where_the_exchange_ends(script: RestScript, feed: OkxFeed) -> None:
    serve_candles(script, first=90, last=100, recent_from=95)
    found = await feed.history(SWAP, Bar.M1, 500)
    assert [one.ts_event // MINUTE for one in found] == list(range(90, 100))


class LeapingClock(QuickClock):
    """Each look at the clock is a second later than the last."""

    def __init__(self) -> None:
        self._now_ms = 0

    def now_ms(self) -> int:
        self._now_ms += 1_000
        return self._now_ms


async def test_book_without_first_snapshot_starts_from_rest(script: RestScript) -> None:
    script.on("GET", "market/books", ok({"asks": [], "bids": [], "ts": "5", "seqId": 12}))
    collected: list[Any] = []
    joined = asyncio.Event()

    def sink(event: Any) -> None:
        collected.append(event)
        if isinstance(event, BookDelta):
            joined.set()

    async def story(socket: Socket) -> None:
        if socket.path.endswith("/business"):
            await socket.accept(4)
            await socket.stay()
        await socket.accept(9)
        for seq in range(10, 20):
            sides = {"asks": [], "bids": [], "ts": "5", "prevSeqId": seq - 1, "seqId": seq}
            await socket.say(
                arg={"channel": "books", "instId": SWAP}, action="update", data=[sides]
            )
        await socket.stay()

    async with socket_server(story) as ws_url:
        feed, _venue = connect(endpoints(script.url, ws_url), None, LeapingClock())
        task = asyncio.ensure_future(feed.stream([SWAP], sink))
        await asyncio.wait_for(joined.wait(), 10)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await feed.aclose()
    assert isinstance(collected[0], BookSnapshot)
    assert [collected[0].seq_id, collected[1].prev_seq_id, collected[1].seq_id] == [12, 12, 13]
