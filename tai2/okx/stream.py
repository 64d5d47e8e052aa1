"""One WebSocket that stays up: log in, subscribe, listen, ping, reconnect, for ever.

Feed and venue each run their connections as services and implement Subscriber.
It must never lose a subscription silently, nor let one bad frame end the reading.
"""

import asyncio
import random
import ssl
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tai2.model.errors import DataInvalid, KeysRejected, VenueUnavailable
from tai2.okx.codes import WS_KEYS, key_refusal
from tai2.okx.frames import PING, PONG, UPGRADE_NOTICE, Arg, Frame, read_frame, request
from tai2.ports.clock import Clock

MAX_FRAME: Final = 8 << 20
FIRST_BACKOFF_S: Final = 0.5
LAST_BACKOFF_S: Final = 30.0
STEADY_S: Final = 10.0
"""A connection that lasted so long starts the next outage with the shortest pause."""
OUTBOX: Final = 1_000
LOGIN_TRIES: Final = 2

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long a connection waits for what, in seconds."""

    open_s: float = 5.0
    ack_s: float = 5.0
    idle_s: float = 20.0
    """Silence before a text ping (the exchange closes after 30)."""
    pong_s: float = 10.0
    """Silence after the ping before the connection counts as dead."""


class Subscriber(Protocol):
    """Whoever wants a connection's channels."""

    def args(self) -> Sequence[Arg]:
        """Name every subscription wanted, anew for each connection."""
        ...

    def login(self) -> dict[str, str] | None:
        """Return the login argument, signed now; None = a public connection."""
        ...

    def on_up(self) -> None:
        """Hear that every subscription has been answered."""
        ...

    def on_down(self, reason: str) -> None:
        """Hear that the connection is gone; everything since is missing."""
        ...

    def on_refused(self, arg: Arg, reason: str) -> None:
        """Hear that one subscription failed; raise VenueUnavailable to reconnect."""
        ...

    def on_data(self, frame: Frame, ts_recv: int) -> None:
        """Take pushed rows; DataInvalid counts the frame as bad."""
        ...


class Stream:
    """One connection, renewed until cancelled."""

    def __init__(
        self,
        url: str,
        subscriber: Subscriber,
        clock: Clock,
        *,
        tls: ssl.SSLContext | None = None,
        pace: Pace | None = None,
        jitter: random.Random | None = None,
    ) -> None:
        self.bad_frames = 0
        self._url = url
        self._subscriber = subscriber
        self._clock = clock
        self._tls = tls
        self._pace = pace or Pace()
        self._jitter = jitter or random.SystemRandom()
        self._pending: dict[str, tuple[Arg, float]] = {}
        """Request id → what was asked, and when it must be answered (monotonic s)."""
        self._outbox: deque[str] = deque(maxlen=OUTBOX)
        """Requests to send; one that overflows is never acknowledged, hence reconnects."""
        self._requests = 0
        self._backoff_s = FIRST_BACKOFF_S
        self._up_since_s = 0.0
        self._is_up = False
        self._is_dark = False
        self._has_bad_frame = False
        self._refused_logins = 0

    async def run(self) -> None:
        """Stay connected until cancelled.

        Raises:
            KeysRejected: The exchange refused the login twice in a row.
        """
        while True:
            try:
                await self._connect_once()
            except (OSError, TimeoutError, WebSocketException, VenueUnavailable) as failure:
                self._went_down(str(failure) or type(failure).__name__)
            except KeysRejected as refusal:
                self._went_down(refusal.message)
                self._refused_logins += 1
                if self._refused_logins >= LOGIN_TRIES:
                    raise
            await self._back_off()

    def resubscribe(self, arg: Arg) -> None:
        """Unsubscribe and subscribe again, right after the frame at hand."""
        self._outbox.append(self._ask("unsubscribe", arg))
        self._outbox.append(self._ask("subscribe", arg))

    async def _connect_once(self) -> None:
        self._pending.clear()
        self._outbox.clear()
        async with connect(
            self._url,
            ssl=(self._tls or True) if self._url.startswith("wss://") else None,
            proxy=None,
            max_size=MAX_FRAME,
            open_timeout=self._pace.open_s,
            close_timeout=1,
            ping_interval=None,
        ) as socket:
            await self._log_in(socket)
            self._outbox.extend(self._ask("subscribe", arg) for arg in self._subscriber.args())
            await self._flush(socket)
            await self._listen(socket)

    async def _log_in(self, socket: ClientConnection) -> None:
        """Send nothing private before the login is acknowledged."""
        login = self._subscriber.login()
        if login is None:
            return
        await self._send(socket, request("login", login))
        async with asyncio.timeout(self._pace.ack_s):
            while (frame := self._read(await _receive(socket))) is None or not frame.event:
                continue
        if frame.event == "login" and frame.code in ("", "0"):
            self._refused_logins = 0
            return
        if frame.code in WS_KEYS:
            raise key_refusal(frame.code, frame.msg)
        raise VenueUnavailable(f"OKX refused the WebSocket login: {frame.code} {frame.msg}")

    async def _listen(self, socket: ClientConnection) -> None:
        while True:
            if not self._pending and not self._is_up:
                self._went_up()
            self._check_acks()
            text = await self._next(socket)
            if (frame := self._read(text)) is not None:
                self._take(frame)
            await self._flush(socket)

    async def _next(self, socket: ClientConnection) -> bytes:
        """Return the next frame; ping when idle, give up when that isn't answered."""
        try:
            async with asyncio.timeout(self._pace.ack_s if self._pending else self._pace.idle_s):
                return await _receive(socket)
        except TimeoutError:
            self._check_acks()
        await self._send(socket, PING)
        async with asyncio.timeout(self._pace.pong_s):
            return await _receive(socket)

    def _check_acks(self) -> None:
        now_s = self._clock.monotonic_s()
        late = {str(arg) for arg, due_s in self._pending.values() if due_s <= now_s}
        if late:
            raise VenueUnavailable(f"no acknowledgement of {', '.join(sorted(late))}")

    def _read(self, text: bytes) -> Frame | None:
        if text == PONG:
            return None
        try:
            return read_frame(text)
        except DataInvalid as invalid:
            self._count_bad(invalid)
            return None

    def _take(self, frame: Frame) -> None:
        if not frame.event:
            self._deliver(frame)
        elif frame.event in ("subscribe", "unsubscribe"):
            self._acknowledged(frame)
        elif frame.event == "error":
            self._failed(frame)
        elif frame.event == "notice" and frame.code == UPGRADE_NOTICE:
            raise VenueUnavailable("service upgrade announced")
        elif frame.event == "channel-conn-count-error":
            raise VenueUnavailable(f"too many connections for channel {frame.channel}")

    def _deliver(self, frame: Frame) -> None:
        ts_recv = self._clock.now_ms()
        try:
            self._subscriber.on_data(frame, ts_recv)
        except DataInvalid as invalid:
            self._count_bad(invalid)

    def _acknowledged(self, frame: Frame) -> None:
        if frame.id:
            self._pending.pop(frame.id, None)
            return
        for key, (arg, _due_s) in list(self._pending.items()):
            if arg == frame.arg and key.startswith(frame.event[0]):
                del self._pending[key]
                return

    def _failed(self, frame: Frame) -> None:
        asked = self._pending.pop(frame.id, None)
        reason = f"{frame.code} {frame.msg}".strip()
        if asked is None:
            raise VenueUnavailable(f"OKX reported an error: {reason}")
        arg, _due_s = asked
        log.error("subscription_refused", url=self._url, arg=str(arg), reason=reason)
        self._subscriber.on_refused(arg, reason)

    def _ask(self, op: str, arg: Arg) -> str:
        """Write a request of its own for each argument, so that an error names its cause."""
        self._requests += 1
        request_id = f"{op[0]}{self._requests}"
        self._pending[request_id] = (arg, self._clock.monotonic_s() + self._pace.ack_s)
        return request(op, arg, request_id)

    async def _flush(self, socket: ClientConnection) -> None:
        while self._outbox:
            await self._send(socket, self._outbox.popleft())

    async def _send(self, socket: ClientConnection, text: str) -> None:
        async with asyncio.timeout(self._pace.ack_s):
            await socket.send(text)

    def _went_up(self) -> None:
        self._is_up = True
        self._up_since_s = self._clock.monotonic_s()
        if self._is_dark:
            log.info("stream_restored", url=self._url, bad_frames=self.bad_frames)
        self._is_dark = self._has_bad_frame = False
        self._subscriber.on_up()

    def _went_down(self, reason: str) -> None:
        if not self._is_dark:
            log.warning("stream_lost", url=self._url, reason=reason)
        if self._is_up and self._clock.monotonic_s() - self._up_since_s >= STEADY_S:
            self._backoff_s = FIRST_BACKOFF_S
        self._is_up, self._is_dark = False, True
        self._subscriber.on_down(reason)

    async def _back_off(self) -> None:
        delay_s = self._jitter.uniform(self._backoff_s / 2, self._backoff_s)
        self._backoff_s = min(self._backoff_s * 2, LAST_BACKOFF_S)
        await self._clock.sleep(delay_s)

    def _count_bad(self, invalid: DataInvalid) -> None:
        self.bad_frames += 1
        if not self._has_bad_frame:
            log.warning("bad_frame", url=self._url, reason=invalid.message)
        self._has_bad_frame = True


async def _receive(socket: ClientConnection) -> bytes:
    return await socket.recv(decode=False)
