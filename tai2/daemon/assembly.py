"""Puts the engine together from ports: the same way for a daemon, a replay and a test.

Compose and the replay call it with adapters of their choice. It knows no adapter and no
mode, and it must start nothing: what comes back is idle until somebody runs it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from tai2.engine.accounts import Accounts
from tai2.engine.attribution import Attribution
from tai2.engine.bus import Bus
from tai2.engine.control_book import ControlBook
from tai2.engine.cycle import Cycle
from tai2.engine.desk import Desk
from tai2.engine.executor import Executor
from tai2.engine.exposure import Exposures
from tai2.engine.health import Health
from tai2.engine.inbox import Inbox
from tai2.engine.ingest import Ingest
from tai2.engine.ledger import Ledger
from tai2.engine.market import InstrumentMarket
from tai2.engine.minutes import Minutes
from tai2.engine.outcomes import Outcomes
from tai2.engine.protector import Protection, Protector
from tai2.engine.reconcile import Reconcile
from tai2.engine.scheduler import Scheduler
from tai2.engine.snapshots import Snapshots
from tai2.engine.technicals import Technicals
from tai2.engine.worker import Worker
from tai2.model.account import FeeRates
from tai2.model.controls import Controls
from tai2.model.ids import InstId
from tai2.model.instrument import Instrument
from tai2.model.limits import Limits
from tai2.ports.clock import Clock
from tai2.ports.feed import MarketFeed
from tai2.ports.ids import IdSource
from tai2.ports.journal import Journal
from tai2.ports.reasoner import Reasoner
from tai2.ports.state import StateService
from tai2.ports.venue import Venue


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapters:
    """What stands at the ports."""

    feed: MarketFeed
    venue: Venue
    journal: Journal
    state: StateService
    reasoner: Reasoner
    clock: Clock
    ids: IdSource
    worker: Worker


@dataclass(frozen=True, slots=True, kw_only=True)
class Charter:
    """What is fixed for the life of an engine."""

    mode_label: str
    """Word for rows and faces: sim, replay…"""
    instance: str
    limits: Limits
    controls: Controls
    """Ceilings and first values."""
    horizon_min: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the exchange said before anything could start."""

    instruments: Mapping[InstId, Instrument]
    fees: Mapping[InstId, FeeRates]
    levers: Mapping[InstId, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """The assembled parts, idle."""

    adapters: Adapters
    charter: Charter
    bus: Bus
    health: Health
    markets: Mapping[InstId, InstrumentMarket]
    controls: ControlBook
    accounts: Accounts
    ledger: Ledger
    ingest: Ingest
    inbox: Inbox
    reconcile: Reconcile
    executor: Executor
    protector: Protector
    desk: Desk
    minutes: Minutes
    outcomes: Outcomes
    cycle: Cycle
    scheduler: Scheduler


async def read_facts(adapters: Adapters, inst_ids: tuple[InstId, ...]) -> Facts:
    """Ask the exchange for its time, instruments, fees and leverage.

    Raises:
        UsageError: An instrument doesn't exist.
        VenueUnavailable: The exchange can't be reached.
    """
    await adapters.venue.server_time_ms()
    found = await adapters.feed.instruments(inst_ids)
    return Facts(
        instruments={instrument.inst_id: instrument for instrument in found},
        fees={inst_id: await adapters.venue.fee_rates(inst_id) for inst_id in inst_ids},
        levers={inst_id: await adapters.venue.leverage(inst_id) for inst_id in inst_ids},
    )


def assemble(adapters: Adapters, charter: Charter, facts: Facts) -> Engine:
    """Return an engine over these adapters."""
    clock, journal, venue, ages = (
        adapters.clock,
        adapters.journal,
        adapters.venue,
        charter.limits.ages,
    )
    bus = Bus()
    markets = {inst: InstrumentMarket(found) for inst, found in facts.instruments.items()}
    controls = ControlBook(charter.controls, journal, clock, bus)
    accounts = Accounts(venue, journal, clock, bus, ages)
    accounts.levers.update(facts.levers)
    attribution = Attribution(journal, facts.instruments, clock, charter.mode_label)
    ledger = Ledger(journal, attribution, bus)
    reconcile = Reconcile(venue, ledger, attribution, accounts, clock)
    desk = _desk(adapters, charter, facts, (bus, markets, controls, accounts, ledger))
    executor = Executor(venue, ledger, clock, desk.last_look)
    outcomes = Outcomes(journal, markets, clock)
    minutes = Minutes(journal, outcomes, clock, adapters.ids, bus)
    cycle = Cycle(desk, adapters.reasoner, executor, minutes)
    protection = Protection(instance=charter.instance, limits=charter.limits, markets=markets)
    return Engine(
        adapters=adapters,
        charter=charter,
        bus=bus,
        health=Health(clock, bus),
        markets=markets,
        controls=controls,
        accounts=accounts,
        ledger=ledger,
        ingest=Ingest(adapters.feed, markets, clock, bus),
        inbox=Inbox(venue, ledger, accounts, reconcile.on_gap),
        reconcile=reconcile,
        executor=executor,
        protector=Protector(venue, ledger, accounts, executor, protection, (clock, adapters.ids)),
        desk=desk,
        minutes=minutes,
        outcomes=outcomes,
        cycle=cycle,
        scheduler=Scheduler(cycle, controls, clock),
    )


_Owners = tuple[Bus, Mapping[InstId, InstrumentMarket], ControlBook, Accounts, Ledger]


def _desk(adapters: Adapters, charter: Charter, facts: Facts, owners: _Owners) -> Desk:
    bus, markets, controls, accounts, ledger = owners
    ages = charter.limits.ages
    technicals = Technicals(adapters.worker, ages)
    return Desk(
        markets=markets,
        snapshots=Snapshots(accounts, technicals, ages, adapters.clock, adapters.ids),
        exposures=Exposures(accounts, ledger, markets),
        controls=controls,
        limits=charter.limits,
        fees=facts.fees,
        state=adapters.state,
        bus=bus,
        clock=adapters.clock,
        ids=adapters.ids,
        horizon_min=charter.horizon_min,
    )
