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
from tai2.sim.exchange.core import Core
from tai2.sim.exchange.drafts import draft
from tai2.sim.exchange.records import AlgoView, NewAlgo, OrderView, Stop

_ZERO: Final = Decimal(0)
TP_SL_SOURCE: Final = "7"


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
            td_mode=order.td_mode,
            sz=order.sz,
            close_fraction=order.close_fraction,
            reduce_only=order.reduce_only or order.close_fraction,
            stop=order.stop,
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
        """Return "sl", "tp" or "" for neither."""
        stop, listing = algo.stop, self._core.listings[algo.inst_id]
        sells = algo.side == "sell"
        if _crossed(stop.sl_trigger_px, listing.price(stop.sl_trigger_px_type), falling=sells):
            return "sl"
        if _is_target_off(algo):
            return ""
        if _crossed(stop.tp_trigger_px, listing.price(stop.tp_trigger_px_type), falling=not sells):
            return "tp"
        return ""

    def _trigger(self, algo: AlgoView, leg: str) -> None:
        core = self._core
        contracts = self._child_sz(algo)
        if not contracts:
            self.cancel(algo)
            return
        child = self._child(algo, contracts)
        core.save_algo(
            replace(
                algo,
                state="effective",
                ord_id=child.ord_id,
                actual_side=leg,
                trigger_time=core.now_ms,
                u_time=core.now_ms,
            )
        )
        self._submit(child)

    def _child_sz(self, algo: AlgoView) -> Decimal:
        if not algo.reduce_only:
            return algo.sz or _ZERO
        pos = self._core.wallet.pos(algo.inst_id)
        if not pos or (pos > 0) == (algo.side == "buy"):
            return _ZERO
        return abs(pos) if algo.sz is None else min(abs(pos), algo.sz)

    def _child(self, algo: AlgoView, contracts: Decimal) -> OrderView:
        return replace(
            draft(self._core, algo.inst_id, algo.side, contracts),
            tag=algo.tag,
            td_mode=algo.td_mode,
            reduce_only=algo.reduce_only,
            source=TP_SL_SOURCE,
            algo_id=algo.algo_id,
            algo_cl_ord_id=algo.algo_cl_ord_id,
        )


def _is_target_off(algo: AlgoView) -> bool:
    """A conditional with both legs executes its stop only (net mode)."""
    return algo.ord_type == "conditional" and algo.stop.sl_trigger_px is not None


def _crossed(trigger_px: Decimal | None, px: Decimal | None, *, falling: bool) -> bool:
    if trigger_px is None or px is None:
        return False
    return px <= trigger_px if falling else px >= trigger_px


def wrong_side(order: NewAlgo, px_of: Callable[[str], Decimal | None]) -> str:
    """Return the exchange's code for a trigger that the price has already passed, else ""."""
    stop: Stop = order.stop
    sells = order.side == "sell"
    if _crossed(stop.sl_trigger_px, px_of(stop.sl_trigger_px_type), falling=sells):
        return "51280" if sells else "51278"
    if _crossed(stop.tp_trigger_px, px_of(stop.tp_trigger_px_type), falling=not sells):
        return "51279" if sells else "51277"
    return ""
