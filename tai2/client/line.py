"""One open conversation with the daemon, without blocking: requests out, answers and events in.

The session owns one at a time. Every awaited answer has a deadline and at most so many are
asked at once; when the line breaks, everything that waits on it ends with DaemonNotRunning.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from tai2.model.errors import DaemonNotRunning, DeadlineExceeded, Refused, Tai2Error
from tai2.wire import rpc
from tai2.wire.codec import Tree

IN_FLIGHT: Final = 6
"""Requests at once; the daemon reads no more than 8 of a client, and two are its watches."""
CONNECT_TIMEOUT_S: Final = 2.0
SILENCE_S: Final = 15.0
"""The daemon beats every few seconds on a watch: after so long it is gone or stuck."""
_CHUNK_BYTES: Final = 256 * 1024

OnEvent = Callable[[object], None]


@dataclass(slots=True)
class Exchange:
    """A request that is being answered."""

    request_id: int
    on_event: OnEvent
    answer: asyncio.Future[rpc.Reply]
    is_endless: bool


class Line:
    """Reads and writes one socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._open: dict[int, Exchange] = {}
        self._slots = asyncio.Semaphore(IN_FLIGHT)
        self._last_id = 0

    @classmethod
    async def dial(cls, path: Path) -> Self:
        """Connect.

        Raises:
            DaemonNotRunning: No socket, or nobody listens on it.
            Refused: It belongs to another user.
            DeadlineExceeded: Connecting took too long.
        """
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                return cls(*await asyncio.open_unix_connection(path))
        except PermissionError as exc:
            raise Refused(f"not allowed to open {path}", "Become the user that runs it.") from exc
        except TimeoutError as exc:
            raise DeadlineExceeded(f"tai2 doesn't accept connections ({path})") from exc
        except OSError as exc:
            raise DaemonNotRunning("tai2 isn't running", "Start it with: tai2 run") from exc

    def close(self) -> None:
        """Hang up; whatever waits ends."""
        self._writer.close()
        self._end()

    async def pump(self) -> None:
        """Hand out what arrives until the line breaks.

        Raises:
            DaemonNotRunning: The daemon hung up or fell silent.
            DataInvalid: It said something that isn't the protocol.
        """
        frames = rpc.Frames(rpc.MAX_REPLY_BYTES)
        try:
            while chunk := await self._chunk():
                frames.feed(chunk)
                while (frame := frames.take()) is not None:
                    self._hand_out(rpc.parse_answer(frame))
            raise DaemonNotRunning("tai2 closed the connection", "Start it with: tai2 run")
        finally:
            self._end()

    async def _chunk(self) -> bytes:
        try:
            async with asyncio.timeout(SILENCE_S):
                return await self._reader.read(_CHUNK_BYTES)
        except TimeoutError as exc:
            text = f"tai2 has said nothing for {SILENCE_S:.0f} s"
            raise DaemonNotRunning(text, "See its log.") from exc
        except OSError as exc:
            raise DaemonNotRunning("the connection to tai2 broke", "See its log.") from exc

    def _hand_out(self, answer: rpc.Reply | rpc.Happening) -> None:
        """Give an answer or event to whom it belongs.

        Raises:
            Tai2Error: It ends the line: a fault of no request, or of an endless one.
        """
        asked = answer.request_id if isinstance(answer.request_id, int) else None
        if asked is None and isinstance(answer, rpc.Reply) and answer.fault is not None:
            raise rpc.error_of(answer.fault)
        exchange = self._open.get(asked or 0)
        if exchange is None:
            return  # nobody waits for it any more
        if exchange.is_endless:
            _go_on(exchange, answer)
        elif isinstance(answer, rpc.Reply):
            _settle(exchange, answer)
        else:
            _pass_on(exchange, answer.event)

    def start(
        self, method: str, params: Tree, on_event: OnEvent, *, is_endless: bool = False
    ) -> Exchange:
        """Send a request; its events go to on_event from the pump.

        Args:
            method: Name.
            params: As JSON.
            on_event: What it raises ends the request, or the line of an endless one.
            is_endless: True for a watch: an answer to it ends the line.

        Raises:
            DaemonNotRunning: The line is broken.
            UsageError: The request is too long.
        """
        if self._writer.is_closing():
            raise DaemonNotRunning("not connected to tai2", "Start it with: tai2 run")
        self._last_id += 1
        frame = rpc.encode_request(self._last_id, method, params)
        answer: asyncio.Future[rpc.Reply] = asyncio.get_running_loop().create_future()
        exchange = Exchange(self._last_id, on_event, answer, is_endless)
        self._open[exchange.request_id] = exchange
        self._writer.write(frame)
        return exchange

    def drop(self, exchange: Exchange) -> None:
        """Want nothing more of a request: the daemon is told when it may still work on it."""
        is_answered = exchange.answer.done() and not exchange.answer.cancelled()
        if self._open.pop(exchange.request_id, None) is None or is_answered:
            return
        exchange.answer.cancel()
        if not self._writer.is_closing():
            self._writer.write(rpc.encode_cancel(exchange.request_id))

    async def ask(self, method: str, params: Tree, on_event: OnEvent, timeout_s: float) -> Tree:
        """Send a request and return its outcome; each event renews the deadline.

        Raises:
            DeadlineExceeded: No event and no answer within timeout_s.
            Tai2Error: Whatever the daemon answered instead, as its own class.
        """
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout_s) as deadline, self._slots:

                def happened(event: object) -> None:
                    deadline.reschedule(loop.time() + timeout_s)
                    on_event(event)

                exchange = self.start(method, params, happened)
                try:
                    reply = await exchange.answer
                finally:
                    self.drop(exchange)
        except TimeoutError as exc:
            text = f"tai2 didn't answer {method} within {timeout_s:g} s"
            raise DeadlineExceeded(text, "See: tai2 logs") from exc
        if reply.fault is not None:
            raise rpc.error_of(reply.fault)
        return reply.outcome

    def _end(self) -> None:
        """End everything that waits."""
        waiting, self._open = self._open, {}
        for exchange in waiting.values():
            if not exchange.answer.done():
                exchange.answer.set_exception(DaemonNotRunning("tai2 isn't connected"))
                exchange.answer.exception()  # a watch awaits nothing: not a lost error


def _go_on(exchange: Exchange, answer: rpc.Reply | rpc.Happening) -> None:
    if isinstance(answer, rpc.Happening):
        exchange.on_event(answer.event)
    elif answer.fault is not None:
        raise rpc.error_of(answer.fault)
    else:
        raise DaemonNotRunning("tai2 ended the watch", "See its log.")


def _settle(exchange: Exchange, answer: rpc.Reply) -> None:
    if not exchange.answer.done():
        exchange.answer.set_result(answer)


def _pass_on(exchange: Exchange, event: object) -> None:
    try:
        exchange.on_event(event)
    except Tai2Error as exc:
        if not exchange.answer.done():
            exchange.answer.set_exception(exc)
