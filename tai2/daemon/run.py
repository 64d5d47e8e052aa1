"""The daemon's life: lock, journal, exchange, reconciliation, services, and a clean end.

`tai2 run` calls main. READY is said only after reconciliation; SIGTERM stops new orders
first and loses nothing. This is the one TaskGroup; nothing may outlive it.
"""

import asyncio
import os
from collections.abc import Callable
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Final

import structlog

from tai2 import log as logs
from tai2.daemon import endpoint, systemd, uncaught
from tai2.daemon.assembly import Engine, assemble, read_facts
from tai2.daemon.compose import Composition, compose
from tai2.daemon.exporter import exporting
from tai2.daemon.guard_handlers import GuardHandlers
from tai2.daemon.handlers import VERSION, Handlers
from tai2.daemon.hardening import harden
from tai2.daemon.hub import Hub
from tai2.daemon.lock import StateLock, note_mode, open_state_dir
from tai2.daemon.log_file import log_files
from tai2.daemon.operator import Operator
from tai2.daemon.projection import Projection
from tai2.daemon.server import SocketServer, owner_rules
from tai2.daemon.signals import Signals
from tai2.daemon.staff import staff
from tai2.daemon.stock import take_stock
from tai2.daemon.tables import tables
from tai2.daemon.tending import Serving, Watchdog
from tai2.daemon.verb_handlers import VerbHandlers
from tai2.daemon.watch_handlers import WatchHandlers
from tai2.engine.clock import WallClock
from tai2.engine.memory import KEPT, SCORED
from tai2.engine.service import OnEnd, Service, Supervisor
from tai2.indicators.library import Library, choose
from tai2.model.controls import Controls
from tai2.model.errors import StartRefused, Tai2Error
from tai2.settings.places import socket_place, state_place
from tai2.settings.sections import Settings
from tai2.view.text import safe
from tai2.wire.method import NoParams

log = structlog.get_logger()

START_S: Final = 30.0
"""Deadline of connection, reconciliation and first data."""
STOP_GRACE_S: Final = 8.0
"""An order that is leaving may take this long when the daemon is told to stop."""
POLL_S: Final = 0.05


class _Stop(Exception):
    """Somebody asked the daemon to stop."""


def main(settings: Settings, reread: Callable[[], Settings]) -> int:
    """Run the daemon until it is told to stop; return its exit code.

    Args:
        settings: In force for the whole run.
        reread: Loads them anew, to say whether they would still be good.
    """
    harden()
    ring = logs.LogRing()
    place = state_place(settings)
    open_state_dir(place)
    logs.configure(ring, level=settings.log_level, keepers=log_files(settings))
    uncaught.install()
    with closing(StateLock(place)), uncaught.telling():
        note_mode(place, settings.mode.value)
        asyncio.run(_run(settings, reread, place, ring))
    return 0


async def _run(
    settings: Settings, reread: Callable[[], Settings], place: Path, ring: logs.LogRing
) -> None:
    uncaught.watch_loop(asyncio.get_running_loop())
    clock = WallClock()
    signals = Signals(settings, reread, clock)
    signals.install()
    log.info("starting", mode=settings.mode.value, state_dir=str(place))
    async with AsyncExitStack() as stack:
        path = socket_place(settings)
        endpoint.prepare(path)
        choose(Library(settings.indicators.library))
        composition = await compose(settings, place, clock, stack)
        await _Life(composition, path, place, ring, signals).run()
    log.info("stopped")


class _Life:
    """One run of the daemon, from its first task to its last."""

    def __init__(
        self,
        composition: Composition,
        socket: Path,
        place: Path,
        ring: logs.LogRing,
        signals: Signals,
    ) -> None:
        self._composition = composition
        self._socket = socket
        self._place = place
        self._ring = ring
        self._signals = signals
        self._clock = composition.adapters.clock
        self._started_ms = self._clock.now_ms()
        self._supervisor = Supervisor(self._clock, composition.report)
        self._engine: Engine | None = None

    async def run(self) -> None:
        """Start everything, serve until told to stop, end in order.

        Raises:
            Tai2Error: The start was refused, or a part that must not fail has failed.
        """
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._until_stopped(), name="stop")
                self._supervisor.start(group, self._composition.services)
                await self._alone(group)
                engine = await self._prepared(group)
                self._engine = engine
                operator = Operator(engine)
                hub = self._hub(engine)
                handlers = self._handlers(engine, operator, hub)
                server = SocketServer(self._socket, handlers.table(), owner_rules())
                serving = Serving(server, self._clock)
                watchdog = Watchdog(self._supervisor, self._clock, systemd.watchdog_s())
                beside = (
                    Service(name="operator", work=operator, on_end=OnEnd.RESTART),
                    Service(name="view", work=hub, on_end=OnEnd.RESTART),
                    Service(name="server", work=serving, on_end=OnEnd.EXIT),
                    Service(name="watchdog", work=watchdog, on_end=OnEnd.EXIT),
                    *exporting(handlers.figures, self._composition.metrics_port, self._clock),
                )
                self._supervisor.start(group, (*beside, *staff(engine, self._composition)))
                await serving.is_up.wait()
                self._say_ready(engine)
        except* _Stop:
            log.debug("services_cancelled")
        except* Tai2Error as failures:
            raise _first(failures) from failures

    async def _alone(self, group: asyncio.TaskGroup) -> None:
        """Return once no other desk trades on the account, and let it be proven from then on.

        Raises:
            ConfigError: The database that says so isn't named rightly.
        """
        if standby := self._composition.standby:
            await standby.wait(self._say_standby)
            self._supervisor.start(group, (standby.service(),))
            await standby.stay_quiet()

    def _say_standby(self, reason: str) -> None:
        """Tell systemd that waiting is what we are up for."""
        systemd.notify("READY=1", f"STATUS=standby: {reason}")
        self._signals.is_up = True

    async def _prepared(self, group: asyncio.TaskGroup) -> Engine:
        """Return an engine that has reconciled and follows fresh data.

        Raises:
            StartRefused: The exchange's streams didn't come up in time.
            Tai2Error: Whatever else forbids a start.
        """
        composition = self._composition
        adapters, charter = composition.adapters, composition.charter
        facts = await read_facts(adapters, charter.controls.instruments)
        engine = assemble(adapters, charter, facts)
        composition.watch(engine.health)
        engine.controls.listen(composition.mind.guide.take)
        await engine.controls.recover(keep_interval=composition.keep_interval)
        composition.mind.guide.take(engine.controls.current)
        await engine.takeover.look()
        inbox = Service(name="ledger", work=engine.inbox, on_end=OnEnd.EXIT)
        ingest = Service(name="ingest", work=engine.ingest, on_end=OnEnd.RESTART)
        self._supervisor.start(group, (inbox, ingest))
        try:
            async with asyncio.timeout(START_S):
                await engine.inbox.is_up.wait()
                await engine.reconcile.recover()
                await take_stock(engine)
                await engine.ingest.backfill()
                await engine.outcomes.recover()
                await self._remember(engine)
                while not all(market.book.is_valid for market in engine.markets.values()):
                    await self._clock.sleep(POLL_S)
        except TimeoutError as exc:
            raise StartRefused(
                f"the exchange's data didn't arrive within {START_S:.0f} s",
                "See the log above for the connection that fails.",
            ) from exc
        engine.executor.is_open = True
        return engine

    async def _remember(self, engine: Engine) -> None:
        """Give the reasoner's memory back what an earlier process knew."""
        recent = self._composition.storage.recent
        for inst_id in engine.markets:
            cycles = await recent.cycles(limit=KEPT, inst_id=inst_id)
            engine.memory.recover(reversed(cycles), ())
        scores = await engine.adapters.journal.scored_forecasts(SCORED)
        engine.memory.recover((), scores)

    def _hub(self, engine: Engine) -> Hub:
        guards = GuardHandlers(engine=engine, storage=self._composition.storage)
        projection = Projection(
            engine=engine,
            version=VERSION,
            started_ms=self._started_ms,
            day_cap_usd=self._composition.mind.day_cap_usd,
            read_guards=lambda: guards.guards(NoParams()),
        )
        return Hub(engine, self._composition.storage, projection, self._ring)

    def _handlers(self, engine: Engine, operator: Operator, hub: Hub) -> Handlers:
        return Handlers(
            engine=engine,
            storage=self._composition.storage,
            ring=self._ring,
            state_dir=self._place,
            pid=os.getpid(),
            started_ms=self._started_ms,
            extra=(
                *tables(engine, self._composition),
                VerbHandlers(operator=operator).table(),
                WatchHandlers(hub=hub).table(),
            ),
        )

    def _say_ready(self, engine: Engine) -> None:
        controls = engine.controls.current
        systemd.notify("READY=1", _status_line(controls))
        engine.controls.listen(lambda changed: systemd.notify(_status_line(changed)))
        self._signals.is_up = True
        log.info(
            "ready",
            mode=self._composition.charter.mode_label,
            reasoner=self._composition.adapters.reasoner.label,
            trading_state=controls.trading_state.value,
            instruments=",".join(engine.markets),
            interval_s=str(controls.interval_s),
            socket=str(self._socket),
            start_ms=self._clock.now_ms() - self._started_ms,
        )

    async def _until_stopped(self) -> None:
        """Wait for the word, stop new orders, wait for the one that is leaving, then say so.

        Stops stay live at the exchange.

        Raises:
            _Stop: Always, in the end: it takes the TaskGroup down.
        """
        await self._signals.stop.wait()
        systemd.notify("STOPPING=1")
        engine = self._engine
        if engine is not None:
            account = engine.accounts.latest
            log.info("stopping", open_positions=len(account.positions) if account else None)
            if not await engine.executor.close(STOP_GRACE_S):
                log.warning("submit_still_in_flight", note="the next start asks what became of it")
            await self._withdraw(engine)
            await engine.inbox.drain()
        raise _Stop

    async def _withdraw(self, engine: Engine) -> None:
        """Cancel entries that may rest at the exchange; then nobody has to watch over them."""
        try:
            async with asyncio.timeout(STOP_GRACE_S):
                is_gone = await engine.guards.countdown.release()
        except TimeoutError:
            is_gone = False
        if not is_gone:
            log.warning("entries_may_rest", note="the dead man's switch cancels them")


def _status_line(controls: Controls) -> str:
    """Return what `systemctl status` shows."""
    state, reason = controls.trading_state.value, safe(controls.state_reason)
    return f"STATUS={state}: {reason}" if reason else f"STATUS={state}"


def _first(group: BaseExceptionGroup[Tai2Error]) -> Tai2Error:
    """Return the first plain error of a group of groups."""
    for exc in group.exceptions:
        return _first(exc) if isinstance(exc, BaseExceptionGroup) else exc
    raise AssertionError("an exception group is never empty")
