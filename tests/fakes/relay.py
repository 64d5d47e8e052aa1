"""A TCP relay between a client and a server that can be slow, hang, or cut the line."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Opener = Callable[[], Awaitable[Pair]]


class Relay:
    """Listens on loopback; knobs take effect for the next chunk of bytes."""

    def __init__(self, upstream: Opener, tls: ssl.SSLContext | None = None) -> None:
        self._upstream = upstream
        self._tls = tls
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self.latency_s = 0.0
        self.cut_after: bytes | None = None
        """Once the client sends this, the server gets it but its answer never arrives."""
        self.cuts = 0
        self.port = 0

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Relay"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            self.release()
            server.close()
            self.cut()
            await server.wait_closed()
            await asyncio.sleep(0)

    def hang(self) -> None:
        """Accept everything, forward nothing."""
        self._flowing.clear()

    def release(self) -> None:
        self._flowing.set()

    def cut(self) -> None:
        """Reset every connection."""
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        far_writer = None
        try:
            await self._flowing.wait()
            far_reader, far_writer = await self._upstream()
            self._writers.add(far_writer)
            line = _Line(self)
            async with asyncio.TaskGroup() as group:
                group.create_task(line.forth(reader, far_writer))
                group.create_task(line.back(far_reader, writer))
        except* OSError:
            pass
        finally:
            for each in filter(None, (writer, far_writer)):
                self._writers.discard(each)
                each.transport.abort()

    async def passed(self, chunk: bytes) -> bytes:
        """Return a chunk when it may go on."""
        if self.latency_s:
            await asyncio.sleep(self.latency_s)
        await self._flowing.wait()
        return chunk


class _Line:
    """One connection through the relay."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._is_doomed = False

    async def forth(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(65_536):
            pattern = self._relay.cut_after
            self._is_doomed |= pattern is not None and pattern in chunk
            writer.write(await self._relay.passed(chunk))
            await writer.drain()
        raise ConnectionResetError

    async def back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(65_536):
            if self._is_doomed:
                self._relay.cuts += 1
                break
            writer.write(await self._relay.passed(chunk))
            await writer.drain()
        raise ConnectionResetError
