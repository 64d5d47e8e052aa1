"""The parts of an engine that own state, and what they are made of.

`daemon.assembly` puts everything else on top of them. It knows no adapter and no mode, and
must start nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from tai2.engine.accounts import Accounts
from tai2.engine.alarm import Alarm
from tai2.engine.attribution import Attribution
from tai2.engine.audit import Audit
from tai2.engine.bus import Bus
from tai2.engine.control_book import ControlBook
from tai2.engine.health import Health
from tai2.engine.holdings import Holdings
from tai2.engine.ledger import Ledger, Watch
from tai2.engine.market import InstrumentMarket
from tai2.engine.memory import Memory
from tai2.engine.outcomes import Outcomes
from tai2.engine.statement import Statement
from tai2.engine.stop_board import StopBoard
from tai2.engine.strangers import Strangers
from tai2.engine.upkeep import Upkeep
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
from tai2.ports.latch import Latch
from tai2.ports.reasoner import Reasoner
from tai2.ports.state import StateService
from tai2.ports.venue import Venue


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapters:
    """What stands at the ports."""

    feed: MarketFeed
    venue: Venue
    journal: Journal
    latch: Latch
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
class Owners:
    """The parts that own state; everything else works on them."""

    bus: Bus
    clock: VenueClock
    markets: Mapping[InstId, InstrumentMarket]
    controls: ControlBook
    alarm: Alarm
    accounts: Accounts
    attribution: Attribution
    holdings: Holdings
    stops: StopBoard
    ledger: Ledger
    outcomes: Outcomes
    memory: Memory
    audit: Audit
    statement: Statement
    health: Health
    upkeep: Upkeep


def owners_of(adapters: Adapters, charter: Charter, facts: Facts) -> Owners:
    """Return the owners of an engine over these adapters, idle."""
    journal, bus, holdings, memory = adapters.journal, Bus(), Holdings(), Memory()
    clock = VenueClock(adapters.clock, adapters.venue)
    markets = {inst: InstrumentMarket(found) for inst, found in facts.instruments.items()}
    accounts = Accounts(adapters.venue, journal, clock, bus, charter.limits.ages)
    accounts.levers.update(facts.levers)
    controls = ControlBook(charter.controls, charter.limits, journal, adapters.clock, bus)
    alarm = Alarm(controls)
    strangers = Strangers(charter.instance, facts.instruments, alarm, adapters.latch)
    watch = Watch(on_execution=accounts.expect, strangers=strangers, alarm=alarm)
    health = Health(adapters.clock, bus)
    attribution = Attribution(journal, facts.instruments, clock, charter.mode_label)
    return Owners(
        bus=bus,
        clock=clock,
        markets=markets,
        controls=controls,
        alarm=alarm,
        accounts=accounts,
        attribution=attribution,
        holdings=holdings,
        stops=StopBoard(adapters.venue, charter.instance),
        ledger=Ledger(journal, attribution, holdings, bus, watch),
        outcomes=Outcomes(journal, markets, clock, memory),
        memory=memory,
        health=health,
        upkeep=Upkeep(adapters.venue, clock, health),
        statement=Statement(adapters.venue, journal, clock, charter.mode_label),
        audit=Audit(adapters.venue, adapters.feed, accounts, markets, alarm, clock),
    )
