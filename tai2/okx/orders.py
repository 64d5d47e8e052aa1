"""Submitting to OKX and asking what became of it: orders, fills, stops.

`OkxVenue` inherits it; it implements the ports OrderGateway and OrderReader.
`place` must send exactly one POST and must never raise for what network or exchange did.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final

from tai2.model.errors import DataInvalid, KeysRejected, VenueUnavailable
from tai2.model.ids import ClOrdId, InstId, OrdId
from tai2.model.order import (
    Accepted,
    Fill,
    NotSent,
    OrderIntent,
    OrderUpdate,
    Outcome,
    Rejected,
    StopIntent,
    StopOrder,
    Unknown,
)
from tai2.okx import codes
from tai2.okx.answer import Answer, NoAnswer
from tai2.okx.decode.orders import (
    AlgoRow,
    CountdownRow,
    FillRow,
    OrderRow,
    fill,
    order_update,
    stop_order,
    trigger_ms,
)
from tai2.okx.encode import countdown_body, order_body, stop_body
from tai2.okx.inst_type import InstType, is_swap
from tai2.okx.pages import all_pages
from tai2.okx.rest import TRIES, Rest, only
from tai2.okx.sdk import Trade, Transport
from tai2.ports.clock import Clock

STOP_TYPES: Final = "conditional,oco"
RECENT_FILLS_MS: Final = 70 * 3_600_000
"""The short fills list reaches three days back; a margin is left."""


class OkxOrders:
    """The trading endpoints of one account."""

    def __init__(self, transport: Transport, clock: Clock) -> None:
        self._transport = transport
        self._rest = Rest(transport, clock)
        self._trade = Trade(transport)

    async def place(self, intent: OrderIntent, exp_ms: int) -> Outcome:
        """Send one order, once; a refusal outside the allow-list is proven by a GET."""
        trade = Trade(self._transport, exp_ms)
        outcome = await _submit(
            trade.place_order(**order_body(intent)),
            lambda answer: codes.classify_submit(answer, intent.cl_ord_id),
        )
        if not isinstance(outcome, codes.RefusedIfAbsent):
            return outcome
        return await _prove(outcome, self._ord_id(intent.inst_id, intent.cl_ord_id))

    async def cancel(self, inst_id: InstId, cl_ord_id: ClOrdId) -> Outcome:
        """Ask to cancel an order; one already gone is Accepted."""
        return await self._cancelled(
            partial(self._trade.cancel_order, instId=inst_id, clOrdId=cl_ord_id)
        )

    async def place_stop(self, stop: StopIntent) -> Outcome:
        """Place a stand-alone reduce-only stop, once; Accepted carries the algo id."""
        outcome = await _submit(
            self._trade.place_algo_order(**stop_body(stop)),
            lambda answer: codes.classify_submit(answer, stop.algo_cl_ord_id),
        )
        if not isinstance(outcome, codes.RefusedIfAbsent):
            return outcome
        return await _prove(outcome, self._algo_id(stop))

    async def cancel_stop(self, inst_id: InstId, algo_id: str) -> Outcome:
        """Cancel a stop; one already gone is Accepted."""
        named = [{"instId": inst_id, "algoId": algo_id}]
        return await self._cancelled(partial(self._trade.cancel_algo_order, named))

    async def cancel_all_after(self, timeout_s: int) -> int | None:
        """Arm, re-arm or disarm (0) the exchange's dead man's switch over our entries.

        Repeating it is harmless, so it may be sent up to three times.
        """
        ask = partial(self._trade.cancel_all_after, **countdown_body(timeout_s))
        rows = await self._rest.rows(ask, CountdownRow)
        return trigger_ms(only(rows, "when it cancels"))

    async def order(self, inst_id: InstId, cl_ord_id: ClOrdId) -> OrderUpdate | None:
        """Return an order's state; None = the exchange says that it doesn't exist (51603)."""
        ask = partial(self._trade.get_order, instId=inst_id, clOrdId=cl_ord_id)
        rows = await self._rest.rows(ask, OrderRow, codes.ORDER_ABSENT)
        return order_update(rows[0], is_push=False) if rows else None

    async def order_by_id(self, inst_id: InstId, ord_id: OrdId) -> OrderUpdate | None:
        """Return the state of an order that carries no client id; None = it doesn't exist."""
        ask = partial(self._trade.get_order, instId=inst_id, ordId=ord_id)
        rows = await self._rest.rows(ask, OrderRow, codes.ORDER_ABSENT)
        return order_update(rows[0], is_push=False) if rows else None

    async def open_orders(self) -> tuple[OrderUpdate, ...]:
        """Return every pending order, foreign ones included."""
        rows = await all_pages(
            self._rest, self._trade.get_order_list, OrderRow, lambda row: row.ord_id
        )
        return tuple(order_update(row, is_push=False) for row in rows)

    async def closed_orders(self, inst_id: InstId, since_ms: int) -> tuple[OrderUpdate, ...]:
        """Return orders that ended since a time, newest first; seven days are kept."""
        kind = InstType.SWAP if is_swap(inst_id) else InstType.SPOT
        ask = partial(
            self._trade.get_orders_history,
            instType=kind.value,
            instId=inst_id,
            begin=str(since_ms),
        )
        rows = await all_pages(self._rest, ask, OrderRow, lambda row: row.ord_id)
        return tuple(order_update(row, is_push=False) for row in rows)

    async def fills(self, since_ms: int) -> tuple[Fill, ...]:
        """Return fills since a time, oldest first; three days back, then three months."""
        recent = partial(self._trade.get_fills, begin=str(since_ms))
        rows = await all_pages(self._rest, recent, FillRow, lambda row: row.bill_id)
        if since_ms < self._transport.server_clock.now_ms() - RECENT_FILLS_MS:
            rows += await self._old_fills(since_ms)
        known = {row.bill_id: fill(row) for row in rows}
        ordered = sorted(known.items(), key=lambda item: (item[1].ts_event, len(item[0]), item[0]))
        return tuple(one for _bill_id, one in ordered if one.ts_event >= since_ms)

    async def stops(self, inst_ids: Sequence[InstId]) -> tuple[StopOrder, ...]:
        """Return live stops and targets on the instruments named."""
        ask = partial(self._trade.order_algos_list, ordType=STOP_TYPES)
        rows = await all_pages(self._rest, ask, AlgoRow, lambda row: row.algo_id)
        wanted = set(inst_ids)
        return tuple(
            stop_order(row) for row in rows if row.inst_id in wanted and row.state == "live"
        )

    async def _cancelled(self, ask: Callable[[], Awaitable[Answer]]) -> Outcome:
        """Ask for a cancel until it is answered: unlike an order, it may be repeated."""
        outcome = await _submit(ask(), codes.classify_cancel)
        for attempt in range(1, TRIES):
            if not isinstance(outcome, Unknown | NotSent):
                break
            await self._rest.pause(attempt)
            outcome = await _submit(ask(), codes.classify_cancel)
        return outcome

    async def _old_fills(self, since_ms: int) -> list[FillRow]:
        rows: list[FillRow] = []
        for kind in InstType:
            rows += await all_pages(
                self._rest,
                partial(self._trade.get_fills_history, instType=kind.value),
                FillRow,
                lambda row: row.bill_id,
                lambda row: fill(row).ts_event < since_ms,
            )
        return rows

    async def _ord_id(self, inst_id: InstId, cl_ord_id: ClOrdId) -> OrdId | None:
        update = await self.order(inst_id, cl_ord_id)
        return update.ord_id if update else None

    async def _algo_id(self, stop: StopIntent) -> OrdId | None:
        live = await self.stops([stop.inst_id])
        ours = (one for one in live if one.algo_cl_ord_id == stop.algo_cl_ord_id)
        return next((OrdId(one.algo_id) for one in ours), None)


async def _submit(
    call: Awaitable[Answer], classify: Callable[[Answer], codes.Submitted]
) -> codes.Submitted:
    """Await one POST and classify it; without a key nothing leaves."""
    try:
        return classify(await call)
    except NoAnswer as failure:
        return codes.failed_submit(failure)
    except KeysRejected as missing:
        return NotSent(reason=missing.message)


async def _prove(refusal: Rejected, found: Awaitable[OrdId | None]) -> Outcome:
    """Believe a refusal only when the exchange knows no such order."""
    try:
        ord_id = await found
    except (VenueUnavailable, KeysRejected, DataInvalid):
        return Unknown(reason=f"{refusal.code} {refusal.reason}, not confirmed")
    if ord_id is not None:
        return Accepted(ord_id=ord_id)
    return Rejected(code=refusal.code, reason=refusal.reason, reaction=refusal.reaction)
