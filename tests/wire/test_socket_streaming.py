"""Events of a streaming method: to the right request, until the client leaves, never for ever."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tai2.daemon.server import ServerLimits, SocketServer, owner_rules
from tai2.model.errors import Refused
from tai2.wire import rpc
from tai2.wire.codec import Tree
from tai2.wire.method import Emit, Streaming


class Stage:
    """Streaming handlers, and what a test knows of them."""

    def __init__(self) -> None:
        self.running = 0
        self.started = asyncio.Event()
        self.ended = asyncio.Event()
        self.turn = asyncio.Event()

    async def count(self, params: dict[str, object], emit: Emit) -> Tree:
        """Send so many events of a name, one per turn of the loop."""
        for number in range(int(str(params["times"]))):
            emit({"name": str(params["name"]), "number": number})
            await asyncio.sleep(0)
        return {"name": str(params["name"])}

    async def for_ever(self, _params: dict[str, object], emit: Emit) -> Tree:
        """Send one event, then wait until somebody ends it."""
        self.running += 1
        try:
            emit("begun")
            self.started.set()
            await self.turn.wait()
            return "done"
        finally:
            self.running -= 1
            self.ended.set()

    async def flood(self, _params: dict[str, object], emit: Emit) -> Tree:
        """Send big events until cancelled."""
        try:
            while True:
                emit("x" * 50_000)
                await asyncio.sleep(0)
        finally:
            self.ended.set()

    async def refuse(self, _params: dict[str, object], emit: Emit) -> Tree:
        emit("before")
        raise Refused("no", "ask later")

    def table(self) -> dict[str, Streaming]:
        names = ("count", "for_ever", "flood", "refuse")
        endless = {"watch": Streaming(self.for_ever, is_unbounded=True)}
        return endless | {name: Streaming(getattr(self, name)) for name in names}


Talk = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
def stage() -> Stage:
    return Stage()


@asynccontextmanager
async def serving(stage: Stage, path: Path, **limits: Any) -> AsyncIterator[Callable[[], Any]]:
    ready = asyncio.Event()
    server = SocketServer(path, stage.table(), owner_rules(), ServerLimits(**limits))
    opened: list[asyncio.StreamWriter] = []

    async def connect() -> Talk:
        reader, writer = await asyncio.open_unix_connection(path, limit=4 * rpc.MAX_REPLY_BYTES)
        opened.append(writer)
        return reader, writer

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        task = group.create_task(server.serve(ready.set))
        await ready.wait()
        yield connect
        for writer in opened:
            writer.transport.abort()
        task.cancel()


async def lines(reader: asyncio.StreamReader, count: int) -> list[Any]:
    return [json.loads(await reader.readline()) for _ in range(count)]


def test_an_event_names_its_request_and_is_read_back() -> None:
    read = rpc.parse_answer(rpc.encode_event("q7", {"text": "a\nb\u2028"}))
    assert read == rpc.Happening(request_id="q7", event={"text": "a\nb\u2028"})
    assert rpc.encode_event(1, "a\nb").count(b"\n") == 1


async def test_events_come_before_the_reply_in_order(stage: Stage, tmp_path: Path) -> None:
    async with serving(stage, tmp_path / "s") as connect:
        reader, writer = await connect()
        writer.write(rpc.encode_request(5, "count", {"name": "a", "times": 3}))
        *events, reply = await lines(reader, 4)
    assert [each["params"]["event"]["number"] for each in events] == [0, 1, 2]
    assert {each["params"]["id"] for each in events} == {5}
    assert (reply["id"], reply["result"]) == (5, {"name": "a"})


async def test_interleaved_requests_get_their_own_events(stage: Stage, tmp_path: Path) -> None:
    async with serving(stage, tmp_path / "s") as connect:
        reader, writer = await connect()
        for number, name in ((1, "a"), (2, "b")):
            writer.write(rpc.encode_request(number, "count", {"name": name, "times": 20}))
        told = await lines(reader, 42)
    events = [each["params"] for each in told if "params" in each]
    assert {(each["id"], each["event"]["name"]) for each in events} == {(1, "a"), (2, "b")}
    switches = sum(a["id"] != b["id"] for a, b in itertools.pairwise(events))
    assert switches > 5
    assert [each["event"]["number"] for each in events if each["id"] == 2] == list(range(20))


async def test_two_clients_never_see_each_other_s_events(stage: Stage, tmp_path: Path) -> None:
    async with serving(stage, tmp_path / "s") as connect:
        (one, to_one), (two, to_two) = await connect(), await connect()
        to_one.write(rpc.encode_request(1, "count", {"name": "a", "times": 9}))
        to_two.write(rpc.encode_request(1, "count", {"name": "b", "times": 9}))
        mine, other = await lines(one, 10), await lines(two, 10)
    assert '"b"' not in json.dumps(mine)
    assert '"a"' not in json.dumps(other)


async def test_a_client_that_leaves_ends_its_stream(stage: Stage, tmp_path: Path) -> None:
    async with serving(stage, tmp_path / "s") as connect:
        reader, writer = await connect()
        writer.write(rpc.encode_request(1, "for_ever", {}))
        await lines(reader, 1)
        writer.close()
        await stage.ended.wait()
        assert stage.running == 0


async def test_another_client_s_stream_goes_on_when_one_leaves(
    stage: Stage, tmp_path: Path
) -> None:
    async with serving(stage, tmp_path / "s") as connect:
        (one, to_one), (two, to_two) = await connect(), await connect()
        for reader, writer in ((one, to_one), (two, to_two)):
            writer.write(rpc.encode_request(1, "for_ever", {}))
            await lines(reader, 1)
        to_one.close()
        await stage.ended.wait()
        assert stage.running == 1
        stage.turn.set()
        (reply,) = await lines(two, 1)
    assert reply["result"] == "done"


async def test_a_reader_that_stops_reading_is_dropped_and_its_stream_ends(
    stage: Stage, tmp_path: Path
) -> None:
    async with serving(stage, tmp_path / "s", backlog_bytes=200_000) as connect:
        _, writer = await connect()
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(rpc.encode_request(1, "flood", {}))
        await stage.ended.wait()
        reader, other = await connect()
        other.write(rpc.encode_request(2, "count", {"name": "a", "times": 1}))
        assert len(await lines(reader, 2)) == 2


async def test_a_stream_meets_its_deadline(stage: Stage, tmp_path: Path) -> None:
    async with serving(stage, tmp_path / "s", stream_s=0.05) as connect:
        reader, writer = await connect()
        writer.write(rpc.encode_request(1, "for_ever", {}))
        _, reply = await lines(reader, 2)
    assert reply["error"]["data"]["kind"] == "DeadlineExceeded"


async def test_a_refusal_after_events_is_still_the_answer(stage: Stage, tmp_path: Path) -> None:
    async with serving(stage, tmp_path / "s") as connect:
        reader, writer = await connect()
        writer.write(rpc.encode_request(1, "refuse", {}))
        event, reply = await lines(reader, 2)
    assert event["params"]["event"] == "before"
    assert reply["error"]["data"] == {"hint": "ask later", "exit_code": 5, "kind": "Refused"}


async def test_an_unbounded_stream_outlives_deadline_and_idle_limit(
    stage: Stage, tmp_path: Path
) -> None:
    async with serving(stage, tmp_path / "s", stream_s=0.01, idle_s=0.01) as connect:
        reader, writer = await connect()
        writer.write(rpc.encode_request(1, "watch", {}))
        await lines(reader, 1)
        await asyncio.sleep(0.1)
        stage.turn.set()
        (reply,) = await lines(reader, 1)
    assert reply["result"] == "done"


async def test_a_client_without_a_stream_is_let_go_when_it_idles(
    stage: Stage, tmp_path: Path
) -> None:
    async with serving(stage, tmp_path / "s", idle_s=0.01) as connect:
        reader, _ = await connect()
        assert await reader.read() == b""


async def test_cancel_ends_the_stream_it_names_and_no_other(stage: Stage, tmp_path: Path) -> None:
    async with serving(stage, tmp_path / "s") as connect:
        reader, writer = await connect()
        for number in (1, 2):
            writer.write(rpc.encode_request(number, "for_ever", {}))
        await lines(reader, 2)
        writer.write(rpc.encode_cancel(1))
        await stage.ended.wait()
        assert stage.running == 1
        stage.turn.set()
        (reply,) = await lines(reader, 1)
    assert reply["id"] == 2


async def test_a_client_cannot_cancel_another_s_stream(stage: Stage, tmp_path: Path) -> None:
    async with serving(stage, tmp_path / "s") as connect:
        (one, to_one), (two, to_two) = await connect(), await connect()
        to_one.write(rpc.encode_request(1, "for_ever", {}))
        await lines(one, 1)
        to_two.write(rpc.encode_cancel(1))
        to_two.write(rpc.encode_request(7, "count", {"name": "a", "times": 0}))
        await lines(two, 1)
        assert stage.running == 1


def test_an_encoded_event_is_sent_as_it_is() -> None:
    frame = rpc.encode_event("q", rpc.Encoded(b'{"a":[1,null]}'))
    assert rpc.parse_answer(frame) == rpc.Happening(request_id="q", event={"a": [1, None]})
