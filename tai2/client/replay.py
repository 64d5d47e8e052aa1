"""A recorded watch played back: an Outlook like a session's, without a daemon.

`tai2 tui --replay FILE` shows it, screenshots and tests are made from it. Nothing can be
asked of a recording: every call is answered by a Fault that says so.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, TypeVar

from tai2.client.condition import Attached, Connecting
from tai2.client.outlook import Outlook
from tai2.client.picture import Gap
from tai2.client.recording import frames
from tai2.model.errors import DataInvalid, Refused
from tai2.wire import rpc
from tai2.wire.method import Hello, Method, StreamMethod
from tai2.wire.watch import WatchFrame

LONGEST_WAIT_S: Final = 5.0
"""A longer silence in the recording is cut to this."""

E = TypeVar("E")
P = TypeVar("P")
R = TypeVar("R")


class Replay(Outlook):
    """Plays a file; run it once, as a session."""

    def __init__(
        self, path: Path, *, speed: float = 1.0, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Prepare; nothing is read before `run`.

        Args:
            path: A recording.
            speed: 2 = twice as fast; 0 = everything at once.
            monotonic: Local clock in seconds.
        """
        super().__init__(monotonic)
        self._path = path
        self._speed = speed
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Play to the end, then keep the last picture until cancelled."""
        before: WatchFrame | None = None
        try:
            for frame in frames(self._path):
                if before is not None:
                    await self._wait((frame.now - before.now) / 1000)
                self._play(frame)
                before = frame
        except DataInvalid as exc:
            self._become(Connecting(reason=exc.message, hint=exc.hint))
        await asyncio.Event().wait()

    def _play(self, frame: WatchFrame) -> None:
        try:
            self._take(frame)
        except Gap:
            return  # lines were cut out: the next whole frame heals it
        if not self.is_attached and self.state is not None:
            meta = self.state.meta
            hello = Hello(
                protocol=rpc.PROTOCOL,
                version=meta.version,
                mode=meta.mode,
                instance=meta.instance,
                pid=0,
                state_dir="",
            )
            self._become(Attached(hello=hello, since_s=self._monotonic()))

    async def _wait(self, silence_s: float) -> None:
        if self._speed <= 0 or silence_s <= 0:
            return
        try:
            async with asyncio.timeout(min(silence_s / self._speed, LONGEST_WAIT_S)):
                await self._wake.wait()
        except TimeoutError:
            return

    def watch(self, topics: Iterable[str], max_hz: float | None = None) -> None:
        """Change nothing: a recording holds what was watched when it was made."""

    def retry(self) -> None:
        """Change nothing: there is nobody to connect to."""

    async def call(self, method: Method[P, R], params: P, timeout_s: float = 0.0) -> R | rpc.Fault:
        """Return a Fault: nobody answers in a recording."""
        del params, timeout_s
        return _nobody(method.name)

    async def stream(
        self,
        method: StreamMethod[P, E, R],
        params: P,
        on_event: Callable[[E], None],
        timeout_s: float,
    ) -> R | rpc.Fault:
        """Return a Fault: nobody answers in a recording."""
        del params, on_event, timeout_s
        return _nobody(method.name)


def _nobody(name: str) -> rpc.Fault:
    return rpc.fault_of(Refused(f"{name}: this is a recording", "Attach to a desk: tai2 tui"))
