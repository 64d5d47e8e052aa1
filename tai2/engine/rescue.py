"""Mends a position of ours that no stop guards: a new stop, or a way out when none can be had.

The protector calls it once a position has been naked for longer than the grace, the vigil when
its idea has run its course. It must never send more than it is asked to close, and only
reduce-only; a stop is in the journal before its first byte leaves.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import structlog

from tai2.engine.executor import Executor
from tai2.engine.exits import Way, exit_order
from tai2.engine.ledger import Ledger
from tai2.engine.market import InstrumentMarket
from tai2.failpoint import reach
from tai2.model.ids import InstId
from tai2.model.instrument import Side
from tai2.model.limits import Limits
from tai2.model.money import ZERO, Contracts, Px
from tai2.model.order import (
    Accepted,
    NotSent,
    Order,
    Outcome,
    Rejected,
    StopIntent,
    StopPlan,
    Unknown,
)
from tai2.model.stop import StopRecord
from tai2.ports.clock import Clock
from tai2.ports.ids import IdSource
from tai2.ports.journal import StopJournal
from tai2.ports.venue import OrderGateway

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """What guarding a desk's positions takes."""

    instance: str
    """Short name that marks our stops."""
    limits: Limits
    markets: Mapping[InstId, InstrumentMarket]
    clock: Clock
    ids: IdSource
    stops: StopJournal


@dataclass(frozen=True, slots=True, kw_only=True)
class Naked:
    """The part of a position that no live stop would close."""

    inst_id: InstId
    entry: Order
    """Newest filled entry: it carries the stop plan and the decision."""
    contracts: Contracts
    """Unsigned."""
    stop_px: Px
    """Where its stop belongs: the plan's price, nearer when the fill was worse than planned."""

    @property
    def closing(self) -> Side:
        """Side that closes it."""
        return self.entry.intent.side.opposite

    @property
    def plan(self) -> StopPlan:
        """Stop and target as decided."""
        assert self.entry.intent.stop is not None  # entries can't exist without one
        return self.entry.intent.stop


class Rescue:
    """Places stand-alone stops and emergency exits."""

    def __init__(
        self, gateway: OrderGateway, executor: Executor, ledger: Ledger, protection: Protection
    ) -> None:
        self._gateway = gateway
        self._executor = executor
        self._ledger = ledger
        self._protection = protection

    def is_too_late(self, naked: Naked) -> bool:
        """Tell whether the mark has already gone through the stop; unknown counts as no."""
        mark = self._protection.markets[naked.inst_id].mark
        return mark is not None and (mark.px - naked.stop_px) * naked.closing.sign >= 0

    async def restore(self, naked: Naked) -> Outcome:
        """Place the entry's stop again, for the uncovered part.

        Raises:
            JournalFailed: It can't be journalled; nothing was sent.
        """
        stop = StopIntent(
            algo_cl_ord_id=self._protection.ids.algo_cl_ord_id(),
            inst_id=naked.inst_id,
            side=naked.closing,
            contracts=naked.contracts,
            stop_px=naked.stop_px,
            target_px=naked.plan.target_px,
        )
        record = StopRecord(
            intent=stop,
            entry=naked.entry.intent.cl_ord_id,
            created_ms=self._protection.clock.now_ms(),
        )
        await self._protection.stops.save_stop(record)
        reach("sl_intent")
        outcome = await self._gateway.place_stop(stop)
        reach("sl_sent")
        await self._protection.stops.save_stop(_answered(record, outcome))
        log.warning("stop_restored", inst=naked.inst_id, outcome=type(outcome).__name__)
        return outcome

    async def close(self, naked: Naked, why: str = "no stop") -> bool:
        """Send one reduce-only order for it; False when that isn't possible now.

        A working entry doesn't stand in the way, another exit of ours does.
        """
        protection = self._protection
        leaving = [o for o in self._ledger.working(naked.inst_id) if o.intent.reduce_only]
        way = Way(
            cl_ord_id=protection.ids.cl_ord_id(),
            decision_id=naked.entry.intent.decision_id,
            slip_bps=protection.limits.max_slippage_bps,
            now_ms=protection.clock.now_ms(),
        )
        held = Contracts(naked.contracts * naked.closing.opposite.sign)
        intent = exit_order(protection.markets[naked.inst_id], held, way)
        if intent is None or leaving or held == ZERO:
            return False
        log.error("position_closed", inst=naked.inst_id, side=naked.closing.value, why=why)
        await self._executor.submit(intent)
        return True


def _answered(record: StopRecord, outcome: Outcome) -> StopRecord:
    match outcome:
        case Accepted():
            return replace(record, outcome="accepted", detail=outcome.ord_id)
        case Rejected():
            return replace(record, outcome="rejected", detail=f"{outcome.code} {outcome.reason}")
        case NotSent():
            return replace(record, outcome="not_sent", detail=outcome.reason)
        case Unknown():
            return replace(record, outcome="unknown", detail=outcome.reason)
