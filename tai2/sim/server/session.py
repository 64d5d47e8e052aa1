"""One WebSocket connection: reads requests, answers them, and writes what the hub pushes.

The server makes one per connection. Pushing never waits: frames queue up to a bound, and a
reader slower than that is cut with 4005, so that nobody's slowness reaches the exchange.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

import msgspec
from aiohttp import WSMsgType, web

from tai2.ports.clock import Clock

SLOW_READER: Final = 4005
IDLE: Final = 4004
LOGIN_FAILED: Final = 4001
ABORT: Final = 1006
"""Not a code on the wire: the connection is cut without a close frame."""
MAX_FRAME_BYTES: Final = 65_536
_CLOSE_WITHIN_S: Final = 2.0
_SEND_WITHIN_S: Final = 10.0
_HOUR_S: Final = 3_600.0


class Outbox:
    """Frames that wait for a socket, bounded in number and in bytes."""

    def __init__(self, max_frames: int, max_bytes: int) -> None:
        self._queue: asyncio.Queue[str] = asyncio.Queue(max_frames)
        self._max_bytes = max_bytes
        self._bytes = 0

    def put(self, text: str) -> bool:
        """Add a frame; False = full, the frame is lost."""
        if self._queue.full() or self._bytes + len(text) > self._max_bytes:
            return False
        self._queue.put_nowait(text)
        self._bytes += len(text)
        return True

    async def get(self) -> str:
        """Wait for the oldest frame and take it."""
        text = await self._queue.get()
        self._bytes -= len(text)
        return text


class Session:
    """A connection's state as the hub and the request desk see it."""

    def __init__(self, endpoint: str, conn_id: str, clock: Clock, outbox: Outbox) -> None:
        self.endpoint = endpoint
        """public, private or business."""
        self.conn_id = conn_id
        """Eight hexadecimal digits, in every acknowledgement."""
        self.logged_in = False
        self._clock = clock
        self._outbox = outbox
        self._pushed_s = clock.monotonic_s()
        self._mute_until_s = 0.0
        self._ops: deque[float] = deque()
        self._closing: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    @property
    def silent_s(self) -> float:
        """Seconds since something was last pushed to the client."""
        return self._clock.monotonic_s() - self._pushed_s

    def push(self, frame: str) -> None:
        """Queue a frame; a full queue closes the session as a slow reader."""
        now_s = self._clock.monotonic_s()
        if self._closing.done() or now_s < self._mute_until_s:
            return
        self._pushed_s = now_s
        if not self._outbox.put(frame):
            self.close(SLOW_READER)

    def count_op(self, most: int) -> bool:
        """Count a login, subscribe or unsubscribe; False = too many within an hour."""
        now_s = self._clock.monotonic_s()
        while self._ops and self._ops[0] <= now_s - _HOUR_S:
            self._ops.popleft()
        if len(self._ops) >= most:
            return False
        self._ops.append(now_s)
        return True

    def mute(self, seconds: float) -> None:
        """Say nothing for a while, pongs included: a half-open connection."""
        self._pushed_s = self._mute_until_s = self._clock.monotonic_s() + seconds

    def tell(self, event: dict[str, object]) -> None:
        """Queue an event with this connection's id."""
        self.push(msgspec.json.encode(event | {"connId": self.conn_id}).decode())

    def close(self, code: int) -> None:
        """Ask for the end with a close code, ABORT = without a close frame; the first wins."""
        if not self._closing.done():
            self._closing.set_result(code)

    async def serve(self, request: web.Request, receive: "Receive") -> web.WebSocketResponse:
        """Run the connection until either side ends it."""
        socket = web.WebSocketResponse(max_msg_size=MAX_FRAME_BYTES, timeout=_CLOSE_WITHIN_S)
        await socket.prepare(request)
        async with asyncio.TaskGroup() as tasks:
            reader = tasks.create_task(self._read(socket, receive), name=f"ws-read-{self.conn_id}")
            writer = tasks.create_task(self._write(socket), name=f"ws-write-{self.conn_id}")
            code = await self._closing
            reader.cancel()
            writer.cancel()
        await _end(socket, request, code)
        return socket

    async def _read(self, socket: web.WebSocketResponse, receive: "Receive") -> None:
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                receive(self, message.data)
        self.close(socket.close_code or 1000)

    async def _write(self, socket: web.WebSocketResponse) -> None:
        try:
            while True:
                text = await self._outbox.get()
                async with asyncio.timeout(_SEND_WITHIN_S):
                    await socket.send_str(text)
        except TimeoutError:
            self.close(SLOW_READER)
        except ConnectionError:
            self.close(ABORT)


Receive = Callable[[Session, str], None]
"""Takes one text frame of a session, synchronously."""


async def _end(socket: web.WebSocketResponse, request: web.Request, code: int) -> None:
    if code != ABORT and not socket.closed:
        try:
            async with asyncio.timeout(_CLOSE_WITHIN_S):
                await socket.close(code=code)
        except (TimeoutError, ConnectionError):
            code = ABORT
    if code == ABORT and request.transport is not None:
        request.transport.abort()
