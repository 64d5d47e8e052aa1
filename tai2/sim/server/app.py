"""The simulator's server: one loopback port that speaks OKX v5 over REST and WebSocket.

The daemon runs it beside itself, `serve` runs it alone, tests run it in their loop. It owns
the port and the pump; it must never bind anything but the address it was given.
"""

import asyncio
import os
from collections.abc import Callable
from typing import Final, Protocol

from aiohttp import web

from tai2.model.errors import UsageError
from tai2.ports.clock import Clock
from tai2.sim.exchange.exchange import Exchange
from tai2.sim.server import account_rest, algo_rest, public_rest, trade_rest
from tai2.sim.server.backend import Backend
from tai2.sim.server.control import PATH as CONTROL_PATH
from tai2.sim.server.control import Control
from tai2.sim.server.credentials import ApiKey
from tai2.sim.server.faults import Faults
from tai2.sim.server.hub import Hub, Limits
from tai2.sim.server.knobs import Knobs
from tai2.sim.server.rest import PREFIX, RestGate

PUMP_EVERY_S: Final = 0.02
"""A fifth of the pace that matters: rounds keep to this grid, however long each takes."""
_WS_PATH: Final = "/ws/v5/{endpoint:public|private|business}"
ROUTES: Final = (
    *public_rest.ROUTES,
    *account_rest.ROUTES,
    *trade_rest.ROUTES,
    *algo_rest.ROUTES,
)


class Market(Protocol):
    """Everybody else on the exchange: moves prices and liquidity."""

    def start(self, exchange: Exchange, now_ms: int) -> None:
        """Give the exchange history, prices and a first book."""
        ...

    def step(self, exchange: Exchange, now_ms: int) -> None:
        """Do what the market does up to now, and advance the exchange's time to it."""
        ...


class SimServer:
    """Serves one exchange; start it inside a running loop."""

    def __init__(
        self,
        exchange: Exchange,
        clock: Clock,
        *,
        key: ApiKey | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.exchange = exchange
        self.faults = Faults()
        """Troubles on the wire; `turn` arms them by name."""
        self.clock = clock
        backend = Backend(exchange=exchange, clock=clock, key=key or ApiKey(), faults=self.faults)
        self.key = backend.key
        self.hub = Hub(backend, self.faults, limits or Limits())
        """The WebSocket side: drop(), announce_upgrade(), connections."""
        self.knobs = Knobs(self.faults, self.hub, exchange)
        self._gate = RestGate(backend, ROUTES, self.faults, self.hub.rates)
        self.tally = self._gate.tally
        """Every order and stop that was posted, counted on arrival."""
        self._control = Control(self.knobs, backend.catch_up, self.tally)
        self._runner: web.AppRunner | None = None
        self._pump: asyncio.TimerHandle | None = None
        self._round_s = 0.0
        self._address = ("", 0)
        exchange.subscribe(self.hub.on_event)

    @property
    def rest_url(self) -> str:
        """Base for REST, such as http://127.0.0.1:8080."""
        return f"http://{self._address[0]}:{self._address[1]}"

    @property
    def ws_url(self) -> str:
        """Base for WebSocket; /public, /private and /business follow it."""
        return f"ws://{self._address[0]}:{self._address[1]}/ws/v5"

    def turn(self, line: str) -> None:
        """Turn a knob, such as "drop_after_accept path=trade/order" (names: see `knobs`).

        Raises:
            UsageError: Unknown name or word.
        """
        self.knobs.turn(line)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; port 0 = any free one.

        Raises:
            UsageError: The port is taken or may not be bound.
        """
        application = web.Application(client_max_size=1024 * 1024)
        application.router.add_route("GET", _WS_PATH, self.hub.handle)
        application.router.add_route("*", CONTROL_PATH, self._control.handle)
        application.router.add_route("*", PREFIX + "{tail:.*}", self._gate.handle)
        application.router.add_route("*", "/{tail:.*}", self._gate.handle)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=2.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as exc:
            await runner.cleanup()
            raise UsageError(
                f"the simulator can't listen on {host}:{port}: {_cause(exc)}",
                hint="choose another port, or 0 for any free one",
            ) from exc
        self._runner = runner
        self._address = (host, int(runner.addresses[0][1]))
        self._tick()

    async def stop(self) -> None:
        """Close every connection and the port."""
        if self._pump:
            self._pump.cancel()
        self.hub.close_all()
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        self._round_s = max(self._round_s + PUMP_EVERY_S, loop.time())
        self._pump = loop.call_at(self._round_s, self._tick)
        self.hub.pump()


def _cause(error: OSError) -> str:
    """Return the system's own words; asyncio's repeat the address."""
    return os.strerror(error.errno) if error.errno else str(error)


async def drive(
    exchange: Exchange,
    clock: Clock,
    market: Market,
    period_s: float,
    on_step: Callable[[], object] = lambda: None,
) -> None:
    """Step the market on the wall clock until cancelled; each step calls on_step.

    Steps keep to a grid: the time that one takes doesn't delay the next, what was missed is
    left out.
    """
    due_s = clock.monotonic_s()
    while True:
        market.step(exchange, clock.now_ms())
        on_step()
        now_s = clock.monotonic_s()
        due_s = max(due_s + period_s, now_s)
        await clock.sleep(due_s - now_s)
