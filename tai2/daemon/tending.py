"""Two small services of the daemon: the socket server, and the ping to systemd's watchdog.

`daemon.run` starts them with the engine's own. Neither may ever delay trading.
"""

import asyncio
from typing import Final

from tai2.daemon import systemd
from tai2.daemon.server import SocketServer
from tai2.engine.service import Pulse, Supervisor
from tai2.ports.clock import Clock

BEAT_S: Final = 5.0


class Serving:
    """The socket server as a service."""

    def __init__(self, server: SocketServer, clock: Clock) -> None:
        self._server = server
        self._clock = clock
        self.is_up = asyncio.Event()
        """Set once clients can connect."""

    async def run(self, pulse: Pulse) -> None:
        """Serve until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._server.serve(self.is_up.set), name="socket-server")
            while True:
                pulse.beat()
                await self._clock.sleep(BEAT_S)


class Watchdog:
    """Tells systemd that every part makes progress, and falls silent when one doesn't."""

    def __init__(self, supervisor: Supervisor, clock: Clock) -> None:
        self._supervisor = supervisor
        self._clock = clock

    async def run(self, pulse: Pulse) -> None:
        """Ping while all heartbeats are fresh, until cancelled."""
        while True:
            pulse.beat()
            if self._supervisor.is_alive():
                systemd.notify("WATCHDOG=1")
            await self._clock.sleep(BEAT_S)
