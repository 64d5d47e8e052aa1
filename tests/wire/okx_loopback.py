"""Small hand-made servers on loopback that say exactly what a test tells them to.

They know nothing of an exchange: a REST script maps paths to replies, a socket script is a
coroutine. The clock is the machine's, with sleeps shortened a hundredfold.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from aiohttp import web
from websockets.asyncio.server import ServerConnection, serve

from tai2.okx.credentials import Credentials, Endpoints

KEYS = Credentials(api_key="canary-key", secret_key="canary-secret", passphrase="canary-pass")


class QuickClock:
    """Real time; sleeps last a hundredth."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic_s(self) -> float:
        return time.monotonic()

    async def sleep(self, delay_s: float) -> None:
        await asyncio.sleep(delay_s / 100)


Reply = Callable[[web.Request], Awaitable[web.StreamResponse]]


class RestScript:
    """Replies by path, in order, the last one for ever; keeps every request."""

    def __init__(self) -> None:
        self.url = ""
        self.seen: list[tuple[web.Request, str]] = []
        self._replies: dict[tuple[str, str], list[Reply]] = {}

    def on(self, method: str, path: str, *replies: Reply | dict[str, Any]) -> None:
        """Answer a path with documents or with coroutines."""
        made = [reply if callable(reply) else document(reply) for reply in replies]
        self._replies[(method, f"/api/v5/{path}")] = made

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.seen.append((request, await request.text()))
        replies = self._replies.get((request.method, request.path))
        if not replies:
            return web.json_response({"code": "404", "msg": "no script", "data": []}, status=404)
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        return await reply(request)

    def count(self, method: str, path: str = "") -> int:
        return sum(
            request.method == method and request.path.endswith(path) for request, _ in self.seen
        )


def document(body: Any, status: int = 200) -> Reply:
    async def reply(_request: web.Request) -> web.StreamResponse:
        return web.json_response(body, status=status)

    return reply


def ok(*rows: Any) -> dict[str, Any]:
    return {"code": "0", "msg": "", "data": list(rows)}


def refused(code: str, status: int = 200) -> Reply:
    return document({"code": code, "msg": "told to", "data": []}, status)


def page(status: int, body: bytes) -> Reply:
    async def reply(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, body=body, content_type="text/html")

    return reply


async def reset(request: web.Request) -> web.StreamResponse:
    """Cut the connection after the request was read."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


@contextlib.asynccontextmanager
async def rest_server() -> AsyncIterator[RestScript]:
    script = RestScript()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", script.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    script.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
    try:
        yield script
    finally:
        await runner.cleanup()


class Socket:
    """The server's end of one connection, speaking JSON."""

    def __init__(self, connection: ServerConnection) -> None:
        self.connection = connection
        self.path = connection.request.path if connection.request else ""

    async def hear(self) -> Any:
        """Return the next request, decoded; the text itself when it isn't JSON."""
        text = await self.connection.recv()
        return json.loads(text) if text[0] == "{" else text

    async def say(self, **frame: Any) -> None:
        await self.connection.send(json.dumps(frame))

    async def accept(self, count: int) -> list[dict[str, Any]]:
        """Acknowledge that many subscriptions; return their arguments."""
        args = []
        for _ in range(count):
            asked = await self.hear()
            args.append(asked["args"][0])
            await self.acknowledge(asked)
        return args

    async def acknowledge(self, asked: dict[str, Any]) -> None:
        await self.say(id=asked["id"], event=asked["op"], arg=asked["args"][0], connId="a4d3ae55")

    async def log_in(self) -> None:
        assert (await self.hear())["op"] == "login"
        await self.say(event="login", code="0", msg="", connId="a4d3ae55")

    async def stay(self) -> None:
        """Keep the connection until the client leaves."""
        await self.connection.wait_closed()


Story = Callable[[Socket], Awaitable[None]]


@contextlib.asynccontextmanager
async def socket_server(story: Story) -> AsyncIterator[str]:
    """Run a story for each connection; yields the base address of the three sockets."""

    async def handler(connection: ServerConnection) -> None:
        await story(Socket(connection))

    async with serve(handler, "127.0.0.1", 0, ping_interval=None) as server:
        port = server.sockets[0].getsockname()[1]
        yield f"ws://127.0.0.1:{port}/ws/v5"


def endpoints(rest_url: str = "http://127.0.0.1:1", ws_url: str = "ws://127.0.0.1:1") -> Endpoints:
    return Endpoints(rest_url=rest_url, ws_url=ws_url, is_demo=False)
