"""A blocking connection to the daemon: one call, one answer, each with a deadline.

CLI verbs use it; the standard library is enough, so that `tai2 status` starts fast.
It must never wait without a deadline, nor take a half answer for a whole one.
"""

import os
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

from tai2.model.errors import (
    DaemonNotRunning,
    DataInvalid,
    DeadlineExceeded,
    ProtocolMismatch,
    Refused,
    Tai2Error,
    UsageError,
)
from tai2.settings.paths import lock_holder, socket_candidates, socket_to_open, state_dir
from tai2.wire import rpc
from tai2.wire.codec import from_tree, to_tree
from tai2.wire.method import HELLO, Hello, Method, NoParams, StreamMethod

CONNECT_TIMEOUT_S: Final = 2.0
CALL_TIMEOUT_S: Final = 10.0
_CHUNK_BYTES: Final = 256 * 1024
_START_HINT: Final = "Start it with: tai2 run"
_WAIT_HINT: Final = "It starts, or stands by for another desk; its log says which: tai2 logs"

E = TypeVar("E")
P = TypeVar("P")
R = TypeVar("R")


class Connection:
    """One open conversation; use it as a context manager."""

    def __init__(self, sock: socket.socket, path: Path) -> None:
        """Take over a connected socket; `connect` also greets."""
        self._sock = sock
        self._path = path
        self._frames = rpc.Frames(rpc.MAX_REPLY_BYTES)
        self._last_id = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._sock.close()

    def call(self, method: Method[P, R], params: P, timeout_s: float = CALL_TIMEOUT_S) -> R:
        """Send one request and return its typed reply.

        Raises:
            DeadlineExceeded: No whole answer within timeout_s.
            DaemonNotRunning: The daemon hung up.
            ProtocolMismatch: The answer isn't what this version expects.
            Tai2Error: Whatever the daemon answered instead, as its own class.
        """
        outcome = self._ask(method.name, params, timeout_s, lambda _event: None)
        return self._read(method.reply, outcome, method.name)

    def stream(
        self,
        method: StreamMethod[P, E, R],
        params: P,
        on_event: Callable[[E], None],
        timeout_s: float,
    ) -> R:
        """Send one request, hand over each event, and return the typed reply.

        Raises:
            DeadlineExceeded: No event and no answer within timeout_s.
            Tai2Error: As for `call`.
        """

        def happened(tree: object) -> None:
            on_event(self._read(method.event, tree, method.name))

        reply = self._ask(method.name, params, timeout_s, happened)
        return self._read(method.reply, reply, method.name)

    def _ask(
        self, name: str, params: object, timeout_s: float, happened: Callable[[object], None]
    ) -> object:
        """Send a request and return the outcome as JSON."""
        self._last_id += 1
        try:
            self._send(rpc.encode_request(self._last_id, name, to_tree(params)), timeout_s)
            reply = self._receive(timeout_s, happened)
        except TimeoutError as exc:
            raise DeadlineExceeded(
                f"tai2 didn't answer {name} within {timeout_s:g} s", "See: tai2 logs"
            ) from exc
        except OSError as exc:
            raise self._hung_up() from exc
        if reply.fault is not None:
            raise rpc.error_of(reply.fault)
        return reply.outcome

    def _read(self, kind: type[R], tree: object, name: str) -> R:
        try:
            return from_tree(kind, tree)
        except DataInvalid as exc:
            raise ProtocolMismatch(
                f"can't read the answer to {name}: {exc.message}",
                "Use the tai2 command of the running daemon's version.",
            ) from exc

    def _send(self, frame: bytes, timeout_s: float) -> None:
        self._sock.settimeout(timeout_s)
        self._sock.sendall(frame)

    def _receive(self, timeout_s: float, happened: Callable[[object], None]) -> rpc.Reply:
        """Return the answer to the last request; earlier ones that came late are dropped."""
        deadline_s = time.monotonic() + timeout_s
        while True:
            while (frame := self._frames.take()) is None:
                self._sock.settimeout(max(deadline_s - time.monotonic(), 0.001))
                chunk = self._sock.recv(_CHUNK_BYTES)
                if not chunk:
                    raise self._hung_up()
                self._frames.feed(chunk)
            answer = rpc.parse_answer(frame)
            if answer.request_id not in (self._last_id, None):
                continue
            if isinstance(answer, rpc.Reply):
                return answer
            happened(answer.event)
            deadline_s = time.monotonic() + timeout_s

    def _hung_up(self) -> Tai2Error:
        return DaemonNotRunning(f"tai2 closed the connection ({self._path})", _START_HINT)


def connect(
    environ: Mapping[str, str] = os.environ, timeout_s: float = CONNECT_TIMEOUT_S
) -> Connection:
    """Connect to the daemon and check that it speaks our protocol.

    Raises:
        DaemonNotRunning: No socket, or nobody listens on it.
        Refused: The socket belongs to another user.
        DeadlineExceeded: It listens but doesn't answer.
        ProtocolMismatch: It speaks another version.
    """
    path = socket_to_open(environ)
    if path is None:
        if holder := lock_holder(state_dir(environ)):
            raise DaemonNotRunning(f"tai2 (pid {holder}) doesn't listen yet", _WAIT_HINT)
        sought = socket_candidates(environ)[0]
        raise DaemonNotRunning(f"tai2 isn't running (no socket at {sought})", _START_HINT)
    connection = Connection(_open(path, timeout_s), path)
    try:
        _greet(connection, timeout_s)
    except Tai2Error:
        connection.close()
        raise
    return connection


def _open(path: Path, timeout_s: float) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.settimeout(timeout_s)
    try:
        sock.connect(str(path))
    except OSError as exc:
        sock.close()
        raise _why_not(path, exc) from exc
    return sock


def _why_not(path: Path, error: OSError) -> Tai2Error:
    """Return what a failed connect means for the operator."""
    if isinstance(error, TimeoutError):
        return DeadlineExceeded(f"tai2 doesn't accept connections ({path})", "See its log.")
    if isinstance(error, PermissionError):
        return Refused(f"not allowed to open {path}", "Become the user that runs tai2.")
    if isinstance(error, ConnectionRefusedError | FileNotFoundError):
        return DaemonNotRunning(f"tai2 isn't running (nobody listens on {path})", _START_HINT)
    return UsageError(f"can't open {path}: {error.strerror or error}", "Check TAI2_SOCKET.")


def _greet(connection: Connection, timeout_s: float) -> Hello:
    hello = connection.call(HELLO, NoParams(), timeout_s)
    if hello.protocol != rpc.PROTOCOL:
        raise ProtocolMismatch(
            f"the daemon ({hello.version}) speaks protocol {hello.protocol}, "
            f"this command {rpc.PROTOCOL}",
            "Restart the daemon after an upgrade: systemctl restart tai2",
        )
    return hello
