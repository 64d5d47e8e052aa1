"""Matching: what a new order takes, where the rest goes, and who hits resting orders.

The facade calls it for orders and cancels, the markets' calls reach it through the facade.
It must respect price before time, never trade an account with itself and never fill more
than an order's size.
"""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Final

from tai2.sim.exchange import formulas
from tai2.sim.exchange.appetite import Appetite
from tai2.sim.exchange.book import opposite, reaches
from tai2.sim.exchange.booking import Execution, book
from tai2.sim.exchange.core import Core
from tai2.sim.exchange.listing import Listing
from tai2.sim.exchange.quirks import Partial
from tai2.sim.exchange.records import FillView, OrderView, TradeRow
from tai2.sim.exchange.register import LIVE, is_live

_ZERO: Final = Decimal(0)
_REST_SOURCE: Final = {"ioc": "14", "optimal_limit_ioc": "14", "market": "15"}
SYSTEM: Final = "0"
USER: Final = "1"
RISK: Final = "3"
POSITION_CLOSED: Final = "17"
FOK: Final = "13"
POST_ONLY: Final = "31"
SELF_TRADE: Final = "32"
BY_SYSTEM: Final = "4"
"""amendSource of a size cut because the order only reduces."""


class Matcher:
    """Executes orders against the books of one core."""

    def __init__(self, core: Core, on_done: Callable[[OrderView], None]) -> None:
        """Call on_done with every order that reaches a terminal state."""
        self._core = core
        self.on_done = on_done

    def submit(self, order: OrderView) -> None:
        """Match a new order that was checked and rest or cancel what is left of it."""
        core = self._core
        core.save_order(order)
        order = replace(order, amend_source="")
        core.register.put_order(order)
        late_ms = core.quirks.take_late_ms()
        if core.quirks.take_vanishing():
            self.cancel(order, SYSTEM)
        elif late_ms:
            core.postponed.append((core.now_ms + late_ms, order.ord_id))
        else:
            self.meet_book(order)

    def submit_postponed(self) -> None:
        """Let orders meet the book whose time has come and that are still live."""
        core = self._core
        due = [ord_id for due_ms, ord_id in core.postponed if core.now_ms >= due_ms]
        core.postponed = [one for one in core.postponed if core.now_ms < one[0]]
        for ord_id in due:
            if (order := core.register.live.get(ord_id)) is not None:
                self.meet_book(order)

    def meet_book(self, order: OrderView) -> None:
        """Match an order that doesn't stand in the book and rest or cancel what is left."""
        listing = self._core.listings[order.inst_id]
        limit_px = self._limit_px(order, listing)
        if order.ord_type == "post_only" and self.would_take(order, listing):
            self.cancel(order, POST_ONLY)
        elif order.ord_type == "fok" and self._reachable(order, listing) < order.sz:
            self.cancel(order, FOK)
        else:
            order = self._take(order, listing, limit_px)
            if is_live(order):
                self._settle_rest(order)
        self._core.drain_book(listing)

    def _settle_rest(self, order: OrderView) -> None:
        source = _REST_SOURCE.get(order.ord_type)
        if order.ord_type == "market" and self._core.quirks.market_rest == "rest":
            edge = self._limit_px(order, self._core.listings[order.inst_id])
            order, source = replace(order, px=edge), None
            self._core.save_order(order)
        if source is None:
            self._core.rest(order)
        else:
            self.cancel(order, source)

    def _limit_px(self, order: OrderView, listing: Listing) -> Decimal | None:
        if order.px is not None:
            return order.px
        return listing.band()[0 if order.side == "buy" else 1]

    def would_take(self, order: OrderView, listing: Listing) -> bool:
        """Tell whether an order's price reaches the other side of the book."""
        best = listing.book.best(opposite(order.side))
        return best is not None and reaches(order.side, order.px, best)

    def _reachable(self, order: OrderView, listing: Listing) -> Decimal:
        levels = listing.book.others[opposite(order.side)]
        return sum((sz for px, sz in levels.items() if reaches(order.side, order.px, px)), _ZERO)

    def _take(self, order: OrderView, listing: Listing, limit_px: Decimal | None) -> OrderView:
        side, appetite = opposite(order.side), self._appetite(order, listing)
        while order.state in LIVE and not appetite.is_sated:
            best = listing.book.best_other(side)
            in_reach = best is not None and reaches(order.side, limit_px, best)
            if not self._part_from_own(order, best if in_reach else limit_px):
                return self._core.register.orders[order.ord_id]
            if best is None or not in_reach:
                break
            contracts = appetite.bite(best, listing.book.others[side][best])
            if not contracts:
                break
            listing.book.take(side, best, contracts)
            trade_id = self.print(listing, order.side, best, contracts)
            match = Execution(px=best, contracts=contracts, trade_id=trade_id, exec_type="T")
            order = self.fill(order, match, is_done=appetite.is_fed)
        return order

    def _appetite(self, order: OrderView, listing: Listing) -> Appetite:
        partial = self._core.quirks.take_partial()
        slices = _slices(order.open_sz, partial, listing.spec.lot_sz) if partial else None
        return Appetite(order, listing.spec.lot_sz, slices)

    def _part_from_own(self, order: OrderView, px: Decimal | None) -> bool:
        """Prevent a self-trade at px or better as the order's stp_mode wants; False = it ended."""
        own = [
            resting
            for resting in self._core.register.resting(order.inst_id, opposite(order.side))
            if resting.px is not None and reaches(order.side, px, resting.px)
        ]
        for resting in own if order.stp_mode != "cancel_taker" else ():
            self.cancel(resting, SELF_TRADE)
        if not own or order.stp_mode == "cancel_maker":
            return True
        self.cancel(order, SELF_TRADE)
        return False

    def print(
        self, listing: Listing, side: str, px: Decimal, contracts: Decimal, count: int = 1
    ) -> str:
        """Put a taker's trade on the tape and return its (last) trade id."""
        for _ in range(count - 1):
            listing.trade_id()
        trade_id = listing.trade_id()
        row = TradeRow(
            trade_id=trade_id, px=px, sz=contracts, side=side, ts=self._core.now_ms, count=count
        )
        self._core.emit(listing.print(row))
        return trade_id

    def fill(self, order: OrderView, execution: Execution, *, is_done: bool = False) -> OrderView:
        """Book one execution and return the order after it; is_done ends it whatever its size."""
        core = self._core
        fill = book(core, order, execution)
        moved = filled(order, fill)
        if is_done:
            moved = replace(moved, state="filled")
        core.save_order(moved, fill)
        spec = core.listings[order.inst_id].spec
        if spec.is_spot:
            core.tell_cash(spec.base_ccy, "filled")
            core.tell_cash(spec.quote_ccy, "filled")
        else:
            core.tell_account(order.inst_id, "filled", order.pos_side)
            self._trim_reducing(order, but=order.ord_id)
        if not is_live(moved):
            self.on_done(moved)
        return moved

    def _trim_reducing(self, filled_order: OrderView, *, but: str) -> None:
        """Cut orders that only close to what is left of the position."""
        inst_id, pos_side = filled_order.inst_id, filled_order.pos_side
        pos = self._core.purse(inst_id).pos(inst_id, pos_side)
        for order in list(self._core.register.live.values()):
            same = (order.inst_id, order.pos_side) == (inst_id, pos_side)
            if not same or not order.only_closes or order.ord_id == but:
                continue
            if not pos or (pos > 0) == (order.side == "buy"):
                self.cancel(order, POSITION_CLOSED)
            elif order.open_sz > abs(pos):
                self._shrink(order, abs(pos))

    def _shrink(self, order: OrderView, open_sz: Decimal) -> None:
        self.resize(order, order.acc_fill_sz + open_sz)
        now = self._core.register.live[order.ord_id]
        smaller = replace(now, amend_source=BY_SYSTEM, u_time=self._core.now_ms)
        self._core.save_order(smaller)
        self._core.register.put_order(replace(smaller, amend_source=""))

    def resize(self, order: OrderView, contracts: Decimal) -> OrderView:
        """Give a standing order another whole size in its place in the queue, untold."""
        if order.ord_id in self._core.queue and order.px is not None:
            book = self._core.listings[order.inst_id].book
            book.rest(order.side, order.px, contracts - order.sz, 0)
        changed = replace(order, sz=contracts)
        self._core.register.put_order(changed)
        return changed

    def cancel(self, order: OrderView, source: str) -> None:
        """End a live order."""
        core = self._core
        core.unrest(order)
        ended = replace(order, state="canceled", cancel_source=source, u_time=core.now_ms)
        core.save_order(ended)
        core.drain_book(core.listings[order.inst_id])
        self.on_done(ended)

    def cancel_where(self, source: str, *, tag: str = "") -> None:
        """End every live order, or those of one tag."""
        for order in list(self._core.register.live.values()):
            if order.ord_id in self._core.queue and (not tag or order.tag == tag):
                self.cancel(order, source)


def standing(core: Core, inst_id: str, side: str) -> list[OrderView]:
    """Return the live orders that stand in the book, best first."""
    return [one for one in core.register.resting(inst_id, side) if one.ord_id in core.queue]


def _slices(contracts: Decimal, partial: Partial, lot_sz: Decimal) -> list[Decimal]:
    """Cut the part of an order that fills into executions of whole lots."""
    lots = contracts * partial.share // lot_sz
    each, more = divmod(lots, partial.fills)
    cut = [(each + (1 if number < more else 0)) * lot_sz for number in range(partial.fills)]
    return [one for one in cut if one]


def filled(order: OrderView, fill: FillView) -> OrderView:
    """Return an order after one more execution."""
    done = order.acc_fill_sz + fill.fill_sz
    spent = (order.avg_px or _ZERO) * order.acc_fill_sz + fill.fill_px * fill.fill_sz
    return replace(
        order,
        acc_fill_sz=done,
        avg_px=formulas.rounded(spent / done),
        fee=order.fee + fill.fee,
        pnl=order.pnl + fill.fill_pnl,
        state="filled" if done == order.sz else "partially_filled",
        last_fill=fill,
        u_time=fill.ts,
    )
