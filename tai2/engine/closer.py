"""Ends what is ours at an operator's word: cancels own orders, closes own positions.

The operator's verbs use it. It must never touch a foreign order or position,
never send while an order of ours is in doubt, and call closed only what the exchange shows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import structlog

from tai2.engine.accounts import Accounts
from tai2.engine.executor import Executor
from tai2.engine.exits import Way, exit_order
from tai2.engine.holdings import Holdings
from tai2.engine.ledger import Ledger
from tai2.engine.market import InstrumentMarket
from tai2.model.account import Position
from tai2.model.errors import DataInvalid, Tai2Error, VenueUnavailable
from tai2.model.ids import InstId, is_own
from tai2.model.market import MarkPx
from tai2.model.money import ZERO, Contracts
from tai2.model.order import Accepted, Order
from tai2.ports.clock import Clock
from tai2.ports.ids import IdSource
from tai2.ports.journal import OrderJournal
from tai2.ports.venue import Venue

log = structlog.get_logger()

STEP_S: Final = 0.25
PATIENCE_MS: Final = 6_000
"""An order of ours may take this long to be settled by the exchange's word."""
SLIPS: Final = tuple(Decimal(bps) for bps in (20, 20, 40, 80, 100, 100))
"""Price caps of successive exits, in basis points: what the book can't take stays for the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """A position that is ours, wholly or in part."""

    position: Position
    contracts: Contracts
    """Our signed part."""

    @property
    def foreign(self) -> Contracts:
        """The signed part that isn't ours."""
        return Contracts(self.position.contracts - self.contracts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """What became of one position of ours."""

    inst_id: InstId
    contracts: Contracts
    """Signed, before."""
    remaining: Contracts | None
    """Signed, by the exchange's word; None = not known."""
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What closing takes."""

    venue: Venue
    executor: Executor
    ledger: Ledger
    journal: OrderJournal
    accounts: Accounts
    holdings: Holdings
    markets: Mapping[InstId, InstrumentMarket]
    clock: Clock
    ids: IdSource
    instance: str
    on_gap: Callable[[], None]
    """Asks for a sweep of fills."""


class Closer:
    """Cancels and closes."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self.on_step: Callable[[], None] = lambda: None
        """Called while waiting: a heartbeat."""

    def owned(self) -> tuple[Owned, ...]:
        """Return every position of which a part is ours, by the newest account.

        Raises:
            VenueUnavailable: The account has never been read.
        """
        account = self._tools.accounts.latest
        if account is None:
            raise VenueUnavailable("the account has not been read yet", "Try again in a moment.")
        shares = (
            Owned(position=held, contracts=self._tools.holdings.share(held))
            for held in account.positions
        )
        return tuple(one for one in shares if one.contracts != ZERO)

    async def cancel(self, inst_ids: tuple[InstId, ...]) -> tuple[int, int]:
        """Cancel our working orders; return how many are gone and how many may still work."""
        tools = self._tools
        orders = [order for inst_id in inst_ids for order in tools.ledger.working(inst_id)]
        for order in orders:
            await tools.venue.cancel(order.intent.inst_id, order.intent.cl_ord_id)
        settled = [await self._settled(order) for order in orders]
        gone = sum(found is not None for found in settled)
        return gone, len(orders) - gone

    async def close(self, inst_id: InstId) -> Closed:
        """Close our part of one position and see it gone.

        Raises:
            JournalFailed: Nothing can be recorded, so nothing more was sent.
        """
        try:
            return await self._close(inst_id)
        except (VenueUnavailable, DataInvalid) as exc:
            log.warning("close_in_doubt", inst=inst_id, detail=exc.message)
            return Closed(
                inst_id=inst_id, contracts=self._share(inst_id), remaining=None, detail=exc.message
            )

    async def _close(self, inst_id: InstId) -> Closed:
        tools = self._tools
        held = (await tools.accounts.refresh()).position(inst_id)
        before = held.contracts if held else Contracts(ZERO)
        share = tools.holdings.share(held) if held else Contracts(ZERO)
        left, why = share, ""
        for slip_bps in SLIPS:
            if left == ZERO:
                break
            order = await self._send(inst_id, left, slip_bps)
            if order is None:
                why = "no price or another order of ours stands in the way"
                break
            left, why = Contracts(left + order.acc_fill * order.intent.side.sign), order.reason
            left = await self._within(inst_id, left)
        tools.on_gap()
        if left != ZERO:
            return Closed(inst_id=inst_id, contracts=share, remaining=left, detail=why)
        return await self._verified(inst_id, share, Contracts(before - share))

    async def _send(self, inst_id: InstId, left: Contracts, slip_bps: Decimal) -> Order | None:
        """Send one exit and return it settled; None when it couldn't be sent.

        Raises:
            VenueUnavailable: It may have been executed, and nobody can say.
        """
        tools = self._tools
        if tools.ledger.working(inst_id):
            return None
        self._see_mark(inst_id)
        entry = await tools.ledger.last_entry(inst_id)
        way = Way(
            cl_ord_id=tools.ids.cl_ord_id(),
            decision_id=entry.intent.decision_id if entry else tools.ids.decision_id(),
            slip_bps=slip_bps,
            now_ms=tools.clock.now_ms(),
        )
        intent = exit_order(tools.markets[inst_id], left, way)
        if intent is None:
            return None
        order, _outcome = await tools.executor.submit(intent)
        settled = await self._settled(order)
        if settled is None:
            raise VenueUnavailable(f"{intent.cl_ord_id} isn't settled; it is never sent twice")
        return settled

    def _see_mark(self, inst_id: InstId) -> None:
        """Without a live book the price is the account's own mark, which was just read."""
        account, market = self._tools.accounts.latest, self._tools.markets[inst_id]
        held = account.position(inst_id) if account else None
        if held is None or held.mark_px is None or market.book.is_valid:
            return
        stamps = {"ts_event": held.ts_recv, "ts_recv": held.ts_recv}
        market.apply(MarkPx(inst_id=inst_id, px=held.mark_px, **stamps))

    async def _settled(self, order: Order) -> Order | None:
        """Ask for an order until it is final; None when that takes too long."""
        tools, intent = self._tools, order.intent
        until_ms = tools.clock.now_ms() + PATIENCE_MS
        while True:
            found = await tools.journal.find_order(intent.cl_ord_id) or order
            if found.state.is_terminal:
                return found
            if tools.clock.now_ms() >= until_ms:
                return None
            update = await tools.venue.order(intent.inst_id, intent.cl_ord_id)
            if update is not None:
                await tools.ledger.apply(update)
            if update is None or not update.state.is_terminal:
                self.on_step()
                await tools.clock.sleep(STEP_S)

    async def _within(self, inst_id: InstId, left: Contracts) -> Contracts:
        """Return what is left of ours, never more than the exchange shows: a stop may have hit."""
        if left == ZERO:
            return left
        held = (await self._tools.accounts.refresh()).position(inst_id)
        now = held.contracts if held else ZERO
        return Contracts(max(ZERO, min(left, now)) if left > ZERO else min(ZERO, max(left, now)))

    async def _verified(self, inst_id: InstId, share: Contracts, target: Contracts) -> Closed:
        """Read the position until it is what it should be."""
        tools = self._tools
        until_ms = tools.clock.now_ms() + PATIENCE_MS
        while True:
            held = (await tools.accounts.refresh()).position(inst_id)
            now = held.contracts if held else ZERO
            if abs(now) <= abs(target):
                return Closed(
                    inst_id=inst_id, contracts=share, remaining=Contracts(ZERO), detail=""
                )
            if tools.clock.now_ms() >= until_ms:
                detail = f"filled, yet the exchange still shows {now} contracts"
                return Closed(inst_id=inst_id, contracts=share, remaining=None, detail=detail)
            self.on_step()
            await tools.clock.sleep(STEP_S)

    async def sweep_stops(self, inst_ids: tuple[InstId, ...]) -> int:
        """Cancel our stops on instruments where nothing of ours is left; return how many went."""
        tools = self._tools
        gone = 0
        try:
            for stop in await tools.venue.stops(inst_ids):
                if is_own(stop.algo_cl_ord_id or "", tools.instance):
                    outcome = await tools.venue.cancel_stop(stop.inst_id, stop.algo_id)
                    gone += isinstance(outcome, Accepted)
        except Tai2Error as exc:
            log.warning("stops_left_to_the_protector", detail=exc.message)
        return gone

    def _share(self, inst_id: InstId) -> Contracts:
        account = self._tools.accounts.latest
        held = account.position(inst_id) if account else None
        return self._tools.holdings.share(held) if held else Contracts(ZERO)
