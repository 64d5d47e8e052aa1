"""Amendments of live orders: judged when they arrive, in force when they get through.

The facade takes them, time carries them out. A change that keeps the price and doesn't grow
keeps its place in the queue; one that can't be carried out is told by amendResult, and it must
never touch what is filled already.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Final

from tai2.sim.exchange.affording import lacks_room
from tai2.sim.exchange.checks import Refusal, refuse_change
from tai2.sim.exchange.core import Core
from tai2.sim.exchange.matching import USER, Matcher
from tai2.sim.exchange.records import Amendment, OrderView

MOST_UNDER_WAY: Final = 3
_DONE, _FAILED, _FAILED_AND_CANCELLED = "0", "-1", "1"


class Amender:
    """Carries out amendments on one core's orders."""

    def __init__(self, core: Core, matcher: Matcher) -> None:
        self._core = core
        self._matcher = matcher

    def request(self, change: Amendment) -> Refusal | OrderView:
        """Accept a change and return its order, or say at once why not."""
        core = self._core
        order = core.register.order(change.inst_id, change.ord_id, change.cl_ord_id)
        if order is None or order.ord_id not in core.register.live:
            text = "Order modification failed as the order has been filled, canceled or is unknown"
            return Refusal("51503", text)
        change = replace(change, ord_id=order.ord_id)
        if sum(one.ord_id == order.ord_id for _, one in core.amending) >= MOST_UNDER_WAY:
            return Refusal("51513", "More than 3 amendments of this order are under way")
        refusal = refuse_change(core, order, change)
        if refusal is not None:
            return refusal
        core.amending.append((core.now_ms + core.quirks.amend_ms, change))
        self.carry_out()
        return order

    def carry_out(self) -> None:
        """Put the changes in force whose time has come."""
        core = self._core
        due = [change for due_ms, change in core.amending if core.now_ms >= due_ms]
        core.amending = [one for one in core.amending if core.now_ms < one[0]]
        for change in due:
            order = core.register.live.get(change.ord_id)
            if order is not None:
                self._apply(order, change)

    def _apply(self, order: OrderView, change: Amendment) -> None:
        contracts = order.sz if change.new_sz is None else change.new_sz
        px = order.px if change.new_px is None else change.new_px
        if contracts <= order.acc_fill_sz:
            self._finish(order, change)
        elif self._is_impossible(order, contracts, px):
            self._fail(order, change)
        elif px == order.px and contracts < order.sz:
            self._tell(self._matcher.resize(order, contracts), change, _DONE)
        else:
            self._requeue(order, contracts, px, change)

    def _is_impossible(self, order: OrderView, contracts: Decimal, px: Decimal | None) -> bool:
        wanted = replace(order, sz=contracts, px=px)
        listing = self._core.listings[order.inst_id]
        if order.ord_type == "post_only" and self._matcher.would_take(wanted, listing):
            return True
        return lacks_room(self._core, order, wanted)

    def _finish(self, order: OrderView, change: Amendment) -> None:
        """End an order whose new size is filled already."""
        self._core.unrest(order)
        self._tell(replace(order, sz=order.acc_fill_sz, state="filled"), change, _DONE)
        self._matcher.on_done(self._core.register.orders[order.ord_id])

    def _fail(self, order: OrderView, change: Amendment) -> None:
        if not change.cancel_on_fail:
            self._tell(order, change, _FAILED)
            return
        self._tell(order, change, _FAILED_AND_CANCELLED)
        self._matcher.cancel(self._core.register.live[order.ord_id], USER)

    def _requeue(
        self, order: OrderView, contracts: Decimal, px: Decimal | None, change: Amendment
    ) -> None:
        """Let an order leave its place and meet the book anew."""
        self._core.unrest(order)
        changed = self._tell(replace(order, sz=contracts, px=px), change, _DONE)
        self._matcher.meet_book(changed)

    def _tell(self, order: OrderView, change: Amendment, verdict: str) -> OrderView:
        """Push a state with the amendment's verdict; later states don't repeat it."""
        core = self._core
        now = replace(order, u_time=core.now_ms)
        told = replace(now, req_id=change.req_id, amend_source=USER, amend_result=verdict)
        core.save_order(told)
        core.register.put_order(now)
        return now
