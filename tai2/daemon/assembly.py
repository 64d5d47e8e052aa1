"""Puts the engine together from ports: the same way for a daemon, a replay and a test.

Compose and the replay call it with adapters of their choice. It knows no adapter and no
mode, and it must start nothing: what comes back is idle until somebody runs it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tai2.daemon.guarding import Guards, guards_of
from tai2.daemon.owners import Adapters, Charter, Facts, Owners, owners_of
from tai2.engine.accounts import Accounts
from tai2.engine.alarm import Alarm
from tai2.engine.audit import Audit
from tai2.engine.breakers import Breakers
from tai2.engine.bus import Bus
from tai2.engine.closer import Closer, Tools
from tai2.engine.control_book import ControlBook
from tai2.engine.cycle import Cycle
from tai2.engine.desk import Desk
from tai2.engine.doubts import Doubts
from tai2.engine.evidence import Witness
from tai2.engine.executor import Executor
from tai2.engine.exposure import Exposures
from tai2.engine.health import Health
from tai2.engine.inbox import Inbox, Receivers
from tai2.engine.ingest import Ingest
from tai2.engine.ledger import Ledger
from tai2.engine.market import InstrumentMarket
from tai2.engine.memory import Memory
from tai2.engine.minutes import Minutes
from tai2.engine.outcomes import Outcomes
from tai2.engine.paces import Paces
from tai2.engine.reactions import Reactions
from tai2.engine.reconcile import Reconcile
from tai2.engine.scheduler import Scheduler
from tai2.engine.snapshots import Snapshots
from tai2.engine.statement import Statement
from tai2.engine.takeover import Takeover
from tai2.engine.technicals import Technicals
from tai2.engine.upkeep import Upkeep
from tai2.model.ids import InstId


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
    alarm: Alarm
    ingest: Ingest
    inbox: Inbox
    reconcile: Reconcile
    executor: Executor
    guards: Guards
    audit: Audit
    statement: Statement
    upkeep: Upkeep
    breakers: Breakers
    closer: Closer
    takeover: Takeover
    witness: Witness
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


def assemble(adapters: Adapters, charter: Charter, facts: Facts) -> Engine:
    """Return an engine over these adapters."""
    own = owners_of(adapters, charter, facts)
    clock, venue = own.clock, adapters.venue
    desk = _desk(adapters, charter, facts, own)
    reconcile = _reconcile(adapters, own)
    reactions = Reactions(own.alarm, clock, reconcile.on_gap)
    executor = Executor(venue, own.ledger, clock, desk.last_look, reactions.take)
    minutes = Minutes(adapters.journal, (own.outcomes, own.memory), clock, adapters.ids, own.bus)
    cycle = Cycle(desk, adapters.reasoner, executor, minutes)
    return Engine(
        adapters=adapters,
        charter=charter,
        bus=own.bus,
        health=own.health,
        alarm=own.alarm,
        markets=own.markets,
        controls=own.controls,
        accounts=own.accounts,
        ledger=own.ledger,
        outcomes=own.outcomes,
        memory=own.memory,
        ingest=Ingest(adapters.feed, own.markets, clock, own.bus),
        inbox=Inbox(venue, _receivers(own, reconcile), own.alarm, clock),
        reconcile=reconcile,
        executor=executor,
        guards=guards_of(adapters, charter, own, desk, executor),
        audit=own.audit,
        statement=own.statement,
        upkeep=own.upkeep,
        breakers=desk.breakers,
        witness=Witness(venue, own.ledger, clock),
        takeover=Takeover(adapters.latch, own.controls, own.ledger, clock),
        closer=Closer(_tools(adapters, charter, own, executor, reconcile)),
        desk=desk,
        minutes=minutes,
        cycle=cycle,
        scheduler=Scheduler(cycle, own.controls, adapters.clock, adapters.reasoner),
    )


def _reconcile(adapters: Adapters, own: Owners) -> Reconcile:
    doubts, venue = Doubts(own.alarm, own.health.report, own.upkeep), adapters.venue
    made = Reconcile(venue, own.ledger, own.attribution, own.accounts, own.clock, doubts)
    own.upkeep.swept_ms, own.upkeep.on_over = made.swept_ms, made.on_gap
    return made


def _receivers(own: Owners, reconcile: Reconcile) -> Receivers:
    return Receivers(
        ledger=own.ledger, accounts=own.accounts, stops=own.stops, on_gap=reconcile.on_gap
    )


def _breakers(adapters: Adapters, own: Owners) -> Breakers:
    journal, clock = adapters.journal, own.clock
    return Breakers(journal, own.statement, own.accounts, own.ledger, own.controls, clock)


def _tools(
    adapters: Adapters, charter: Charter, own: Owners, executor: Executor, reconcile: Reconcile
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


def _desk(adapters: Adapters, charter: Charter, facts: Facts, own: Owners) -> Desk:
    ages = charter.limits.ages
    exposures = Exposures(own.accounts, own.ledger, own.markets, own.audit, own.upkeep)
    exposures.ignored = lambda: own.controls.current.ignored
    technicals = Technicals(adapters.worker, ages)
    return Desk(
        markets=own.markets,
        snapshots=Snapshots(own.accounts, technicals, ages, own.clock, adapters.ids),
        exposures=exposures,
        controls=own.controls,
        audit=own.audit,
        upkeep=own.upkeep,
        breakers=_breakers(adapters, own),
        paces=Paces(adapters.journal, own.ledger, own.clock),
        fees=facts.fees,
        state=adapters.state,
        latch=adapters.latch,
        bus=own.bus,
        clock=own.clock,
        ids=adapters.ids,
        memory=own.memory,
        horizon_min=charter.horizon_min,
    )
