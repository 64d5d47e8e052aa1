r"""The format of a recording: what the exchange sent, as texts, with the time of their receipt.

`tai2 record` writes it; the simulator's market `recording` and the replay read it.
It must never judge, translate or reorder a frame, and a torn end must never spoil the rest.

A recording is one file or a directory of parts, `okx-NNNNNN.jsonl.gz`, read in order of name.
A part is a row of gzip members (RFC 1952), so that whatever was written before a crash can be
read. Unpacked it is JSON lines, in the order of receipt:

    {"t": 1725003123456, "ch": "public", "raw": "{\"arg\":{\"channel\":\"trades\",…}"}

`t` is the receive time, ms UTC. `ch` is the socket that the frame came from: public, business
or private; `raw` is the text frame, untouched, but for pongs and acknowledgements, which aren't
kept. Nothing that was sent is kept, hence no key, no login, no signature; private frames do carry
the account's uid. `ch` may also be "rest": then `raw` is the answer to a public GET,
`{"path": "/api/v5/public/instruments?instType=SWAP", "body": {"code": "0", "msg": "", "data":
[…]}}`. Each part begins with the instruments that it follows, and with a fresh snapshot of each
book.
"""

import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import IO, Final

from tai2.model.errors import DataInvalid

PART_NAME: Final = "okx-{number:06d}.jsonl.gz"
PART_GLOB: Final = "okx-*.jsonl.gz"
_CHUNK: Final = 1 << 16
_GZIP: Final = 31
"""zlib's word for a gzip member with the largest window."""
MAX_LINE: Final = 32 << 20


class Channel(StrEnum):
    """Where a frame came from."""

    PUBLIC = "public"
    BUSINESS = "business"
    PRIVATE = "private"
    REST = "rest"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedFrame:
    """One frame as it arrived."""

    ts_recv: int
    """ms UTC."""
    channel: Channel
    raw: str
    """The frame's text."""


def pack_frame(frame: RecordedFrame) -> bytes:
    """Return a frame as one line, its end included."""
    line = {"t": frame.ts_recv, "ch": frame.channel.value, "raw": frame.raw}
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def unpack_frame(line: bytes) -> RecordedFrame:
    """Read one line.

    Raises:
        DataInvalid: It isn't a line of a recording.
    """
    try:
        row = json.loads(line)
        ts_recv, channel, raw = row["t"], Channel(row["ch"]), row["raw"]
    except (ValueError, TypeError, KeyError, RecursionError) as failure:
        raise DataInvalid(f"not a line of a recording: {line[:60]!r}") from failure
    if type(ts_recv) is not int or not isinstance(raw, str):
        raise DataInvalid(f"not a line of a recording: {line[:60]!r}")
    return RecordedFrame(ts_recv=ts_recv, channel=channel, raw=raw)


def pack_member(lines: Iterable[bytes]) -> bytes:
    """Return lines as one gzip member, to be appended to a part."""
    packer = zlib.compressobj(wbits=_GZIP)
    packed = [packer.compress(line) for line in lines]
    return b"".join([*packed, packer.flush()])


def read_frames(part: IO[bytes]) -> Iterator[RecordedFrame]:
    """Yield the frames of a part; a member or line that is cut off at its end is left out.

    Raises:
        DataInvalid: It isn't gzip, or a whole line isn't a line of a recording.
    """
    rest = b""
    for text in _unpacked(part):
        *lines, rest = (rest + text).split(b"\n")
        if len(rest) > MAX_LINE:
            raise DataInvalid("a line of the recording has no end")
        yield from (unpack_frame(line) for line in lines if line)


def _unpacked(part: IO[bytes]) -> Iterator[bytes]:
    """Yield the text of every member, as far as it goes."""
    unpacker = zlib.decompressobj(wbits=_GZIP)
    chunk = part.read(_CHUNK)
    while chunk:
        try:
            yield unpacker.decompress(chunk, _CHUNK)
        except zlib.error as failure:
            raise DataInvalid(f"the recording isn't gzip: {failure}") from failure
        if unpacker.eof:
            chunk = unpacker.unused_data or part.read(_CHUNK)
            unpacker = zlib.decompressobj(wbits=_GZIP)
        else:
            chunk = unpacker.unconsumed_tail or part.read(_CHUNK)
