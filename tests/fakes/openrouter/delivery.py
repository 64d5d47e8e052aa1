"""Sends an answer byte by byte, with everything that can happen to bytes on the way."""

import asyncio
import json
from typing import Any

from aiohttp import web

from tests.fakes.openrouter.knobs import Knobs

PIECE = 12
"""Characters of text per chunk of a stream."""


class Cut(Exception):
    """The body ends here."""


class Delivery:
    """One response body."""

    def __init__(self, request: web.Request, knobs: Knobs, headers: dict[str, str]) -> None:
        self._request = request
        self._knobs = knobs
        self._headers = headers
        self._sent = 0

    async def document(self, document: dict[str, Any]) -> web.StreamResponse:
        """Send one JSON document, blanks before it where the knobs want them."""
        blanks = b" \n" * self._knobs.keepalive
        return await self._body("application/json", [blanks, json.dumps(document).encode()])

    async def stream(self, chunks: list[dict[str, Any]], *, is_plain: bool) -> web.StreamResponse:
        """Send a stream of events."""
        end = "\r\n" if self._knobs.crlf else "\n"
        comments = 0 if is_plain else 1 + self._knobs.keepalive
        events = [f": OPENROUTER PROCESSING{end}{end}"] * comments
        events += [f"data: {json.dumps(each, ensure_ascii=False)}{end}{end}" for each in chunks]
        if not self._knobs.no_done:
            events.append(f"data: [DONE]{end}{end}")
        return await self._body("text/event-stream", self._packets(events))

    def _packets(self, events: list[str]) -> list[bytes]:
        raw = [event.encode() for event in events]
        whole = b"".join(raw)
        match self._knobs.chunk_split:
            case "one_byte":
                return [whole[at : at + 1] for at in range(len(whole))]
            case "mid_utf8":
                cuts = [at for at, byte in enumerate(whole) if byte >= 0x80] + [len(whole)]
                return [whole[a:b] for a, b in zip([0, *cuts], cuts, strict=False)]
            case "many_events":
                return [whole]
            case _:
                return raw

    async def _body(self, content_type: str, packets: list[bytes]) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": content_type} | self._headers)
        response.enable_chunked_encoding()
        await response.prepare(self._request)
        if self._knobs.ttft_ms:
            await asyncio.sleep(self._knobs.ttft_ms / 1000)
        try:
            for packet in packets:
                await self._write(response, packet)
        except Cut:
            if self._knobs.reset:
                assert self._request.transport is not None
                self._request.transport.abort()
                return response
        await response.write_eof()
        return response

    async def _write(self, response: web.StreamResponse, packet: bytes) -> None:
        limit = self._knobs.truncate_bytes
        if limit and self._sent + len(packet) >= limit:
            await response.write(packet[: limit - self._sent])
            raise Cut
        self._sent += len(packet)
        if packet:
            await response.write(packet)
        if self._knobs.drip_ms:
            await asyncio.sleep(self._knobs.drip_ms / 1000)


def pieces(text: str) -> list[str]:
    return [text[at : at + PIECE] for at in range(0, len(text), PIECE)]
