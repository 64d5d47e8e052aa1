"""A connection that stays up: renewed after each failure, replaced before an announced close.

Feed and venue each run their streams as services and implement Subscriber.
It must never lose a subscription silently, nor let one bad frame end the reading.
"""

import asyncio
import random
from collections.abc import Callable
from typing import Final

import structlog
from websockets.exceptions import ConnectionClosed, WebSocketException

from tai2.model.errors import DataInvalid, KeysRejected, VenueUnavailable
from tai2.okx.codes import WS_CLOSES
from tai2.okx.frames import Arg, Frame
from tai2.okx.link import Link, Subscriber
from tai2.okx.sockets import Sockets

FIRST_BACKOFF_S: Final = 0.5
LAST_BACKOFF_S: Final = 30.0
STEADY_S: Final = 10.0
"""A connection that lasted so long starts the next outage with the shortest pause."""
LOGIN_TRIES: Final = 2
_ENDS: Final = (OSError, TimeoutError, WebSocketException, VenueUnavailable, KeysRejected)

log = structlog.get_logger(__name__)


class _Running:
    """A link with its task and its end."""

    def __init__(self, link: Link, tasks: asyncio.TaskGroup, stir: Callable[[], None]) -> None:
        self.link = link
        self.failure: Exception | None = None
        self._stir = stir
        self._task = tasks.create_task(self._run(), name="okx-link")

    async def _run(self) -> None:
        try:
            await self.link.run()
        except _ENDS as failure:
            self.failure = failure
            self._stir()

    async def stop(self) -> None:
        """End the link and wait for its end."""
        self._task.cancel()
        await asyncio.wait([self._task])


class Stream:
    """One connection of a name (public, private or business), renewed until cancelled."""

    def __init__(
        self,
        sockets: Sockets,
        name: str,
        subscriber: Subscriber,
        *,
        jitter: random.Random | None = None,
    ) -> None:
        self.bad_frames = 0
        self.handovers = 0
        """Connections that were replaced without a gap."""
        self._sockets = sockets
        self._name = name
        self._subscriber = subscriber
        self._clock = sockets.clock
        self._jitter = jitter or random.SystemRandom()
        self._stirred = asyncio.Event()
        self._current: _Running | None = None
        self._backoff_s = FIRST_BACKOFF_S
        self._up_since_s = 0.0
        self._is_up = False
        self._is_dark = False
        self._has_bad_frame = False
        self._refused_logins = 0
        self._heard_s = self._clock.monotonic_s()

    async def run(self) -> None:
        """Stay connected until cancelled.

        Raises:
            KeysRejected: The exchange refused the login twice in a row.
        """
        while True:
            async with asyncio.TaskGroup() as tasks:
                failure = await self._tend(tasks)
            self._went_down(_reason(failure))
            if isinstance(failure, KeysRejected):
                self._refused_logins += 1
                if self._refused_logins >= LOGIN_TRIES:
                    raise failure
            await self._back_off()

    @property
    def is_up(self) -> bool:
        """True while every subscription is answered."""
        return self._is_up

    def resubscribe(self, arg: Arg) -> None:
        """Unsubscribe and subscribe again, right after the frame at hand."""
        if self._current is not None:
            self._current.link.resubscribe(arg)

    def deliver(self, frame: Frame, ts_recv: int) -> None:
        """Hand pushed rows to the subscriber."""
        try:
            self._subscriber.on_data(frame, ts_recv)
        except DataInvalid as invalid:
            self.count_bad(invalid)

    def count_bad(self, invalid: DataInvalid) -> None:
        """Note a frame that nobody can read; the first of a connection is logged."""
        self.bad_frames += 1
        if not self._has_bad_frame:
            log.warning("bad_frame", socket=self._name, reason=invalid.message)
        self._has_bad_frame = True

    def stir(self) -> None:
        """Look at the links again."""
        self._stirred.set()

    def heard(self) -> None:
        """Note that something arrived."""
        self._heard_s = self._clock.monotonic_s()

    def heard_s(self) -> float:
        """Return when it last made progress; the end of a pause between two tries counts."""
        return self._heard_s

    async def _tend(self, tasks: asyncio.TaskGroup) -> Exception:
        """Run links, each handing over to its successor; return why the last one ended."""
        self._current = self._start(tasks)
        while True:
            await self._news()
            if self._current.link.is_up and not self._is_up:
                self._went_up()
            if self._current.failure is not None:
                return self._current.failure
            if self._current.link.is_leaving:
                await self._replace(tasks, self._current)

    def _start(self, tasks: asyncio.TaskGroup) -> _Running:
        self.heard()
        link = Link(self._sockets, self._name, self._subscriber, self)
        return _Running(link, tasks, self.stir)

    async def _news(self) -> None:
        await self._stirred.wait()
        self._stirred.clear()

    async def _replace(self, tasks: asyncio.TaskGroup, leaving: _Running) -> None:
        """Connect anew beside a link that will be closed, then switch without losing a frame.

        Both deliver the same for a while: what the old one has in flight arrives, what the new
        one gets waits; receivers know what they have seen.
        """
        log.info("stream_moving", socket=self._name)
        successor = self._start(tasks)
        successor.link.hold()
        while not (successor.link.is_up or successor.failure):
            await self._news()
        self.stir()
        if successor.failure is not None:
            await self._back_off()
            return
        await self._clock.sleep(self._sockets.pace.linger_s)
        await leaving.stop()
        if leaving.failure is not None:  # it was closed earlier than announced
            self._went_down(_reason(leaving.failure))
        else:
            self.handovers += 1
        self._current = successor
        successor.link.release()
        self._up_since_s = self._clock.monotonic_s()

    def _went_up(self) -> None:
        self._is_up = True
        self._refused_logins = 0
        self._up_since_s = self._clock.monotonic_s()
        if self._is_dark:
            log.info("stream_restored", socket=self._name, bad_frames=self.bad_frames)
        self._is_dark = self._has_bad_frame = False
        self._subscriber.on_up()

    def _went_down(self, reason: str) -> None:
        if not self._is_dark:
            log.warning("stream_lost", socket=self._name, reason=reason)
        if self._is_up and self._clock.monotonic_s() - self._up_since_s >= STEADY_S:
            self._backoff_s = FIRST_BACKOFF_S
        self._is_up, self._is_dark = False, True
        self._subscriber.on_down(reason)

    async def _back_off(self) -> None:
        delay_s = self._jitter.uniform(self._backoff_s / 2, self._backoff_s)
        self._backoff_s = min(self._backoff_s * 2, LAST_BACKOFF_S)
        self._heard_s = self._clock.monotonic_s() + delay_s
        await self._clock.sleep(delay_s)


def _reason(failure: Exception) -> str:
    """Name why a connection ended; the exchange's close codes get their meaning."""
    if isinstance(failure, ConnectionClosed) and failure.rcvd is not None:
        meaning = WS_CLOSES.get(failure.rcvd.code, failure.rcvd.reason)
        return f"closed by the exchange: {failure.rcvd.code} {meaning}".rstrip()
    return str(failure) or type(failure).__name__
