"""The texts of the WebSocket protocol: requests that we send, frames that come back.

Streams write and read them; feed and venue name channels by Arg.
Frames must be matched by their argument or id, never by their order.
"""

from typing import Final

import msgspec

from tai2.model.errors import DataInvalid

PING: Final = "ping"
PONG: Final = b"pong"
UPGRADE_NOTICE: Final = "64008"


class Arg(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """One subscription: a channel and what it is about."""

    channel: str
    inst_id: str = ""
    inst_type: str = ""

    def __str__(self) -> str:
        """Name it as a log line would."""
        return ":".join(part for part in (self.channel, self.inst_id or self.inst_type) if part)


class Frame(msgspec.Struct, rename="camel"):
    """Any frame: an event (ack, error, notice) or pushed rows."""

    arg: Arg | None = None
    event: str = ""
    action: str = ""
    data: msgspec.Raw = msgspec.Raw(b"[]")
    id: str = ""
    code: str = ""
    msg: str = ""
    channel: str = ""
    """Of channel-conn-count events."""


def read_frame(text: bytes) -> Frame:
    """Decode a frame.

    Raises:
        DataInvalid: It isn't JSON of that shape.
    """
    try:
        return _DECODER.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as failure:
        raise DataInvalid(f"unreadable frame: {failure}") from failure


def request(op: str, arg: Arg | dict[str, str], request_id: str = "") -> str:
    """Write a request with one argument; the id is echoed by its answer."""
    body = {"id": request_id} if request_id else {}
    return msgspec.json.encode(body | {"op": op, "args": [arg]}).decode()


_DECODER: Final = msgspec.json.Decoder(Frame)
