"""Orders, fills and stops as OKX rows: every field of the protocol, all numbers as text.

REST replies and private channels print through it. Inapplicable fields are empty strings;
it must never compute anything that the exchange itself should have decided.
"""

from decimal import Decimal
from typing import Final

from tai2.model.money import ZERO, trimmed
from tai2.sim.exchange.records import Ack, AlgoView, FillView, OrderView, Spring, Stop
from tai2.sim.exchange.stops import trail_px
from tai2.sim.server.params import Row, row_of

_ORDER_BLANKS: Final = row_of(
    "ccy pxUsd pxVol pxType stpId attachAlgoClOrdId tpTriggerPx tpTriggerPxType "
    "tpOrdPx slTriggerPx slTriggerPxType slOrdPx cancelSourceReason quickMgnType "
    "tradeQuoteCcy outcome"
)
_ALGO_BLANKS: Final = row_of(
    "ccy clOrdId tgtCcy triggerPx triggerPxType ordPx advanceOrdType pxVar pxSpread szLimit "
    "pxLimit timeInterval callbackRatio callbackSpread activePx moveTriggerPx quickMgnType "
    "isTradeBorrowMode chaseType chaseVal maxChaseType maxChaseVal tradeQuoteCcy actualPx"
)
_DIGITS: Final = 12
"""Longer fractions (quotients) are rounded to this many places, as no field needs more."""


def number(quantity: Decimal | None) -> str:
    """Write a number as text; None = "" (not applicable)."""
    if quantity is None:
        return ""
    exponent = quantity.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -_DIGITS:
        quantity = round(quantity, _DIGITS)
    return trimmed(quantity)


def truth(*, flag: bool) -> str:
    """Write a boolean as the protocol's text."""
    return "true" if flag else "false"


def stamp(moment_ms: int | None) -> str:
    """Write an instant in ms; None and 0 = ""."""
    return str(moment_ms) if moment_ms else ""


def ack_row(ack: Ack) -> Row:
    """Return the reply row of one order operation."""
    return {
        "ordId": ack.ord_id,
        "clOrdId": ack.cl_ord_id,
        "tag": ack.tag,
        "ts": str(ack.ts),
        "sCode": ack.s_code,
        "sMsg": ack.s_msg,
        "subCode": ack.sub_code,
    }


def amend_ack_row(ack: Ack) -> Row:
    """Return the reply row of an amendment."""
    return {name: part for name, part in ack_row(ack).items() if name != "tag"} | {
        "reqId": ack.req_id
    }


def algo_ack_row(ack: Ack) -> Row:
    """Return the reply row of one stop operation."""
    return {
        "algoId": ack.ord_id,
        "algoClOrdId": ack.cl_ord_id,
        "clOrdId": "",
        "sCode": ack.s_code,
        "sMsg": ack.s_msg,
        "tag": ack.tag,
    }


def order_row(order: OrderView) -> Row:
    """Return an order; fillPx, fillSz, tradeId and fillTime are those of its last fill."""
    return (
        _ORDER_BLANKS
        | _order_terms(order)
        | _order_progress(order)
        | {"attachAlgoOrds": [attached_row(stop) for stop in order.stops]}
        | _fill_brief(order.last_fill)
    )


def _order_terms(order: OrderView) -> Row:
    return {
        "instType": order.inst_type,
        "instId": order.inst_id,
        "ordId": order.ord_id,
        "clOrdId": order.cl_ord_id,
        "tag": order.tag,
        "px": number(order.px),
        "sz": number(order.sz),
        "ordType": order.ord_type,
        "side": order.side,
        "posSide": order.pos_side,
        "tdMode": order.td_mode,
        "lever": number(order.lever),
        "tgtCcy": order.tgt_ccy,
        "reduceOnly": truth(flag=order.reduce_only),
        "isTpLimit": "false",
        "stpMode": order.stp_mode,
        "category": order.category,
        "source": order.source,
        "algoId": order.algo_id,
        "algoClOrdId": order.algo_cl_ord_id,
        "linkedAlgoOrd": {"algoId": ""},
    }


def _order_progress(order: OrderView) -> Row:
    return {
        "state": order.state,
        "accFillSz": number(order.acc_fill_sz),
        "avgPx": number(order.avg_px),
        "pnl": number(order.pnl),
        "fee": number(order.fee),
        "feeCcy": order.fee_ccy,
        "rebate": "0",
        "rebateCcy": order.fee_ccy,
        "cancelSource": order.cancel_source,
        "cTime": str(order.c_time),
        "uTime": str(order.u_time),
    }


def _fill_brief(fill: FillView | None) -> Row:
    if fill is None:
        return {"fillPx": "", "fillSz": "0", "tradeId": "", "fillTime": ""}
    return {
        "fillPx": number(fill.fill_px),
        "fillSz": number(fill.fill_sz),
        "tradeId": fill.trade_id,
        "fillTime": str(fill.ts),
    }


def order_push_row(order: OrderView, fill: FillView | None, last_px: Decimal | None) -> Row:
    """Return an order as the orders channel shows it: fill fields describe this update."""
    return (
        order_row(order)
        | _fill_brief(fill)
        | _fill_detail(fill)
        | {
            "avgPx": number(order.avg_px or ZERO),
            "notionalUsd": "",
            "amendSource": order.amend_source,
            "amendResult": order.amend_result,
            "reqId": order.req_id,
            "lastPx": number(last_px),
            "code": "0",
            "msg": "",
        }
        | row_of("fillPxVol fillPxUsd fillMarkVol fillFwdPx fillIdxPx")
    )


def _fill_detail(fill: FillView | None) -> Row:
    return {
        "fillPnl": number(fill.fill_pnl) if fill else "0",
        "fillFee": number(fill.fee) if fill else "0",
        "fillFeeCcy": fill.fee_ccy if fill else "",
        "fillMarkPx": number(fill.fill_mark_px) if fill else "",
        "fillNotionalUsd": "",
        "execType": fill.exec_type if fill else "",
    }


def fill_row(fill: FillView) -> Row:
    """Return one fill."""
    blanks = row_of("feeRate tradeQuoteCcy fillPxVol fillPxUsd fillMarkVol fillFwdPx fillIdxPx")
    return (
        blanks
        | _fill_brief(fill)
        | {
            "instType": fill.inst_type,
            "instId": fill.inst_id,
            "ordId": fill.ord_id,
            "clOrdId": fill.cl_ord_id,
            "billId": fill.bill_id,
            "subType": fill.sub_type,
            "tag": fill.tag,
            "fillMarkPx": number(fill.fill_mark_px),
            "fillPnl": number(fill.fill_pnl),
            "side": fill.side,
            "posSide": fill.pos_side,
            "execType": fill.exec_type,
            "feeCcy": fill.fee_ccy,
            "fee": number(fill.fee),
            "ts": str(fill.ts),
        }
    )


def stop_fields(stop: Stop) -> Row:
    """Return the trigger fields that an attached stop and a stand-alone one share."""
    has_tp, has_sl = stop.tp_trigger_px is not None, stop.sl_trigger_px is not None
    return {
        "tpTriggerPx": number(stop.tp_trigger_px),
        "tpTriggerPxType": stop.tp_trigger_px_type if has_tp else "",
        "tpOrdPx": "-1" if has_tp else "",
        "slTriggerPx": number(stop.sl_trigger_px),
        "slTriggerPxType": stop.sl_trigger_px_type if has_sl else "",
        "slOrdPx": "-1" if has_sl else "",
    }


def spring_fields(spring: Spring, side: str) -> Row:
    """Return the trigger fields of trigger orders and trailing stops."""
    if spring.trigger_px is None:
        return {
            "callbackRatio": number(spring.ratio),
            "callbackSpread": number(spring.spread),
            "activePx": number(spring.active_px),
            "moveTriggerPx": number(trail_px(spring, side)),
        }
    return {
        "triggerPx": number(spring.trigger_px),
        "triggerPxType": spring.trigger_px_type,
        "ordPx": "-1" if spring.order_px is None else number(spring.order_px),
    }


def attached_row(stop: Stop) -> Row:
    """Return one element of an order's attachAlgoOrds."""
    return stop_fields(stop) | {
        "attachAlgoId": "",
        "attachAlgoClOrdId": stop.algo_cl_ord_id,
        "sz": "",
        "tpOrdKind": "condition",
        "tpTriggerRatio": "",
        "slTriggerRatio": "",
        "amendPxOnTriggerType": "0",
        "failCode": "",
        "failReason": "",
    }


def algo_row(algo: AlgoView, last_px: Decimal | None, lever: Decimal | None) -> Row:
    """Return a stop order as GET and the orders-algo channel show it."""
    return (
        _ALGO_BLANKS
        | (spring_fields(algo.spring, algo.side) if algo.spring else stop_fields(algo.stop))
        | _algo_terms(algo)
        | {
            "state": algo.state,
            "ordId": algo.ord_id,
            "ordIdList": [algo.ord_id] if algo.ord_id else [],
            "actualSz": number(algo.sz) if algo.ord_id and algo.sz else "0",
            "actualSide": algo.actual_side,
            "triggerTime": stamp(algo.trigger_time),
            "failCode": algo.fail_code,
            "last": number(last_px),
            "lever": number(lever),
            "cTime": str(algo.c_time),
            "uTime": str(algo.u_time),
        }
    )


def _algo_terms(algo: AlgoView) -> Row:
    return {
        "instType": algo.inst_type,
        "instId": algo.inst_id,
        "algoId": algo.algo_id,
        "algoClOrdId": algo.algo_cl_ord_id,
        "sz": number(algo.sz),
        "closeFraction": "1" if algo.close_fraction else "",
        "ordType": algo.ord_type,
        "side": algo.side,
        "posSide": algo.pos_side,
        "tdMode": algo.td_mode,
        "reduceOnly": truth(flag=algo.reduce_only),
        "tag": algo.tag,
        "amendPxOnTriggerType": "0",
        "subAlgoIdList": [],
        "advChaseParams": [],
        "attachAlgoOrds": [],
        "linkedOrd": {"ordId": ""},
    }
