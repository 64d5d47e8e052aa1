"""Puts the engine together from ports: the same way for a daemon, a replay and a test.

Compose and the replay call it with adapters of their choice. It knows no adapter and no
mode, and it must start nothing: what comes back is idle until somebody runs it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from tai2.engine.accounts import Accounts
from tai2.engine.attribution import Attribution
from tai2.engine.audit import Audit
from tai2.engine.breakers import Breakers
from tai2.engine.bus import Bus
from tai2.engine.closer import Closer, Tools
from tai2.engine.control_book import ControlBook
from tai2.engine.cycle import Cycle
from tai2.engine.desk import Desk
from tai2.engine.executor import Executor
from tai2.engine.exposure import Exposures
from tai2.engine.health import Health
from tai2.engine.holdings import Holdings
from tai2.engine.inbox import Inbox
from tai2.engine.ingest import Ingest
from tai2.engine.ledger import Ledger
from tai2.engine.market import InstrumentMarket
from tai2.engine.memory import Memory
from tai2.engine.minutes import Minutes
from tai2.engine.outcomes import Outcomes
from tai2.engine.paces import Paces
from tai2.engine.protector import Protector
from tai2.engine.reconcile import Reconcile
from tai2.engine.rescue import Protection, Rescue
from tai2.engine.scheduler import Scheduler
from tai2.engine.snapshots import Snapshots
from tai2.engine.technicals import Technicals
from tai2.engine.venue_clock import VenueClock
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
    is_real_money: bool = False
    """True where an order costs money: dangerous verbs want their word typed in full."""


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
    audit: Audit
    breakers: Breakers
    closer: Closer
    desk: Desk
    minutes: Minutes
    outcomes: Outcomes
    memory: Memory
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Owners:
    """The parts that own state; everything else works on them."""

    bus: Bus
    clock: VenueClock
    markets: Mapping[InstId, InstrumentMarket]
    controls: ControlBook
    accounts: Accounts
    attribution: Attribution
    holdings: Holdings
    ledger: Ledger
    outcomes: Outcomes
    memory: Memory


def assemble(adapters: Adapters, charter: Charter, facts: Facts) -> Engine:
    """Return an engine over these adapters."""
    own = _owners(adapters, charter, facts)
    clock, venue = own.clock, adapters.venue
    watch = _watch(adapters, own)
    desk = _desk(adapters, charter, facts, own, watch)
    executor = Executor(venue, own.ledger, clock, desk.last_look)
    past = (own.outcomes, own.memory)
    minutes = Minutes(adapters.journal, past, clock, adapters.ids, own.bus)
    cycle = Cycle(desk, adapters.reasoner, executor, minutes)
    reconcile = Reconcile(venue, own.ledger, own.attribution, own.accounts, clock)
    protector = _protector(adapters, charter, own, executor)
    return Engine(
        adapters=adapters,
        charter=charter,
        bus=own.bus,
        health=Health(adapters.clock, own.bus),
        markets=own.markets,
        controls=own.controls,
        accounts=own.accounts,
        ledger=own.ledger,
        outcomes=own.outcomes,
        memory=own.memory,
        ingest=Ingest(adapters.feed, own.markets, clock, own.bus),
        inbox=Inbox(venue, own.ledger, own.accounts, reconcile.on_gap),
        reconcile=reconcile,
        executor=executor,
        protector=protector,
        audit=watch.audit,
        breakers=watch.breakers,
        closer=Closer(_tools(adapters, charter, own, executor, reconcile)),
        desk=desk,
        minutes=minutes,
        cycle=cycle,
        scheduler=Scheduler(cycle, own.controls, adapters.clock),
    )


def _protector(adapters: Adapters, charter: Charter, own: _Owners, executor: Executor) -> Protector:
    venue = adapters.venue
    protection = Protection(
        instance=charter.instance,
        limits=charter.limits,
        markets=own.markets,
        clock=own.clock,
        ids=adapters.ids,
    )
    rescue = Rescue(venue, executor, own.ledger, protection)
    return Protector(venue, own.ledger, own.accounts, own.holdings, rescue, protection)


def _owners(adapters: Adapters, charter: Charter, facts: Facts) -> _Owners:
    journal, bus, holdings, memory = adapters.journal, Bus(), Holdings(), Memory()
    clock = VenueClock(adapters.clock, adapters.venue)
    markets = {inst: InstrumentMarket(found) for inst, found in facts.instruments.items()}
    accounts = Accounts(adapters.venue, journal, clock, bus, charter.limits.ages)
    accounts.levers.update(facts.levers)
    attribution = Attribution(journal, facts.instruments, clock, charter.mode_label)
    return _Owners(
        bus=bus,
        clock=clock,
        markets=markets,
        controls=ControlBook(charter.controls, charter.limits, journal, adapters.clock, bus),
        accounts=accounts,
        attribution=attribution,
        holdings=holdings,
        ledger=Ledger(journal, attribution, holdings, bus, accounts.expect),
        outcomes=Outcomes(journal, markets, clock, memory),
        memory=memory,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Watch:
    """What looks at the account as a whole."""

    audit: Audit
    breakers: Breakers


def _watch(adapters: Adapters, own: _Owners) -> _Watch:
    journal, clock = adapters.journal, own.clock
    return _Watch(
        audit=Audit(adapters.venue, adapters.feed, own.accounts, own.markets, own.controls, clock),
        breakers=Breakers(journal, own.accounts, own.ledger, own.controls, clock),
    )


def _tools(
    adapters: Adapters, charter: Charter, own: _Owners, executor: Executor, reconcile: Reconcile
) -> Tools:
    return Tools(
        venue=adapters.venue,
        executor=executor,
        ledger=own.ledger,
        journal=adapters.journal,
        accounts=own.accounts,
        holdings=own.holdings,
        markets=own.markets,
        clock=own.clock,
        ids=adapters.ids,
        instance=charter.instance,
        on_gap=reconcile.on_gap,
    )


def _desk(adapters: Adapters, charter: Charter, facts: Facts, own: _Owners, watch: _Watch) -> Desk:
    ages = charter.limits.ages
    technicals = Technicals(adapters.worker, ages)
    return Desk(
        markets=own.markets,
        snapshots=Snapshots(own.accounts, technicals, ages, own.clock, adapters.ids),
        exposures=Exposures(own.accounts, own.ledger, own.markets, watch.audit),
        controls=own.controls,
        audit=watch.audit,
        breakers=watch.breakers,
        paces=Paces(adapters.journal, own.ledger, own.clock),
        fees=facts.fees,
        state=adapters.state,
        bus=own.bus,
        clock=own.clock,
        ids=adapters.ids,
        memory=own.memory,
        horizon_min=charter.horizon_min,
    )
