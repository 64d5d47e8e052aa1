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
from tai2.sim.exchange.book import opposite, reaches
from tai2.sim.exchange.core import Core
from tai2.sim.exchange.listing import Listing
from tai2.sim.exchange.quirks import Partial
from tai2.sim.exchange.records import FillView, OrderView, TradeRow
from tai2.sim.exchange.register import is_live
from tai2.sim.exchange.wallet import Booking

_ZERO: Final = Decimal(0)
_REST_SOURCE: Final = {"ioc": "14", "optimal_limit_ioc": "14", "market": "15"}
SYSTEM: Final = "0"
USER: Final = "1"
RISK: Final = "3"
POSITION_CLOSED: Final = "17"
FOK: Final = "13"
POST_ONLY: Final = "31"
SELF_TRADE: Final = "32"


class Matcher:
    """Executes orders against the books of one core."""

    def __init__(self, core: Core, on_done: Callable[[OrderView], None]) -> None:
        """Call on_done with every order that reaches a terminal state."""
        self._core = core
        self._on_done = on_done

    def submit(self, order: OrderView) -> None:
        """Match a new order that was checked and rest or cancel what is left of it."""
        core = self._core
        core.save_order(order)
        late_ms = core.quirks.take_late_ms()
        if core.quirks.take_vanishing():
            self.cancel(order, SYSTEM)
        elif late_ms:
            core.postponed.append((core.now_ms + late_ms, order.ord_id))
        else:
            self._meet_book(order)

    def submit_postponed(self) -> None:
        """Let orders meet the book whose time has come and that are still live."""
        core = self._core
        due = [ord_id for due_ms, ord_id in core.postponed if core.now_ms >= due_ms]
        core.postponed = [one for one in core.postponed if core.now_ms < one[0]]
        for ord_id in due:
            if (order := core.register.live.get(ord_id)) is not None:
                self._meet_book(order)

    def _meet_book(self, order: OrderView) -> None:
        listing = self._core.listings[order.inst_id]
        limit_px = self._limit_px(order, listing)
        if order.ord_type == "post_only" and self._would_take(order, listing):
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
        if source is None:
            self._core.rest(order)
        else:
            self.cancel(order, source)

    def _limit_px(self, order: OrderView, listing: Listing) -> Decimal | None:
        if order.px is not None:
            return order.px
        return listing.band()[0 if order.side == "buy" else 1]

    def _would_take(self, order: OrderView, listing: Listing) -> bool:
        best = listing.book.best(opposite(order.side))
        return best is not None and reaches(order.side, order.px, best)

    def _reachable(self, order: OrderView, listing: Listing) -> Decimal:
        levels = listing.book.others[opposite(order.side)]
        return sum((sz for px, sz in levels.items() if reaches(order.side, order.px, px)), _ZERO)

    def _take(self, order: OrderView, listing: Listing, limit_px: Decimal | None) -> OrderView:
        side, partial = opposite(order.side), self._core.quirks.take_partial()
        slices = _slices(order.sz, partial, listing.spec.lot_sz) if partial else None
        while order.open_sz > 0 and slices != []:
            best = listing.book.best_other(side)
            in_reach = best is not None and reaches(order.side, limit_px, best)
            self._cancel_own(order, best if in_reach else limit_px)
            if best is None or not in_reach:
                break
            contracts = min(order.open_sz, listing.book.others[side][best])
            if slices:
                contracts = min(contracts, slices.pop())
            listing.book.take(side, best, contracts)
            trade_id = self._print(listing, order.side, best, contracts)
            order = self._fill(order, best, contracts, (trade_id, "T"))
        return order

    def _cancel_own(self, order: OrderView, px: Decimal | None) -> None:
        """Cancel own resting orders that would be matched at px or better (cancel_maker)."""
        for resting in self._core.register.resting(order.inst_id, opposite(order.side)):
            if resting.px is not None and reaches(order.side, px, resting.px):
                self.cancel(resting, SELF_TRADE)

    def _print(self, listing: Listing, side: str, px: Decimal, contracts: Decimal) -> str:
        trade_id = listing.trade_id()
        row = TradeRow(
            trade_id=trade_id, px=px, sz=contracts, side=side, ts=self._core.now_ms, count=1
        )
        self._core.emit(listing.print(row))
        return trade_id

    def _fill(
        self, order: OrderView, px: Decimal, contracts: Decimal, how: tuple[str, str]
    ) -> OrderView:
        """Book one execution; `how` = (trade id, T or M)."""
        core, (trade_id, exec_type) = self._core, how
        spec = core.listings[order.inst_id].spec
        rate = spec.taker_rate if exec_type == "T" else spec.maker_rate
        fee = -formulas.notional(spec, contracts, px) * rate
        signed = contracts if order.side == "buy" else -contracts
        booking = Booking(signed_sz=signed, px=px, fee=fee, trade_id=trade_id, ts=core.now_ms)
        realised = core.wallet.book(order.inst_id, booking, core.ids.draw)
        fill = fill_of(core, order, booking, (realised, exec_type))
        moved = filled(order, fill)
        core.save_order(moved, fill)
        core.tell_account(order.inst_id, "filled")
        self._trim_reducing(order.inst_id, but=order.ord_id)
        if not is_live(moved):
            self._on_done(moved)
        return moved

    def _trim_reducing(self, inst_id: str, *, but: str) -> None:
        """Cut reduce-only orders to what is left of the position."""
        pos = self._core.wallet.pos(inst_id)
        for order in list(self._core.register.live.values()):
            if order.inst_id != inst_id or not order.reduce_only or order.ord_id == but:
                continue
            if not pos or (pos > 0) == (order.side == "buy"):
                self.cancel(order, POSITION_CLOSED)
            elif order.open_sz > abs(pos):
                self._shrink(order, abs(pos))

    def _shrink(self, order: OrderView, open_sz: Decimal) -> None:
        book = self._core.listings[order.inst_id].book
        if order.ord_id in self._core.queue and order.px is not None:
            book.rest(order.side, order.px, open_sz - order.open_sz, 0)
        smaller = replace(order, sz=order.acc_fill_sz + open_sz, u_time=self._core.now_ms)
        self._core.save_order(smaller)

    def cancel(self, order: OrderView, source: str) -> None:
        """End a live order."""
        core = self._core
        core.unrest(order)
        ended = replace(order, state="canceled", cancel_source=source, u_time=core.now_ms)
        core.save_order(ended)
        core.drain_book(core.listings[order.inst_id])
        self._on_done(ended)

    def cancel_where(self, source: str, *, tag: str = "") -> None:
        """End every live order, or those of one tag."""
        for order in list(self._core.register.live.values()):
            if order.ord_id in self._core.queue and (not tag or order.tag == tag):
                self.cancel(order, source)

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
                    trade_id = self._print(listing, opposite(side), order.px, contracts)
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
        moved = self._fill(order, order.px, contracts, (trade_id, "M"))
        return moved if is_live(moved) else None

    def meet_trade(self, listing: Listing, side: str, px: Decimal, contracts: Decimal) -> None:
        """Print others' taker trade and give resting orders their share of it."""
        trade_id = self._print(listing, side, px, contracts)
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


def standing(core: Core, inst_id: str, side: str) -> list[OrderView]:
    """Return the live orders that stand in the book, best first."""
    return [one for one in core.register.resting(inst_id, side) if one.ord_id in core.queue]


def _slices(contracts: Decimal, partial: Partial, lot_sz: Decimal) -> list[Decimal]:
    """Cut the part of an order that fills into executions of whole lots."""
    lots = contracts * partial.share // lot_sz
    each, more = divmod(lots, partial.fills)
    cut = [(each + (1 if number < more else 0)) * lot_sz for number in range(partial.fills)]
    return [one for one in cut if one]


def fill_of(core: Core, order: OrderView, booking: Booking, how: tuple[Decimal, str]) -> FillView:
    """Return the record of an execution; `how` = (PnL realised, T or M or "")."""
    listing = core.listings[order.inst_id]
    return FillView(
        inst_type=order.inst_type,
        inst_id=order.inst_id,
        trade_id=booking.trade_id,
        ord_id=order.ord_id,
        cl_ord_id=order.cl_ord_id,
        bill_id=core.ids.draw(),
        tag=order.tag,
        side=order.side,
        pos_side=order.pos_side,
        fill_px=booking.px,
        fill_sz=abs(booking.signed_sz),
        fill_pnl=how[0],
        fee=booking.fee,
        fee_ccy=core.wallet.ccy,
        exec_type=how[1],
        sub_type="1" if order.side == "buy" else "2",
        fill_mark_px=listing.reference_px(),
        ts=booking.ts,
    )


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
