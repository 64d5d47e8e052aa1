"""Prepares each step of a cycle: the snapshot, the question, the case, the last look.

The cycle and the executor ask it; it gathers what markets, account and controls know.
It must hand out frozen values only, taken at one instant each.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tai2.engine.audit import Audit
from tai2.engine.breakers import Breakers
from tai2.engine.bus import Bus
from tai2.engine.control_book import ControlBook
from tai2.engine.exposure import Exposures
from tai2.engine.market import InstrumentMarket
from tai2.engine.memory import Memory
from tai2.engine.minutes import Page
from tai2.engine.paces import Paces
from tai2.engine.snapshots import Snapshots
from tai2.engine.upkeep import Upkeep
from tai2.engine.venue_clock import VenueClock
from tai2.indicators.features import Costs, features
from tai2.indicators.record import with_record
from tai2.model.account import FeeRates
from tai2.model.condition import Condition, Pace
from tai2.model.decision import Decision, DecisionRequest, Features
from tai2.model.events import SnapshotRefreshed
from tai2.model.ids import CycleId, DecisionId, InstId
from tai2.model.money import Px
from tai2.model.order import Leg, OrderIntent
from tai2.model.snapshot import Snapshot
from tai2.model.verdict import Refusal
from tai2.ports.ids import IdSource
from tai2.ports.latch import Latch
from tai2.ports.state import StateService
from tai2.risk.allowance import allowance
from tai2.risk.case import Case
from tai2.risk.gate import IntentIds
from tai2.risk.last import Sight, refused_at_last
from tai2.risk.refusal import refusal
from tai2.risk.specimen import PX, entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Everything that a cycle needs to know, from its owners."""

    markets: Mapping[InstId, InstrumentMarket]
    snapshots: Snapshots
    exposures: Exposures
    controls: ControlBook
    audit: Audit
    upkeep: Upkeep
    breakers: Breakers
    paces: Paces
    fees: Mapping[InstId, FeeRates]
    state: StateService
    latch: Latch
    bus: Bus
    clock: VenueClock
    ids: IdSource
    memory: Memory
    horizon_min: int

    async def snapshot(self, inst_id: InstId) -> Snapshot:
        """Take the Latest Market Snapshot, store it and tell watchers."""
        snapshot = await self.snapshots.take(self.markets[inst_id])
        await self.state.put(snapshot)
        self.bus.publish(SnapshotRefreshed(snapshot=snapshot))
        return snapshot

    def unusable(self, snapshot: Snapshot) -> str:
        """Name the required fields that are stale or missing; "" when there is none."""
        return ", ".join(f"{name} {verdict.value}" for name, verdict in snapshot.unusable)

    async def request(self, snapshot: Snapshot, page: Page) -> DecisionRequest:
        """Return the question for the reasoner."""
        assert page.draft.decision_id is not None
        return await self._request(snapshot, page.draft.cycle_id, page.draft.decision_id)

    async def preview(self, inst_id: InstId) -> DecisionRequest:
        """Return the question that a cycle would ask now; nothing is stored."""
        snapshot = await self.snapshots.take(self.markets[inst_id])
        return await self._request(snapshot, CycleId("preview"), DecisionId("preview"))

    async def facts(self, inst_id: InstId) -> Features:
        """Return what a cycle would be told now, as typed invalidations are judged by."""
        return self._features(await self.snapshots.take(self.markets[inst_id]))

    def _features(self, snapshot: Snapshot) -> Features:
        instrument = self.markets[snapshot.inst_id].instrument
        costs = Costs(instrument=instrument, taker=self.fees[snapshot.inst_id].taker)
        return with_record(features(snapshot, costs), self.memory.calibration)

    async def _request(
        self, snapshot: Snapshot, cycle_id: CycleId, decision_id: DecisionId
    ) -> DecisionRequest:
        condition = self.breakers.latest or await self.breakers.look()
        room = allowance(await self._case(self._wish(snapshot), snapshot, snapshot, condition))
        return DecisionRequest(
            cycle_id=cycle_id,
            decision_id=decision_id,
            snapshot_id=snapshot.snapshot_id,
            inst_id=snapshot.inst_id,
            ts=snapshot.ts,
            features=self._features(snapshot),
            allowed=room.actions,
            blocked_by=room.blocked_by,
            horizon_min=self.horizon_min,
            recent=self.memory.recent(snapshot.inst_id),
        )

    async def case(self, decision: Decision, decided_on: Snapshot) -> Case:
        """Return the case for the gate, on the market as it is now.

        An entry relies upon the account's settings: they are read again first.
        """
        if decision.is_entry:
            await self.audit.check(decision.inst_id)
        snapshot = await self.snapshots.take(self.markets[decision.inst_id])
        return await self._case(decision, decided_on, snapshot, await self.breakers.look())

    async def _case(
        self, decision: Decision, decided_on: Snapshot, snapshot: Snapshot, condition: Condition
    ) -> Case:
        market = self.markets[decision.inst_id]
        return Case(
            decision=decision,
            decided_on=decided_on,
            snapshot=snapshot,
            instrument=market.instrument,
            price_limit=market.price_limit,
            exposure=self.exposures.of(snapshot),
            pace=await self._pace(decision.inst_id),
            condition=condition,
            limits=self.controls.limits,
            controls=self.controls.current,
            clock_off_ms=self.clock.off_ms(),
            meta_age_ms=self.audit.meta_age_ms(decision.inst_id),
            taker=self.fees[decision.inst_id].taker if decision.inst_id in self.fees else None,
            now_ms=self.clock.now_ms(),
        )

    async def probe(self, inst_id: InstId) -> Case:
        """Return the case of an entry that nobody wants, to see what the guards would say."""
        snapshot = await self.snapshots.take(self.markets[inst_id])
        return await self.case(self._wish(snapshot), snapshot)

    def _wish(self, snapshot: Snapshot) -> Decision:
        """Return an entry that nobody wants."""
        book = snapshot.book.fresh
        return entry(snapshot.inst_id, Px(book.mid) if book else PX, self.controls.limits)

    async def _pace(self, inst_id: InstId) -> Pace:
        self.paces.armed_ms = self.breakers.armed_ms
        return await self.paces.refresh(inst_id)

    def intent_ids(self) -> IntentIds:
        """Return fresh ids for one order and its stop."""
        return IntentIds(cl_ord_id=self.ids.cl_ord_id(), algo_cl_ord_id=self.ids.algo_cl_ord_id())

    def last_look(self, intent: OrderIntent) -> Refusal | None:
        """Judge what can have changed between the gate and the bytes, under the sender's lock.

        An order that may leave is counted at once: the next one must see it. A halt from beside
        the daemon counts before anybody has taken it over.
        """
        if intent.leg is not Leg.EMERGENCY:
            if self.latch.is_set():
                return refusal("panic", "tai2 panic has halted the desk")
            market = self.markets[intent.inst_id]
            sight = Sight(
                controls=self.controls.current,
                limits=self.controls.limits,
                book=self.snapshots.book(market, self.clock.now_ms()),
                price_limit=market.price_limit,
                pace=self.paces.beside(intent),
                maintenance=self.upkeep.stage(),
                clock_off_ms=self.clock.off_ms(),
                now_ms=self.clock.now_ms(),
            )
            if found := refused_at_last(intent, sight):
                return found
        self.paces.note(intent)
        return None
