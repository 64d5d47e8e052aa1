"""The simulated exchange: one account, its orders and stops, and every instrument's market.

The server, the in-process faces and the markets drive it with plain calls; it answers at once
and tells listeners synchronously. It must never read a clock: `advance` alone moves its time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from tai2.sim.exchange.checks import Refusal, refuse_order
from tai2.sim.exchange.core import Core
from tai2.sim.exchange.drafts import draft
from tai2.sim.exchange.fitting import fit
from tai2.sim.exchange.formulas import tier_of
from tai2.sim.exchange.marketside import MarketSide
from tai2.sim.exchange.matching import BY_SYSTEM, USER
from tai2.sim.exchange.records import (
    Ack,
    Amendment,
    InstSpec,
    NewAlgo,
    NewOrder,
    OrderView,
)
from tai2.sim.exchange.restore import reload
from tai2.sim.exchange.settlement import transfer
from tai2.sim.exchange.stopchecks import refuse_algo
from tai2.sim.log import EventLog

_CASH: Final = {"USDT": Decimal(10_000)}


class Exchange(MarketSide):
    """An OKX v5 exchange for one account: acctLv 2, net mode, cross margin."""

    def __init__(
        self,
        specs: Sequence[InstSpec],
        *,
        cash: Mapping[str, Decimal] = _CASH,
        lever: Decimal = Decimal(2),
        seed: int,
        log: EventLog | None = None,
    ) -> None:
        """List swaps of one settle currency; a log that has lines gives the account back.

        Args:
            specs: Instruments, at least one.
            cash: Start balance by currency; ignored when the log knows the account.
            lever: Start leverage of every instrument.
            seed: Shifts the ids.
            log: Where changes are written; None = memory only.

        Raises:
            DataInvalid: The log holds lines of something else.
        """
        super().__init__(Core(specs, cash=cash, lever=lever, seed=seed, log=log))
        if log is not None:
            reload(self._core, log)

    def place(self, order: NewOrder) -> Ack:
        """Check and match one order; s_code "0" = it got an id, whatever became of it."""
        order = fit(self._core, order)
        refusal = refuse_order(self._core, order)
        if refusal is not None:
            return self._refused(refusal, order.cl_ord_id, order.tag)
        placed = self._order_of(order)
        self._matcher.submit(placed)
        self._react(self._core.listings[order.inst_id])
        return self._done(placed.ord_id, order.cl_ord_id, order.tag, "Order placed")

    def _order_of(self, order: NewOrder) -> OrderView:
        pos = abs(self._core.purse(order.inst_id).pos(order.inst_id, order.pos_side))
        only_reduces = order.reduce_only and self._core.pos_mode == "net_mode"
        is_cut = only_reduces and order.sz > pos
        contracts = pos if is_cut else order.sz
        return replace(
            draft(self._core, order.inst_id, order.side, contracts),
            cl_ord_id=order.cl_ord_id,
            tag=order.tag,
            td_mode=order.td_mode,
            pos_side=order.pos_side,
            ord_type=order.ord_type,
            px=order.px if order.ord_type not in ("market", "optimal_limit_ioc") else None,
            reduce_only=only_reduces,
            tgt_ccy=order.tgt_ccy,
            stp_mode=order.stp_mode,
            amend_source=BY_SYSTEM if is_cut else "",
            stops=order.stops,
        )

    def amend(self, change: Amendment) -> Ack:
        """Change a live order's size or price; the outcome is pushed with its amendResult."""
        done = self._amender.request(change)
        if isinstance(done, Refusal):
            refused = self._refused(done, change.cl_ord_id)
            return replace(refused, ord_id=change.ord_id, req_id=change.req_id)
        self._react(self._core.listings[change.inst_id])
        return replace(self._done(done.ord_id, done.cl_ord_id, "", ""), req_id=change.req_id)

    def cancel(self, inst_id: str, ord_id: str = "", cl_ord_id: str = "") -> Ack:
        """Cancel a live order; 51400 when there is none."""
        order = self.order(inst_id, ord_id, cl_ord_id)
        if order is None or order.ord_id not in self._core.register.live:
            text = (
                "Order cancellation failed as the order has been filled, canceled or does not exist"
            )
            return replace(self._refused(Refusal("51400", text), cl_ord_id), ord_id=ord_id)
        self._matcher.cancel(order, USER)
        return self._done(order.ord_id, order.cl_ord_id, order.tag, "")

    def place_algo(self, order: NewAlgo) -> Ack:
        """Check and store a stand-alone stop."""
        refusal = refuse_algo(self._core, order)
        if refusal is not None:
            return self._refused(refusal, order.algo_cl_ord_id, order.tag)
        algo = self._stops.place(order)
        return self._done(algo.algo_id, order.algo_cl_ord_id, order.tag, "")

    def cancel_algo(self, inst_id: str, algo_id: str = "", algo_cl_ord_id: str = "") -> Ack:
        """Cancel a live stop; 51400 when there is none."""
        algo = self._core.register.algo(inst_id, algo_id, algo_cl_ord_id)
        if algo is None:
            text = "Cancellation failed as the order does not exist"
            return replace(self._refused(Refusal("51400", text), algo_cl_ord_id), ord_id=algo_id)
        self._stops.cancel(algo)
        return self._done(algo.algo_id, algo.algo_cl_ord_id, algo.tag, "")

    def set_leverage(self, inst_id: str, lever: Decimal) -> Ack:
        """Change an instrument's leverage; refused above the maximum or with pending orders."""
        core = self._core
        if inst_id not in core.listings:
            return self._refused(Refusal("51001", f"Instrument ID {inst_id} does not exist"))
        if self.spec(inst_id).is_spot or not 1 <= lever <= self._most_lever(inst_id):
            return self._refused(Refusal("59102", "Leverage exceeds the maximum limit"))
        if any(order.inst_id == inst_id for order in core.register.live.values()):
            return self._refused(Refusal("59107", "Cancel cross-margin orders first"))
        core.set_lever(inst_id, lever)
        return self._done("", "", "", "")

    def transfer(self, change: Decimal, ccy: str = "USDT") -> None:
        """Move money in (positive) or out between the owner's accounts; no trade, no PnL."""
        transfer(self._core, change, ccy)
        self._core.commit()

    def _most_lever(self, inst_id: str) -> Decimal:
        """Return the leverage that the tiers of the positions held allow."""
        spec, wallet = self.spec(inst_id), self._core.purse(inst_id)
        held = (one.pos for one in wallet.open() if one.inst_id == inst_id)
        return min([spec.lever, *(tier_of(spec, pos).max_lever for pos in held)])

    def set_position_mode(self, mode: str) -> Ack:
        """Choose net_mode or long_short_mode; 59000 with any position or pending order."""
        core = self._core
        if core.pos_mode != mode and (core.purses.open() or core.register.live):
            text = "Setting failed. Cancel any open orders and close positions first."
            return self._refused(Refusal("59000", text))
        core.pos_mode, core.timers_changed = mode, True
        return self._done("", "", "", "")

    def cancel_all_after(self, timeout_s: int, tag: str = "") -> int:
        """(Re)arm the dead man's switch; return its time in ms, 0 = disarmed by timeout 0."""
        core = self._core
        core.timers.pop(tag, None)
        core.timers_changed = True
        if timeout_s:
            core.timers[tag] = core.now_ms + timeout_s * 1000
        core.commit()
        return core.timers.get(tag, 0)

    def _refused(self, refusal: Refusal, cl_ord_id: str = "", tag: str = "") -> Ack:
        return Ack(
            s_code=refusal.code,
            s_msg=refusal.message,
            sub_code=refusal.sub_code,
            cl_ord_id=cl_ord_id,
            tag=tag,
            ts=self.now_ms,
        )

    def _done(self, ord_id: str, cl_ord_id: str, tag: str, text: str) -> Ack:
        self._core.commit()
        return Ack(ord_id=ord_id, cl_ord_id=cl_ord_id, tag=tag, s_msg=text, ts=self.now_ms)
