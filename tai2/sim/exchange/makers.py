"""Resting orders when the market comes to them: others' quotes that cross, others' trades.

Markets reach it through the facade. Price goes before time, others who stood at the level first
go before the account; an order fills at its own price and never beyond its size.
"""

from decimal import Decimal
from typing import Final

from tai2.sim.exchange.book import opposite, reaches
from tai2.sim.exchange.booking import Execution
from tai2.sim.exchange.core import Core
from tai2.sim.exchange.listing import Listing
from tai2.sim.exchange.matching import Matcher, standing
from tai2.sim.exchange.records import OrderView
from tai2.sim.exchange.register import is_live

_ZERO: Final = Decimal(0)


class Makers:
    """Lets the market meet the orders that stand in one core's books."""

    def __init__(self, core: Core, matcher: Matcher) -> None:
        self._core = core
        self._matcher = matcher

    def meet_quotes(self, listing: Listing) -> None:
        """Fill resting orders that the others' new quotes cross, each at its own price."""
        book, inst_id = listing.book, listing.spec.inst_id
        for side in ("buy", "sell"):
            for known in standing(self._core, inst_id, side):
                self._clamp_queue(known, listing)
                order = self._core.register.live.get(known.ord_id)
                while order is not None and order.px is not None:
                    best = book.best_other(opposite(side))
                    if best is None or not reaches(side, order.px, best):
                        break
                    contracts = min(order.open_sz, book.others[opposite(side)][best])
                    book.take(opposite(side), best, contracts)
                    trade_id = self._matcher.print(listing, opposite(side), order.px, contracts)
                    order = self._fill_resting(order, contracts, trade_id)

    def _clamp_queue(self, order: OrderView, listing: Listing) -> None:
        """Let others who left the level no longer stand before the order."""
        if order.px is not None and order.ord_id in self._core.queue:
            there = listing.book.others[order.side].get(order.px, _ZERO)
            self._core.queue[order.ord_id] = min(self._core.queue[order.ord_id], there)

    def _fill_resting(
        self, order: OrderView, contracts: Decimal, trade_id: str
    ) -> OrderView | None:
        """Fill a resting order; None when it's done."""
        assert order.px is not None
        book = self._core.listings[order.inst_id].book
        is_last = contracts == order.open_sz
        book.rest(order.side, order.px, -contracts, -1 if is_last else 0)
        if is_last:
            del self._core.queue[order.ord_id]
        match = Execution(px=order.px, contracts=contracts, trade_id=trade_id, exec_type="M")
        moved = self._matcher.fill(order, match)
        return moved if is_live(moved) else None

    def meet_trade(
        self, listing: Listing, side: str, px: Decimal, contracts: Decimal, count: int = 1
    ) -> None:
        """Print others' taker trade and give resting orders their share of it."""
        trade_id = self._matcher.print(listing, side, px, contracts, count)
        left, passed = contracts, _ZERO
        for known in standing(self._core, listing.spec.inst_id, opposite(side)):
            order = self._core.register.live.get(known.ord_id)
            if order is None:
                continue
            if left <= 0 or order.px is None or not reaches(side, px, order.px):
                break
            if order.px == px:
                ahead = max(_ZERO, self._core.queue[order.ord_id] - passed)
                used = min(ahead, left)
                passed, left = passed + used, left - used
                self._core.queue[order.ord_id] = ahead - used
                if ahead > used or left <= 0:
                    continue
            mine = min(left, order.open_sz)
            left -= mine
            self._fill_resting(order, mine, trade_id)
