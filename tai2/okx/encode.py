"""Our intents as request bodies: each key is a parameter of the SDK's method of that name.

The venue adapter calls it right before the one submit; no default is left to the exchange.
It must never change a size, a price or a protection, nor write a number but as plain text.
"""

from typing import Any, Final

from tai2.model.ids import InstId
from tai2.model.money import Px, plain
from tai2.model.order import Leg, OrderIntent, StopIntent, StopPlan
from tai2.okx.inst_type import is_swap

ENTRY_TAG: Final = "tai2e"
"""Entries carry a tag of their own: cancel-all-after spares stops, exits and foreign orders."""
TAG: Final = "tai2"
AT_MARKET: Final = "-1"

Body = dict[str, Any]
"""Texts, booleans and nested bodies, as the SDK takes them."""


def order_body(intent: OrderIntent) -> Body:
    """Return the parameters of place_order: an IOC limit order with its protection."""
    body: Body = {
        "instId": intent.inst_id,
        "tdMode": _trade_mode(intent.inst_id),
        "side": intent.side.value,
        "ordType": "ioc",
        "sz": plain(intent.contracts),
        "px": plain(intent.limit_px),
        "clOrdId": intent.cl_ord_id,
        "tag": ENTRY_TAG if intent.leg is Leg.ENTRY else TAG,
    }
    if is_swap(intent.inst_id):  # spot orders know no reduceOnly
        body["reduceOnly"] = intent.reduce_only
    if intent.stop is not None:
        body["attachAlgoOrds"] = [_attached(intent.stop, intent.inst_id)]
    return body


def stop_body(stop: StopIntent) -> Body:
    """Return the parameters of place_algo_order: a stop, or stop and target (oco)."""
    body: Body = {
        "instId": stop.inst_id,
        "tdMode": _trade_mode(stop.inst_id),
        "side": stop.side.value,
        "ordType": "conditional" if stop.target_px is None else "oco",
        "sz": plain(stop.contracts),
        "algoClOrdId": stop.algo_cl_ord_id,
        "tag": TAG,
        "slTriggerPx": plain(stop.stop_px),
        "slTriggerPxType": _stop_px_type(stop.inst_id),
        "slOrdPx": AT_MARKET,
    }
    if stop.target_px is not None:
        body |= {
            "tpTriggerPx": plain(stop.target_px),
            "tpTriggerPxType": "last",
            "tpOrdPx": AT_MARKET,
        }
    if is_swap(stop.inst_id):
        body["reduceOnly"] = True
    return body


def countdown_body(timeout_s: int) -> Body:
    """Return the parameters of cancel-all-after over our entries; 0 disarms."""
    return {"timeOut": str(timeout_s), "tag": ENTRY_TAG}


def _attached(plan: StopPlan, inst_id: InstId) -> Body:
    body: Body = {
        "attachAlgoClOrdId": plan.algo_cl_ord_id,
        "slTriggerPx": plain(plan.stop_px),
        "slTriggerPxType": _stop_px_type(inst_id),
        "slOrdPx": AT_MARKET,
    }
    if plan.target_px is not None:
        body |= _target(plan.target_px)
    return body


def _target(px: Px) -> Body:
    return {"tpTriggerPx": plain(px), "tpTriggerPxType": "last", "tpOrdPx": AT_MARKET}


def _trade_mode(inst_id: InstId) -> str:
    return "cross" if is_swap(inst_id) else "cash"


def _stop_px_type(inst_id: InstId) -> str:
    # Spot triggers exist on the last price only (51415 otherwise).
    return "mark" if is_swap(inst_id) else "last"
