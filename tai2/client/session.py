"""A session of a face with the daemon: stays attached, keeps the picture, asks and follows.

Terminal, web and `tai2 watch` hold one each and run it as one task. It reconnects by itself,
never raises into its face for a daemon that is gone, and never shows an old figure as new:
ages come from the daemon's clock plus our monotonic one.
"""

import asyncio
import os
import random
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from tai2.client.condition import Attached, Connecting, Lost, Mismatch
from tai2.client.line import CONNECT_TIMEOUT_S, Exchange, Line
from tai2.client.outlook import Outlook
from tai2.client.picture import Gap
from tai2.model.errors import DaemonNotRunning, DataInvalid, ProtocolMismatch, Refused, Tai2Error
from tai2.settings.paths import socket_candidates, socket_to_open
from tai2.view.state import SECTIONS
from tai2.wire import rpc
from tai2.wire.codec import from_tree, to_tree
from tai2.wire.method import HELLO, Access, Hello, Method, NoParams, StreamMethod
from tai2.wire.watch import WATCH, WatchFrame, WatchParams, chart_of

CALL_TIMEOUT_S: Final = 10.0
FIRST_WAIT_S: Final = 0.2
LONGEST_WAIT_S: Final = 5.0

E = TypeVar("E")
P = TypeVar("P")
R = TypeVar("R")


class Session(Outlook):
    """One face's link to the daemon.

    Run it once: `task = group.create_task(session.run())`; cancel the task to leave. Until
    and between connections everything else keeps working: `state` is the last picture,
    `call` answers with a Fault.
    """

    def __init__(
        self,
        environ: Mapping[str, str] = os.environ,
        *,
        topics: Iterable[str] = tuple(SECTIONS),
        max_hz: float = 4.0,
        is_readonly: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare; nothing is opened before `run`.

        Args:
            environ: Where to find the socket ($TAI2_SOCKET and so on).
            topics: What to watch from the start, see `watch`.
            max_hz: Frames of one topic per second, at most.
            is_readonly: True refuses every CONTROL method here, before it is sent.
            monotonic: Local clock in seconds.
        """
        super().__init__(monotonic)
        self._environ = environ
        self._is_readonly = is_readonly
        self._line: Line | None = None
        self._skip_wait = asyncio.Event()
        self._watches: dict[bool, Exchange] = {}
        """The running watch of charts (True) and of the rest (False)."""
        self._topics = frozenset(topics)
        self._max_hz = max_hz

    def watch(self, topics: Iterable[str], max_hz: float | None = None) -> None:
        """Replace what is watched: sections, log, decision, fill and charts; kept for good.

        Effective at once and again after each reconnection. Sections no longer watched keep
        their last content.
        """
        wanted, hz = frozenset(topics), max_hz or self._max_hz
        changed = self._topics ^ wanted if hz == self._max_hz else self._topics | wanted
        self._topics, self._max_hz = wanted, hz
        for is_chart in {chart_of(topic) is not None for topic in changed}:
            self._subscribe(is_chart=is_chart)

    def retry(self) -> None:
        """Connect now instead of waiting for the next try."""
        self._skip_wait.set()

    async def call(
        self, method: Method[P, R], params: P, timeout_s: float = CALL_TIMEOUT_S
    ) -> R | rpc.Fault:
        """Send one request and return its reply, or the Fault that stands in its place.

        Never raises for what the daemon says or for its absence (kind DaemonNotRunning).
        """
        return await self._asked(method, params, lambda _event: None, timeout_s)

    async def stream(
        self,
        method: StreamMethod[P, E, R],
        params: P,
        on_event: Callable[[E], None],
        timeout_s: float,
    ) -> R | rpc.Fault:
        """As `call`, handing over each event first; timeout_s bounds the silence between.

        Cancelling the awaiting task tells the daemon to stop working on it.
        """

        def happened(tree: object) -> None:
            on_event(_read(method.event, tree, method.name))

        return await self._asked(method, params, happened, timeout_s)

    async def run(self) -> None:
        """Attach, follow, attach again; returns only when cancelled."""
        wait_s = FIRST_WAIT_S
        while True:
            try:
                await self._attend()
            except Tai2Error as exc:
                if self.is_attached:
                    wait_s = FIRST_WAIT_S
                await self._pause(exc, wait_s * _JITTER.uniform(0.75, 1.25))
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)

    async def _attend(self) -> None:
        """Hold one conversation until it breaks.

        Raises:
            Tai2Error: Why it could not begin, or why it ended.
        """
        line = await Line.dial(_path(self._environ))
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(line.pump(), name="session-pump")
                hello = await _greet(line)
                self._line = line
                self._become(Attached(hello=hello, since_s=self._monotonic()))
                for is_chart in (False, True):
                    self._subscribe(is_chart=is_chart)
        except* Tai2Error as group_of_one:
            raise group_of_one.exceptions[0] from group_of_one
        finally:
            self._line = None
            self._watches.clear()
            line.close()

    def _subscribe(self, *, is_chart: bool) -> None:
        """Begin the watch of charts or of the rest anew, with what is wanted now."""
        line, old = self._line, self._watches.pop(is_chart, None)
        if line is None:
            return
        if old is not None:
            line.drop(old)
        topics = tuple(sorted(t for t in self._topics if (chart_of(t) is not None) is is_chart))
        if topics:
            params = WatchParams(topics=topics, max_hz=self._max_hz)

            def happened(event: object) -> None:
                self._on_frame(event, is_chart=is_chart)

            self._watches[is_chart] = line.start(
                WATCH.name, to_tree(params), happened, is_endless=True
            )

    def _on_frame(self, event: object, *, is_chart: bool) -> None:
        try:
            self._take(msgspec.convert(event, WatchFrame))
        except Gap:
            self._subscribe(is_chart=is_chart)
        except msgspec.ValidationError as exc:
            raise _unreadable(WATCH.name, str(exc)) from exc
        except DataInvalid as exc:
            raise _unreadable(WATCH.name, exc.message) from exc

    async def _pause(self, error: Tai2Error, wait_s: float) -> None:
        """Say why there is no daemon, and wait before the next try."""
        retry_s = self._monotonic() + wait_s
        if isinstance(error, ProtocolMismatch):
            self._become(_mismatch(error))
        elif self.is_attached or isinstance(self._condition, Lost):
            self._become(
                Lost(
                    since_s=self._heard_s,
                    reason=error.message,
                    hint=error.hint,
                    retry_s=retry_s,
                )
            )
        else:
            self._become(Connecting(reason=error.message, hint=error.hint, retry_s=retry_s))
        self._skip_wait.clear()
        try:
            async with asyncio.timeout(wait_s):
                await self._skip_wait.wait()
        except TimeoutError:
            return

    async def _asked(
        self,
        method: Method[P, R] | StreamMethod[P, E, R],
        params: P,
        on_event: Callable[[object], None],
        timeout_s: float,
    ) -> R | rpc.Fault:
        try:
            if self._is_readonly and method.access is Access.CONTROL:
                raise Refused(f"{method.name}: attached read-only", "Attach without --readonly.")
            if self._line is None:
                raise DaemonNotRunning("not connected to tai2", "It reconnects by itself.")
            tree = await self._line.ask(method.name, to_tree(params), on_event, timeout_s)
            return _read(method.reply, tree, method.name)
        except Tai2Error as exc:
            return rpc.fault_of(exc)


_JITTER: Final = random.SystemRandom()


def _path(environ: Mapping[str, str]) -> Path:
    return socket_to_open(environ) or socket_candidates(environ)[0]


async def _greet(line: Line) -> Hello:
    """Ask who answers.

    Raises:
        ProtocolMismatch: It speaks another protocol.
    """
    params = to_tree(NoParams())
    tree = await line.ask(HELLO.name, params, lambda _event: None, CONNECT_TIMEOUT_S)
    hello = _read(HELLO.reply, tree, HELLO.name)
    if hello.protocol != rpc.PROTOCOL:
        raise OtherProtocol(hello)
    return hello


class OtherProtocol(ProtocolMismatch):
    """The daemon's own words about its protocol."""

    def __init__(self, hello: Hello) -> None:
        super().__init__(
            f"the daemon ({hello.version}) speaks protocol {hello.protocol}, "
            f"this program {rpc.PROTOCOL}",
            "Restart the daemon after an upgrade: systemctl restart tai2",
        )
        self.hello = hello


def _mismatch(error: ProtocolMismatch) -> Mismatch:
    hello = error.hello if isinstance(error, OtherProtocol) else None
    return Mismatch(
        theirs=hello.version if hello else "",
        their_protocol=hello.protocol if hello else None,
        ours=rpc.PROTOCOL,
        reason=error.message,
        hint=error.hint,
    )


def _read(kind: type[R], tree: object, name: str) -> R:
    try:
        return from_tree(kind, tree)
    except DataInvalid as exc:
        raise _unreadable(name, exc.message) from exc


def _unreadable(name: str, why: str) -> ProtocolMismatch:
    return ProtocolMismatch(
        f"can't read the answer to {name}: {why}",
        "Use the tai2 command of the running daemon's version.",
    )
