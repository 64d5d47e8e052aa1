"""The Unix-socket server: JSON-RPC requests in, replies of a dispatch table out.

The daemon runs it as one service; it knows nothing of what the methods mean.
No client may crash it, slow it, fill its memory or learn more of a failure than its code.
"""

import asyncio
import os
import socket
import struct
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from tai2.daemon import endpoint
from tai2.model.errors import DeadlineExceeded, Refused, Tai2Error, UsageError
from tai2.wire import rpc
from tai2.wire.codec import Tree
from tai2.wire.method import RawHandler, Streaming

_CHUNK_BYTES: Final = 64 * 1024
_CLOSE_TIMEOUT_S: Final = 1.0
_NOBODY: Final = 65_534
_CREDENTIALS: Final = struct.Struct("3i")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRules:
    """Who may connect."""

    uids: frozenset[int]
    operators: int | None = None
    """Group id that the socket file is opened to (0660); None = 0600."""


def owner_rules(extra_uids: Iterable[int] = (), operators: int | None = None) -> AccessRules:
    """Allow ourselves, root and the configured users; never nobody (65534)."""
    uids = frozenset({os.geteuid(), 0, *extra_uids}) - {_NOBODY}
    return AccessRules(uids=uids, operators=operators)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLimits:
    """What one client, and all of them together, may take."""

    clients: int = 32
    in_flight: int = 8
    """Requests of one client at once; more are simply not read yet."""
    idle_s: float = 300.0
    """Without a complete frame for so long, a client is let go."""
    handler_s: float = 60.0
    """Deadline of one request."""
    stream_s: float = 180.0
    """Deadline of one request that streams."""
    backlog_bytes: int = rpc.MAX_REPLY_BYTES
    """Unread replies beyond this end the connection."""


class SocketServer:
    """Serves one dispatch table on one path until cancelled."""

    def __init__(
        self,
        path: Path,
        handlers: Mapping[str, RawHandler | Streaming],
        access: AccessRules,
        limits: ServerLimits = ServerLimits(),
    ) -> None:
        self._path = path
        self._handlers = handlers
        self._access = access
        self._limits = limits
        self._clients = 0
        self._streams: dict[asyncio.StreamWriter, dict[asyncio.Task[None], rpc.RequestId]] = {}

    async def serve(self, ready: Callable[[], None] = lambda: None) -> None:
        """Listen until cancelled; `ready` is called once clients can connect.

        Raises:
            UsageError: The path is taken or can't be used.
        """
        place = endpoint.bind(self._path, self._access.operators)
        try:
            async with asyncio.TaskGroup() as group:
                server = await asyncio.start_unix_server(
                    lambda reader, writer: self._accept(group, reader, writer), sock=place.sock
                )
                try:
                    ready()
                    await asyncio.Event().wait()
                finally:
                    server.close()
        finally:
            place.remove()

    def _accept(
        self,
        group: asyncio.TaskGroup,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        """Start a conversation, or end it before its first byte."""
        uid = _peer_uid(writer)
        if uid not in self._access.uids:
            log.warning("client_refused", uid=uid)
            writer.transport.abort()
        elif self._clients >= self._limits.clients:
            fault = rpc.fault_of(Refused("too many clients", "Close one, then try again."))
            writer.write(rpc.encode_fault(None, fault))
            writer.close()
        else:
            self._clients += 1
            group.create_task(self._converse(reader, writer), name="socket-client")

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        slots = asyncio.Semaphore(self._limits.in_flight)
        try:
            async with asyncio.TaskGroup() as requests:
                async for frame in self._frames(reader, writer):
                    await slots.acquire()
                    answering = requests.create_task(self._answer(frame, writer))
                    answering.add_done_callback(lambda _done: slots.release())
                for streaming in self._streams.pop(writer, {}):
                    streaming.cancel()  # nobody listens any more, and a model may be paid by word
        finally:
            self._streams.pop(writer, None)
            self._clients -= 1
            await _close(writer)

    async def _frames(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> AsyncIterator[bytes]:
        """Yield requests until the client leaves, idles or sends too long a frame."""
        frames = rpc.Frames(rpc.MAX_REQUEST_BYTES)
        try:
            while True:
                while (frame := frames.take()) is None:
                    if not (chunk := await self._chunk(reader, writer)):
                        return
                    frames.feed(chunk)
                yield frame
        except rpc.FrameTooLong as exc:
            self.send(writer, rpc.encode_fault(None, rpc.fault_of(exc, rpc.INVALID_REQUEST)))
        except (TimeoutError, ConnectionError) as exc:
            log.debug("client_left", cause=type(exc).__name__)

    async def _chunk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        """Return what the client sends next; silence counts only while nothing streams to it.

        Raises:
            TimeoutError: It has been idle for too long.
        """
        while True:
            try:
                async with asyncio.timeout(self._limits.idle_s):
                    return await reader.read(_CHUNK_BYTES)
            except TimeoutError:
                if not self._streams.get(writer):
                    raise

    async def _answer(self, frame: bytes, writer: asyncio.StreamWriter) -> None:
        try:
            request = rpc.parse_request(frame)
        except rpc.BadRequest as exc:
            self.send(writer, rpc.encode_fault(exc.request_id, exc.fault))
            return
        if request.method == rpc.CANCEL:
            self._cancel(request, writer)
            return
        reply = await self._dispatch(request, writer)
        if request.wants_reply:
            self.send(writer, reply)

    def _cancel(self, request: rpc.Request, writer: asyncio.StreamWriter) -> None:
        """End a streaming request of this client; any other id is none of its business."""
        asked = request.params.get("id")
        for streaming, request_id in self._streams.get(writer, {}).items():
            if asked is not None and request_id == asked:
                streaming.cancel()

    async def _streamed(
        self, handler: Streaming, request: rpc.Request, writer: asyncio.StreamWriter
    ) -> Tree:
        """Run a streaming handler; its events go out as they come."""
        task = asyncio.current_task()
        assert task is not None
        running = self._streams.setdefault(writer, {})
        running[task] = request.request_id
        limit_s = None if handler.is_unbounded else self._limits.stream_s
        try:
            async with asyncio.timeout(limit_s):
                return await handler.call(request.params, _Outlet(self, request.request_id, writer))
        finally:
            running.pop(task, None)

    async def _dispatch(self, request: rpc.Request, writer: asyncio.StreamWriter) -> bytes:
        """Return the reply frame; whatever a handler raises becomes a fault."""
        handler = self._handlers.get(request.method)
        if handler is None:
            unknown = UsageError(f"no such method: {request.method:.40}")
            return rpc.encode_fault(request.request_id, rpc.fault_of(unknown, rpc.METHOD_NOT_FOUND))
        try:
            if isinstance(handler, Streaming):
                outcome = await self._streamed(handler, request, writer)
            else:
                async with asyncio.timeout(self._limits.handler_s):
                    outcome = await handler(request.params)
            return rpc.encode_reply(request.request_id, outcome)
        except Tai2Error as exc:
            fault = rpc.fault_of(exc)
        except TimeoutError:
            fault = rpc.fault_of(DeadlineExceeded(f"{request.method} took too long"))
        except Exception:  # a bug in one handler must not end the desk; the log has it all
            log.exception("request_failed", method=request.method)
            fault = rpc.fault_of(Tai2Error("internal error", "See: tai2 logs"), rpc.INTERNAL_ERROR)
        return rpc.encode_fault(request.request_id, fault)

    def send(self, writer: asyncio.StreamWriter, frame: bytes) -> None:
        """Write a frame, or cut a client that doesn't take what it asked for."""
        if writer.is_closing():
            return
        writer.write(frame)
        if writer.transport.get_write_buffer_size() > self._limits.backlog_bytes:
            log.warning("slow_client_dropped")
            writer.transport.abort()


class _Outlet:
    """wire.method.Emit of one request."""

    def __init__(
        self, server: SocketServer, request_id: rpc.RequestId, writer: asyncio.StreamWriter
    ) -> None:
        self._server = server
        self._request_id = request_id
        self._writer = writer

    def __call__(self, event: Tree, /) -> None:
        self._server.send(self._writer, rpc.encode_event(self._request_id, event))

    @property
    def backlog(self) -> int:
        return self._writer.transport.get_write_buffer_size()


def _peer_uid(writer: asyncio.StreamWriter) -> int:
    """Return the user id at the other end, as the kernel knows it (SO_PEERCRED)."""
    peer = writer.get_extra_info("socket")
    packed = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _pid, uid, _gid = _CREDENTIALS.unpack(packed)
    return int(uid)


async def _close(writer: asyncio.StreamWriter) -> None:
    """Flush and close within a second, else cut."""
    writer.close()
    try:
        async with asyncio.timeout(_CLOSE_TIMEOUT_S):
            await writer.wait_closed()
    except (TimeoutError, ConnectionError):
        writer.transport.abort()
