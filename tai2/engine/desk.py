"""Prepares each step of a cycle: the snapshot, the question, the case, the last look.

The cycle and the executor ask it; it gathers what markets, account and controls know.
It must hand out frozen values only, taken at one instant each.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tai2.engine.bus import Bus
from tai2.engine.control_book import ControlBook
from tai2.engine.exposure import Exposures
from tai2.engine.market import InstrumentMarket
from tai2.engine.memory import Memory
from tai2.engine.minutes import Page
from tai2.engine.snapshots import Snapshots
from tai2.indicators.features import Costs, features
from tai2.indicators.record import with_record
from tai2.model.account import FeeRates
from tai2.model.controls import TradingState
from tai2.model.decision import Decision, DecisionRequest
from tai2.model.events import SnapshotRefreshed
from tai2.model.ids import CycleId, DecisionId, InstId
from tai2.model.limits import Limits
from tai2.model.order import Leg, OrderIntent
from tai2.model.snapshot import Aged, Freshness, Snapshot
from tai2.model.verdict import Refusal
from tai2.ports.clock import Clock
from tai2.ports.ids import IdSource
from tai2.ports.state import StateService
from tai2.risk.allowance import allowance
from tai2.risk.case import Case
from tai2.risk.gate import IntentIds
from tai2.risk.rules import refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Everything that a cycle needs to know, from its owners."""

    markets: Mapping[InstId, InstrumentMarket]
    snapshots: Snapshots
    exposures: Exposures
    controls: ControlBook
    limits: Limits
    fees: Mapping[InstId, FeeRates]
    state: StateService
    bus: Bus
    clock: Clock
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
        required: dict[str, Aged[object]] = {
            "book": snapshot.book,
            "ticker": snapshot.ticker,
            "balance": snapshot.balance,
            "position": snapshot.position,
        }
        return ", ".join(
            f"{name} {aged.freshness.value}"
            for name, aged in required.items()
            if aged.freshness is not Freshness.FRESH
        )

    def request(self, snapshot: Snapshot, page: Page) -> DecisionRequest:
        """Return the question for the reasoner."""
        assert page.draft.decision_id is not None
        return self._request(snapshot, page.draft.cycle_id, page.draft.decision_id)

    async def preview(self, inst_id: InstId) -> DecisionRequest:
        """Return the question that a cycle would ask now; nothing is stored."""
        snapshot = await self.snapshots.take(self.markets[inst_id])
        return self._request(snapshot, CycleId("preview"), DecisionId("preview"))

    def _request(
        self, snapshot: Snapshot, cycle_id: CycleId, decision_id: DecisionId
    ) -> DecisionRequest:
        instrument = self.markets[snapshot.inst_id].instrument
        costs = Costs(instrument=instrument, taker=self.fees[snapshot.inst_id].taker)
        room = allowance(
            snapshot,
            instrument,
            self.exposures.of(snapshot),
            self.limits,
            self.controls.current,
        )
        return DecisionRequest(
            cycle_id=cycle_id,
            decision_id=decision_id,
            snapshot_id=snapshot.snapshot_id,
            inst_id=snapshot.inst_id,
            ts=snapshot.ts,
            features=with_record(features(snapshot, costs), self.memory.calibration),
            allowed=room.actions,
            blocked_by=room.blocked_by,
            horizon_min=self.horizon_min,
            recent=self.memory.recent(snapshot.inst_id),
        )

    async def case(self, decision: Decision, decided_on: Snapshot) -> Case:
        """Return the case for the gate, on the market as it is now."""
        market = self.markets[decision.inst_id]
        snapshot = await self.snapshots.take(market)
        return Case(
            decision=decision,
            decided_on=decided_on,
            snapshot=snapshot,
            instrument=market.instrument,
            exposure=self.exposures.of(snapshot),
            limits=self.limits,
            controls=self.controls.current,
            now_ms=self.clock.now_ms(),
        )

    def intent_ids(self) -> IntentIds:
        """Return fresh ids for one order and its stop."""
        return IntentIds(cl_ord_id=self.ids.cl_ord_id(), algo_cl_ord_id=self.ids.algo_cl_ord_id())

    def last_look(self, intent: OrderIntent) -> Refusal | None:
        """Judge what can have changed between the gate and the bytes: state, book, waiting."""
        controls, is_entry = self.controls.current, intent.leg is Leg.ENTRY
        if intent.leg is Leg.EMERGENCY:
            return None
        state = controls.trading_state
        if state is TradingState.HALTED or (state is TradingState.REDUCING and is_entry):
            return refusal(state.value, f"trading is {state.value}: {controls.state_reason}")
        return self._outdated(intent) if is_entry else None

    def _outdated(self, intent: OrderIntent) -> Refusal | None:
        """Refuse an entry whose book is stale, now or since the gate: it may have queued."""
        now, limit_ms = self.clock.now_ms(), self.limits.ages.book_ms
        book = self.snapshots.book(self.markets[intent.inst_id], now)
        if book.freshness is not Freshness.FRESH:
            return refusal("stale_data", f"the book is {book.freshness.value}")
        waited_ms = now - intent.created_ms
        if waited_ms > limit_ms:
            text = f"the order waited {waited_ms} ms for its turn, {limit_ms} ms allowed"
            return refusal("decision_age", text, limit_ms, waited_ms)
        return None
