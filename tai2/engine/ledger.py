"""Our orders and what became of them: the owner of order state, fills and their rows.

Executor, private stream and reconcile report to it; gate and protector ask it.
Every change is durable before it counts, and only an exchange's fill makes a trade.
"""

import asyncio
from dataclasses import replace

import structlog

from tai2.engine.attribution import Attribution
from tai2.engine.bus import Bus
from tai2.model.events import OrderChanged, TradeRecorded
from tai2.model.ids import ClOrdId, InstId, OrdId
from tai2.model.money import ZERO, Contracts
from tai2.model.order import (
    Accepted,
    Fill,
    Leg,
    NotSent,
    Order,
    OrderIntent,
    OrderState,
    OrderUpdate,
    Outcome,
    Rejected,
    Unknown,
    merge,
)
from tai2.ports.journal import OrderJournal

log = structlog.get_logger()


class Ledger:
    """Owner of every order of ours."""

    def __init__(self, journal: OrderJournal, attribution: Attribution, bus: Bus) -> None:
        self._journal = journal
        self._attribution = attribution
        self._bus = bus
        self._lock = asyncio.Lock()
        self._open: dict[ClOrdId, Order] = {}
        self.foreign_orders: set[OrdId] = set()
        """Orders on this account that aren't ours: counted, never touched."""
        self.fills = 0
        """Fills recorded since the start."""
        self.late_fills = 0
        """Fills of orders that were settled as absent: an invariant breach."""

    async def recover(self) -> tuple[Order, ...]:
        """Load the orders that were not settled when the last process ended."""
        orders = await self._journal.open_orders()
        self._open = {order.intent.cl_ord_id: order for order in orders}
        return orders

    def open_orders(self) -> tuple[Order, ...]:
        """Return our orders that aren't terminal, oldest first."""
        return tuple(self._open.values())

    def working(self, inst_id: InstId) -> tuple[Order, ...]:
        """Return our orders on an instrument that may still execute."""
        return tuple(order for order in self._open.values() if order.intent.inst_id == inst_id)

    def pending_entries(self, inst_id: InstId) -> Contracts:
        """Return the open size of our entries on an instrument, UNKNOWN ones included."""
        entries = (o for o in self.working(inst_id) if o.intent.leg is Leg.ENTRY)
        return Contracts(sum((order.open_contracts for order in entries), ZERO))

    async def plan(self, intent: OrderIntent) -> Order:
        """Journal an intent: durable, and provably not sent."""
        async with self._lock:
            return await self._keep(Order(intent=intent, state=OrderState.INTENT))

    async def mark_sending(self, order: Order, sent_ms: int, exp_ms: int) -> Order:
        """Journal that the first byte may leave from now on."""
        async with self._lock:
            return await self._keep(
                replace(order, state=OrderState.SENDING, sent_ms=sent_ms, exp_ms=exp_ms)
            )

    async def record_outcome(self, order: Order, outcome: Outcome) -> Order:
        """Journal the answer to the submit; a push may have overtaken it."""
        async with self._lock:
            known = self._open.get(order.intent.cl_ord_id)
            if known is None or not known.state.is_ambiguous:
                return known or order
            return await self._keep(_answered(known, outcome))

    async def settle(self, order: Order, state: OrderState, reason: str) -> Order:
        """Journal a proven end: ABSENT or ABANDONED."""
        async with self._lock:
            known = self._open.get(order.intent.cl_ord_id, order)
            if known.state.is_terminal:
                return known
            return await self._keep(replace(known, state=state, reason=reason))

    async def apply(self, update: OrderUpdate) -> None:
        """Merge what the venue says of an order and record its fill."""
        async with self._lock:
            if update.algo_cl_ord_id:
                self._attribution.note_child(update.ord_id, update.algo_cl_ord_id)
            order = await self._find(update.cl_ord_id)
            if order is not None:
                self._check_resurrection(order, update)
                merged = merge(order, update)
                if merged != order:
                    await self._keep(merged)
            elif not update.algo_cl_ord_id:
                self.foreign_orders.add(update.ord_id)
            if update.fill is not None:
                await self._record(update.fill)

    async def add_fill(self, fill: Fill) -> bool:
        """Record one fill; False when it was known."""
        async with self._lock:
            return await self._record(fill)

    async def last_entry(self, inst_id: InstId) -> Order | None:
        """Return the newest filled entry on an instrument: it carries the stop plan."""
        return await self._journal.last_entry(inst_id)

    async def last_fill_ms(self) -> int | None:
        """Return the exchange time of the newest recorded fill."""
        return await self._journal.last_fill_ms()

    async def _find(self, cl_ord_id: ClOrdId | None) -> Order | None:
        if cl_ord_id is None:
            return None
        return self._open.get(cl_ord_id) or await self._journal.find_order(cl_ord_id)

    def _check_resurrection(self, order: Order, update: OrderUpdate) -> None:
        """Notice evidence that an order settled as never existing does exist."""
        if order.state in (OrderState.ABSENT, OrderState.ABANDONED, OrderState.EXPIRED):
            self.late_fills += 1
            log.error(
                "settled_order_exists",
                cl_ord_id=order.intent.cl_ord_id,
                state=order.state.value,
                acc_fill=str(update.acc_fill),
            )

    async def _keep(self, order: Order) -> Order:
        await self._journal.save_order(order)
        if order.state.is_terminal:
            self._open.pop(order.intent.cl_ord_id, None)
        else:
            self._open[order.intent.cl_ord_id] = order
        self._bus.publish(OrderChanged(order=order))
        return order

    async def _record(self, fill: Fill) -> bool:
        trade = await self._attribution.trade(fill, await self._find(fill.cl_ord_id))
        if trade is None:
            return False
        is_new = await self._journal.save_fill(fill, trade)
        if is_new:
            self.fills += 1
            self._bus.publish(TradeRecorded(trade=trade))
            log.info(
                "fill_recorded",
                inst=fill.inst_id,
                side=fill.side.value,
                px=str(fill.px),
                contracts=str(fill.contracts),
                pnl=str(fill.pnl),
                fee=str(fill.fee),
                leg=trade.leg,
                cl_ord_id=fill.cl_ord_id,
            )
        return is_new


def _answered(order: Order, outcome: Outcome) -> Order:
    match outcome:
        case Accepted():
            return replace(order, state=OrderState.ACKED, ord_id=outcome.ord_id)
        case Rejected():
            state = OrderState.EXPIRED if outcome.is_expired else OrderState.REJECTED
            return replace(order, state=state, reason=f"{outcome.code} {outcome.reason}")
        case NotSent():
            return replace(order, state=OrderState.ABANDONED, reason=outcome.reason)
        case Unknown():
            return replace(order, state=OrderState.UNKNOWN, reason=outcome.reason)
