"""Reading order requests: from the protocol's words to what the matching engine takes.

The trading endpoints and WebSocket order operations use it. Wrong words are refused with the
protocol's codes; it must never repair what the client asked for.
"""

from decimal import Decimal
from typing import Final

from tai2.sim.exchange.records import Amendment, NewAlgo, NewOrder, Spring, Stop
from tai2.sim.server.params import Params
from tai2.sim.server.refusals import ApiRefusal

ORD_TYPES: Final = ("market", "limit", "post_only", "fok", "ioc", "optimal_limit_ioc")
_SIDES: Final = ("buy", "sell")
_STP_MODES: Final = ("cancel_maker", "cancel_taker", "cancel_both")
_PX_TYPES: Final = ("last", "index", "mark")
SPRINGS: Final = ("trigger", "move_order_stop")
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
        tgt_ccy=params.choice("tgtCcy", ("quote_ccy", "base_ccy", "none"), "none").replace(
            "none", ""
        ),
        ban_amend=params.flag("banAmend"),
        px_amend=params.text("pxAmendType") == "1",
        stp_mode=params.choice("stpMode", _STP_MODES, "cancel_maker"),
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


def read_amendment(params: Params) -> Amendment:
    """Read what an order shall become; raises ApiRefusal 50014 or 51000."""
    change = Amendment(
        inst_id=params.need("instId"),
        ord_id=params.text("ordId"),
        cl_ord_id=params.text("clOrdId"),
        new_sz=params.number("newSz"),
        new_px=params.number("newPx"),
        req_id=params.text("reqId"),
        cancel_on_fail=params.flag("cxlOnFail"),
    )
    if not change.ord_id and not change.cl_ord_id:
        raise ApiRefusal("50014", "ordId")
    return change


def _spring(params: Params) -> Spring:
    order_px = params.text("orderPx", MARKET)
    return Spring(
        trigger_px=params.number("triggerPx"),
        trigger_px_type=params.choice("triggerPxType", _PX_TYPES, "last"),
        order_px=None if order_px == MARKET else params.number("orderPx"),
        ratio=params.number("callbackRatio"),
        spread=params.number("callbackSpread"),
        active_px=params.number("activePx"),
    )


def read_algo(params: Params) -> NewAlgo:
    """Read one stand-alone stop; raises ApiRefusal 50014 or 51000 naming the parameter."""
    algo_cl_ord_id = params.text("algoClOrdId")
    ord_type = params.choice("ordType", ("conditional", "oco", *SPRINGS))
    is_spring = ord_type in SPRINGS
    close_fraction = params.choice("closeFraction", ("0", "1"), "0") == "1"
    return NewAlgo(
        inst_id=params.need("instId"),
        td_mode=params.choice("tdMode", ("cross", "isolated", "cash")),
        side=params.choice("side", _SIDES),
        pos_side=params.choice("posSide", ("net", "long", "short"), "net"),
        ord_type=ord_type,
        sz=None if close_fraction else _needed_number(params, "sz"),
        close_fraction=close_fraction,
        reduce_only=params.flag("reduceOnly"),
        algo_cl_ord_id=algo_cl_ord_id,
        stop=Stop() if is_spring else read_stop(params, algo_cl_ord_id),
        spring=_spring(params) if is_spring else None,
        tag=params.text("tag"),
    )


def _needed_number(params: Params, name: str) -> Decimal:
    number = params.number(name)
    if number is None:
        raise ApiRefusal("50014", name)
    return number
