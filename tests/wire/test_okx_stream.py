"""The sockets stay up: logins, acknowledgements, pings, closes, bad frames, gaps."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from tai2.model.account import Account
from tai2.model.errors import KeysRejected
from tai2.model.market import BookDelta, BookInvalid, BookSnapshot, Candle, MarketEvent, MarkPx
from tai2.model.order import OrderUpdate
from tai2.okx.channels import PublicChannels
from tai2.okx.connect import connect
from tai2.okx.feed import OkxFeed
from tai2.okx.sockets import Dialer, Pace, Sockets
from tai2.okx.stream import Stream
from tests.wire.okx_loopback import (
    KEYS,
    QuickClock,
    RestScript,
    Socket,
    Story,
    endpoints,
    ok,
    refused,
    rest_server,
    socket_server,
)

SWAP = "BTC-USDT-SWAP"
PUBLIC_ARGS = 9
BUSINESS_ARGS = 4
PRIVATE_ARGS = 3
QUICK = Pace(open_s=2, ack_s=0.3, idle_s=0.1, pong_s=0.2)
CALM = Pace(open_s=5, ack_s=5, idle_s=5, pong_s=5)


class Events:
    """A sink that can be waited on."""

    def __init__(self) -> None:
        self.all: list[Any] = []
        self._news = asyncio.Event()

    def __call__(self, event: Any) -> None:
        self.all.append(event)
        self._news.set()

    async def until(self, kind: type, count: int = 1) -> list[Any]:
        """Return the events of a kind once there are that many."""
        async with asyncio.timeout(60):
            while len(found := [one for one in self.all if isinstance(one, kind)]) < count:
                self._news.clear()
                await self._news.wait()
        return found


@contextlib.asynccontextmanager
async def running(service: Awaitable[None]) -> AsyncIterator[None]:
    task = asyncio.ensure_future(service)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@contextlib.asynccontextmanager
async def streaming(story: Story, pace: Pace = CALM) -> AsyncIterator[tuple[OkxFeed, Events]]:
    """Stream one swap from a server whose business socket only acknowledges."""

    async def route(socket: Socket) -> None:
        if socket.path.endswith("/business"):
            await socket.accept(BUSINESS_ARGS)
            await socket.stay()
        else:
            await story(socket)

    async with socket_server(route) as ws_url:
        feed, _venue = connect(endpoints(ws_url=ws_url), None, QuickClock(), pace)
        events = Events()
        async with running(feed.stream([SWAP], events)):
            yield feed, events
        await feed.aclose()


async def push(socket: Socket, channel: str, *rows: Any, **extra: Any) -> None:
    await socket.say(arg={"channel": channel, "instId": SWAP}, data=list(rows), **extra)


async def push_book(socket: Socket, action: str, prev: int, seq: int) -> None:
    sides = {"asks": [["101", "1", "0", "1"]], "bids": [["100", "1", "0", "1"]]}
    await push(socket, "books", sides | {"ts": "1", "prevSeqId": prev, "seqId": seq}, action=action)


async def push_mark(socket: Socket, px: str = "100") -> None:
    await push(socket, "mark-price", {"instId": SWAP, "markPx": px, "ts": "1"})


async def test_swap_gets_every_public_channel() -> None:
    asked: list[dict[str, str]] = []

    async def story(socket: Socket) -> None:
        asked.extend(await socket.accept(PUBLIC_ARGS))
        await push_mark(socket)
        await socket.stay()

    async with streaming(story) as (_feed, events):
        await events.until(MarkPx)
    assert {arg["channel"] for arg in asked} == (
        {"books", "trades", "tickers", "mark-price", "funding-rate"}
        | {"open-interest", "liquidation-orders", "price-limit", "instruments"}
    )


async def test_candles_come_over_the_business_socket() -> None:
    async def story(socket: Socket) -> None:
        if socket.path.endswith("/business"):
            args = await socket.accept(BUSINESS_ARGS)
            row = ["60000", "1", "3", "1", "2", "70", "0.7", "70", "1"]
            await socket.say(arg=args[0], data=[row])
        await socket.stay()

    async with socket_server(story) as ws_url:
        feed, _venue = connect(endpoints(ws_url=ws_url), None, QuickClock(), CALM)
        events = Events()
        async with running(feed.stream([SWAP], events)):
            (candle,) = await events.until(Candle)
        await feed.aclose()
    assert (str(candle.base_vol), candle.is_closed) == ("0.7", True)


async def test_data_before_its_acknowledgement_is_delivered() -> None:
    async def story(socket: Socket) -> None:
        await push_mark(socket)
        await socket.accept(PUBLIC_ARGS)
        await socket.stay()

    async with streaming(story) as (_feed, events):
        assert len(await events.until(MarkPx)) == 1


async def test_refused_book_is_invalid_while_the_rest_lives() -> None:
    async def story(socket: Socket) -> None:
        for _ in range(PUBLIC_ARGS):
            asked = await socket.hear()
            if asked["args"][0]["channel"] == "books":
                await socket.say(id=asked["id"], event="error", code="60018", msg="no such")
            else:
                await socket.acknowledge(asked)
        await push_mark(socket)
        await socket.stay()

    async with streaming(story) as (_feed, events):
        await events.until(MarkPx)
        (invalid,) = await events.until(BookInvalid)
    assert "60018" in invalid.reason


async def test_missing_acknowledgement_reconnects_though_data_flows() -> None:
    connections = 0

    async def story(socket: Socket) -> None:
        nonlocal connections
        connections += 1
        await socket.accept(PUBLIC_ARGS - (connections == 1))
        while connections == 1:
            await push_mark(socket)
            await asyncio.sleep(0.02)
        await push_book(socket, "snapshot", -1, 1)
        await socket.stay()

    async with streaming(story, QUICK) as (_feed, events):
        await events.until(BookSnapshot)
        (invalid,) = await events.until(BookInvalid)
    assert "no acknowledgement of" in invalid.reason


async def test_idle_connection_is_pinged_and_kept_by_a_pong() -> None:
    pings = 0

    async def story(socket: Socket) -> None:
        nonlocal pings
        await socket.accept(PUBLIC_ARGS)
        while pings < 3:
            assert await socket.hear() == "ping"
            pings += 1
            await socket.connection.send("pong")
        await push_mark(socket)
        await socket.stay()

    async with streaming(story, QUICK) as (_feed, events):
        await events.until(MarkPx)
    assert [one for one in events.all if isinstance(one, BookInvalid)] == []


async def test_unanswered_ping_reconnects() -> None:
    connections = 0

    async def story(socket: Socket) -> None:
        nonlocal connections
        connections += 1
        await socket.accept(PUBLIC_ARGS)
        if connections > 1:
            await push_mark(socket)
        await socket.stay()

    async with streaming(story, QUICK) as (_feed, events):
        await events.until(MarkPx)
    assert connections > 1


@pytest.mark.parametrize("code", [1000, 1001, 4004])
async def test_close_reconnects_and_resubscribes(code: int) -> None:
    connections = 0

    async def story(socket: Socket) -> None:
        nonlocal connections
        connections += 1
        await socket.accept(PUBLIC_ARGS)
        await push_book(socket, "snapshot", -1, connections)
        if connections == 1:
            await socket.connection.close(code)
        await socket.stay()

    async with streaming(story) as (_feed, events):
        await events.until(BookSnapshot, 2)
    kinds = [type(one) for one in events.all]
    assert kinds == [BookSnapshot, BookInvalid, BookSnapshot]


async def test_upgrade_notice_reconnects_before_the_close() -> None:
    connections = 0

    async def story(socket: Socket) -> None:
        nonlocal connections
        connections += 1
        await socket.accept(PUBLIC_ARGS)
        if connections == 1:
            await socket.say(event="notice", code="64008", msg="soon", connId="a4d3ae55")
        else:
            await push_mark(socket)
        await socket.stay()

    async with streaming(story) as (_feed, events):
        await events.until(MarkPx)
    assert connections == 2


@pytest.mark.parametrize(
    "text",
    [
        "{not json",
        "[]",
        '{"arg":{"channel":"tickers"},"data":[{"instId":1}]}',
        '{"arg":{"channel":"unheard-of"},"data":[]}',
        '{"arg":{"channel":"mark-price"},"data":[{"instId":"X","markPx":"NaN","ts":"1"}]}',
        '{"data":[]}',
    ],
)
async def test_bad_frame_never_ends_the_reading(text: str) -> None:
    async def story(socket: Socket) -> None:
        await socket.accept(PUBLIC_ARGS)
        await socket.connection.send(text)
        await push_mark(socket)
        await socket.stay()

    async with streaming(story) as (_feed, events):
        assert len(await events.until(MarkPx)) == 1
    assert [one for one in events.all if isinstance(one, BookInvalid)] == []


class ImpatientClock(QuickClock):
    """Ends the test after so many pauses."""

    def __init__(self, pauses: int) -> None:
        self.pauses: list[float] = []
        self._left = pauses

    async def sleep(self, delay_s: float) -> None:
        self.pauses.append(delay_s)
        self._left -= 1
        if not self._left:
            raise asyncio.CancelledError


async def test_pauses_double_with_jitter_up_to_half_a_minute() -> None:
    clock = ImpatientClock(9)
    nowhere = PublicChannels([SWAP], Events(), clock)
    sockets = Sockets(base_url="ws://127.0.0.1:1", clock=clock)
    sockets.dialer = Dialer(QuickClock())
    with pytest.raises(asyncio.CancelledError):
        await Stream(sockets, "public", nowhere, jitter=random.Random(7)).run()
    longest = [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    assert all(most / 2 <= took <= most for took, most in zip(clock.pauses, longest, strict=True))


async def test_gap_invalidates_the_book_and_subscribes_it_again() -> None:
    asked: list[dict[str, Any]] = []

    async def story(socket: Socket) -> None:
        await socket.accept(PUBLIC_ARGS)
        await push_book(socket, "snapshot", -1, 10)
        await push_book(socket, "update", 10, 12)
        await push_book(socket, "update", 13, 14)
        for _ in range(2):
            asked.append(await socket.hear())
            await socket.acknowledge(asked[-1])
        await push_book(socket, "snapshot", -1, 20)
        await socket.stay()

    async with streaming(story) as (_feed, events):
        await events.until(BookSnapshot, 2)
    kinds = [type(one) for one in events.all]
    assert kinds == [BookSnapshot, BookDelta, BookInvalid, BookSnapshot]
    assert [one["op"] for one in asked] == ["unsubscribe", "subscribe"]
    assert asked[1]["args"] == [{"channel": "books", "instId": SWAP}]


async def test_unreadable_delta_counts_as_a_gap() -> None:
    async def story(socket: Socket) -> None:
        await socket.accept(PUBLIC_ARGS)
        await push_book(socket, "snapshot", -1, 10)
        await push(socket, "books", {"asks": [], "bids": []}, action="update")
        assert (await socket.hear())["op"] == "unsubscribe"
        await push_mark(socket)
        await socket.stay()

    async with streaming(story) as (_feed, events):
        await events.until(MarkPx)
    assert isinstance(events.all[1], BookInvalid)


async def test_engine_may_ask_for_a_book_anew() -> None:
    async def story(socket: Socket) -> None:
        await socket.accept(PUBLIC_ARGS)
        await push_book(socket, "snapshot", -1, 10)
        assert (await socket.hear())["op"] == "unsubscribe"
        assert (await socket.hear())["op"] == "subscribe"
        await push_book(socket, "snapshot", -1, 20)
        await socket.stay()

    async with socket_server(lambda socket: story_of_public(socket, story)) as ws_url:
        feed, _venue = connect(endpoints(ws_url=ws_url), None, QuickClock(), CALM)
        events = Events()

        def sink(event: MarketEvent) -> None:
            events(event)
            if isinstance(event, BookSnapshot) and event.seq_id == 10:
                feed.resync(SWAP)

        async with running(feed.stream([SWAP], sink)):
            found = await events.until(BookSnapshot, 2)
        await feed.aclose()
    assert [one.seq_id for one in found] == [10, 20]


async def story_of_public(socket: Socket, story: Callable[[Socket], Awaitable[None]]) -> None:
    if socket.path.endswith("/public"):
        await story(socket)
    await socket.stay()


BALANCE = {
    "uTime": "100",
    "details": [{"ccy": "USDT", "eq": "1000", "cashBal": "990", "availBal": "900", "upl": "10"}],
}
POSITION = {"instId": SWAP, "mgnMode": "cross", "posSide": "net", "cTime": "1", "avgPx": "100"}
ORDER = {"instId": SWAP, "ordId": "7", "clOrdId": "t2x", "side": "buy", "sz": "1"}


def with_account(script: RestScript, *positions: dict[str, str]) -> None:
    script.on("GET", "account/balance", ok(BALANCE))
    script.on("GET", "account/positions", ok(*positions))


async def silent(socket: Socket) -> None:
    """Never answer."""
    await socket.stay()


def by_socket(private: Story, business: Story = silent) -> Story:
    """Return a story for each of the two sockets with a login."""

    async def route(socket: Socket) -> None:
        await (business if socket.path.endswith("/business") else private)(socket)

    return route


@contextlib.asynccontextmanager
async def watching(
    story: Story, script: RestScript, business: Story = silent
) -> AsyncIterator[tuple[Events, Events]]:
    """Watch an account; yields pushes and gaps."""
    async with socket_server(by_socket(story, business)) as ws_url:
        _feed, venue = connect(endpoints(script.url, ws_url), KEYS, QuickClock(), CALM)
        pushes, gaps = Events(), Events()
        try:
            async with running(venue.watch(pushes, lambda: gaps("gap"))):
                yield pushes, gaps
        finally:
            await venue.aclose()


@pytest.fixture
async def script() -> AsyncIterator[RestScript]:
    async with rest_server() as running_server:
        yield running_server


async def test_nothing_private_is_asked_before_the_login_is_acknowledged(
    script: RestScript,
) -> None:
    heard: list[str] = []

    async def story(socket: Socket) -> None:
        heard.append((await socket.hear())["op"])
        with contextlib.suppress(TimeoutError):
            heard.append((await asyncio.wait_for(socket.hear(), 0.2))["op"])
        await socket.say(event="login", code="0", msg="", connId="a4d3ae55")
        args = await socket.accept(PRIVATE_ARGS)
        heard.extend(arg["channel"] for arg in args)
        await socket.stay()

    with_account(script)
    async with watching(story, script) as (pushes, _gaps):
        await pushes.until(Account)
    assert heard == ["login", "orders", "positions", "account"]


async def test_gap_is_told_after_each_connection(script: RestScript) -> None:
    async def story(socket: Socket) -> None:
        await socket.log_in()
        await socket.accept(PRIVATE_ARGS)
        if script.count("GET", "balance") == 0:
            await socket.connection.close(1000)
        await socket.stay()

    script.on("GET", "account/balance", refused("50026", 500), ok(BALANCE))
    script.on("GET", "account/positions", ok())
    async with watching(story, script) as (_pushes, gaps):
        await gaps.until(str, 2)
    assert len(gaps.all) == 2


async def test_login_refused_twice_is_a_rejected_key(script: RestScript) -> None:
    logins = 0

    async def story(socket: Socket) -> None:
        nonlocal logins
        await socket.hear()
        logins += 1
        await socket.say(event="error", code="60009", msg="Login failed.", connId="a4d3ae55")
        await socket.stay()

    async with socket_server(by_socket(story)) as ws_url:
        _feed, venue = connect(endpoints(script.url, ws_url), KEYS, QuickClock(), CALM)
        with pytest.raises(KeysRejected, match="60009"):
            await asyncio.wait_for(venue.watch(Events(), lambda: None), 10)
        await venue.aclose()
    assert logins == 2


async def test_watch_without_a_key_is_refused(script: RestScript) -> None:
    _feed, venue = connect(endpoints(script.url), None, QuickClock())
    with pytest.raises(KeysRejected):
        await venue.watch(Events(), lambda: None)
    await venue.aclose()


async def test_refused_private_channel_is_tried_again(script: RestScript) -> None:
    connections = 0

    async def story(socket: Socket) -> None:
        nonlocal connections
        connections += 1
        await socket.log_in()
        asked = await socket.hear()
        if connections == 1:
            await socket.say(id=asked["id"], event="error", code="60012", msg="told to")
        else:
            await socket.acknowledge(asked)
            await socket.accept(PRIVATE_ARGS - 1)
        await socket.stay()

    with_account(script)
    async with watching(story, script) as (_pushes, gaps):
        await gaps.until(str)
    assert connections == 2


async def test_order_push_becomes_an_update(script: RestScript) -> None:
    async def story(socket: Socket) -> None:
        await socket.log_in()
        await socket.accept(PRIVATE_ARGS)
        row = ORDER | {"state": "live", "uTime": "5"}
        await socket.say(arg={"channel": "orders", "instType": "ANY", "uid": "1"}, data=[row])
        await socket.stay()

    with_account(script)
    async with watching(story, script) as (pushes, _gaps):
        (update,) = await pushes.until(OrderUpdate)
    assert (update.cl_ord_id, update.state.value, update.u_time) == ("t2x", "live", 5)


async def test_unreadable_push_counts_as_a_gap(script: RestScript) -> None:
    async def story(socket: Socket) -> None:
        await socket.log_in()
        await socket.accept(PRIVATE_ARGS)
        row = ORDER | {"state": "sleeping", "uTime": "5"}
        await socket.say(arg={"channel": "orders"}, data=[row])
        await socket.stay()

    with_account(script)
    async with watching(story, script) as (pushes, gaps):
        await gaps.until(str, 2)
        await pushes.until(Account)
    assert not [one for one in pushes.all if isinstance(one, OrderUpdate)]


async def test_pushes_keep_the_seeded_account_whole(script: RestScript) -> None:
    seeded = asyncio.Event()

    async def story(socket: Socket) -> None:
        await socket.log_in()
        await socket.accept(PRIVATE_ARGS)
        await seeded.wait()
        closed = POSITION | {"pos": "0", "avgPx": "", "uTime": "60"}
        await socket.say(arg={"channel": "positions"}, eventType="event_update", data=[closed])
        other = {"uTime": "110", "details": [{"ccy": "BTC", "eq": "1", "cashBal": "1"}]}
        await socket.say(arg={"channel": "account"}, eventType="event_update", data=[other])
        await socket.stay()

    with_account(script, POSITION | {"pos": "3", "uTime": "50"})
    async with watching(story, script) as (pushes, _gaps):
        (first,) = await pushes.until(Account)
        seeded.set()
        last = (await pushes.until(Account, 3))[-1]
    assert [str(held.contracts) for held in first.positions] == ["3"]
    assert (last.positions, str(last.balance.equity)) == ((), "1000")


async def test_position_closed_while_the_seed_was_read_stays_closed(script: RestScript) -> None:
    told = asyncio.Event()

    async def slow_positions(_request: Any) -> Any:
        await asyncio.wait_for(told.wait(), 5)
        return await ok_reply(POSITION | {"pos": "3", "uTime": "50"})

    async def story(socket: Socket) -> None:
        await socket.log_in()
        await socket.accept(PRIVATE_ARGS)
        closed = POSITION | {"pos": "0", "avgPx": "", "uTime": "60"}
        await socket.say(arg={"channel": "positions"}, data=[closed])
        live = ORDER | {"state": "live", "uTime": "5"}
        await socket.say(arg={"channel": "orders"}, data=[live])
        await socket.stay()

    script.on("GET", "account/balance", ok(BALANCE))
    script.on("GET", "account/positions", slow_positions)
    async with watching(story, script) as (pushes, _gaps):
        await pushes.until(OrderUpdate)
        told.set()
        (account,) = await pushes.until(Account)
    assert account.positions == ()


async def ok_reply(*rows: Any) -> Any:
    from aiohttp import web

    return web.json_response(ok(*rows))
