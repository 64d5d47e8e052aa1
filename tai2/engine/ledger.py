"""Our orders and what became of them: the owner of order state, fills and their rows.

Executor, private stream and reconcile report to it; gate and protector ask it.
Every change is durable before it counts, and only an exchange's fill makes a trade.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final, assert_never

import structlog

from tai2.engine.alarm import Alarm
from tai2.engine.attribution import Attribution
from tai2.engine.bus import Bus
from tai2.engine.holdings import Holdings
from tai2.engine.strangers import Strangers
from tai2.failpoint import reach
from tai2.model.events import OrderChanged, TradeRecorded
from tai2.model.ids import ClOrdId, InstId
from tai2.model.order import (
    Accepted,
    Fill,
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

OnExecution = Callable[[InstId, int], None]
"""Told that a position has moved: instrument, exchange time in ms UTC."""

_NEVER_THERE: Final = (
    OrderState.REJECTED,
    OrderState.EXPIRED,
    OrderState.ABSENT,
    OrderState.ABANDONED,
)
"""Ends that say: the exchange never had this order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Who is told of what the ledger sees."""

    on_execution: OnExecution
    strangers: Strangers
    alarm: Alarm


class Ledger:
    """Owner of every order of ours."""

    def __init__(
        self,
        journal: OrderJournal,
        attribution: Attribution,
        holdings: Holdings,
        bus: Bus,
        watch: Watch,
    ) -> None:
        self._journal = journal
        self._attribution = attribution
        self.holdings = holdings
        self._bus = bus
        self._watch = watch
        self.strangers = watch.strangers
        self._lock = asyncio.Lock()
        self._open: dict[ClOrdId, Order] = {}
        self.fills = 0
        """Fills recorded since the start."""
        self.late_fills = 0
        """Signs of life of orders that were settled as never there: an invariant breach."""

    async def recover(self) -> tuple[Order, ...]:
        """Load what the last process left: our holdings and the orders not settled."""
        async with self._lock:
            self.holdings.load(await self._journal.executions())
            orders = await self._journal.open_orders()
            self._open = {order.intent.cl_ord_id: order for order in orders}
            return orders

    def open_orders(self) -> tuple[Order, ...]:
        """Return our orders that aren't terminal, oldest first."""
        return tuple(self._open.values())

    def working(self, inst_id: InstId) -> tuple[Order, ...]:
        """Return our orders on an instrument that may still execute."""
        return tuple(order for order in self._open.values() if order.intent.inst_id == inst_id)

    async def plan(self, intent: OrderIntent) -> Order:
        """Journal an intent: durable, and provably not sent."""
        async with self._lock:
            order = await self._keep(Order(intent=intent, state=OrderState.INTENT))
        reach("intent_post_commit")
        return order

    async def mark_sending(self, order: Order, sent_ms: int, exp_ms: int) -> Order:
        """Journal that the first byte may leave from now on."""
        async with self._lock:
            order = await self._keep(
                replace(order, state=OrderState.SENDING, sent_ms=sent_ms, exp_ms=exp_ms)
            )
        reach("sending_post_commit")
        return order

    async def record_outcome(self, order: Order, outcome: Outcome) -> Order:
        """Journal the answer to the submit; a push may have overtaken it."""
        async with self._lock:
            known = await self._find(order.intent.cl_ord_id) or order
            if known.state is OrderState.ABSENT and isinstance(outcome, Accepted):
                await self._note_life(known, "accepted after all")
            elif not known.state.is_ambiguous:
                return known
            answered = await self._keep(_answered(known, outcome))
        reach("ack_saved" if answered.state is OrderState.ACKED else f"{answered.state}_saved")
        return answered

    async def settle(self, order: Order, state: OrderState, reason: str) -> Order:
        """Journal a proven end, unless the order has moved since the proof was begun.

        Args:
            order: The record that the proof is about.
            state: ABSENT, ABANDONED or CANCELED.
            reason: Why that is proven.
        """
        async with self._lock:
            known = await self._find(order.intent.cl_ord_id)
            if known != order:
                return known or order
            return await self._keep(replace(order, state=state, reason=reason))

    async def apply(self, update: OrderUpdate) -> None:
        """Merge what the venue says of an order and record its fill."""
        async with self._lock:
            if update.algo_cl_ord_id:
                self._attribution.note_child(update.ord_id, update.algo_cl_ord_id)
            order = await self._find(update.cl_ord_id)
            if order is None and not update.algo_cl_ord_id:
                order = await self.strangers.meet(update)
            if order is not None:
                await self._merge(order, update)
            if update.fill is not None:
                await self._record(update.fill)

    async def add_fill(self, fill: Fill) -> bool:
        """Record one fill; False when it was known."""
        async with self._lock:
            return await self._record(fill)

    async def has_fill(self, fill: Fill) -> bool:
        """Tell whether a fill is recorded."""
        return await self._journal.has_fill(fill.fill_id)

    async def has_forgotten(self, cl_ord_id: ClOrdId) -> bool:
        """Tell whether an order carries an id of ours and isn't in the journal."""
        is_ours = self.strangers.is_forgotten(cl_ord_id)
        return is_ours and await self._find(cl_ord_id) is None

    async def take_over(self, orders: Iterable[Order]) -> tuple[Order, ...]:
        """Journal orders that were sent beside this process; return those that were news."""
        async with self._lock:
            news = [one for one in orders if await self._find(one.intent.cl_ord_id) is None]
            return tuple([await self._keep(order) for order in news])

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

    async def _merge(self, order: Order, update: OrderUpdate) -> None:
        merged = merge(order, update)
        if merged == order:
            return
        await self._note_life(order, f"{update.state.value} {update.acc_fill}")
        if merged.acc_fill > order.acc_fill:
            moved_ms = update.fill.ts_event if update.fill else update.u_time
            self._watch.on_execution(update.inst_id, moved_ms)
        await self._keep(merged)

    async def _note_life(self, order: Order, evidence: str) -> None:
        """Say it, and halt, when an order that was settled as never there does exist."""
        if order.state not in _NEVER_THERE:
            return
        self.late_fills += 1
        log.error(
            "settled_order_exists",
            cl_ord_id=order.intent.cl_ord_id,
            state=order.state.value,
            evidence=evidence,
        )
        text = f"{order.intent.cl_ord_id} was settled as {order.state.value}: {evidence}"
        await self._watch.alarm.halt("invariant", text)

    async def _keep(self, order: Order) -> Order:
        await self._journal.save_order(order)
        if order.state.is_terminal:
            self._open.pop(order.intent.cl_ord_id, None)
            reach("terminal_saved")
        else:
            self._open[order.intent.cl_ord_id] = order
            reach("limits_reserved")
        self._bus.publish(OrderChanged(order=order))
        return order

    async def _record(self, fill: Fill) -> bool:
        order = await self._find(fill.cl_ord_id) or await self.strangers.sent_beside(fill.cl_ord_id)
        if order is not None and (order.state.is_ambiguous or order.state in _NEVER_THERE):
            # A fill proves that its order exists, whatever the exchange's GET says.
            await self._note_life(order, f"fill {fill.trade_id}")
            order = await self._keep(_shown(order, fill))
        trade = await self._attribution.trade(fill, order)
        if trade is None:
            return False
        is_new = await self._journal.save_fill(fill, trade)
        if is_new:
            self.fills += 1
            reach("fill_saved")
            self.holdings.note(trade.execution)
            self._watch.on_execution(fill.inst_id, fill.ts_event)
            if fill.is_forced:
                text = f"{fill.contracts} {fill.inst_id} were taken at {fill.px}"
                await self._watch.alarm.halt("liquidated", text)
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


def _shown(order: Order, fill: Fill) -> Order:
    """Return an order as its fill shows it: at least so much is executed."""
    return replace(
        order,
        ord_id=fill.ord_id,
        state=OrderState.PARTIAL,
        acc_fill=fill.contracts,
        avg_px=fill.px,
        reason="",
    )


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
        case _:
            assert_never(outcome)
