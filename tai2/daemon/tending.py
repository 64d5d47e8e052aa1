"""Two small services of the daemon: the socket server, and the ping to systemd's watchdog.

`daemon.run` starts them with the engine's own. Neither may ever delay trading.
"""

import asyncio
from typing import Final

import structlog

from tai2.daemon import systemd
from tai2.daemon.server import SocketServer
from tai2.engine.service import Pulse, Supervisor
from tai2.ports.clock import Clock

log = structlog.get_logger()

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
    """Tells systemd that every part makes progress, and falls silent when one doesn't.

    It looks also when nobody listens: the log names what is stuck.
    """

    def __init__(self, supervisor: Supervisor, clock: Clock, limit_s: float | None) -> None:
        """limit_s: within how many seconds systemd wants to hear of us; None = it doesn't."""
        self._supervisor = supervisor
        self._clock = clock
        self._pause_s = min(BEAT_S, (limit_s or BEAT_S) / 2)
        self._stuck: tuple[str, ...] = ()

    async def run(self, pulse: Pulse) -> None:
        """Ping while all heartbeats are fresh, until cancelled."""
        while True:
            pulse.beat()
            self._look()
            await self._clock.sleep(self._pause_s)

    def _look(self) -> None:
        stuck = self._supervisor.stuck()
        if not stuck:
            systemd.notify("WATCHDOG=1")
        if stuck != self._stuck:
            self._say(stuck)
        self._stuck = stuck

    def _say(self, stuck: tuple[str, ...]) -> None:
        if stuck:
            log.error("parts_stuck", parts=" ".join(stuck), note="no ping to systemd until it ends")
        else:
            log.warning("parts_move_again", parts=" ".join(self._stuck))
