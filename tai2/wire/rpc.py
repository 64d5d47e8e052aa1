"""JSON-RPC 2.0 with one JSON per line: frames, requests, replies and faults.

Client and daemon both speak through it and `socat` can too; it does no I/O of its own.
Bad input must end as a Fault with a code, never as an unexpected exception.
Standard library only, because `tai2 status` imports it.
"""

import json
from dataclasses import dataclass
from typing import Final, NoReturn

from tai2.model import errors
from tai2.model.errors import DataInvalid, ProtocolMismatch, Tai2Error, UsageError

PROTOCOL: Final = 1
"""Grows when a client of the previous number would misread the daemon."""
EVENT: Final = "event"
"""Method name of the daemon's notifications."""
CANCEL: Final = "cancel"
"""Method name of a client's notification: the streaming request of params.id may end."""
MAX_REQUEST_BYTES: Final = 64 * 1024
MAX_REPLY_BYTES: Final = 1024 * 1024

PARSE_ERROR: Final = -32_700
INVALID_REQUEST: Final = -32_600
METHOD_NOT_FOUND: Final = -32_601
INVALID_PARAMS: Final = -32_602
INTERNAL_ERROR: Final = -32_603
_OWN_ERRORS: Final = -32_000
"""Our errors take this code minus their exit code."""

_KINDS: Final[dict[str, type[Tai2Error]]] = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, Tai2Error)
}

RequestId = str | int | None
_EVENT_HEAD: Final = b'{"jsonrpc":"2.0","method":"event","params":{"id":'


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """An error object: what a failed request is answered with."""

    code: int
    message: str
    hint: str
    exit_code: int
    kind: str
    """Name of the class in model.errors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call."""

    request_id: RequestId
    method: str
    params: dict[str, object]
    wants_reply: bool
    """False for a notification, which has no id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer: the outcome, or the fault that stands in its place."""

    request_id: RequestId
    outcome: object
    fault: Fault | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One event of a request that is still being answered."""

    request_id: RequestId
    event: object


@dataclass(frozen=True, slots=True)
class Encoded:
    """An event that is JSON already: encoded once, sent to many."""

    text: bytes


class BadRequest(Exception):
    """A frame that isn't a request; carries what to answer."""

    def __init__(self, fault: Fault, request_id: RequestId = None) -> None:
        super().__init__(fault.message)
        self.fault = fault
        self.request_id = request_id


class FrameTooLong(DataInvalid):
    """A frame is over its limit: the stream can't be trusted any further."""


class Frames:
    """Cuts a stream of bytes into lines, however the bytes were split."""

    def __init__(self, limit: int) -> None:
        """Allow frames of at most `limit` bytes, line feed excluded."""
        self._limit = limit
        self._buffer = bytearray()
        self._searched = 0

    def feed(self, chunk: bytes) -> None:
        """Add bytes as they arrived."""
        self._buffer += chunk

    def take(self) -> bytes | None:
        """Return the next frame that isn't blank; None = it has not fully arrived.

        Raises:
            FrameTooLong: The next frame is over the limit, finished or not.
        """
        while True:
            end = self._buffer.find(b"\n", self._searched)
            if end > self._limit or (end < 0 and len(self._buffer) > self._limit):
                raise FrameTooLong(f"a frame is longer than {self._limit} bytes")
            if end < 0:
                self._searched = len(self._buffer)
                return None
            frame = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            self._searched = 0
            if frame.strip():
                return frame


def encode_request(request_id: RequestId, method: str, params: object) -> bytes:
    """Return the frame of one call.

    Raises:
        UsageError: It would be longer than the daemon accepts.
    """
    frame = _line({"jsonrpc": "2.0", "id": request_id, "method": method, "params": params})
    if len(frame) > MAX_REQUEST_BYTES:
        raise UsageError(f"the request is longer than {MAX_REQUEST_BYTES} bytes", "Shorten it.")
    return frame


def encode_cancel(request_id: RequestId) -> bytes:
    """Return the frame that ends a streaming request."""
    return _line({"jsonrpc": "2.0", "method": CANCEL, "params": {"id": request_id}})


def encode_reply(request_id: RequestId, outcome: object) -> bytes:
    """Return the frame of a successful answer, or of a fault when it is too long."""
    frame = _line({"jsonrpc": "2.0", "id": request_id, "result": outcome})
    if len(frame) <= MAX_REPLY_BYTES:
        return frame
    too_long = DataInvalid("the reply is longer than 1 MiB", "Ask for fewer rows.")
    return encode_fault(request_id, fault_of(too_long))


def encode_event(request_id: RequestId, event: object) -> bytes:
    """Return the frame of a notification: one event of a request that is still being answered."""
    if isinstance(event, Encoded):
        asked = json.dumps(request_id).encode("ascii")
        return b'%s%s,"event":%s}}\n' % (_EVENT_HEAD, asked, event.text)
    return _line({"jsonrpc": "2.0", "method": EVENT, "params": {"id": request_id, "event": event}})


def encode_fault(request_id: RequestId, fault: Fault) -> bytes:
    """Return the frame of a failed answer."""
    extra = {"hint": fault.hint, "exit_code": fault.exit_code, "kind": fault.kind}
    error = {"code": fault.code, "message": fault.message, "data": extra}
    return _line({"jsonrpc": "2.0", "id": request_id, "error": error})


def parse_request(frame: bytes) -> Request:
    """Read one call.

    Raises:
        BadRequest: It isn't JSON, or not a single JSON-RPC 2.0 request with named params.
    """
    try:
        tree = _loads(frame)
    except DataInvalid as exc:
        raise BadRequest(fault_of(exc, PARSE_ERROR)) from exc
    if not isinstance(tree, dict):
        raise BadRequest(_invalid("a request must be one JSON object"))
    request_id = tree.get("id")
    if not _is_request_id(request_id):
        raise BadRequest(_invalid("id must be a string or a whole number"))
    method, params = tree.get("method"), tree.get("params", {})
    if tree.get("jsonrpc") != "2.0" or not isinstance(method, str):
        raise BadRequest(_invalid('a request needs "jsonrpc": "2.0" and a method'), request_id)
    if not isinstance(params, dict):
        raise BadRequest(_invalid("params must be an object"), request_id)
    return Request(request_id=request_id, method=method, params=params, wants_reply="id" in tree)


def parse_answer(frame: bytes) -> Reply | Happening:
    """Read one answer, or one event on the way to it.

    Raises:
        DataInvalid: It isn't JSON-RPC 2.0.
    """
    tree = _loads(frame)
    if isinstance(tree, dict) and tree.get("method") == EVENT:
        params = tree.get("params")
        if not isinstance(params, dict) or not _is_request_id(params.get("id")):
            raise DataInvalid("the daemon's event has a strange form")
        return Happening(request_id=params.get("id"), event=params.get("event"))
    return _reply_in(tree)


def parse_reply(frame: bytes) -> Reply:
    """Read one answer.

    Raises:
        DataInvalid: It isn't a JSON-RPC 2.0 answer.
    """
    return _reply_in(_loads(frame))


def _reply_in(tree: object) -> Reply:
    if not isinstance(tree, dict) or ("result" in tree) == ("error" in tree):
        raise DataInvalid("the daemon's answer isn't JSON-RPC 2.0")
    request_id = tree.get("id")
    if not _is_request_id(request_id):
        raise DataInvalid("the daemon's answer has a strange id")
    if "result" in tree:
        return Reply(request_id=request_id, outcome=tree["result"], fault=None)
    return Reply(request_id=request_id, outcome=None, fault=_read_fault(tree["error"]))


def fault_of(error: Tai2Error, code: int | None = None) -> Fault:
    """Return the error object of one of our errors; code None = by its exit code."""
    return Fault(
        code=_OWN_ERRORS - error.exit_code if code is None else code,
        message=error.message,
        hint=error.hint,
        exit_code=error.exit_code,
        kind=_kind_of(error),
    )


def error_of(fault: Fault) -> Tai2Error:
    """Return the error that a fault stands for; unknown kinds keep their exit code."""
    kind = ProtocolMismatch if fault.code == METHOD_NOT_FOUND else _KINDS.get(fault.kind, Tai2Error)
    error = kind(fault.message, fault.hint)
    if kind is Tai2Error:
        error.exit_code = fault.exit_code
    return error


def _kind_of(error: Tai2Error) -> str:
    return next(kind.__name__ for kind in type(error).__mro__ if kind.__name__ in _KINDS)


def _invalid(message: str) -> Fault:
    return fault_of(DataInvalid(message), INVALID_REQUEST)


def _is_request_id(found: object) -> bool:
    return found is None or (isinstance(found, str | int) and not isinstance(found, bool))


def _read_fault(tree: object) -> Fault:
    if not isinstance(tree, dict):
        raise DataInvalid("the daemon's error isn't an object")
    code, extra = tree.get("code"), tree.get("data")
    extra = extra if isinstance(extra, dict) else {}
    exit_code = extra.get("exit_code")
    return Fault(
        code=code if isinstance(code, int) else INTERNAL_ERROR,
        message=str(tree.get("message", "")),
        hint=str(extra.get("hint", "")),
        exit_code=exit_code if isinstance(exit_code, int) and 0 < exit_code < 256 else 1,
        kind=str(extra.get("kind", "")),
    )


def _loads(frame: bytes) -> object:
    """Read JSON strictly: UTF-8, no NaN, no depth or digits beyond Python's own limits."""
    try:
        tree: object = json.loads(frame.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as exc:
        raise DataInvalid("not valid JSON") from exc
    return tree


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _line(tree: object) -> bytes:
    return json.dumps(tree, allow_nan=False, separators=(",", ":")).encode("ascii") + b"\n"
