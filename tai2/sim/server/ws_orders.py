"""Order operations over WebSocket: the REST endpoints under their other names.

The request desk calls it for logged-in private sessions. Instruments go by instIdCode alone,
as the exchange has it since March 2026; an instId in its place is refused, never looked up.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from tai2.sim.server import trade_rest
from tai2.sim.server.backend import Answer, Backend, Call, Endpoint
from tai2.sim.server.params import Params, Row
from tai2.sim.server.rates import Rates
from tai2.sim.server.refusals import ApiRefusal

OPS: Final[Mapping[str, Endpoint]] = {
    "order": trade_rest.place,
    "batch-orders": trade_rest.place_batch,
    "cancel-order": trade_rest.cancel,
    "batch-cancel-orders": trade_rest.cancel_batch,
    "amend-order": trade_rest.amend,
    "batch-amend-orders": trade_rest.amend_batch,
}


_PATHS: Final = {
    "order": "trade/order",
    "batch-orders": "trade/batch-orders",
    "cancel-order": "trade/cancel-order",
    "batch-cancel-orders": "trade/cancel-batch-orders",
    "amend-order": "trade/amend-order",
    "batch-amend-orders": "trade/amend-batch-orders",
}
"""The REST path whose rate limit an operation shares."""


def operate(backend: Backend, rates: Rates | None, fields: Mapping[str, object]) -> Row:
    """Execute one operation and return its reply; refusals are replies too."""
    in_ms = backend.now_ms()
    op = str(fields.get("op"))
    try:
        call = _call(backend, fields)
        if rates is not None:
            rates.admit(f"POST {_PATHS[op]}", call.batch, "", backend.clock.now_ms())
        answer = OPS[op](backend, call)
    except ApiRefusal as refusal:
        answer = Answer(rows=(), code=refusal.code, msg=refusal.text)
    return {
        "id": str(fields.get("id", "")),
        "op": op,
        "code": answer.code,
        "msg": answer.msg,
        "data": answer.rows,
        "inTime": f"{in_ms}000",
        "outTime": f"{backend.now_ms()}999",
    }


def _call(backend: Backend, fields: Mapping[str, object]) -> Call:
    if "trade" not in backend.key.permissions:
        raise ApiRefusal("50120")
    args = fields.get("args")
    if not isinstance(args, list) or not args or not all(isinstance(one, dict) for one in args):
        raise ApiRefusal("60013")
    orders = _named(backend, args)
    return Call(
        params=orders[0],
        batch=tuple(orders),
        exp_time_ms=Params(fields).whole("expTime"),
    )


def _named(backend: Backend, args: Sequence[Mapping[str, object]]) -> list[Params]:
    names = {str(spec.inst_id_code): spec.inst_id for spec in backend.exchange.specs()}
    orders = []
    for arg in args:
        code = Params(arg).need("instIdCode")
        if code not in names:
            raise ApiRefusal("51001")
        orders.append(Params({**arg, "instId": names[code]}))
    return orders
