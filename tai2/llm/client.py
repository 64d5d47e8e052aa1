"""Speaks HTTP with an OpenAI-compatible server: one request, one outcome, one deadline.

Calls, catalogue and look-ups use it. Whatever the server does comes back as a value; it raises
nothing but cancellation, sends nothing twice, and never lets the key out of the header.
"""

import asyncio
from dataclasses import dataclass, replace
from typing import Final

import httpx

from tai2.llm.answer import Answer
from tai2.llm.body import body
from tai2.llm.chat import ChatFailed, ChatRequest, Code, Completion, Heard, Json, Outcome
from tai2.llm.endpoint import Endpoint
from tai2.llm.envelope import Unreadable, decode, record
from tai2.llm.faults import OK, Refusal, failure
from tai2.llm.sse import Events, EventTooLong
from tai2.ports.clock import Clock

CONNECT_S: Final = 5.0
SILENCE_S: Final = 60.0
"""Without a single byte, keep-alives included."""
MAX_BODY_BYTES: Final = 8 * 1024 * 1024
MAX_ERROR_BYTES: Final = 64 * 1024
_DONE: Final = b"[DONE]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a GET gave."""

    node: Json


class ChatClient:
    """One server."""

    def __init__(
        self,
        endpoint: Endpoint,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Open nothing yet.

        Args:
            endpoint: Address, dialect, key.
            clock: Wall time for Retry-After dates.
            transport: None = TCP; another one for tests.
        """
        self.endpoint = endpoint
        self._clock = clock
        self._http = httpx.AsyncClient(
            headers=endpoint.headers(),
            timeout=httpx.Timeout(SILENCE_S, connect=CONNECT_S),
            trust_env=False,
            follow_redirects=False,
            transport=transport,
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def ask(
        self, request: ChatRequest, deadline_s: float, heard: Heard | None = None
    ) -> Outcome:
        """Send one chat request and wait for its end.

        Args:
            request: What to ask.
            deadline_s: Seconds for everything, from connecting to the last byte.
            heard: Streams the text into it; None = not streamed.
        """
        is_stream = heard is not None
        content = body(request, self.endpoint.dialect, is_stream=is_stream)
        reading = _Reading(Answer(is_stream=is_stream, now_ms=self._clock.now_ms()), heard)
        outcome = await self._guarded("chat/completions", content, deadline_s, reading)
        if isinstance(outcome, ChatFailed):
            return self._clean(outcome, reading)
        return replace(outcome, generation_id=outcome.generation_id or reading.generation_id)

    async def get(self, path: str, deadline_s: float) -> Document | ChatFailed:
        """Read one JSON document.

        Args:
            path: Below the base address, with its query.
            deadline_s: Seconds for everything.
        """
        reading = _Reading(Answer(is_stream=False, now_ms=self._clock.now_ms()), None)
        try:
            async with (
                asyncio.timeout(deadline_s),
                self._http.stream("GET", self.endpoint.url(path)) as response,
            ):
                if response.status_code != OK:
                    return self._clean(await self._refusal(response), reading)
                return Document(node=decode(await _whole(response, MAX_BODY_BYTES)))
        except (TimeoutError, httpx.HTTPError, Unreadable, _TooLong) as exc:
            return self._clean(_broken(exc, reading), reading)

    async def _guarded(
        self, path: str, content: bytes, deadline_s: float, reading: "_Reading"
    ) -> Outcome:
        try:
            async with (
                asyncio.timeout(deadline_s),
                self._http.stream(
                    "POST",
                    self.endpoint.url(path),
                    content=content,
                    headers={"Content-Type": "application/json"},
                ) as response,
            ):
                reading.generation_id = response.headers.get("X-Generation-Id", "")
                reading.is_answered = True
                if response.status_code != OK:
                    return await self._refusal(response)
                return await reading.read(response)
        except (TimeoutError, httpx.HTTPError, Unreadable, _TooLong, EventTooLong) as exc:
            return _broken(exc, reading)

    async def _refusal(self, response: httpx.Response) -> ChatFailed:
        try:
            document = record(decode(await _whole(response, MAX_ERROR_BYTES)))
        except (Unreadable, _TooLong):
            document = {}
        error = document.get("error")
        return failure(
            Refusal(
                http_status=response.status_code,
                error=record(error) or {"message": error},
                retry_after=response.headers.get("Retry-After", ""),
                now_ms=self._clock.now_ms(),
            )
        )

    def _clean(self, failed: ChatFailed, reading: "_Reading") -> ChatFailed:
        return replace(
            failed,
            detail=self.endpoint.redacted(failed.detail),
            generation_id=failed.generation_id or reading.generation_id,
        )


class _TooLong(Exception):
    """A body outgrew its limit."""


class _Reading:
    """Reads one response, as JSON or as a stream, whichever it turns out to be."""

    def __init__(self, answer: Answer, heard: Heard | None) -> None:
        self.answer = answer
        self.generation_id = ""
        self.is_answered = False
        self._heard = heard or _deaf

    async def read(self, response: httpx.Response) -> Outcome:
        if "text/event-stream" in response.headers.get("Content-Type", ""):
            return await self._stream(response)
        document = decode(await _whole(response, MAX_BODY_BYTES))
        if not isinstance(document, dict):
            raise Unreadable("not an object")
        piece = self.answer.add(document)
        outcome = self.answer.close()
        if isinstance(outcome, Completion) and piece:
            self._heard(piece)
        return outcome

    async def _stream(self, response: httpx.Response) -> Outcome:
        events, read_bytes = Events(), 0
        async for chunk in response.aiter_bytes():
            read_bytes += len(chunk)
            if read_bytes > MAX_BODY_BYTES:
                raise _TooLong
            for event in events.feed(chunk):
                if event == _DONE:
                    return self.answer.close()
                self._take(event)
        return self._end(events)

    def _end(self, events: Events) -> Outcome:
        """Judge a stream that ended without [DONE]; half an event means that it was cut."""
        try:
            for event in events.close():
                if event != _DONE:
                    self._take(event)
        except Unreadable:
            return self.answer.close(is_complete=False)
        return self.answer.close()

    def _take(self, event: bytes | None) -> None:
        self._heard(self.answer.add(decode(event)) if event else "")


def _deaf(_piece: str) -> None:
    """Hear nothing."""


async def _whole(response: httpx.Response, limit_bytes: int) -> bytes:
    """Read a body, whitespace that keeps the connection alive included."""
    chunks, read_bytes = [], 0
    async for chunk in response.aiter_bytes():
        read_bytes += len(chunk)
        if read_bytes > limit_bytes:
            raise _TooLong
        chunks.append(chunk)
    return b"".join(chunks)


def _broken(exc: Exception, reading: _Reading) -> ChatFailed:
    """Return what a broken exchange amounts to; the outcome of the request is unknown."""
    usage_so_far = reading.answer.close(is_complete=False).usage
    match exc:
        case TimeoutError() | httpx.TimeoutException() if not _before_sending(exc):
            return ChatFailed(
                code=Code.TIMEOUT, detail="no complete answer in time", usage=usage_so_far
            )
        case Unreadable() | _TooLong() | EventTooLong() | httpx.DecodingError():
            detail = f"unreadable answer: {type(exc).__name__} {exc}"
            return ChatFailed(code=Code.BAD_BODY, detail=detail, may_retry=True, usage=usage_so_far)
        case _ if _before_sending(exc):
            return ChatFailed(
                code=Code.UNREACHABLE,
                detail=f"can't connect: {exc}",
                may_retry=True,
                may_be_billed=False,
            )
    code = Code.TRUNCATED if reading.is_answered else Code.CONNECTION
    return ChatFailed(
        code=code,
        detail=f"connection lost: {type(exc).__name__}",
        may_retry=True,
        usage=usage_so_far,
    )


def _before_sending(exc: Exception) -> bool:
    """Tell whether not even the connection stood."""
    return isinstance(exc, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
