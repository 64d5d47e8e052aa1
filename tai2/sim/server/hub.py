"""The WebSocket side as a whole: sessions, feeds and the rounds that pump them.

The server makes one, gives it every connection and every event of the exchange. It closes
silent sessions and must never let one connection's trouble reach another.
"""

import secrets
from collections import deque
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from tai2.sim.exchange.records import SimEvent
from tai2.sim.server.backend import Backend
from tai2.sim.server.desk import RequestDesk
from tai2.sim.server.faults import Faults
from tai2.sim.server.followers import Followers, frame
from tai2.sim.server.private_feed import PrivateFeed
from tai2.sim.server.public_feed import PublicFeed
from tai2.sim.server.rates import Rates
from tai2.sim.server.session import ABORT, IDLE, Outbox, Session
from tai2.sim.server.topics import Topic

_UPGRADE: Final = "The connection will soon be closed for a service upgrade. Please reconnect."
_GOING_AWAY: Final = 1001
_TOO_MANY: Final = 4008
STATUS: Final = Topic("status")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a connection may cost."""

    idle_s: float = 30.0
    """A session to which nothing was pushed for this long is closed with 4004."""
    max_frames: int = 2_000
    """Frames waiting for a slow reader before it is cut with 4005."""
    max_bytes: int = 8 * 1024 * 1024
    connects_per_s: int = 3
    """New connections of one address in a second; the next is refused (switch overload)."""
    ops_per_hour: int = 480
    """Logins, subscribes and unsubscribes of one connection, then 60014."""
    are_rates_limited: bool = True
    """False = no request is ever refused with 50011."""


class Hub:
    """Holds every WebSocket session of one server."""

    def __init__(self, backend: Backend, faults: Faults, limits: Limits) -> None:
        self._backend = backend
        self._limits = limits
        self._faults = faults
        self._followers = Followers(faults)
        self._public = PublicFeed(backend, self._followers, faults)
        self._private = PrivateFeed(backend, self._followers)
        self.rates = Rates() if limits.are_rates_limited else None
        """Shared by REST and order operations; None = unlimited."""
        feeds = (self._followers, self._public, self._private)
        self._desk = RequestDesk(backend, feeds, self.rates, limits.ops_per_hour)
        self._arrivals: deque[tuple[float, str]] = deque()
        self._sessions: dict[Session, None] = {}
        self._closing_ms: int | None = None
        self._leaving: list[Session] = []

    @property
    def connections(self) -> int:
        """Number of open sessions."""
        return len(self._sessions)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection to /ws/v5/{endpoint} until it ends."""
        is_crowded = self._is_crowded(request.remote or "")
        if is_crowded and self._faults.switches.overload == "http":
            return web.Response(status=429, text="Too Many Requests")
        endpoint = request.match_info["endpoint"]
        outbox = Outbox(self._limits.max_frames, self._limits.max_bytes)
        session = Session(endpoint, secrets.token_hex(4), self._backend.clock, outbox)
        if is_crowded:
            session.close(_TOO_MANY)
        self._sessions[session] = None
        try:
            return await session.serve(request, self._desk.receive)
        finally:
            self._followers.forget(session)
            del self._sessions[session]

    def _is_crowded(self, source: str) -> bool:
        """Count a new connection; True = its address opens too many a second."""
        now_s = self._backend.clock.monotonic_s()
        while self._arrivals and self._arrivals[0][0] <= now_s - 1.0:
            self._arrivals.popleft()
        if sum(one == source for _, one in self._arrivals) >= self._limits.connects_per_s:
            return True
        self._arrivals.append((now_s, source))
        return False

    def on_event(self, event: SimEvent) -> None:
        """Take one event of the exchange (its listener)."""
        if not self._sessions:
            return
        self._public.on_event(event)
        self._private.on_event(event)

    def pump(self) -> None:
        """Send what is due; close sessions that were silent too long."""
        now_ms = self._backend.clock.now_ms()
        self._public.pump(now_ms)
        self._private.pump(now_ms)
        for session in list(self._sessions):
            if session.silent_s > self._limits.idle_s:
                session.close(IDLE)
        if self._closing_ms is not None and now_ms >= self._closing_ms:
            self._closing_ms = None
            for session in self._leaving:
                session.close(_GOING_AWAY)

    def announce_upgrade(self, close_after_s: float) -> None:
        """Send notice 64008 to public and private sessions and close just these later."""
        self._leaving = [one for one in self._sessions if one.endpoint != "business"]
        for session in self._leaving:
            session.tell({"event": "notice", "code": "64008", "msg": _UPGRADE})
        self._closing_ms = self._backend.clock.now_ms() + round(close_after_s * 1000)

    def drop(self, endpoint: str = "") -> None:
        """Cut connections without a close frame, of one endpoint or all."""
        self.close_all(ABORT, endpoint)

    def close_all(self, code: int = _GOING_AWAY, endpoint: str = "") -> None:
        """Close the sessions of one endpoint or all with a code."""
        for session in self._of(endpoint):
            session.close(code)

    def mute(self, seconds: float, endpoint: str = "") -> None:
        """Let the sessions of one endpoint or all stay open and silent for a while."""
        for session in self._of(endpoint):
            session.mute(seconds)

    def announce_maintenance(self, row: dict[str, object]) -> None:
        """Show a maintenance in system/status and push it to the status channel."""
        self._faults.maintenance.insert(0, row)
        self._followers.send(STATUS, frame(STATUS.arg(), [row], {}))

    def _of(self, endpoint: str) -> list[Session]:
        return [one for one in self._sessions if endpoint in ("", one.endpoint)]
