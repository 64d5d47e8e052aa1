"""A recording of a watch, played back as if the daemon spoke: demo, screenshots, test data.

One JSON object a line: the frames of `watch` as they came, each with the daemon's clock.
It plays at the pace of these clocks and stands still at the end; nothing can be asked of it.
"""

import asyncio
import gzip
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from tai2.client.condition import Attached
from tai2.client.outlook import Outlook
from tai2.client.picture import Gap
from tai2.model.errors import DataInvalid, Refused, UsageError
from tai2.wire import rpc
from tai2.wire.method import Hello, Method, StreamMethod
from tai2.wire.rpc import Fault
from tai2.wire.watch import WatchFrame

E = TypeVar("E")
P = TypeVar("P")
R = TypeVar("R")

LONGEST_GAP_S: Final = 2.0
"""Silences of a recording are cut to this."""
_NOBODY: Final = rpc.fault_of(Refused("this is a recording", "Attach to a daemon: tai2 tui"))


class Playback(Outlook):
    """A desk that happened."""

    def __init__(
        self,
        file: Path,
        *,
        is_instant: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Read a recording.

        Args:
            file: One frame a line, maybe packed (.gz).
            is_instant: True plays all of it at once, for tests and screenshots.
            monotonic: Local clock in seconds.

        Raises:
            UsageError: The file can't be read.
        """
        super().__init__(monotonic)
        self._frames = tuple(_read(file))
        self._is_instant = is_instant

    def watch(self, topics: Iterable[str], max_hz: float | None = None) -> None:
        """Everything that was recorded is shown, whatever is asked for."""

    def retry(self) -> None:
        """Nothing to connect to."""

    async def run(self) -> None:
        """Play it."""
        hello = Hello(protocol=rpc.PROTOCOL, version="", mode="", instance="", pid=0, state_dir="")
        self._become(Attached(hello=hello, since_s=self._monotonic()))
        before_ms: int | None = None
        for frame in self._frames:
            if before_ms is not None and not self._is_instant:
                await _pause(min((frame.now - before_ms) / 1000, LONGEST_GAP_S))
            before_ms = frame.now
            try:
                self._take(frame)
            except Gap:
                continue
            except DataInvalid as exc:
                raise UsageError(exc.message, "Record it again with this version.") from exc

    async def call(self, method: Method[P, R], params: P, timeout_s: float = 10.0) -> R | Fault:
        """Nobody answers."""
        del method, params, timeout_s
        return _NOBODY

    async def stream(
        self,
        method: StreamMethod[P, E, R],
        params: P,
        on_event: Callable[[E], None],
        timeout_s: float,
    ) -> R | Fault:
        """Nobody answers."""
        del method, params, on_event, timeout_s
        return _NOBODY


async def _pause(seconds: float) -> None:
    if seconds <= 0:
        return
    try:
        async with asyncio.timeout(seconds):
            await asyncio.Event().wait()
    except TimeoutError:
        return


def _read(file: Path) -> Iterator[WatchFrame]:
    try:
        packed = file.read_bytes()
        lines = (gzip.decompress(packed) if file.suffix == ".gz" else packed).splitlines()
    except (OSError, EOFError, zlib.error) as exc:
        raise UsageError(f"can't read {file}: {exc}", "Name a recording.") from exc
    decoder = msgspec.json.Decoder(WatchFrame)
    for number, each in enumerate(lines, 1):
        try:
            yield decoder.decode(each)
        except msgspec.DecodeError as exc:
            raise UsageError(f"{file}:{number} is no frame of a watch: {exc}") from exc
