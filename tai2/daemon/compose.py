"""The composition root: the one place that knows the mode and names implementations.

`daemon.run` calls compose once; everything behind it sees ports only. Whatever is opened
here is closed by the exit stack, last opened first.
"""

import os
import random
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, assert_never

from tai2.daemon.ceilings import limits_of
from tai2.daemon.doctor.account import acceptance_findings
from tai2.daemon.doctor.diagnose import Patient, examine, examine_exchange, need_clean
from tai2.daemon.doctor.finding import Finding
from tai2.daemon.exchanges import (
    SIM_KEY,
    OpenExchange,
    needed_key,
    okx_endpoints,
    open_builtin,
    open_okx,
    open_paper,
    own_key,
)
from tai2.daemon.indicator_worker import open_worker
from tai2.daemon.notices.notifier import NoticePlan
from tai2.daemon.notices.service import open_notices
from tai2.daemon.owners import Adapters, Charter
from tai2.daemon.preflight import inspect_account, inspect_instruments, need_acceptance
from tai2.daemon.standby import Standby, open_lease
from tai2.daemon.storage import Storage, open_storage
from tai2.daemon.thinking import Mind, open_mind
from tai2.engine.clock import WallClock
from tai2.engine.control_book import initial_controls
from tai2.engine.health import Health
from tai2.engine.ids import UlidSource
from tai2.engine.service import Service
from tai2.failpoint import arm
from tai2.indicators.library import Library
from tai2.model.account import AccountConfig
from tai2.model.controls import TradingState
from tai2.model.ids import InstId
from tai2.okx.credentials import Credentials
from tai2.okx.sdk import always
from tai2.ports.clock import Clock
from tai2.settings.sections import Mode, Settings
from tai2.store.latch import FileLatch

FIRST_REAL_START: Final = "first start with real money: a person resumes it"


@dataclass(slots=True, kw_only=True)
class Composition:
    """Everything that the mode decides."""

    adapters: Adapters
    charter: Charter
    storage: Storage
    mind: Mind
    standby: Standby | None
    """None = no other desk trades on the account."""
    notices: NoticePlan | None
    """None = the owner named no address."""
    metrics_port: int
    """0 = no metrics over HTTP."""
    services: tuple[Service, ...]
    """Run beside the engine: the built-in simulator."""
    keep_interval: bool
    """True when this start names no interval: the operator's last one counts."""
    _health: Health | None = field(default=None)

    def watch(self, health: Health) -> None:
        """Send the supervisor's reports there from now on."""
        self._health = health

    def report(self, part: str, is_ok: bool, detail: str) -> None:  # noqa: FBT001 - one fact
        """Take a supervisor's report."""
        if self._health:
            self._health.report(part, is_ok, detail)


async def compose(
    settings: Settings, place: Path, clock: WallClock, stack: AsyncExitStack
) -> Composition:
    """Open journal and exchange, inspect the account and put the ports together.

    place is the state directory, locked by us; the stack closes what is opened here.

    Raises:
        Tai2Error: Anything that forbids a start.
    """
    home = _made(home_of(settings.mode, place))
    storage = await open_storage(settings, home, clock, stack)
    lease = open_lease(settings, clock, stack)
    exchange = await _exchange(settings, home, clock, stack, lease.is_held if lease else always)
    charter = _latched(charter_of(settings, clock, settings.mode.value, exchange), exchange)
    patient = Patient(settings=settings, home=home, clock=clock)
    account = await _admit(exchange, patient, charter.controls.instruments, storage)
    mind = await open_mind(settings, home, storage.spending, clock, stack)
    adapters = Adapters(
        feed=exchange.feed,
        venue=exchange.venue,
        journal=storage.journal,
        latch=FileLatch(home),
        state=storage.state,
        reasoner=mind.reasoner,
        clock=clock,
        ids=UlidSource(clock, random.SystemRandom(), settings.instance),
        worker=await open_worker(Library(settings.indicators.library), stack),
    )
    return Composition(
        adapters=adapters,
        charter=charter,
        storage=storage,
        mind=mind,
        standby=Standby(lease, f"{settings.mode.value} {account.uid}", clock) if lease else None,
        notices=open_notices(settings, stack),
        metrics_port=settings.metrics_port,
        services=(*exchange.services, *storage.services()),
        keep_interval="ws_update_interval" not in settings.model_fields_set,
    )


async def _admit(
    exchange: OpenExchange, patient: Patient, inst_ids: tuple[InstId, ...], storage: Storage
) -> AccountConfig:
    """Return the account when it and the instruments are fit; before real money, all else too.

    Raises:
        Tai2Error: What forbids the start.
    """
    await inspect_instruments(exchange.feed, inst_ids)
    account = await inspect_account(exchange.venue, patient.settings.okx.expected_uid)
    if exchange.first_state is TradingState.HALTED and not await storage.journal.latest_controls():
        need_clean((*await examine(patient), *await examine_exchange(patient, exchange)))
    return account


def home_of(mode: Mode, place: Path) -> Path:
    """Return where a mode keeps its journal: play money and real money never share one."""
    return place if mode is Mode.SIM else place / mode.value


def _made(home: Path) -> Path:
    """Return a directory, made if need be."""
    home.mkdir(mode=0o700, exist_ok=True)
    return home


def consent(settings: Settings) -> tuple[Finding, ...]:
    """Return whether the user's own word allows the mode; only real money needs one."""
    return tuple(acceptance_findings(settings)) if settings.mode is Mode.REAL else ()


def open_to_look(settings: Settings, clock: Clock, stack: AsyncExitStack) -> OpenExchange | None:
    """Connect as a start would, for reading only; None = the built-in exchange.

    Raises:
        KeysRejected: The mode needs a key that isn't there.
    """
    match settings.mode:
        case Mode.SIM if settings.okx.rest_url:
            key: Credentials | None = own_key(settings) or SIM_KEY
        case Mode.SIM:
            return None
        case Mode.PAPER:
            key = None
        case Mode.DEMO | Mode.REAL:
            key = needed_key(settings)
        case _:
            assert_never(settings.mode)
    here = okx_endpoints(settings, is_demo=settings.mode is Mode.DEMO)
    return open_okx(here, key, clock, stack)


async def _exchange(
    settings: Settings,
    home: Path,
    clock: Clock,
    stack: AsyncExitStack,
    may_send: Callable[[], bool],
) -> OpenExchange:
    """Open what the mode calls the exchange; demo and real differ by header, URL and key alone."""
    arm(os.environ, (settings.okx.rest_url, settings.okx.ws_url))
    match settings.mode:
        case Mode.SIM if settings.okx.rest_url:
            here = okx_endpoints(settings, is_demo=False)
            return open_okx(here, own_key(settings) or SIM_KEY, clock, stack, may_send)
        case Mode.SIM:
            return await open_builtin(settings, home / "sim", clock, stack)
        case Mode.PAPER:
            return await open_paper(settings, home, clock, stack)
        case Mode.DEMO:
            here = okx_endpoints(settings, is_demo=True)
            return open_okx(here, needed_key(settings), clock, stack, may_send)
        case Mode.REAL:
            need_acceptance(settings)
            here = okx_endpoints(settings, is_demo=False)
            opened = open_okx(here, needed_key(settings), clock, stack, may_send)
            return replace(opened, first_state=TradingState.HALTED, first_reason=FIRST_REAL_START)
        case _:
            assert_never(settings.mode)


def charter_of(
    settings: Settings, clock: Clock, mode_label: str, exchange: OpenExchange | None = None
) -> Charter:
    """Return what is fixed for the life of an engine.

    Without a choice of the user's, the instruments are those that the exchange suggests.
    """
    inst_ids = tuple(InstId(inst) for inst in settings.instruments)
    if exchange and exchange.inst_ids and "instruments" not in settings.model_fields_set:
        inst_ids = exchange.inst_ids
    limits = limits_of(settings)
    return Charter(
        mode_label=mode_label,
        instance=settings.instance,
        limits=limits,
        controls=initial_controls(
            interval_s=settings.ws_update_interval,
            instruments=inst_ids,
            max_order_notional=limits.max_order_notional,
            max_position_notional=limits.max_position_notional,
            now_ms=clock.now_ms(),
        ),
        horizon_min=settings.horizon_min,
        is_real_money=str(settings.mode) == "real",
    )


def _latched(charter: Charter, exchange: OpenExchange) -> Charter:
    """Return a charter whose very first start is in the exchange's first trading state."""
    first = replace(
        charter.controls, trading_state=exchange.first_state, state_reason=exchange.first_reason
    )
    return replace(charter, controls=first)
