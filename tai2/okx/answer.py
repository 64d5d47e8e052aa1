"""One HTTP reply of the exchange, kept whole: status, code, message and undecoded rows.

The transport makes answers, `codes` judges them, `rest` turns their rows into types.
Nothing here may decide whether a request took effect.
"""

from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec

from tai2.model.errors import DataInvalid, VenueUnavailable

OK: Final = "0"
_NO_ROWS: Final = msgspec.Raw(b"[]")
Row = TypeVar("Row")


class NoAnswer(VenueUnavailable):
    """The connection failed before a whole reply had arrived."""

    def __init__(self, reason: str, *, is_sent: bool) -> None:
        """Keep whether a byte of the request may have left this machine."""
        super().__init__(f"OKX gave no answer: {reason}", "Check the network, then try again.")
        self.reason = reason
        self.is_sent = is_sent


class _Envelope(msgspec.Struct):
    code: str
    msg: str = ""
    data: msgspec.Raw = _NO_ROWS


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A complete HTTP reply."""

    status: int
    code: str
    """Top code of the envelope; "" when the body isn't one (a gateway's HTML page)."""
    msg: str
    rows_json: bytes
    """The envelope's data member, undecoded; b"[]" when absent."""

    @property
    def is_ok(self) -> bool:
        """True when the exchange calls the request a success."""
        return self.status == 200 and self.code == OK


def read_answer(status: int, body: bytes) -> Answer:
    """Split a body into code, message and rows; never raises, whatever the body holds."""
    try:
        envelope = msgspec.json.decode(body, type=_Envelope)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Answer(status=status, code="", msg="unreadable body", rows_json=b"[]")
    return Answer(
        status=status, code=envelope.code, msg=envelope.msg, rows_json=bytes(envelope.data)
    )


def decode_rows(rows_json: bytes, row: type[Row]) -> list[Row]:
    """Decode a list of rows; unknown keys are ignored.

    Raises:
        DataInvalid: The rows aren't of that shape.
    """
    try:
        return msgspec.json.decode(rows_json, type=list[row])  # type: ignore[valid-type] # built at run time
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as failure:
        raise DataInvalid(f"OKX sent an unreadable {row.__name__}: {failure}") from failure
