"""What the exchange says of an order that nobody could settle, and a person's word on it.

The operator calls it once proof is impossible. Whatever the exchange shows counts more than the
word; it must never send anything, and a question without an answer settles nothing.
"""

from dataclasses import dataclass

import structlog

from tai2.engine.doubts import PROVABLE_MS
from tai2.engine.ledger import Ledger
from tai2.engine.venue_clock import VenueClock
from tai2.model.account import Position
from tai2.model.errors import Refused, UsageError
from tai2.model.ids import ClOrdId
from tai2.model.order import Order, OrderState
from tai2.ports.venue import Venue

log = structlog.get_logger()

OVERLAP_MS = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was asked about an order, and that nothing was known of it."""

    order: Order
    age_ms: int
    held: Position | None
    """Position on its instrument now."""

    @property
    def facts(self) -> tuple[str, ...]:
        """The same in words."""
        intent, held = self.order.intent, self.held
        contracts = held.contracts if held else 0
        what = f"{intent.side.value} {intent.contracts} contracts {intent.inst_id}"
        return (
            f"{what} at {intent.limit_px}, {intent.leg.value}, {self.order.state.value}",
            "the exchange knows no order of that id, pending or closed, and no fill of it",
            f"the account holds {contracts} contracts of {intent.inst_id}",
        )


class Witness:
    """Asks the exchange, and records what a person says."""

    def __init__(self, venue: Venue, ledger: Ledger, clock: VenueClock) -> None:
        self._venue = venue
        self._ledger = ledger
        self._clock = clock

    async def look(self, cl_ord_id: ClOrdId) -> Evidence:
        """Ask everywhere for an order in doubt and return that it is nowhere.

        Raises:
            UsageError: No order of ours of that id is in doubt.
            Refused: It can still be proven, or the exchange does know it and has settled it.
            VenueUnavailable: A question wasn't answered.
        """
        order = self._doubtful(cl_ord_id)
        now = await self._clock.sync()
        age_ms = now - (order.sent_ms or now)
        if age_ms < PROVABLE_MS:
            raise Refused(f"{cl_ord_id} can still be proven", "Wait: the exchange is being asked.")
        await self._gather(order)
        if self._now(cl_ord_id) != order:
            raise Refused(
                f"the exchange knows {cl_ord_id}: nothing is left to say", "See: tai2 status"
            )
        held = (await self._venue.account()).position(order.intent.inst_id)
        return Evidence(order=order, age_ms=age_ms, held=held)

    def _now(self, cl_ord_id: ClOrdId) -> Order | None:
        return next(
            (one for one in self._ledger.open_orders() if one.intent.cl_ord_id == cl_ord_id), None
        )

    def _doubtful(self, cl_ord_id: ClOrdId) -> Order:
        order = self._now(cl_ord_id)
        if order is None or not order.state.is_ambiguous:
            names = [o.intent.cl_ord_id for o in self._ledger.open_orders() if o.state.is_ambiguous]
            raise UsageError(
                f"no order {cl_ord_id} is in doubt", f"In doubt: {', '.join(names) or 'none'}."
            )
        return order

    async def _gather(self, order: Order) -> None:
        """Let the ledger have whatever the exchange knows."""
        intent, since_ms = order.intent, (order.sent_ms or 0) - OVERLAP_MS
        found = await self._venue.order(intent.inst_id, intent.cl_ord_id)
        seen = [found] if found else []
        seen += await self._venue.open_orders()
        seen += await self._venue.closed_orders(intent.inst_id, since_ms)
        for update in seen:
            if update.cl_ord_id == intent.cl_ord_id:
                await self._ledger.apply(update)
        for fill in await self._venue.fills(since_ms):
            if fill.cl_ord_id == intent.cl_ord_id:
                await self._ledger.add_fill(fill)

    async def settle(self, evidence: Evidence, *, was_filled: bool, reason: str) -> Order:
        """Record a person's word; a fill that shows up later is recorded all the same.

        Raises:
            JournalFailed: It can't be recorded.
        """
        state = OrderState.FILLED if was_filled else OrderState.ABSENT
        settled = await self._ledger.settle(evidence.order, state, f"operator: {reason}")
        log.warning(
            "order_settled_by_hand",
            cl_ord_id=settled.intent.cl_ord_id,
            state=settled.state.value,
            reason=reason,
        )
        return settled
