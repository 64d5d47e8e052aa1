"""The socket server must stand whatever a client does, and let nobody else in."""

import asyncio
import json
import os
import socket
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tai2.daemon import endpoint
from tai2.daemon.server import AccessRules, ServerLimits, SocketServer, owner_rules
from tai2.model.errors import Refused, UsageError
from tai2.wire import rpc

Serve = Callable[..., AbstractAsyncContextManager[Path]]


async def echo(params: dict[str, object]) -> object:
    return params


async def refuse(_params: dict[str, object]) -> object:
    raise Refused("halted", "tai2 resume")


async def fail(_params: dict[str, object]) -> object:
    raise RuntimeError("secret detail")


async def hang(_params: dict[str, object]) -> object:
    await asyncio.Event().wait()


async def bulky(params: dict[str, object]) -> object:
    return "x" * int(str(params["bytes"]))


HANDLERS = {"echo": echo, "refuse": refuse, "fail": fail, "hang": hang, "bulky": bulky}


@pytest.fixture
def serve(tmp_path: Path) -> Serve:
    @asynccontextmanager
    async def running(
        path: Path = tmp_path / "run" / "tai2.sock",
        access: AccessRules | None = None,
        limits: ServerLimits | None = None,
    ) -> AsyncIterator[Path]:
        ready = asyncio.Event()
        rules, bounds = access or owner_rules(), limits or ServerLimits()
        server = SocketServer(path, HANDLERS, rules, bounds)
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            serving = group.create_task(server.serve(ready.set))
            await ready.wait()
            yield path
            serving.cancel()

    return running


class Peer:
    """A raw client."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def send(self, line: bytes) -> None:
        self.writer.write(line)

    def call(self, method: str, **params: object) -> None:
        self.send(rpc.encode_request(1, method, params))

    async def reply(self) -> Any:
        return json.loads(await self.reader.readline())

    async def is_cut(self) -> bool:
        try:
            return await self.reader.read() == b""
        except ConnectionError:
            return True


@asynccontextmanager
async def peer(path: Path) -> AsyncIterator[Peer]:
    reader, writer = await asyncio.open_unix_connection(path, limit=2 * rpc.MAX_REPLY_BYTES)
    try:
        yield Peer(reader, writer)
    finally:
        writer.transport.abort()
        await asyncio.sleep(0)


async def test_socket_and_directory_are_private(serve: Serve) -> None:
    async with serve() as path:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o750
    assert not path.exists()


async def test_an_operator_group_may_connect(serve: Serve) -> None:
    async with serve(access=owner_rules(operators=os.getgid())) as path:
        assert stat.S_IMODE(path.stat().st_mode) == 0o660


async def test_a_request_is_answered(serve: Serve) -> None:
    async with serve() as path, peer(path) as client:
        client.call("echo", a=1)
        assert await client.reply() == {"jsonrpc": "2.0", "id": 1, "result": {"a": 1}}


async def test_another_user_is_cut_before_the_first_byte(serve: Serve) -> None:
    strangers = AccessRules(uids=frozenset({os.geteuid() + 1}))
    async with serve(access=strangers) as path, peer(path) as client:
        assert await client.is_cut()


def test_nobody_is_never_allowed() -> None:
    assert 65_534 not in owner_rules([65_534, 1000]).uids
    assert {os.geteuid(), 0, 1000} <= owner_rules([65_534, 1000]).uids


async def test_a_stale_socket_is_replaced(serve: Serve, tmp_path: Path) -> None:
    stale = tmp_path / "tai2.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(stale))
    async with serve(path=stale) as path, peer(path) as client:
        client.call("echo")
        assert (await client.reply())["result"] == {}


async def test_a_live_socket_is_refused_by_name(serve: Serve) -> None:
    async with serve() as path:
        with pytest.raises(UsageError, match=f"another tai2 listens on {path}") as caught:
            await SocketServer(path, {}, owner_rules()).serve()
        assert caught.value.hint
        async with peer(path) as client:
            client.call("echo")
            assert "result" in await client.reply()


@pytest.mark.parametrize("kind", ["link", "file"])
async def test_whatever_is_no_socket_is_left_alone(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "tai2.sock"
    path.symlink_to(tmp_path / "elsewhere") if kind == "link" else path.write_text("precious")
    with pytest.raises(UsageError, match=r"symbolic link|not a socket"):
        await SocketServer(path, {}, owner_rules()).serve()
    assert path.is_symlink() or path.read_text() == "precious"


def test_a_directory_that_everybody_may_write_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(UsageError, match="everybody may write"):
        endpoint.bind(tmp_path / "tai2.sock")


async def test_a_path_that_is_too_long_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't listen"):
        await SocketServer(tmp_path / ("x" * 120), {}, owner_rules()).serve()


async def test_a_successor_s_socket_survives_our_exit(serve: Serve) -> None:
    async with serve() as path:
        path.unlink()
        with socket.socket(socket.AF_UNIX) as successor:
            path.with_name("spare").touch()
            successor.bind(str(path))
    assert path.exists()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"nonsense\n", rpc.PARSE_ERROR),
        (b"[]\n", rpc.INVALID_REQUEST),
        (rpc.encode_request(1, "no.such", {}), rpc.METHOD_NOT_FOUND),
        (b'{"jsonrpc":"2.0","id":1,"method":"echo","params":[]}\n', rpc.INVALID_REQUEST),
    ],
)
async def test_a_bad_line_is_answered_and_the_next_one_served(
    serve: Serve, line: bytes, code: int
) -> None:
    async with serve() as path, peer(path) as client:
        client.send(line)
        assert (await client.reply())["error"]["code"] == code
        client.call("echo", still="here")
        assert (await client.reply())["result"] == {"still": "here"}


async def test_an_oversized_frame_is_answered_and_ends_the_connection(serve: Serve) -> None:
    async with serve() as path, peer(path) as client:
        client.send(b"x" * (rpc.MAX_REQUEST_BYTES + 1))
        assert (await client.reply())["error"]["code"] == rpc.INVALID_REQUEST
        assert await client.is_cut()


async def test_our_errors_arrive_whole_and_others_without_detail(serve: Serve) -> None:
    async with serve() as path, peer(path) as client:
        client.call("refuse")
        error = (await client.reply())["error"]
        assert error["message"] == "halted"
        assert error["data"] == {"hint": "tai2 resume", "exit_code": 5, "kind": "Refused"}
        client.call("fail")
        failed = await client.reply()
        assert failed["error"]["message"] == "internal error"
        assert "secret" not in json.dumps(failed)


async def test_a_handler_that_hangs_meets_its_deadline(serve: Serve) -> None:
    async with serve(limits=ServerLimits(handler_s=0.05)) as path, peer(path) as client:
        client.call("hang")
        assert (await client.reply())["error"]["data"]["kind"] == "DeadlineExceeded"


async def test_a_notification_gets_no_answer(serve: Serve) -> None:
    async with serve() as path, peer(path) as client:
        client.send(b'{"jsonrpc":"2.0","method":"echo"}\n')
        client.call("echo", after="it")
        assert (await client.reply())["result"] == {"after": "it"}


async def test_a_half_closed_client_still_gets_its_answer(serve: Serve) -> None:
    async with serve() as path, peer(path) as client:
        client.call("echo")
        client.writer.write_eof()
        assert (await client.reply())["result"] == {}
        assert await client.is_cut()


async def test_the_33rd_client_is_told_and_closed(serve: Serve) -> None:
    async with serve() as path:
        crowd = [await asyncio.open_unix_connection(path) for _ in range(32)]
        async with peer(path) as client:
            assert (await client.reply())["error"]["message"] == "too many clients"
            assert await client.is_cut()
        for _reader, writer in crowd:
            writer.transport.abort()


async def test_a_place_becomes_free_when_a_client_leaves(serve: Serve) -> None:
    async with serve(limits=ServerLimits(clients=1)) as path:
        async with peer(path) as first:
            first.writer.write_eof()
            assert await first.is_cut()
        async with peer(path) as second:
            second.call("echo")
            assert "result" in await second.reply()


async def test_the_ninth_request_waits_until_one_is_done(serve: Serve) -> None:
    gate, waiting = asyncio.Event(), asyncio.Semaphore(0)

    async def queue(_params: dict[str, object]) -> object:
        waiting.release()
        await gate.wait()
        return None

    HANDLERS["queue"] = queue
    async with serve() as path, peer(path) as client:
        for _ in range(9):
            client.call("queue")
        for _ in range(8):
            await waiting.acquire()
        async with peer(path) as other:
            other.call("echo")
            await other.reply()
        assert waiting.locked()
        gate.set()
        assert [(await client.reply())["result"] for _ in range(9)] == [None] * 9


async def test_an_idle_client_is_let_go(serve: Serve) -> None:
    async with serve(limits=ServerLimits(idle_s=0.05)) as path, peer(path) as client:
        client.send(b'{"half":')
        assert await client.is_cut()


async def test_a_reader_that_never_reads_is_dropped_and_others_are_served(serve: Serve) -> None:
    async with serve(limits=ServerLimits(clients=2)) as path:
        with socket.socket(socket.AF_UNIX) as deaf:
            deaf.setblocking(False)
            deaf.connect(str(path))
            deaf.send(rpc.encode_request(1, "bulky", {"bytes": 900_000}) * 8)
            async with peer(path) as client:
                while not is_gone(deaf):
                    client.call("echo")
                    assert (await client.reply())["result"] == {}


def is_gone(sock: socket.socket) -> bool:
    """Tell whether the other end hung up, without reading."""
    try:
        sock.send(b"\n")
    except BrokenPipeError:
        return True
    return False


async def test_shutdown_ends_conversations(serve: Serve) -> None:
    async with peer_after_shutdown(serve) as client:
        assert await client.is_cut()


@asynccontextmanager
async def peer_after_shutdown(serve: Serve) -> AsyncIterator[Peer]:
    async with serve() as path:
        reader, writer = await asyncio.open_unix_connection(path)
        client = Peer(reader, writer)
        client.call("hang")
        client.call("echo")
        await client.reply()
    yield client
    writer.transport.abort()
    await asyncio.sleep(0)
