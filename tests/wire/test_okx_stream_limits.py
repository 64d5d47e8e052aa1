"""A stream moves without losing a message, keeps the exchange's limits and knows its codes."""

import asyncio
import contextlib
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from tai2.model.market import BookDelta, BookInvalid, BookSnapshot, MarkPx, PublicTrade
from tai2.okx.codes import WS_AGAIN, WS_CLOSES
from tai2.okx.connect import connect
from tai2.okx.sockets import OPS_PER_HOUR, Dialer, OpsBudget, Pace
from tests.wire.okx_loopback import (
    KEYS,
    QuickClock,
    RestScript,
    Socket,
    endpoints,
    ok,
    rest_server,
    socket_server,
)
from tests.wire.test_okx_stream import (
    CALM,
    PRIVATE_ARGS,
    PUBLIC_ARGS,
    SWAP,
    Events,
    by_socket,
    push,
    push_book,
    push_mark,
    running,
    streaming,
    with_account,
)

NOTICE = {"event": "notice", "code": "64008", "msg": "soon", "connId": "a4d3ae55"}
SIDES = {"asks": [["101", "1", "0", "1"]], "bids": [["100", "1", "0", "1"]]}


async def push_trade(socket: Socket, trade_id: int) -> None:
    row = {"instId": SWAP, "tradeId": str(trade_id), "px": "1", "sz": "1", "side": "buy"}
    await push(socket, "trades", row | {"ts": "1", "count": "1"})


class Tape:
    """Trades that every connected socket is told, as the exchange would."""

    def __init__(self) -> None:
        self.sockets: list[Socket] = []
        self.printed = 0

    async def tell(self) -> None:
        self.printed += 1
        for socket in tuple(self.sockets):
            with contextlib.suppress(ConnectionClosed):  # it has moved on
                await push_trade(socket, self.printed)


async def test_upgrade_notice_loses_and_doubles_no_message() -> None:
    tape = Tape()

    async def story(socket: Socket) -> None:
        await socket.accept(PUBLIC_ARGS)
        tape.sockets.append(socket)
        number = len(tape.sockets)
        await push_book(socket, "snapshot", -1, number)
        if number == 1:
            await socket.say(**NOTICE)
        await socket.stay()
        tape.sockets.remove(socket)

    async with streaming(story) as (_feed, events):
        await events.until(BookSnapshot, 1)
        while len(await events.until(BookSnapshot, 1)) < 2:
            await tape.tell()
            await asyncio.sleep(0)
        await tape.tell()
        trades = await events.until(PublicTrade, tape.printed)
    assert [int(one.trade_id) for one in trades] == list(range(1, tape.printed + 1))
    assert [one for one in events.all if isinstance(one, BookInvalid)] == []


async def test_book_continues_across_an_upgrade() -> None:
    connections = 0

    async def story(socket: Socket) -> None:
        nonlocal connections
        connections += 1
        mine = connections
        await socket.accept(PUBLIC_ARGS)
        await push_book(socket, "snapshot", -1, 10 * mine)
        if mine == 1:
            await socket.say(**NOTICE)
        await push_book(socket, "update", 10 * mine, 10 * mine + 1)
        await socket.stay()

    async with streaming(story) as (_feed, events):
        await events.until(BookDelta, 2)
    sequence = [one.seq_id for one in events.all if isinstance(one, BookSnapshot | BookDelta)]
    assert sequence == [10, 11, 20, 21]
    assert [one for one in events.all if isinstance(one, BookInvalid)] == []


async def test_connection_closed_before_its_successor_is_up_counts_as_a_gap() -> None:
    connections = 0

    async def story(socket: Socket) -> None:
        nonlocal connections
        connections += 1
        if connections == 2:
            first_closed.set()
            await asyncio.sleep(0.05)
        await socket.accept(PUBLIC_ARGS)
        await push_book(socket, "snapshot", -1, connections)
        if connections == 1:
            await socket.say(**NOTICE)
            await first_closed.wait()
            await socket.connection.close(1001)
        await socket.stay()

    first_closed = asyncio.Event()
    async with streaming(story) as (_feed, events):
        await events.until(BookSnapshot, 2)
    assert [type(one) for one in events.all] == [BookSnapshot, BookInvalid, BookSnapshot]
    assert connections == 2


async def test_successor_that_fails_is_tried_again_while_the_old_one_delivers() -> None:
    connections = 0

    async def story(socket: Socket) -> None:
        nonlocal connections
        connections += 1
        mine = connections
        if mine == 2:
            await socket.connection.close(1011)
            return
        await socket.accept(PUBLIC_ARGS)
        await push_book(socket, "snapshot", -1, mine)
        if mine == 1:
            await socket.say(**NOTICE)
        await socket.stay()

    async with streaming(story) as (_feed, events):
        await events.until(BookSnapshot, 2)
    assert [type(one) for one in events.all] == [BookSnapshot, BookSnapshot]
    assert connections == 3


async def test_private_stream_tells_no_gap_when_it_moves_without_one() -> None:
    connections = 0

    async def story(socket: Socket) -> None:
        nonlocal connections
        connections += 1
        mine = connections
        await socket.log_in()
        await socket.accept(PRIVATE_ARGS)
        if mine == 1:
            await socket.say(**NOTICE)
        await socket.stay()
        left.set()

    left = asyncio.Event()
    async with rest_server() as script:
        with_account(script)
        async with watching_with(story, script) as gaps:
            async with asyncio.timeout(60):
                await left.wait()
    assert (connections, len(gaps.all)) == (2, 1)


def watching_with(story: Any, script: RestScript) -> Any:
    @contextlib.asynccontextmanager
    async def watched() -> Any:
        async with socket_server(by_socket(story)) as ws_url:
            _feed, venue = connect(endpoints(script.url, ws_url), KEYS, QuickClock(), CALM)
            gaps = Events()
            async with running(venue.watch(Events(), lambda: gaps("gap"))):
                yield gaps
            await venue.aclose()

    return watched()


@pytest.mark.parametrize("code", ["60004", "60006"])
async def test_login_with_a_stale_timestamp_measures_the_clock_and_tries_again(code: str) -> None:
    logins: list[int] = []

    async def story(socket: Socket) -> None:
        logins.append(int((await socket.hear())["args"][0]["timestamp"]))
        if len(logins) == 1:
            await socket.say(event="error", code=code, msg="expired", connId="a4d3ae55")
            await socket.stay()
        await socket.say(event="login", code="0", msg="", connId="a4d3ae55")
        await socket.accept(PRIVATE_ARGS)
        await socket.stay()

    async with rest_server() as script:
        with_account(script)
        script.on("GET", "public/time", ok({"ts": "4102444800000"}))
        async with watching_with(story, script) as gaps:
            await gaps.until(str)
    assert logins[1] - 4_102_444_800 in range(-5, 5)


@pytest.mark.parametrize("code", sorted(WS_AGAIN))
async def test_request_refused_for_now_is_made_again_on_a_new_connection(code: str) -> None:
    connections = 0

    async def story(socket: Socket) -> None:
        nonlocal connections
        connections += 1
        if connections == 1:
            asked = await socket.hear()
            await socket.say(id=asked["id"], event="error", code=code, msg="told to")
        else:
            await socket.accept(PUBLIC_ARGS)
            await push_mark(socket)
        await socket.stay()

    async with streaming(story) as (_feed, events):
        await events.until(MarkPx)
    assert connections == 2


@pytest.mark.parametrize("code", sorted(WS_CLOSES))
async def test_every_close_code_is_named_and_survived(code: int) -> None:
    connections = 0

    async def story(socket: Socket) -> None:
        nonlocal connections
        connections += 1
        await socket.accept(PUBLIC_ARGS)
        if connections == 1:
            await socket.connection.close(code)
        await push_mark(socket)
        await socket.stay()

    async with streaming(story) as (_feed, events):
        await events.until(MarkPx)
        (invalid,) = await events.until(BookInvalid)
    assert invalid.reason == f"closed by the exchange: {code} {WS_CLOSES[code]}"


async def test_book_that_fails_its_checksum_is_subscribed_again() -> None:
    async def story(socket: Socket) -> None:
        await socket.accept(PUBLIC_ARGS)
        whole = SIDES | {"ts": "1", "prevSeqId": -1, "seqId": 1, "checksum": 7}
        await push(socket, "books", whole, action="snapshot")
        await socket.accept(2)
        await push_book(socket, "snapshot", -1, 2)
        await socket.stay()

    async with streaming(story) as (_feed, events):
        await events.until(BookSnapshot)
    assert [type(one) for one in events.all] == [BookInvalid, BookSnapshot]
    assert events.all[0].reason == "checksum mismatch"


def test_silence_is_noticed_within_half_a_minute() -> None:
    pace = Pace()
    assert pace.idle_s + pace.pong_s < 30
    assert pace.idle_s < 30 - 5


class StillClock(QuickClock):
    """Time passes by sleeping alone."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def monotonic_s(self) -> float:
        return self.now_s

    async def sleep(self, delay_s: float) -> None:
        self.now_s += delay_s


async def test_no_more_than_three_connections_are_opened_in_a_second() -> None:
    clock = StillClock()
    dialer = Dialer(clock)
    opened = []
    for _ in range(20):
        await dialer.wait()
        opened.append(clock.now_s)
    for at_s in opened:
        assert sum(at_s <= one < at_s + 1.0 for one in opened) <= 3


def test_hour_of_a_connection_has_480_requests() -> None:
    clock = StillClock()
    budget = OpsBudget(clock)
    assert all(budget.spend() for _ in range(OPS_PER_HOUR))
    assert not budget.spend()
    clock.now_s = 3_600.0
    assert budget.spend()


async def test_connection_without_requests_left_is_renewed_instead_of_asking_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tai2.okx.sockets.OPS_PER_HOUR", PUBLIC_ARGS + 2)
    heard: list[str] = []
    connections = 0

    async def story(socket: Socket) -> None:
        nonlocal connections
        connections += 1
        await socket.accept(PUBLIC_ARGS)
        if connections > 1:
            await push_mark(socket)
            await socket.stay()
        for seq in (10, 20):
            await push_book(socket, "snapshot", -1, seq)
            await push_book(socket, "update", seq + 1, seq + 2)
            await socket.accept(2)
        heard.append(await socket.hear())

    async with streaming(story) as (_feed, events):
        await events.until(MarkPx)
        reasons = [one.reason for one in await events.until(BookInvalid, 3)]
    assert heard == []
    assert reasons[-1] == "the hour's requests of this connection are used up"


async def test_gaps_in_a_row_ask_for_a_book_once_until_it_is_answered() -> None:
    asked: list[str] = []

    async def story(socket: Socket) -> None:
        await socket.accept(PUBLIC_ARGS)
        await push_book(socket, "snapshot", -1, 1)
        for seq in (5, 9, 13):
            await push_book(socket, "update", seq, seq + 1)
            await push_book(socket, "snapshot", -1, seq + 1)
        for _ in range(2):
            heard = await socket.hear()
            asked.append(heard["op"])
            await socket.acknowledge(heard)
        await push_mark(socket)
        await socket.stay()

    async with streaming(story) as (_feed, events):
        await events.until(MarkPx)
    assert asked == ["unsubscribe", "subscribe"]
