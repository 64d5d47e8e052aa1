"""How sockets are opened: addresses, trust, deadlines, and the pace that the exchange allows.

`connect` makes one for all streams of a desk, so that together they keep the limits.
It must never let more connections or requests go than OKX v5's connection rules allow.
"""

import ssl
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from websockets.asyncio.client import ClientConnection, connect

from tai2.ports.clock import Clock

MAX_FRAME: Final = 8 << 20
DIAL_GAP_S: Final = 0.5
"""Between two connections of this process; the exchange allows three a second and address."""
OPS_PER_HOUR: Final = 480
"""Subscribe, unsubscribe and login requests that one connection may make in an hour."""
HOUR_S: Final = 3_600.0

Tap = Callable[[str, int, bytes], None]
"""Hears (socket's name, receive time ms UTC, frame) of everything that arrives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long a connection waits for what, in seconds."""

    open_s: float = 5.0
    ack_s: float = 5.0
    idle_s: float = 18.0
    """Silence before a text ping (the exchange closes after 30)."""
    pong_s: float = 8.0
    """Silence after the ping before the connection counts as dead: at most 26 s in all."""
    linger_s: float = 1.0
    """How long a connection that will be closed still delivers beside its successor."""


class Dialer:
    """Spaces the connections of a process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next_s = 0.0

    async def wait(self) -> None:
        """Return when a connection may be opened."""
        now_s = self._clock.monotonic_s()
        at_s = max(self._next_s, now_s)
        self._next_s = at_s + DIAL_GAP_S
        if at_s > now_s:
            await self._clock.sleep(at_s - now_s)


class OpsBudget:
    """Counts the requests of one connection over the last hour."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._spent: deque[float] = deque(maxlen=OPS_PER_HOUR)

    def spend(self) -> bool:
        """Note a request; False when it would be one too many."""
        now_s = self._clock.monotonic_s()
        if len(self._spent) == OPS_PER_HOUR and now_s - self._spent[0] < HOUR_S:
            return False
        self._spent.append(now_s)
        return True


def no_tap(_name: str, _ts_recv: int, _text: bytes) -> None:
    """Listen to nothing."""


@dataclass(slots=True, kw_only=True)
class Sockets:
    """What every stream of a desk shares."""

    base_url: str
    """/public, /private and /business follow it."""
    clock: Clock
    tls: ssl.SSLContext | None = None
    pace: Pace = field(default_factory=Pace)
    tap: Tap = no_tap
    dialer: Dialer = field(init=False)

    def __post_init__(self) -> None:
        self.dialer = Dialer(self.clock)

    @asynccontextmanager
    async def opened(self, name: str) -> AsyncIterator[ClientConnection]:
        """Open a socket when its turn comes; proxies of the environment have no say."""
        await self.dialer.wait()
        url = f"{self.base_url}/{name}"
        async with connect(
            url,
            ssl=(self.tls or True) if url.startswith("wss://") else None,
            proxy=None,
            max_size=MAX_FRAME,
            open_timeout=self.pace.open_s,
            close_timeout=1,
            ping_interval=None,
        ) as socket:
            yield socket
