"""Serves the metrics over HTTP on loopback, for a Prometheus on the same machine.

`daemon.run` starts it when a port is configured. It answers GET /metrics and nothing else,
never on another address: there is no authentication here.
"""

import asyncio
from typing import Final

import structlog
from aiohttp import web

from tai2.daemon.metrics import Metrics
from tai2.engine.service import OnEnd, Pulse, Service
from tai2.ports.clock import Clock

HOST: Final = "127.0.0.1"
BEAT_S: Final = 5.0
READ_S: Final = 5.0
log = structlog.get_logger()

_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Exporter:
    """An HTTP server with one page."""

    def __init__(self, metrics: Metrics, port: int, clock: Clock) -> None:
        self._metrics = metrics
        self._port = port
        self._clock = clock

    async def run(self, pulse: Pulse) -> None:
        """Serve until cancelled."""
        app = web.Application(client_max_size=1024)
        app.router.add_get("/metrics", self._page)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, HOST, self._port).start()
            log.info("metrics_served", host=HOST, port=self._port)
            while True:
                pulse.beat()
                await self._clock.sleep(BEAT_S)
        finally:
            await runner.cleanup()

    async def _page(self, request: web.Request) -> web.Response:
        """Answer only what names this machine: a web page elsewhere must not read it."""
        if request.host.split(":")[0] not in (HOST, "localhost"):
            raise web.HTTPMisdirectedRequest
        async with asyncio.timeout(READ_S):
            text = await self._metrics.text()
        return web.Response(body=text.encode(), headers={"Content-Type": _TYPE})


def exporting(metrics: Metrics, port: int, clock: Clock) -> tuple[Service, ...]:
    """Return the service that serves the metrics on a port; none on port 0."""
    if not port:
        return ()
    work = Exporter(metrics, port, clock)
    return (Service(name="metrics", work=work, on_end=OnEnd.RESTART),)
