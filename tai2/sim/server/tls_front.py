"""TLS before the simulator's port: HTTP/1.1 and WebSocket passed through, HTTP/2 spoken.

The conformance tests and whoever wants the exchange's own kind of connection start it beside a
SimServer. What a request means is the server's business: it must never answer by itself.
"""

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, cast

import aiohttp
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, Event, RequestReceived, StreamEnded, StreamReset, WindowUpdated
from h2.exceptions import ProtocolError

CHUNK: Final = 65_536
_HOPS: Final = frozenset({"connection", "keep-alive", "transfer-encoding", "upgrade", "host"})
"""Headers of a connection, which HTTP/2 has none of."""

Pairs = Sequence[tuple[str, str]]


class TlsFront:
    """Listens with a certificate; every connection ends at the plain port."""

    def __init__(self, plain: tuple[str, int], cert: ssl.SSLContext) -> None:
        """Take the server's address, and a context with the certificate loaded."""
        self._plain = plain
        self._cert = cert
        self._cert.set_alpn_protocols(["h2", "http/1.1"])
        self._server: asyncio.Server | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen and return the port."""
        self._server = await asyncio.start_server(self._meet, host, port, ssl=self._cert)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Listen no more; open connections end with their clients."""
        if self._server is not None:
            self._server.close()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        chosen = writer.get_extra_info("ssl_object").selected_alpn_protocol()
        try:
            if chosen == "h2":
                async with aiohttp.ClientSession(auto_decompress=False) as plain:
                    await _Dialogue(reader, writer, plain, self._base).run()
            else:
                await self._pass_through(reader, writer)
        except* (OSError, ProtocolError):
            pass  # the client has gone
        writer.close()

    @property
    def _base(self) -> str:
        return f"http://{self._plain[0]}:{self._plain[1]}"

    async def _pass_through(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        there, back = await asyncio.open_connection(*self._plain)
        async with asyncio.TaskGroup() as ways:
            ways.create_task(_copy(reader, back))
            ways.create_task(_copy(there, writer))


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Copy until the source ends, and end the target with it."""
    try:
        while chunk := await source.read(CHUNK):
            target.write(chunk)
            await target.drain()
    finally:
        target.close()


@dataclass(slots=True)
class _Asked:
    """One request as far as it has come."""

    headers: dict[str, str]
    body: bytearray = field(default_factory=bytearray)


class _Dialogue:
    """One HTTP/2 connection: each stream becomes a request at the plain port."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        plain: aiohttp.ClientSession,
        base: str,
    ) -> None:
        self._reader, self._writer = reader, writer
        self._plain, self._base = plain, base
        self._h2 = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self._asked: dict[int, _Asked] = {}
        self._answers: set[asyncio.Task[None]] = set()
        self._room = asyncio.Event()
        """Set when the client lets more bytes flow."""

    async def run(self) -> None:
        """Read frames until the client leaves."""
        self._h2.initiate_connection()
        async with asyncio.TaskGroup() as answers:
            await self._flush()
            while chunk := await self._reader.read(CHUNK):
                for event in self._h2.receive_data(chunk):
                    self._on(event, answers)
                await self._flush()
            for answer in self._answers:
                answer.cancel()

    def _on(self, event: Event, answers: asyncio.TaskGroup) -> None:
        match event:
            case RequestReceived():
                pairs = cast("Pairs", event.headers)
                self._asked[event.stream_id] = _Asked(dict(pairs))
            case DataReceived():
                self._asked[event.stream_id].body += event.data
                self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            case StreamEnded():
                asked = self._asked.pop(event.stream_id)
                answer = answers.create_task(self._answer(event.stream_id, asked))
                self._answers.add(answer)
                answer.add_done_callback(self._answers.discard)
            case StreamReset():
                self._asked.pop(event.stream_id, None)
            case WindowUpdated():
                self._room.set()

    async def _answer(self, stream: int, asked: _Asked) -> None:
        named = {k: v for k, v in asked.headers.items() if k[0] != ":" and k not in _HOPS}
        method, path = asked.headers[":method"], asked.headers[":path"]
        try:
            request = self._plain.request(
                method, self._base + path, headers=named, data=bytes(asked.body) or None
            )
            async with request as reply:
                body = await reply.read()
        except aiohttp.ClientError:
            self._h2.reset_stream(stream)  # the server hung up: so do we
            await self._flush()
            return
        self._h2.send_headers(stream, _headers(reply.status, reply.headers))
        await self._send(stream, body)

    async def _send(self, stream: int, body: bytes) -> None:
        while body:
            room = min(self._h2.local_flow_control_window(stream), self._h2.max_outbound_frame_size)
            if room <= 0:
                self._room.clear()
                await self._room.wait()
                continue
            self._h2.send_data(stream, body[:room])
            body = body[room:]
            await self._flush()
        self._h2.end_stream(stream)
        await self._flush()

    async def _flush(self) -> None:
        self._writer.write(self._h2.data_to_send())
        await self._writer.drain()


def _headers(status: int, headers: Mapping[str, str]) -> list[tuple[str, str]]:
    kept = [(name.lower(), text) for name, text in headers.items() if name.lower() not in _HOPS]
    return [(":status", str(status)), *kept]
