"""The client must know a dead, mute, foreign or lying daemon from a live one."""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tai2.client.connection import connect
from tai2.model.errors import (
    DaemonNotRunning,
    DataInvalid,
    DeadlineExceeded,
    ProtocolMismatch,
    Refused,
    Tai2Error,
    UsageError,
)
from tai2.wire import rpc
from tai2.wire.controls import HALT, ReasonParams

HELLO = {
    "protocol": rpc.PROTOCOL,
    "version": "1",
    "mode": "sim",
    "instance": "main",
    "pid": 1,
    "state_dir": "/s",
}
Answer = Callable[[rpc.Request], bytes]
Daemon = Callable[[Answer], dict[str, str]]


def greet(request: rpc.Request) -> bytes:
    return rpc.encode_reply(request.request_id, HELLO)


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    """Start a one-client daemon that answers each line as told; "" hangs up."""
    path = tmp_path / "tai2.sock"
    listening = socket.socket(socket.AF_UNIX)
    threads: list[threading.Thread] = []

    def serve(answer: Answer) -> None:
        peer, _address = listening.accept()
        frames = rpc.Frames(rpc.MAX_REQUEST_BYTES)
        with peer:
            while chunk := peer.recv(65_536):
                frames.feed(chunk)
                while (frame := frames.take()) is not None:
                    if not (reply := answer(rpc.parse_request(frame))):
                        return
                    peer.sendall(reply)

    def start(answer: Answer) -> dict[str, str]:
        listening.bind(str(path))
        listening.listen()
        threads.append(threading.Thread(target=serve, args=(answer,)))
        threads[0].start()
        return {"TAI2_SOCKET": str(path)}

    yield start
    for thread in threads:
        thread.join(10)
    listening.close()


def after_greeting(answer: Answer) -> Answer:
    return lambda request: greet(request) if request.method == "hello" else answer(request)


def halt(environ: dict[str, str], timeout_s: float = 5) -> str:
    with connect(environ) as desk:
        return desk.call(HALT, ReasonParams(reason="r"), timeout_s).trading_state.value


def test_an_answer_in_pieces_is_put_together(daemon: Daemon) -> None:
    late = rpc.encode_reply(0, {"trading_state": "active"})
    answer = {"trading_state": "halted"}
    environ = daemon(after_greeting(lambda r: late + rpc.encode_reply(r.request_id, answer)))
    assert halt(environ) == "halted"


def test_the_daemon_s_error_arrives_as_its_own_class(daemon: Daemon) -> None:
    fault = rpc.fault_of(Refused("no", "wait"))
    environ = daemon(after_greeting(lambda r: rpc.encode_fault(r.request_id, fault)))
    with pytest.raises(Refused, match="no") as caught:
        halt(environ)
    assert caught.value.hint == "wait"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", DaemonNotRunning),
        (b"{}\n", DataInvalid),
        (b"nonsense\n", DataInvalid),
        (b"x" * (rpc.MAX_REPLY_BYTES + 1), DataInvalid),
        (rpc.encode_reply(2, {"trading_state": "asleep"}), ProtocolMismatch),
        (rpc.encode_reply(2, []), ProtocolMismatch),
        (
            rpc.encode_fault(2, rpc.fault_of(UsageError("?"), rpc.METHOD_NOT_FOUND)),
            ProtocolMismatch,
        ),
    ],
    ids=["hang-up", "no-rpc", "no-json", "too-long", "enum", "shape", "method"],
)
def test_a_strange_answer_is_an_error_of_ours(
    daemon: Daemon, answer: bytes, error: type[Tai2Error]
) -> None:
    environ = daemon(after_greeting(lambda _request: answer))
    with pytest.raises(error):
        halt(environ)


def test_a_mute_daemon_meets_the_deadline(daemon: Daemon) -> None:
    environ = daemon(after_greeting(lambda _request: b"\n"))
    with pytest.raises(DeadlineExceeded, match="didn't answer halt"):
        halt(environ, timeout_s=0.05)


def test_another_protocol_is_refused_at_the_greeting(daemon: Daemon) -> None:
    newer = HELLO | {"protocol": rpc.PROTOCOL + 1}
    environ = daemon(lambda r: rpc.encode_reply(r.request_id, newer))
    with pytest.raises(ProtocolMismatch, match="speaks protocol 2"):
        connect(environ)


def test_a_socket_that_nobody_listens_on_is_not_running(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "dead.sock"))
    with pytest.raises(DaemonNotRunning, match="nobody listens"):
        connect({"TAI2_SOCKET": str(tmp_path / "dead.sock")})


def test_a_file_in_the_socket_s_place_is_not_running(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DaemonNotRunning):
        connect({"TAI2_SOCKET": str(tmp_path / "file")})


def test_an_impossible_path_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / ("x" * 150)).touch()
    with pytest.raises(UsageError):
        connect({"TAI2_SOCKET": str(tmp_path / ("x" * 150))})
