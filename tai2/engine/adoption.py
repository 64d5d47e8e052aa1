"""Takes somebody else's position under our care at a person's word, and gives it back.

The operator calls it. An adoption is in the journal with its stop's plan before the stop is sent,
as if we had entered there; it must never exist without a stop, nor send anything but that stop.
"""

from dataclasses import replace
from decimal import Decimal

import structlog

from tai2.engine.cover import bound_of
from tai2.engine.foreigners import Foreign
from tai2.engine.ledger import Ledger
from tai2.engine.rescue import Naked, Protection, Rescue
from tai2.model.account import Position
from tai2.model.errors import Refused
from tai2.model.instrument import Side
from tai2.model.money import ZERO, Contracts, Px
from tai2.model.order import (
    Accepted,
    Leg,
    Order,
    OrderIntent,
    OrderState,
    Outcome,
    Rejected,
    StopPlan,
    Unknown,
)
from tai2.model.trade import Execution

log = structlog.get_logger()


class Adoption:
    """Adopts and releases."""

    def __init__(self, ledger: Ledger, rescue: Rescue, protection: Protection) -> None:
        self._ledger = ledger
        self._rescue = rescue
        self._protection = protection

    def stop_px(self, held: Position, stop_pct: Decimal) -> Px:
        """Return where a stop lies that is so many percent from the mark.

        Raises:
            Refused: No mark, or not within what the limits allow, from the mark or the entry.
        """
        limits, market = self._protection.limits, self._protection.markets[held.inst_id]
        low, high = limits.stop_min_pct, limits.stop_max_pct
        if not low <= stop_pct <= high:
            raise Refused(f"a stop {stop_pct} % away", f"The limits allow {low} to {high} %.")
        mark = held.mark_px or (market.mark.px if market.mark else None)
        if mark is None:
            raise Refused(f"no mark price of {held.inst_id}", "Try again in a moment.")
        side = Side.BUY if held.contracts > ZERO else Side.SELL
        px = market.instrument.stop_px(side, Px(mark * (1 - side.sign * stop_pct / 100)))
        farthest = bound_of(held.contracts, held.avg_px, market.instrument, limits).px
        if farthest is not None and (px - farthest) * side.sign < ZERO:
            raise Refused(
                f"a stop at {px} is more than {high} % from the entry at {held.avg_px}",
                "Name a nearer one, or close the position at the exchange.",
            )
        return px

    async def adopt(self, foreign: Foreign, stop_px: Px, reason: str) -> Outcome:
        """Call a foreign position ours and place its stop; return what became of the stop.

        Raises:
            JournalFailed: It can't be recorded; nothing was sent.
        """
        held, now = foreign.position, self._protection.clock.now_ms()
        plan = StopPlan(
            algo_cl_ord_id=self._protection.ids.algo_cl_ord_id(), stop_px=stop_px, target_px=None
        )
        record = self._record(held, foreign.contracts, plan)
        entry = replace(record, reason=f"adopted: {reason}", u_time=now)
        await self._journal(entry)
        naked = Naked(
            inst_id=held.inst_id,
            entry=entry,
            contracts=entry.intent.contracts,
            stop_px=stop_px,
        )
        outcome = await self._rescue.restore(naked)
        log.info("position_adopted", inst=held.inst_id, outcome=type(outcome).__name__)
        return outcome

    async def release(self, held: Position, contracts: Contracts, reason: str) -> None:
        """Call a signed part of a position somebody else's again; its stop is swept as left over.

        Raises:
            JournalFailed: It can't be recorded: it stays ours.
        """
        now = self._protection.clock.now_ms()
        record = self._record(held, Contracts(-contracts), None)
        await self._journal(replace(record, reason=f"released: {reason}", u_time=now))
        log.info("position_released", inst=held.inst_id, contracts=str(contracts))

    async def _journal(self, record: Order) -> None:
        await self._ledger.take_over((record,))
        intent = record.intent
        self._ledger.holdings.note(
            Execution(
                symbol=intent.inst_id,
                side=intent.side,
                contracts=intent.contracts,
                leg=intent.leg.value,
            )
        )

    def _record(self, held: Position, contracts: Contracts, plan: StopPlan | None) -> Order:
        """Return the order that would have led there: filled, and never sent."""
        protection, unsigned = self._protection, Contracts(abs(contracts))
        instrument = protection.markets[held.inst_id].instrument
        px = held.avg_px or held.mark_px
        assert px is not None  # an open position has an average
        intent = OrderIntent(
            cl_ord_id=protection.ids.cl_ord_id(),
            decision_id=protection.ids.decision_id(),
            leg=Leg.ADOPTED if plan else Leg.RELEASED,
            inst_id=held.inst_id,
            side=Side.BUY if contracts > ZERO else Side.SELL,
            contracts=unsigned,
            limit_px=px,
            reduce_only=plan is None,
            stop=plan,
            notional=instrument.notional(unsigned, px),
            created_ms=protection.clock.now_ms(),
        )
        return Order(intent=intent, state=OrderState.FILLED, acc_fill=unsigned, avg_px=px)


def told(outcome: Outcome) -> str:
    """Return in words what became of a stop."""
    match outcome:
        case Accepted():
            return "its stop is placed"
        case Unknown():
            return "its stop may be placed: the protector looks and places it if it isn't"
        case Rejected():
            return f"its stop was refused: {outcome.code} {outcome.reason}"
        case _:
            return f"its stop wasn't sent: {outcome.reason}"
