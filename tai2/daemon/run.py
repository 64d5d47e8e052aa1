"""The daemon's life: lock, journal, exchange, reconciliation, services, and a clean end.

`tai2 run` calls main. READY is said only after reconciliation; SIGTERM stops new orders
first and loses nothing. This is the one TaskGroup; nothing may outlive it.
"""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import structlog

from tai2 import log as logs
from tai2.daemon import systemd
from tai2.daemon.assembly import Engine, assemble, read_facts
from tai2.daemon.compose import Composition, compose
from tai2.daemon.handlers import Handlers
from tai2.daemon.lock import StateLock, open_state_dir
from tai2.daemon.server import SocketServer, owner_rules
from tai2.engine.clock import WallClock
from tai2.engine.service import OnEnd, Pulse, Service, Supervisor
from tai2.model.errors import StartRefused, Tai2Error
from tai2.settings.paths import socket_to_bind, state_dir
from tai2.settings.sections import Settings

log = structlog.get_logger()

START_S: Final = 30.0
"""Deadline of connection, reconciliation and first data."""
STOP_GRACE_S: Final = 8.0
"""An order that is leaving may take this long when the daemon is told to stop."""
POLL_S: Final = 0.05
BEAT_S: Final = 5.0


class _Stop(Exception):
    """Somebody asked the daemon to stop."""


def main(settings: Settings) -> int:
    """Run the daemon until it is told to stop; return its exit code."""
    ring = logs.LogRing()
    logs.configure(ring, level=settings.log_level)
    place = Path(settings.state_dir) if settings.state_dir else state_dir()
    open_state_dir(place)
    lock = StateLock(place)
    try:
        asyncio.run(_run(settings, place, ring))
    finally:
        lock.release()
    return 0


async def _run(settings: Settings, place: Path, ring: logs.LogRing) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    clock = WallClock()
    async with AsyncExitStack() as stack:
        composition = await compose(settings, place, clock, stack)
        supervisor = Supervisor(clock, composition.report)
        await _serve(settings, place, composition, (supervisor, ring, stop))
    log.info("stopped")


async def _serve(
    settings: Settings,
    place: Path,
    composition: Composition,
    helpers: tuple[Supervisor, logs.LogRing, asyncio.Event],
) -> None:
    supervisor, ring, stop = helpers
    clock = composition.adapters.clock
    started_ms = clock.now_ms()
    try:
        async with asyncio.TaskGroup() as group:
            supervisor.start(group, composition.services)
            engine = await _started(supervisor, group, composition)
            path = Path(settings.socket) if settings.socket else socket_to_bind()
            handlers = Handlers(
                engine=engine,
                history=composition.history,
                ring=ring,
                state_dir=place,
                pid=os.getpid(),
                started_ms=started_ms,
            )
            server = SocketServer(path, handlers.table(), owner_rules())
            face = Service(name="server", work=_Serving(server), on_end=OnEnd.EXIT)
            beater = Service(name="watchdog", work=_Beating(supervisor), on_end=OnEnd.EXIT)
            supervisor.start(group, (face, beater))
            supervisor.start(group, _trading(engine))
            systemd.notify("READY=1", f"STATUS={engine.controls.current.trading_state.value}")
            log.info(
                "ready",
                mode=composition.charter.mode_label,
                reasoner=composition.adapters.reasoner.label,
                socket=str(path),
                interval_s=str(engine.controls.current.interval_s),
                start_ms=clock.now_ms() - started_ms,
            )
            await _until_stopped(engine, stop)
    except* _Stop:
        log.debug("services_cancelled")
    except* Tai2Error as group_error:
        raise _first(group_error) from group_error


async def _started(
    supervisor: Supervisor,
    group: asyncio.TaskGroup,
    composition: Composition,
) -> Engine:
    """Return an engine that has reconciled and follows fresh data.

    Raises:
        StartRefused: The exchange's streams didn't come up in time.
        Tai2Error: Whatever else forbids a start.
    """
    adapters = composition.adapters
    facts = await read_facts(adapters, composition.charter.controls.instruments)
    engine = assemble(adapters, composition.charter, facts)
    composition.watch(engine.health)
    await engine.controls.recover(keep_interval=composition.keep_interval)
    await engine.accounts.refresh()
    supervisor.start(
        group,
        (
            Service(name="ledger", work=engine.inbox, on_end=OnEnd.EXIT),
            Service(name="ingest", work=engine.ingest, on_end=OnEnd.RESTART),
        ),
    )
    try:
        async with asyncio.timeout(START_S):
            await engine.inbox.is_up.wait()
            await engine.reconcile.recover()
            await engine.ingest.backfill()
            await _until(engine, lambda: all(m.book.is_valid for m in engine.markets.values()))
    except TimeoutError as exc:
        raise StartRefused(
            f"the exchange's data didn't arrive within {START_S:.0f} s",
            "See the log above for the connection that fails.",
        ) from exc
    engine.executor.is_open = True
    return engine


async def _until(engine: Engine, is_met: Callable[[], bool]) -> None:
    while not is_met():
        await engine.adapters.clock.sleep(POLL_S)


def _trading(engine: Engine) -> tuple[Service, ...]:
    return (
        Service(name="accounts", work=engine.accounts, on_end=OnEnd.RESTART),
        Service(name="reconcile", work=engine.reconcile, on_end=OnEnd.EXIT),
        Service(name="protector", work=engine.protector, on_end=OnEnd.EXIT),
        Service(name="scheduler", work=engine.scheduler, on_end=OnEnd.EXIT),
    )


async def _until_stopped(engine: Engine, stop: asyncio.Event) -> None:
    """Wait for the word, stop new orders, wait for the one that is leaving, then say so.

    Stops stay live at the exchange.

    Raises:
        _Stop: Always, in the end: it takes the TaskGroup down.
    """
    await stop.wait()
    systemd.notify("STOPPING=1")
    account = engine.accounts.latest
    log.info("stopping", open_positions=len(account.positions) if account else None)
    if not await engine.executor.close(STOP_GRACE_S):
        log.warning("submit_still_in_flight", note="journalled as sending; the next start asks")
    await engine.inbox.drain()
    raise _Stop


class _Serving:
    """The socket server as a service."""

    def __init__(self, server: SocketServer) -> None:
        self._server = server

    async def run(self, pulse: Pulse) -> None:
        """Serve until cancelled."""
        clock = WallClock()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._server.serve(), name="socket-server")
            while True:
                pulse.beat()
                await clock.sleep(BEAT_S)


class _Beating:
    """Tells systemd that every part makes progress."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor

    async def run(self, pulse: Pulse) -> None:
        """Ping the watchdog while all money-moving heartbeats are fresh."""
        clock = WallClock()
        while True:
            pulse.beat()
            if self._supervisor.is_alive():
                systemd.notify("WATCHDOG=1")
            await clock.sleep(BEAT_S)


def _first(group: BaseExceptionGroup[Tai2Error]) -> Tai2Error:
    """Return the first plain error of a group of groups."""
    for exc in group.exceptions:
        return _first(exc) if isinstance(exc, BaseExceptionGroup) else exc
    raise AssertionError("an exception group is never empty")
