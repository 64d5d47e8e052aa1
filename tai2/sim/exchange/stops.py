"""Stops and targets: created with their parent's fill or alone, triggered by a price.

The facade places and cancels them and asks for a check after every change of a price.
A trigger places one reduce-only market order and ends the sibling; a stop whose position
is gone must end without any order.
"""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Final

from tai2.sim.exchange.book import opposite
from tai2.sim.exchange.checks import Refusal, refuse_order
from tai2.sim.exchange.core import Core
from tai2.sim.exchange.drafts import draft
from tai2.sim.exchange.records import AlgoView, NewAlgo, NewOrder, OrderView, Spring

_ZERO: Final = Decimal(0)
TP_SL_SOURCE: Final = "7"
SOURCES: Final = {"trigger": "6", "move_order_stop": "25"}


class Stops:
    """The stops of one core."""

    def __init__(self, core: Core, submit: Callable[[OrderView], None]) -> None:
        """Hand every child order to submit."""
        self._core = core
        self._submit = submit

    def attach(self, parent: OrderView) -> None:
        """Create the stops that an ended order brought along, for what it filled."""
        is_short = self._core.quirks.attach_on == "full" and parent.state != "filled"
        if not parent.acc_fill_sz or is_short:
            return
        for stop in parent.stops:
            both = stop.sl_trigger_px is not None and stop.tp_trigger_px is not None
            order = NewAlgo(
                inst_id=parent.inst_id,
                td_mode=parent.td_mode,
                side=opposite(parent.side),
                pos_side=parent.pos_side,
                ord_type="oco" if both else "conditional",
                sz=parent.acc_fill_sz,
                reduce_only=True,
                algo_cl_ord_id=stop.algo_cl_ord_id,
                stop=stop,
                tag=parent.tag,
            )
            self.place(order)

    def place(self, order: NewAlgo) -> AlgoView:
        """Store a stop that was checked."""
        core = self._core
        algo = AlgoView(
            inst_type=core.listings[order.inst_id].spec.inst_type,
            inst_id=order.inst_id,
            algo_id=core.ids.draw(),
            algo_cl_ord_id=order.algo_cl_ord_id,
            ord_type=order.ord_type,
            side=order.side,
            pos_side=order.pos_side,
            td_mode=order.td_mode,
            sz=order.sz,
            close_fraction=order.close_fraction,
            reduce_only=order.reduce_only or order.close_fraction,
            stop=order.stop,
            spring=self._wound(order),
            state="live",
            ord_id="",
            actual_side="",
            trigger_time=0,
            tag=order.tag,
            c_time=core.now_ms,
            u_time=core.now_ms,
            fail_code="",
        )
        core.save_algo(algo)
        return algo

    def _wound(self, order: NewAlgo) -> Spring | None:
        """Let a trigger know from which side its price will be reached, a trail where it starts."""
        spring = order.spring
        if spring is None:
            return None
        now = self._core.listings[order.inst_id].price(spring.trigger_px_type)
        if spring.trigger_px is None:
            return spring if spring.active_px is not None else replace(spring, best_px=now)
        return replace(spring, is_rising=now is not None and now < spring.trigger_px)

    def cancel(self, algo: AlgoView) -> None:
        """End a live stop."""
        self._core.save_algo(replace(algo, state="canceled", u_time=self._core.now_ms))

    def cancel_where(self, tag: str) -> None:
        """End every live stop, or those of one tag."""
        for algo in list(self._core.register.algos.values()):
            if not tag or algo.tag == tag:
                self.cancel(algo)

    def check(self, inst_id: str) -> None:
        """Trigger what the prices of an instrument have reached, oldest first."""
        for algo_id in list(self._core.register.algos):
            algo = self._core.register.algos.get(algo_id)
            if algo is None or algo.inst_id != inst_id:
                continue
            leg = self._reached(algo)
            if leg:
                self._trigger(algo, leg)

    def _reached(self, algo: AlgoView) -> str:
        """Return "sl", "tp", "px" (trigger and trailing) or "" for nothing."""
        if algo.spring is not None:
            return "px" if self._is_sprung(algo, algo.spring) else ""
        stop, listing = algo.stop, self._core.listings[algo.inst_id]
        sells = algo.side == "sell"
        if crossed(stop.sl_trigger_px, listing.price(stop.sl_trigger_px_type), falling=sells):
            return "sl"
        if _is_target_off(algo):
            return ""
        if crossed(stop.tp_trigger_px, listing.price(stop.tp_trigger_px_type), falling=not sells):
            return "tp"
        return ""

    def _is_sprung(self, algo: AlgoView, spring: Spring) -> bool:
        listing = self._core.listings[algo.inst_id]
        px = listing.price(spring.trigger_px_type)
        if spring.trigger_px is not None:
            return crossed(spring.trigger_px, px, falling=not spring.is_rising)
        return px is not None and self._has_turned(algo, spring, px)

    def _has_turned(self, algo: AlgoView, spring: Spring, px: Decimal) -> bool:
        """Follow the best price of a trailing stop; True once the price came back from it."""
        sells = algo.side == "sell"
        waits = spring.best_px is None and spring.active_px is not None
        if waits and not crossed(spring.active_px, px, falling=not sells):
            return False
        best = spring.best_px
        if best is None or (px > best if sells else px < best):
            spring = replace(spring, best_px=px)
            self._core.register.put_algo(replace(algo, spring=spring))
        return crossed(trail_px(spring, algo.side), px, falling=sells)

    def _trigger(self, algo: AlgoView, leg: str) -> None:
        core = self._core
        algo = core.register.algos[algo.algo_id]
        contracts = self._child_sz(algo)
        if not contracts:
            self.cancel(algo)
            return
        child = self._child(algo, contracts)
        refusal = self._refusal(child)
        core.save_algo(
            replace(
                algo,
                state="effective" if refusal is None else "order_failed",
                ord_id=child.ord_id if refusal is None else "",
                fail_code="" if refusal is None else refusal.code,
                actual_side=leg if leg != "px" else "",
                trigger_time=core.now_ms,
                u_time=core.now_ms,
            )
        )
        if refusal is None:
            self._submit(child)

    def _refusal(self, child: OrderView) -> Refusal | None:
        """Judge a child as any order; one that only closes needs nothing and always goes."""
        if child.only_closes:
            return None
        order = NewOrder(
            inst_id=child.inst_id,
            td_mode=child.td_mode,
            side=child.side,
            pos_side=child.pos_side,
            ord_type=child.ord_type,
            sz=child.sz,
            px=child.px,
        )
        return refuse_order(self._core, order)

    def _child_sz(self, algo: AlgoView) -> Decimal:
        in_hedge = (algo.pos_side, algo.side) in (("long", "sell"), ("short", "buy"))
        if not algo.reduce_only and not in_hedge:
            return algo.sz or _ZERO
        pos = self._core.purse(algo.inst_id).pos(algo.inst_id, algo.pos_side)
        if not pos or (pos > 0) == (algo.side == "buy"):
            return _ZERO
        return abs(pos) if algo.sz is None else min(abs(pos), algo.sz)

    def _child(self, algo: AlgoView, contracts: Decimal) -> OrderView:
        limit_px = algo.spring.order_px if algo.spring else None
        return replace(
            draft(self._core, algo.inst_id, algo.side, contracts),
            tag=algo.tag,
            td_mode=algo.td_mode,
            pos_side=algo.pos_side,
            ord_type="market" if limit_px is None else "limit",
            px=limit_px,
            reduce_only=algo.reduce_only,
            source=SOURCES.get(algo.ord_type, TP_SL_SOURCE),
            algo_id=algo.algo_id,
            algo_cl_ord_id=algo.algo_cl_ord_id,
        )


def trail_px(spring: Spring, side: str) -> Decimal | None:
    """Return the price at which a trailing stop triggers now; None before it watches."""
    if spring.best_px is None:
        return None
    way = spring.best_px * spring.ratio if spring.ratio is not None else spring.spread
    assert way is not None
    return spring.best_px - way if side == "sell" else spring.best_px + way


def _is_target_off(algo: AlgoView) -> bool:
    """A conditional with both legs executes its stop only (net mode)."""
    return algo.ord_type == "conditional" and algo.stop.sl_trigger_px is not None


def crossed(trigger_px: Decimal | None, px: Decimal | None, *, falling: bool) -> bool:
    """Tell whether a price has reached a trigger from above (falling) or from below."""
    if trigger_px is None or px is None:
        return False
    return px <= trigger_px if falling else px >= trigger_px
