"""Reading order requests: from the protocol's words to what the matching engine takes.

The trading endpoints and WebSocket order operations use it. Wrong words are refused with the
protocol's codes; it must never repair what the client asked for.
"""

from decimal import Decimal
from typing import Final

from tai2.sim.exchange.records import NewAlgo, NewOrder, Stop
from tai2.sim.server.params import Params
from tai2.sim.server.refusals import ApiRefusal

ORD_TYPES: Final = ("market", "limit", "post_only", "fok", "ioc", "optimal_limit_ioc")
_SIDES: Final = ("buy", "sell")
_PX_TYPES: Final = ("last", "index", "mark")
MARKET: Final = "-1"
"""Order price of a stop that executes at market."""


def read_order(params: Params, exp_time_ms: int | None) -> NewOrder:
    """Read one order; raises ApiRefusal 50014 or 51000 naming the parameter."""
    return NewOrder(
        inst_id=params.need("instId"),
        td_mode=params.choice("tdMode", ("cross", "isolated", "cash")),
        side=params.choice("side", _SIDES),
        pos_side=params.choice("posSide", ("net", "long", "short"), "net"),
        ord_type=params.choice("ordType", ORD_TYPES),
        sz=_needed_number(params, "sz"),
        px=params.number("px"),
        cl_ord_id=params.text("clOrdId"),
        tag=params.text("tag"),
        reduce_only=params.flag("reduceOnly"),
        exp_time_ms=exp_time_ms,
        stops=tuple(
            read_stop(one, one.text("attachAlgoClOrdId")) for one in params.nested("attachAlgoOrds")
        ),
    )


def read_stop(params: Params, algo_cl_ord_id: str) -> Stop:
    """Read trigger fields; raises ApiRefusal 51000 for stops that aren't market orders."""
    stop = Stop(
        algo_cl_ord_id=algo_cl_ord_id,
        sl_trigger_px=params.number("slTriggerPx"),
        sl_trigger_px_type=params.choice("slTriggerPxType", _PX_TYPES, "last"),
        tp_trigger_px=params.number("tpTriggerPx"),
        tp_trigger_px_type=params.choice("tpTriggerPxType", _PX_TYPES, "last"),
    )
    if stop.sl_trigger_px is None and stop.tp_trigger_px is None:
        raise ApiRefusal("50014", "slTriggerPx")
    for leg, px in (("sl", stop.sl_trigger_px), ("tp", stop.tp_trigger_px)):
        if px is not None and params.need(f"{leg}OrdPx") != MARKET:
            raise ApiRefusal("51000", f"{leg}OrdPx")
    return stop


def read_algo(params: Params) -> NewAlgo:
    """Read one stand-alone stop; raises ApiRefusal 50014 or 51000 naming the parameter."""
    algo_cl_ord_id = params.text("algoClOrdId")
    close_fraction = params.choice("closeFraction", ("0", "1"), "0") == "1"
    return NewAlgo(
        inst_id=params.need("instId"),
        td_mode=params.choice("tdMode", ("cross", "isolated", "cash")),
        side=params.choice("side", _SIDES),
        ord_type=params.choice("ordType", ("conditional", "oco")),
        sz=None if close_fraction else _needed_number(params, "sz"),
        close_fraction=close_fraction,
        reduce_only=params.flag("reduceOnly"),
        algo_cl_ord_id=algo_cl_ord_id,
        stop=read_stop(params, algo_cl_ord_id),
        tag=params.text("tag"),
    )


def _needed_number(params: Params, name: str) -> Decimal:
    number = params.number(name)
    if number is None:
        raise ApiRefusal("50014", name)
    return number
