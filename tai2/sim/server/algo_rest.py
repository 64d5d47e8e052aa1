"""The endpoints of stand-alone stops: conditional, oco, trigger and trailing orders.

The REST gate calls them. Attached stops appear here once the exchange has created them; chase,
twap and iceberg orders list as empty and are refused on placing.
"""

from collections.abc import Sequence
from typing import Final

from tai2.sim.exchange.records import Ack, AlgoView
from tai2.sim.server.backend import Answer, Backend, Call, Route, reading
from tai2.sim.server.orders_in import read_algo
from tai2.sim.server.params import Params, Row, page, selected
from tai2.sim.server.refusals import ApiRefusal
from tai2.sim.server.rows_orders import algo_ack_row, algo_row
from tai2.sim.server.trade_rest import each, judged

MAX_BATCH: Final = 10


def place(backend: Backend, call: Call) -> Answer:
    """POST trade/order-algo."""
    algo = read_algo(call.params)
    backend.catch_up()
    return judged([algo_ack_row(backend.exchange.place_algo(algo))])


def cancel(backend: Backend, call: Call) -> Answer:
    """POST trade/cancel-algos: an array of {instId, algoId or algoClOrdId}."""
    return judged(each(call, lambda one: _cancel(backend, one), MAX_BATCH))


def _cancel(backend: Backend, params: Params) -> Row:
    backend.catch_up()
    try:
        ack = backend.exchange.cancel_algo(
            params.need("instId"),
            algo_id=params.text("algoId"),
            algo_cl_ord_id=params.text("algoClOrdId"),
        )
    except ApiRefusal as refusal:
        ack = Ack(s_code=refusal.code, s_msg=refusal.text, ts=backend.now_ms())
    return algo_ack_row(ack)


def one(backend: Backend, params: Params) -> list[Row]:
    """GET trade/order-algo by algoId or algoClOrdId, the newest of a reused one."""
    algo_id, algo_cl_ord_id = params.text("algoId"), params.text("algoClOrdId")
    if not algo_id and not algo_cl_ord_id:
        raise ApiRefusal("50014", "algoId")
    known = [*backend.exchange.algo_history(), *backend.exchange.algos()]
    for algo in reversed(known):
        if algo.algo_id == algo_id or (not algo_id and algo.algo_cl_ord_id == algo_cl_ord_id):
            return [shown(backend, algo)]
    raise ApiRefusal("51603")


def pending(backend: Backend, params: Params) -> list[Row]:
    """GET trade/orders-algo-pending of the ordTypes named."""
    return _page(backend, backend.exchange.algos(), params)


def history(backend: Backend, params: Params) -> list[Row]:
    """GET trade/orders-algo-history: state or algoId must be given."""
    if not params.text("state") and not params.text("algoId"):
        raise ApiRefusal("50014", "state")
    return _page(backend, backend.exchange.algo_history(), params)


def _page(backend: Backend, algos: Sequence[AlgoView], params: Params) -> list[Row]:
    params.need("ordType")
    types = params.several("ordType")
    rows = [shown(backend, algo) for algo in reversed(algos) if algo.ord_type in types]
    kept = selected(rows, params, ("instType", "instId", "state", "algoId"))
    return page(kept, "algoId", params)


def shown(backend: Backend, algo: AlgoView) -> Row:
    """Return a stop's row with the instrument's last price and leverage."""
    exchange = backend.exchange
    return algo_row(algo, exchange.ticker(algo.inst_id).last, exchange.lever(algo.inst_id))


ROUTES: Final = (
    Route(method="POST", path="trade/order-algo", endpoint=place, permission="trade", timed=True),
    Route(
        method="POST", path="trade/cancel-algos", endpoint=cancel, permission="trade", timed=True
    ),
    reading("trade/order-algo", one, "read_only"),
    reading("trade/orders-algo-pending", pending, "read_only"),
    reading("trade/orders-algo-history", history, "read_only"),
)
