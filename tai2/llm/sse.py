"""Cuts a byte stream into server-sent events.

The client feeds it whatever the network gives. It must split on line feeds only: a JSON text
may hold U+2028 or U+0085, at which `str.splitlines` (and httpx's line iterator) would cut.
"""

from collections.abc import Iterator
from typing import Final

MAX_EVENT_BYTES: Final = 1024 * 1024
_BOM: Final = b"\xef\xbb\xbf"


class EventTooLong(Exception):
    """An event outgrew the limit; the stream can't be used any further."""


class Events:
    """Turns chunks, cut anywhere, into the data of events.

    Yields bytes per event ("" data is skipped) and None per comment, in their order.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[bytes] = []
        self._is_first = True

    def feed(self, chunk: bytes) -> Iterator[bytes | None]:
        """Take the next bytes and yield what they complete.

        Raises:
            EventTooLong: More than MAX_EVENT_BYTES without the end of an event.
        """
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            yield from self._line(line)
        if len(self._rest) + sum(map(len, self._lines)) > MAX_EVENT_BYTES:
            raise EventTooLong

    def close(self) -> Iterator[bytes | None]:
        """Yield the last event when the stream ended without its blank line."""
        if self._rest:
            yield from self._line(self._rest)
        self._rest = b""
        yield from self._dispatch()

    def _line(self, raw: bytes) -> Iterator[bytes | None]:
        line = raw.removesuffix(b"\r")
        if self._is_first:
            line, self._is_first = line.removeprefix(_BOM), False
        if not line:
            yield from self._dispatch()
        elif line.startswith(b":"):
            yield None
        else:
            name, _, text = line.partition(b":")
            if name == b"data":
                self._lines.append(text.removeprefix(b" "))

    def _dispatch(self) -> Iterator[bytes | None]:
        if self._lines:
            event, self._lines = b"\n".join(self._lines), []
            yield event
