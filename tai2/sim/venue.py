"""The simulated exchange as a venue in the same process: orders, queries and pushes.

Replay, paper and component tests trade on it; every call is answered at the exchange's own
time. It must never answer Unknown by itself: nothing gets lost inside one process.
"""

import asyncio
import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from tai2.model.ids import AlgoClOrdId, ClOrdId, InstId, OrdId
from tai2.model.instrument import Side
from tai2.model.money import Contracts, Px, QuoteAmt
from tai2.model.order import (
    Accepted,
    Fill,
    Leg,
    OrderIntent,
    OrderState,
    OrderUpdate,
    Outcome,
    Rejected,
    StopIntent,
    StopOrder,
)
from tai2.model.stop_update import StopState, StopUpdate
from tai2.ports.venue import PrivateSink
from tai2.sim.accounts import SimAccounts
from tai2.sim.exchange import records

_GONE = ("51400",)
_EXPIRED = ("50036", "50037")
_STATES = {
    "live": OrderState.LIVE,
    "partially_filled": OrderState.PARTIAL,
    "filled": OrderState.FILLED,
    "canceled": OrderState.CANCELED,
}
_STOP_STATES = {
    "live": StopState.LIVE,
    "effective": StopState.TRIGGERED,
    "canceled": StopState.CANCELED,
    "order_failed": StopState.FAILED,
}
ENTRY_TAG = "tai2e"
"""Entries carry a tag of their own: cancel-all-after spares everything else."""
TAG = "tai2"


class SimVenue(SimAccounts):
    """The private side of one exchange (port: Venue)."""

    async def place(self, intent: OrderIntent, exp_ms: int) -> Outcome:
        ack = self._exchange.place(order_of(intent, exp_ms))
        return _outcome(ack)

    async def cancel(self, inst_id: InstId, cl_ord_id: ClOrdId) -> Outcome:
        return _outcome(self._exchange.cancel(inst_id, cl_ord_id=cl_ord_id), benign=_GONE)

    async def place_stop(self, stop: StopIntent) -> Outcome:
        order = records.NewAlgo(
            inst_id=stop.inst_id,
            side=stop.side.value,
            ord_type="conditional" if stop.target_px is None else "oco",
            sz=stop.contracts,
            reduce_only=True,
            algo_cl_ord_id=stop.algo_cl_ord_id,
            stop=records.Stop(
                algo_cl_ord_id=stop.algo_cl_ord_id,
                sl_trigger_px=stop.stop_px,
                sl_trigger_px_type="mark",
                tp_trigger_px=stop.target_px,
            ),
            tag=TAG,
        )
        return _outcome(self._exchange.place_algo(order))

    async def cancel_stop(self, inst_id: InstId, algo_id: str) -> Outcome:
        return _outcome(self._exchange.cancel_algo(inst_id, algo_id=algo_id), benign=_GONE)

    async def cancel_all_after(self, timeout_s: int) -> int | None:
        return self._exchange.cancel_all_after(timeout_s, ENTRY_TAG) or None

    async def order(self, inst_id: InstId, cl_ord_id: ClOrdId) -> OrderUpdate | None:
        order = self._exchange.order(inst_id, cl_ord_id=cl_ord_id)
        return None if order is None else update_of(order, None)

    async def order_by_id(self, inst_id: InstId, ord_id: OrdId) -> OrderUpdate | None:
        order = self._exchange.order(inst_id, ord_id)
        return None if order is None else update_of(order, None)

    async def open_orders(self) -> tuple[OrderUpdate, ...]:
        return tuple(update_of(order, None) for order in self._exchange.pending())

    async def closed_orders(self, inst_id: InstId, since_ms: int) -> tuple[OrderUpdate, ...]:
        closed = reversed(self._exchange.history())
        wanted = (one for one in closed if one.inst_id == inst_id and one.u_time >= since_ms)
        return tuple(update_of(one, None) for one in wanted)

    async def fills(self, since_ms: int) -> tuple[Fill, ...]:
        return tuple(fill_of(one) for one in self._exchange.fills() if one.ts >= since_ms)

    async def stops(self, inst_ids: Sequence[InstId]) -> tuple[StopOrder, ...]:
        return tuple(stop_of(algo) for algo in self._exchange.algos() if algo.inst_id in inst_ids)

    async def watch(self, sink: PrivateSink, on_gap: Callable[[], None]) -> None:
        detach = self.attach(sink)
        try:
            on_gap()
            await asyncio.Event().wait()
        finally:
            detach()

    def heard_s(self) -> float:
        return math.inf

    def attach(self, sink: PrivateSink) -> Callable[[], None]:
        """Push to the sink while the exchange speaks; return a call that ends it."""

        def forward(event: records.SimEvent) -> None:
            match event:
                case records.OrderMoved():
                    sink(update_of(event.order, event.fill))
                case records.AlgoMoved():
                    sink(stop_update_of(event.algo))
                case records.BalanceMoved():
                    sink(self.account_now())
                case _:
                    return

        self._exchange.subscribe(forward)
        return lambda: self._exchange.unsubscribe(forward)


def order_of(intent: OrderIntent, exp_ms: int) -> records.NewOrder:
    """Return an intent as the exchange takes it: an IOC limit with its stops."""
    order = records.NewOrder(
        inst_id=intent.inst_id,
        side=intent.side.value,
        ord_type="ioc",
        sz=intent.contracts,
        px=intent.limit_px,
        cl_ord_id=intent.cl_ord_id,
        tag=ENTRY_TAG if intent.leg is Leg.ENTRY else TAG,
        reduce_only=intent.reduce_only,
        exp_time_ms=exp_ms,
    )
    if intent.stop is None:
        return order
    stop = records.Stop(
        algo_cl_ord_id=intent.stop.algo_cl_ord_id,
        sl_trigger_px=intent.stop.stop_px,
        sl_trigger_px_type="mark",
        tp_trigger_px=intent.stop.target_px,
        tp_trigger_px_type="last",
    )
    return replace(order, stops=(stop,))


def _outcome(ack: records.Ack, *, benign: Sequence[str] = ()) -> Outcome:
    if ack.s_code == "0" or ack.s_code in benign:
        return Accepted(ord_id=OrdId(ack.ord_id))
    code = f"{ack.s_code}_{ack.sub_code}" if ack.sub_code else ack.s_code
    return Rejected(code=code, reason=ack.s_msg, is_expired=ack.s_code in _EXPIRED)


def update_of(order: records.OrderView, fill: records.FillView | None) -> OrderUpdate:
    """Return an order's state, with the execution that caused it if one did."""
    return OrderUpdate(
        inst_id=InstId(order.inst_id),
        ord_id=OrdId(order.ord_id),
        cl_ord_id=ClOrdId(order.cl_ord_id) if order.cl_ord_id else None,
        algo_cl_ord_id=AlgoClOrdId(order.algo_cl_ord_id) if order.algo_cl_ord_id else None,
        side=Side(order.side),
        state=_STATES[order.state],
        contracts=Contracts(order.sz),
        acc_fill=Contracts(order.acc_fill_sz),
        avg_px=None if order.avg_px is None else Px(order.avg_px),
        limit_px=None if order.px is None else Px(order.px),
        reduce_only=order.reduce_only,
        cancel_source=order.cancel_source,
        u_time=order.u_time,
        fill=None if fill is None else fill_of(fill),
    )


def fill_of(fill: records.FillView) -> Fill:
    """Return one execution."""
    return Fill(
        inst_id=InstId(fill.inst_id),
        trade_id=fill.trade_id,
        ord_id=OrdId(fill.ord_id),
        cl_ord_id=ClOrdId(fill.cl_ord_id) if fill.cl_ord_id else None,
        side=Side(fill.side),
        px=Px(fill.fill_px),
        contracts=Contracts(fill.fill_sz),
        fee=QuoteAmt(fill.fee),
        fee_ccy=fill.fee_ccy,
        pnl=QuoteAmt(fill.fill_pnl),
        is_maker=fill.exec_type == "M",
        ts_event=fill.ts,
    )


def stop_of(algo: records.AlgoView) -> StopOrder:
    """Return one stop."""
    stop = algo.stop
    return StopOrder(
        inst_id=InstId(algo.inst_id),
        algo_id=algo.algo_id,
        algo_cl_ord_id=AlgoClOrdId(algo.algo_cl_ord_id) if algo.algo_cl_ord_id else None,
        side=Side(algo.side),
        contracts=None if algo.sz is None else Contracts(algo.sz),
        stop_px=None if stop.sl_trigger_px is None else Px(stop.sl_trigger_px),
        target_px=None if stop.tp_trigger_px is None else Px(stop.tp_trigger_px),
    )


def stop_update_of(algo: records.AlgoView) -> StopUpdate:
    """Return a stop with its new state."""
    return StopUpdate(
        stop=stop_of(algo),
        state=_STOP_STATES[algo.state],
        fail_code=algo.fail_code,
        u_time=algo.u_time,
    )
