"""Sends an allowed intent exactly once: persist, re-check, send, record the answer.

The cycle and the protector call it; it is the only caller of the venue's `place`.
It must never send twice, never weaken an intent, and never send what it didn't journal.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from tai2.engine.ledger import Ledger
from tai2.model.order import Leg, NotSent, Order, OrderIntent, OrderState, Outcome, Rejected
from tai2.model.verdict import Refusal
from tai2.ports.clock import Clock
from tai2.ports.venue import OrderGateway

log = structlog.get_logger()

EXP_MS: Final = 3_000
"""The exchange drops an order that reaches it later than this after it was sent."""

LastLook = Callable[[OrderIntent], Refusal | None]
"""Judges once more, right before the bytes leave, what may have changed since the gate."""


OnRejected = Callable[[Order, Rejected], Awaitable[None]]
"""Does what a refusal asks for, once it is recorded and the next order may leave."""


class Executor:
    """The one sender of orders."""

    def __init__(
        self,
        gateway: OrderGateway,
        ledger: Ledger,
        clock: Clock,
        last_look: LastLook,
        on_rejected: OnRejected,
    ) -> None:
        """clock: the exchange's time, by which expTime is judged."""
        self._gateway = gateway
        self._ledger = ledger
        self._clock = clock
        self._last_look = last_look
        self._on_rejected = on_rejected
        self._lock = asyncio.Lock()
        self.is_open = False
        """False until reconciliation is done and again from the first word of a stop."""

    async def submit(self, intent: OrderIntent) -> tuple[Order, Outcome]:
        """Send an intent, at most once, and return its record with the venue's answer.

        Raises:
            JournalFailed: It can't be journalled; nothing was sent.
        """
        async with self._lock:
            order = await self._ledger.plan(intent)
            if reason := self._objection(intent):
                return await self._abandon(order, reason)
            now = self._clock.now_ms()
            order = await self._ledger.mark_sending(order, now, now + EXP_MS)
            outcome = await self._gateway.place(intent, now + EXP_MS)
            order = await self._ledger.record_outcome(order, outcome)
        log.info(
            "order_submitted",
            cl_ord_id=intent.cl_ord_id,
            inst=intent.inst_id,
            side=intent.side.value,
            contracts=str(intent.contracts),
            limit_px=str(intent.limit_px),
            leg=intent.leg.value,
            state=order.state.value,
            reason=order.reason,
        )
        if isinstance(outcome, Rejected):
            await self._on_rejected(order, outcome)
        return order, outcome

    def _objection(self, intent: OrderIntent) -> str:
        """Return why this must not leave now, "" to let it go."""
        if not self.is_open:
            return "the executor is closed"
        others = [o for o in self._ledger.working(intent.inst_id) if o.intent != intent]
        if intent.leg is Leg.ENTRY and others:
            return "another order of this instrument still works"
        refusal = self._last_look(intent)
        return refusal.code if refusal else ""

    async def _abandon(self, order: Order, reason: str) -> tuple[Order, Outcome]:
        settled = await self._ledger.settle(order, OrderState.ABANDONED, reason)
        log.info("order_abandoned", cl_ord_id=order.intent.cl_ord_id, reason=reason)
        return settled, NotSent(reason=reason)

    async def close(self, grace_s: float) -> bool:
        """Let no new order leave and wait for the one that is leaving.

        Returns:
            True when nothing is in the middle of being sent any more.
        """
        self.is_open = False
        try:
            async with asyncio.timeout(grace_s), self._lock:
                return True
        except TimeoutError:
            return False
