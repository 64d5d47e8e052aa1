"""Framing and parsing must survive any bytes, split anywhere."""

import json
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tai2.model import errors
from tai2.model.errors import DataInvalid, KeysRejected, ProtocolMismatch, Tai2Error, UsageError
from tai2.wire import rpc
from tai2.wire.rpc import BadRequest, Frames, FrameTooLong

LIMIT = 64


def taken(chunks: list[bytes]) -> tuple[list[bytes], bool]:
    """Return the frames and whether the stream ended as too long."""
    frames = Frames(LIMIT)
    found = []
    try:
        for chunk in chunks:
            frames.feed(chunk)
            while (frame := frames.take()) is not None:
                found.append(frame)
    except FrameTooLong:
        return found, True
    return found, False


@given(st.lists(st.binary(max_size=100) | st.just(b"\n")), st.data())
def test_the_split_of_the_bytes_never_matters(parts: list[bytes], draw: st.DataObject) -> None:
    stream = b"".join(parts)
    cuts = sorted(draw.draw(st.lists(st.integers(0, len(stream)))))
    chunks = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert taken(chunks) == taken([stream])


@given(st.lists(st.binary(min_size=1, max_size=LIMIT).filter(lambda b: b.strip())))
def test_frames_come_out_as_they_went_in(parts: list[bytes]) -> None:
    lines = [part.replace(b"\n", b"x") for part in parts]
    assert taken([b"\n".join([*lines, b""])]) == (lines, False)


def test_a_frame_at_the_limit_passes_and_one_byte_more_does_not() -> None:
    assert taken([b"x" * LIMIT + b"\n"]) == ([b"x" * LIMIT], False)
    assert taken([b"x" * (LIMIT + 1) + b"\n"]) == ([], True)
    assert taken([b"x" * (LIMIT + 1)]) == ([], True)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_a_bad_request(frame: bytes) -> None:
    assert outcome_of(rpc.parse_request, frame) in (
        "Request",
        rpc.PARSE_ERROR,
        rpc.INVALID_REQUEST,
    )


def outcome_of(parse: Callable[[bytes], object], frame: bytes) -> object:
    """Return the name of what was read, or the code or class of the refusal."""
    try:
        return type(parse(frame)).__name__
    except BadRequest as exc:
        return exc.fault.code
    except DataInvalid as exc:
        return type(exc).__name__


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)
FIELDS = st.sampled_from(["jsonrpc", "id", "method", "params", "result", "error", "data", "code"])


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(FIELDS, JSON | st.just("2.0")))
def test_any_object_is_read_or_refused_cleanly(tree: dict[str, object]) -> None:
    frame = json.dumps(tree).encode()
    assert outcome_of(rpc.parse_request, frame) in ("Request", rpc.PARSE_ERROR, rpc.INVALID_REQUEST)
    assert outcome_of(rpc.parse_reply, frame) in ("Reply", "DataInvalid")


@pytest.mark.parametrize(
    "frame",
    [b"[" * 100_000, b"9" * 10_000, b"NaN", b'{"a":Infinity}', b"\xff\xfe", b"\x00"],
    ids=["depth", "digits", "nan", "infinity", "encoding", "nul"],
)
def test_hostile_json_is_a_parse_error(frame: bytes) -> None:
    with pytest.raises(BadRequest) as caught:
        rpc.parse_request(frame)
    assert caught.value.fault.code == rpc.PARSE_ERROR


def test_a_batch_is_refused_as_invalid() -> None:
    with pytest.raises(BadRequest) as caught:
        rpc.parse_request(b'[{"jsonrpc":"2.0","id":1,"method":"hello"}]')
    assert caught.value.fault.code == rpc.INVALID_REQUEST


@given(st.integers() | st.text(), st.text(), st.dictionaries(st.text(), st.text(), max_size=3))
def test_a_request_survives_the_journey(
    request_id: int | str, method: str, params: dict[str, str]
) -> None:
    request = rpc.parse_request(rpc.encode_request(request_id, method, params))
    assert (request.request_id, request.method, request.params) == (request_id, method, params)
    assert request.wants_reply


def test_a_request_without_id_wants_no_reply() -> None:
    assert not rpc.parse_request(b'{"jsonrpc":"2.0","method":"hello"}').wants_reply


def test_a_reply_over_one_mebibyte_becomes_a_fault_with_a_hint() -> None:
    reply = rpc.parse_reply(rpc.encode_reply(1, "x" * rpc.MAX_REPLY_BYTES))
    assert reply.fault is not None
    assert reply.fault.hint == "Ask for fewer rows."


def test_a_request_that_the_daemon_would_refuse_is_not_even_sent() -> None:
    with pytest.raises(UsageError):
        rpc.encode_request(1, "ask", {"question": "x" * rpc.MAX_REQUEST_BYTES})


KINDS = [k for k in vars(errors).values() if isinstance(k, type) and issubclass(k, Tai2Error)]


@pytest.mark.parametrize("kind", KINDS)
def test_each_error_keeps_class_hint_and_exit_code(kind: type[Tai2Error]) -> None:
    frame = rpc.encode_fault(7, rpc.fault_of(kind("what", "next")))
    fault = rpc.parse_reply(frame).fault
    assert fault is not None
    error = rpc.error_of(fault)
    assert type(error) is kind
    assert (error.message, error.hint, error.exit_code) == ("what", "next", kind.exit_code)


def test_a_subclass_travels_as_the_class_that_both_sides_know() -> None:
    class NoTradeRight(KeysRejected):
        """A narrower cause."""

    assert rpc.fault_of(NoTradeRight("no")).kind == "KeysRejected"


def test_an_unknown_kind_keeps_its_exit_code() -> None:
    fault = rpc.Fault(code=-32_042, message="m", hint="", exit_code=42, kind="FromTheFuture")
    assert rpc.error_of(fault).exit_code == 42


def test_an_unknown_method_means_different_versions() -> None:
    fault = rpc.fault_of(UsageError("no such method"), rpc.METHOD_NOT_FOUND)
    assert isinstance(rpc.error_of(fault), ProtocolMismatch)
