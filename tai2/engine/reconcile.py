"""Makes our record agree with the exchange: at start, after a gap, and for UNKNOWN orders.

The start path and the reconcile service run it. A failed question means "not known":
it must never conclude that an order or a position doesn't exist because nobody answered.
"""

import asyncio
from typing import Final

import structlog

from tai2.engine.accounts import Accounts
from tai2.engine.attribution import Attribution
from tai2.engine.doubts import Doubts
from tai2.engine.ledger import Ledger
from tai2.engine.service import Pulse
from tai2.engine.venue_clock import VenueClock
from tai2.model.errors import DataInvalid, KeysRejected, VenueUnavailable
from tai2.model.ids import ClOrdId
from tai2.model.order import Fill, Order, OrderState
from tai2.ports.venue import Venue

log = structlog.get_logger()

TICK_S: Final = 2.0
SWEEP_MS: Final = 30_000
LOOKBACK_MS: Final = 2 * 24 * 3_600_000
"""How far back the first sweep of fills looks at least: within what the exchange keeps at hand."""
OVERLAP_MS: Final = 60_000
PROOF_MARGIN_MS: Final = 2_000
"""Server time must be this far past expTime before absence can be proven."""
PROOF_TRIES: Final = 3
PROOF_STEP_MS: Final = 1_000
PATIENCE_S: Final = 20.0
"""A start waits so long for the doubts that it inherits."""
SETTLE_MS: Final = 5_000
"""An order works for an instant (IOC): one that isn't over after this long is asked for."""


class Reconcile:
    """Compares and settles."""

    def __init__(
        self,
        venue: Venue,
        ledger: Ledger,
        attribution: Attribution,
        accounts: Accounts,
        clock: VenueClock,
        doubts: Doubts,
    ) -> None:
        self._doubts = doubts
        self._venue = venue
        self._ledger = ledger
        self._attribution = attribution
        self._accounts = accounts
        self._clock = clock
        self._swept_ms = 0
        self._misses: dict[ClOrdId, list[int]] = {}
        """For each order: when, after its expTime, the exchange said that it doesn't know it."""
        self._is_down = False
        self.wanted = asyncio.Event()
        """Set when pushes may have been missed."""

    async def recover(self, patience_s: float = PATIENCE_S) -> None:
        """Settle everything the last process left open; the start path.

        An order that can't be settled keeps its instrument frozen; the desk starts all the same.

        Args:
            patience_s: How long to wait for orders in doubt.

        Raises:
            VenueUnavailable: The exchange can't be asked: there is no start without it.
        """
        orders = await self._ledger.recover()
        for order in orders:
            if order.state is OrderState.INTENT:
                await self._ledger.settle(order, OrderState.ABANDONED, "never sent before restart")
        self._swept_ms = await self._oldest_doubt_ms(orders) - OVERLAP_MS
        await self.sweep()
        give_up_s = self._clock.monotonic_s() + patience_s
        while self._is_settling() and self._clock.monotonic_s() < give_up_s:
            await self._clock.sleep(0.5)
            await self.sweep()

    def _is_settling(self) -> bool:
        """Tell whether a doubt is left that the exchange can still resolve."""
        now = self._clock.now_ms()
        return any(
            order.state.is_ambiguous and self._doubts.is_provable(order, now)
            for order in self._ledger.open_orders()
        )

    async def _oldest_doubt_ms(self, orders: tuple[Order, ...]) -> int:
        """Return since when a fill may be missing: the newest one proves nothing of others."""
        instants = [order.sent_ms for order in orders]
        instants += [await self._ledger.last_fill_ms(), await self._clock.sync() - LOOKBACK_MS]
        return min(instant for instant in instants if instant is not None)

    def swept_ms(self) -> int:
        """Return the exchange's time of the last whole sweep, ms UTC."""
        return self._swept_ms + OVERLAP_MS

    def on_gap(self) -> None:
        """Ask for a sweep: the private stream was away."""
        self.wanted.set()

    async def sweep(self) -> None:
        """Ask for the time, fills, our open orders and the account, and settle what they prove.

        Raises:
            VenueUnavailable: A question wasn't answered; nothing was concluded from it.
        """
        self.wanted.clear()
        server_ms = await self._clock.sync()
        await self._sweep_fills()
        denied = [order for order in self._ledger.open_orders() if await self._is_denied(order)]
        # Fills after orders: whatever made an order final is in this list at the latest.
        await self._sweep_fills()
        for update in await self._venue.open_orders():
            await self._ledger.apply(update)
        await self._settle_absent(denied, server_ms)
        await self._accounts.refresh()
        self._swept_ms = max(self._swept_ms, server_ms - OVERLAP_MS)

    async def _sweep_fills(self) -> None:
        for fill in await self._venue.fills(self._swept_ms):
            if await self._ledger.has_fill(fill):
                continue
            if not self._attribution.is_known(fill):
                await self._name_child(fill)
            await self._take_back(fill)
            await self._ledger.add_fill(fill)

    async def _name_child(self, fill: Fill) -> None:
        """Ask which stop placed the order behind a fill that carries no client id."""
        update = await self._venue.order_by_id(fill.inst_id, fill.ord_id)
        if update:
            self._attribution.note_child(fill.ord_id, update.algo_cl_ord_id)

    async def _take_back(self, fill: Fill) -> None:
        """Ask for the order of a fill that carries our own id and isn't in the journal."""
        if fill.cl_ord_id is None or not await self._ledger.has_forgotten(fill.cl_ord_id):
            return
        update = await self._venue.order(fill.inst_id, fill.cl_ord_id)
        if update:
            await self._ledger.apply(update)

    async def _is_denied(self, order: Order) -> bool:
        """Ask for an order that may have been sent; True when the exchange doesn't know it."""
        if order.state is OrderState.INTENT:
            return False
        intent = order.intent
        update = await self._venue.order(intent.inst_id, intent.cl_ord_id)
        if update is not None:
            await self._ledger.apply(update)
        return update is None

    async def _settle_absent(self, denied: list[Order], server_ms: int) -> None:
        """Settle the denied orders that provably can't execute any more.

        Proof: server time is past expTime with a margin, and the exchange denied the order
        on three tries at least a second apart, all after that, within two hours of the send.
        Fills and pending orders were read between denial and here, closed orders are read now:
        an order that any of them showed has moved and isn't settled.

        Args:
            denied: As they were when the exchange denied them.
            server_ms: The exchange's time before it was asked.
        """
        misses = {order.intent.cl_ord_id: self._misses_of(order, server_ms) for order in denied}
        self._misses = misses
        for order in denied:
            if len(misses[order.intent.cl_ord_id]) < PROOF_TRIES:
                continue
            if order.state.is_ambiguous and not self._doubts.is_provable(order, server_ms):
                continue
            await self._look_among_closed(order)
            was_seen = order.state in (OrderState.LIVE, OrderState.PARTIAL)
            state = OrderState.CANCELED if was_seen else OrderState.ABSENT
            settled = await self._ledger.settle(order, state, "the exchange doesn't know it")
            log.warning("order_absent", cl_ord_id=order.intent.cl_ord_id, state=settled.state.value)

    async def _look_among_closed(self, order: Order) -> None:
        """Merge what the list of closed orders says: it may know what a GET denies."""
        since_ms = (order.sent_ms or 0) - OVERLAP_MS
        for update in await self._venue.closed_orders(order.intent.inst_id, since_ms):
            if update.cl_ord_id == order.intent.cl_ord_id:
                await self._ledger.apply(update)

    def _misses_of(self, order: Order, server_ms: int) -> list[int]:
        """Return the denials that count for an order, this one included."""
        misses = self._misses.get(order.intent.cl_ord_id, [])
        if order.exp_ms is None or server_ms <= order.exp_ms + PROOF_MARGIN_MS:
            return misses
        is_apart = not misses or server_ms - misses[-1] >= PROOF_STEP_MS
        return [*misses, server_ms] if is_apart else misses

    async def run(self, pulse: Pulse) -> None:
        """Resolve ambiguous orders quickly and sweep everything now and then."""
        while True:
            if self._is_due():
                await self._try_sweep()
            await self._doubts.look(self._ledger.open_orders(), self._clock.now_ms())
            pulse.beat()
            await self._clock.sleep(TICK_S if not self._has_ambiguous() else 0.5)

    def _has_ambiguous(self) -> bool:
        return any(order.state.is_ambiguous for order in self._ledger.open_orders())

    def _is_due(self) -> bool:
        now = self._clock.now_ms()
        is_silent = any(
            order.state is not OrderState.INTENT and now - (order.sent_ms or now) > SETTLE_MS
            for order in self._ledger.open_orders()
        )
        is_old = now - self._swept_ms > SWEEP_MS + OVERLAP_MS
        return self.wanted.is_set() or self._has_ambiguous() or is_silent or is_old

    async def _try_sweep(self) -> None:
        try:
            await self.sweep()
            if self._is_down:
                log.info("exchange_answers_again")
            self._is_down = False
        except (VenueUnavailable, DataInvalid, KeysRejected) as exc:
            if not self._is_down:
                log.warning("reconcile_postponed", detail=exc.message)
            self._is_down = True
            self.wanted.set()
