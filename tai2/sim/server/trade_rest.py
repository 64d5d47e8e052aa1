"""The trading endpoints: place, cancel, look up, close, and the dead man's switch.

The REST gate and WebSocket order operations call them. A refused order is a row with its own
sCode, as on the exchange; only a request that can't be read raises ApiRefusal.
"""

from collections.abc import Callable, Sequence
from typing import Final

from tai2.sim.exchange.records import Ack, NewOrder, OrderView, PositionView
from tai2.sim.server.backend import Answer, Backend, Call, Route, reading
from tai2.sim.server.orders_in import read_amendment, read_order
from tai2.sim.server.params import Params, Row, page, selected
from tai2.sim.server.refusals import ApiRefusal
from tai2.sim.server.rows_orders import ack_row, amend_ack_row, fill_row, order_row

MAX_BATCH: Final = 20
UNFILLED_KEPT_MS: Final = 7_200_000
_ORDER_FILTERS: Final = ("instType", "instId", "ordType", "state", "category")
_FILL_FILTERS: Final = ("instType", "instId", "ordId", "subType")


def place(backend: Backend, call: Call) -> Answer:
    """POST trade/order."""
    return judged([_place(backend, call.params, call)])


def place_batch(backend: Backend, call: Call) -> Answer:
    """POST trade/batch-orders: results in the order of the request."""
    return judged(each(call, lambda one: _place(backend, one, call)))


def _place(backend: Backend, params: Params, call: Call) -> Row:
    check_expiry(call, backend.now_ms())
    try:
        order = read_order(params, _unskewed(backend, call.exp_time_ms))
    except ApiRefusal as refusal:
        return _refused(backend, params, refusal)
    backend.catch_up()
    return ack_row(backend.exchange.place(order))


def _unskewed(backend: Backend, moment_ms: int | None) -> int | None:
    """Turn a moment of the clock that clients see into one of the exchange's own."""
    return None if moment_ms is None else moment_ms - backend.faults.skew_ms


def cancel(backend: Backend, call: Call) -> Answer:
    """POST trade/cancel-order: ordId wins over clOrdId."""
    return judged([_cancel(backend, call.params)])


def cancel_batch(backend: Backend, call: Call) -> Answer:
    """POST trade/cancel-batch-orders."""
    return judged(each(call, lambda one: _cancel(backend, one)))


def _cancel(backend: Backend, params: Params) -> Row:
    try:
        names = {"ord_id": params.text("ordId"), "cl_ord_id": params.text("clOrdId")}
        inst_id = params.need("instId")
    except ApiRefusal as refusal:
        return _refused(backend, params, refusal)
    backend.catch_up()
    return ack_row(backend.exchange.cancel(inst_id, **names))


def amend(backend: Backend, call: Call) -> Answer:
    """POST trade/amend-order: accepted here, its outcome is pushed with reqId."""
    return judged([_amend(backend, call.params, call)])


def amend_batch(backend: Backend, call: Call) -> Answer:
    """POST trade/amend-batch-orders."""
    return judged(each(call, lambda one: _amend(backend, one, call)))


def _amend(backend: Backend, params: Params, call: Call) -> Row:
    check_expiry(call, backend.now_ms())
    try:
        change = read_amendment(params)
    except ApiRefusal as refusal:
        return _refused(backend, params, refusal) | {"reqId": params.text("reqId")}
    backend.catch_up()
    return amend_ack_row(backend.exchange.amend(change))


def each(call: Call, operate: Callable[[Params], Row], cap: int = MAX_BATCH) -> list[Row]:
    """Apply an operation to every element of a batch; raises ApiRefusal 51111 above the cap."""
    if len(call.batch) > cap:
        raise ApiRefusal("51111", str(cap))
    if not call.batch:
        raise ApiRefusal("50014", "args")
    return [operate(one) for one in call.batch]


def judged(rows: Sequence[Row]) -> Answer:
    """Sum up rows: code 0 all done, 1 none, 2 some."""
    failed = sum(row["sCode"] != "0" for row in rows)
    if not failed:
        return Answer(rows=rows)
    if failed == len(rows):
        return Answer(rows=rows, code="1", msg="All operations failed")
    return Answer(rows=rows, code="2", msg="Bulk operation partially succeeded.")


def check_expiry(call: Call, now_ms: int) -> None:
    """Drop a request that is too late: 50036 when it was late already as it was signed."""
    if call.exp_time_ms is None or call.exp_time_ms >= now_ms:
        return
    was_late = call.sent_ms is None or call.exp_time_ms < call.sent_ms
    raise ApiRefusal("50036" if was_late else "50037")


def _refused(backend: Backend, params: Params, refusal: ApiRefusal) -> Row:
    return ack_row(
        Ack(
            s_code=refusal.code,
            s_msg=refusal.text,
            cl_ord_id=params.text("clOrdId"),
            tag=params.text("tag"),
            ts=backend.now_ms(),
        )
    )


def order(backend: Backend, params: Params) -> list[Row]:
    """GET trade/order: the newest of a reused clOrdId."""
    found = backend.exchange.order(
        params.need("instId"), ord_id=params.text("ordId"), cl_ord_id=params.text("clOrdId")
    )
    if found is None or _is_hidden(backend, found):
        raise ApiRefusal("51603")
    return [order_row(found)]


def _is_hidden(backend: Backend, found: OrderView) -> bool:
    """Tell whether a knob hides an order from queries because it's too young."""
    exchange = backend.exchange
    return backend.clock.now_ms() < found.c_time + exchange.quirks.hide_order_ms


def pending(backend: Backend, params: Params) -> list[Row]:
    """GET trade/orders-pending."""
    seen = [one for one in backend.exchange.pending() if not _is_hidden(backend, one)]
    return _orders(seen, params)


def history(backend: Backend, params: Params) -> list[Row]:
    """GET trade/orders-history: terminal orders; unfilled cancelled ones are kept 2 hours."""
    now_ms = backend.exchange.now_ms
    kept = [
        one
        for one in backend.exchange.history()
        if one.acc_fill_sz or one.state != "canceled" or now_ms - one.u_time < UNFILLED_KEPT_MS
    ]
    return _orders(kept, params)


def _orders(views: Sequence[OrderView], params: Params) -> list[Row]:
    rows = [order_row(view) for view in reversed(views)]
    return page(selected(rows, params, _ORDER_FILTERS), "ordId", params)


def fills(backend: Backend, params: Params) -> list[Row]:
    """GET trade/fills and trade/fills-history, paged by billId."""
    rows = [fill_row(fill) for fill in reversed(backend.exchange.fills())]
    return page(selected(rows, params, _FILL_FILTERS), "billId", params)


def close_position(backend: Backend, call: Call) -> Answer:
    """POST trade/close-position: market order over the whole position, no ordId in the reply."""
    params = call.params
    spec = backend.listed(params)
    params.choice("mgnMode", ("cross",))
    backend.catch_up()
    side = params.choice("posSide", ("net", "long", "short"), "net")
    held = next(
        (
            one
            for one in backend.exchange.positions()
            if (one.inst_id, one.pos_side) == (spec.inst_id, side)
        ),
        None,
    )
    if held is None or not held.pos:
        raise ApiRefusal("51023")
    _clear_way(backend, held, auto_cancel=params.flag("autoCxl"))
    ack = backend.exchange.place(_closing(held, params))
    if ack.s_code != "0":
        return Answer(rows=(), code=ack.s_code, msg=ack.s_msg)
    row: Row = {
        "instId": spec.inst_id,
        "posSide": side,
        "clOrdId": params.text("clOrdId"),
        "tag": params.text("tag"),
    }
    return Answer(rows=[row])


def _clear_way(backend: Backend, held: PositionView, *, auto_cancel: bool) -> None:
    side = _exit_side(held)
    blocking = [
        order
        for order in backend.exchange.pending()
        if (order.inst_id, order.pos_side) == (held.inst_id, held.pos_side) and order.side == side
    ]
    if blocking and not auto_cancel:
        raise ApiRefusal("51115")
    for order in blocking:
        backend.exchange.cancel(order.inst_id, ord_id=order.ord_id)


def _closing(held: PositionView, params: Params) -> NewOrder:
    return NewOrder(
        inst_id=held.inst_id,
        side=_exit_side(held),
        pos_side=held.pos_side,
        ord_type="market",
        sz=abs(held.pos),
        cl_ord_id=params.text("clOrdId"),
        tag=params.text("tag"),
        reduce_only=True,
    )


def _exit_side(held: PositionView) -> str:
    return "sell" if held.pos > 0 else "buy"


def cancel_all_after(backend: Backend, call: Call) -> Answer:
    """POST trade/cancel-all-after: 0 disarms, else 10 to 120 seconds."""
    call.params.need("timeOut")
    timeout_s = call.params.whole("timeOut") or 0
    if timeout_s and not 10 <= timeout_s <= 120:
        raise ApiRefusal("51000", "timeOut")
    backend.catch_up()
    tag = call.params.text("tag")
    trigger_ms = backend.exchange.cancel_all_after(timeout_s, tag)
    row: Row = {"triggerTime": str(trigger_ms), "tag": tag, "ts": str(backend.now_ms())}
    return Answer(rows=[row])


def _write(path: str, endpoint: Callable[[Backend, Call], Answer]) -> Route:
    return Route(method="POST", path=path, endpoint=endpoint, permission="trade", timed=True)


ROUTES: Final = (
    _write("trade/order", place),
    _write("trade/batch-orders", place_batch),
    _write("trade/cancel-order", cancel),
    _write("trade/cancel-batch-orders", cancel_batch),
    _write("trade/amend-order", amend),
    _write("trade/amend-batch-orders", amend_batch),
    _write("trade/close-position", close_position),
    _write("trade/cancel-all-after", cancel_all_after),
    reading("trade/order", order, "read_only"),
    reading("trade/orders-pending", pending, "read_only"),
    reading("trade/orders-history", history, "read_only"),
    reading("trade/orders-history-archive", history, "read_only"),
    reading("trade/fills", fills, "read_only"),
    reading("trade/fills-history", fills, "read_only"),
)
