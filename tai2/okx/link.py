"""One WebSocket connection from its opening to its end: login, subscriptions, acks, pings.

A Stream keeps one running, or two while the exchange replaces the first.
It must send nothing private before the login is acknowledged, and end when it is half-open.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Final, Protocol

import structlog
from websockets.asyncio.client import ClientConnection

from tai2.model.errors import DataInvalid, VenueUnavailable
from tai2.okx.codes import WS_AGAIN, WS_CLOCK, WS_KEYS, key_refusal
from tai2.okx.frames import PING, PONG, UPGRADE_NOTICE, Arg, Frame, read_frame, request
from tai2.okx.sockets import OpsBudget, Sockets

OUTBOX: Final = 1_000
HELD: Final = 100_000
"""Frames that a successor keeps for its turn; more than that ends it."""

log = structlog.get_logger(__name__)


class Subscriber(Protocol):
    """Whoever wants a connection's channels."""

    def args(self) -> Sequence[Arg]:
        """Name every subscription wanted, anew for each connection."""
        ...

    async def login(self) -> dict[str, str] | None:
        """Return the login argument, signed now; None = a public connection."""
        ...

    def on_stale_clock(self) -> None:
        """Hear that the login's timestamp was refused: measure the clock before the next."""
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


class Keeper(Protocol):
    """Whoever keeps a connection running."""

    def deliver(self, frame: Frame, ts_recv: int) -> None:
        """Take pushed rows."""
        ...

    def count_bad(self, invalid: DataInvalid) -> None:
        """Hear of a frame that nobody can read."""
        ...

    def stir(self) -> None:
        """Hear that is_up or is_leaving changed."""
        ...

    def heard(self) -> None:
        """Hear that something arrived, be it a pong."""
        ...


class Link:
    """One connection; `run` ends only by failing."""

    def __init__(self, sockets: Sockets, name: str, subscriber: Subscriber, keeper: Keeper) -> None:
        self.is_up = False
        """Every subscription has been answered."""
        self.is_leaving = False
        """The exchange has announced that it will close this connection."""
        self._sockets = sockets
        self._name = name
        self._subscriber = subscriber
        self._keeper = keeper
        self._clock = sockets.clock
        self._pace = sockets.pace
        self._ops = OpsBudget(self._clock)
        self._pending: dict[str, tuple[Arg, float]] = {}
        """Request id → what was asked, and when it must be answered (monotonic s)."""
        self._outbox: deque[str] = deque(maxlen=OUTBOX)
        """Requests to send; one that overflows is never acknowledged, hence reconnects."""
        self._requests = 0
        self._is_spent = False
        self._held: list[tuple[Frame, int]] | None = None

    def hold(self) -> None:
        """Keep pushed rows until release."""
        self._held = []

    def release(self) -> None:
        """Deliver what was kept, and everything later at once."""
        held, self._held = self._held or [], None
        for frame, ts_recv in held:
            self._keeper.deliver(frame, ts_recv)

    def resubscribe(self, arg: Arg) -> None:
        """Unsubscribe and subscribe again; nothing while that is under way already."""
        if not any(asked == arg for asked, _due_s in self._pending.values()):
            self._outbox.append(self._ask("unsubscribe", arg))
            self._outbox.append(self._ask("subscribe", arg))

    async def run(self) -> None:
        """Connect, subscribe and listen.

        Raises:
            OSError, TimeoutError, WebSocketException, VenueUnavailable: It is over.
            KeysRejected: The login was refused for a reason that waiting won't cure.
        """
        async with self._sockets.opened(self._name) as socket:
            await self._log_in(socket)
            self._outbox.extend(self._ask("subscribe", arg) for arg in self._subscriber.args())
            await self._listen(socket)

    async def _log_in(self, socket: ClientConnection) -> None:
        """Send nothing private before the login is acknowledged."""
        login = await self._subscriber.login()
        if login is None:
            return
        self._ops.spend()
        await self._send(socket, request("login", login))
        async with asyncio.timeout(self._pace.ack_s):
            while (frame := self._read(await _receive(socket))) is None or not frame.event:
                continue
        if frame.event == "login" and frame.code in ("", "0"):
            return
        if frame.code in WS_KEYS:
            raise key_refusal(frame.code, frame.msg)
        if frame.code in WS_CLOCK:
            self._subscriber.on_stale_clock()
        raise VenueUnavailable(f"OKX refused the WebSocket login: {frame.code} {frame.msg}")

    async def _listen(self, socket: ClientConnection) -> None:
        while True:
            if not self._pending and not self.is_up:
                self.is_up = True
                self._keeper.stir()
            self._check_acks()
            await self._flush(socket)
            text = await self._next(socket)
            if (frame := self._read(text)) is not None:
                self._take(frame, self._clock.now_ms(), text)

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
        if self._is_spent:
            raise VenueUnavailable("the hour's requests of this connection are used up")
        now_s = self._clock.monotonic_s()
        late = {str(arg) for arg, due_s in self._pending.values() if due_s <= now_s}
        if late:
            raise VenueUnavailable(f"no acknowledgement of {', '.join(sorted(late))}")

    def _read(self, text: bytes) -> Frame | None:
        self._keeper.heard()
        if text == PONG:
            return None
        try:
            return read_frame(text)
        except DataInvalid as invalid:
            self._keeper.count_bad(invalid)
            return None

    def _take(self, frame: Frame, ts_recv: int, text: bytes) -> None:
        if not frame.event:
            self._sockets.tap(self._name, ts_recv, text)
            self._pass_on(frame, ts_recv)
        elif frame.event in ("subscribe", "unsubscribe"):
            self._acknowledged(frame)
        elif frame.event == "error":
            self._failed(frame)
        elif frame.event == "notice" and frame.code == UPGRADE_NOTICE:
            self.is_leaving = True
            self._keeper.stir()
        elif frame.event == "channel-conn-count-error":
            raise VenueUnavailable(f"too many connections for channel {frame.channel}")

    def _pass_on(self, frame: Frame, ts_recv: int) -> None:
        if self._held is None:
            self._keeper.deliver(frame, ts_recv)
        elif len(self._held) < HELD:
            self._held.append((frame, ts_recv))
        else:
            raise VenueUnavailable("more frames than can be held")

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
        if asked is None or frame.code in WS_AGAIN:
            raise VenueUnavailable(f"OKX reported an error: {reason}")
        arg, _due_s = asked
        log.error("subscription_refused", socket=self._name, arg=str(arg), reason=reason)
        self._subscriber.on_refused(arg, reason)

    def _ask(self, op: str, arg: Arg) -> str:
        """Write a request of its own for each argument, so that an error names its cause."""
        self._is_spent |= not self._ops.spend()
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


async def _receive(socket: ClientConnection) -> bytes:
    return await socket.recv(decode=False)
