"""Bills and positions of the past as OKX rows, all numbers as text.

The account endpoints print through it. It must never compute anything that the exchange itself
should have decided.
"""

from tai2.sim.exchange.records import BillView, PastPosition
from tai2.sim.server.params import Row, row_of
from tai2.sim.server.rows_orders import number


def bill_row(bill: BillView) -> Row:
    """Return one change of cash."""
    blanks = row_of(
        "earnAmt earnApr from to notes fillIdxPx fillMarkPx fillPxVol fillPxUsd fillMarkVol "
        "fillFwdPx"
    )
    return blanks | {
        "billId": bill.bill_id,
        "instType": bill.inst_type,
        "instId": bill.inst_id,
        "type": bill.type,
        "subType": bill.sub_type,
        "ccy": bill.ccy,
        "balChg": number(bill.bal_chg),
        "bal": number(bill.bal),
        "posBalChg": "0",
        "posBal": "0",
        "sz": number(bill.sz),
        "px": number(bill.px),
        "pnl": number(bill.pnl),
        "fee": number(bill.fee),
        "interest": "0",
        "mgnMode": "cash" if bill.inst_type == "SPOT" else "cross",
        "ordId": bill.ord_id,
        "clOrdId": bill.cl_ord_id,
        "tradeId": bill.trade_id,
        "execType": bill.exec_type,
        "tag": bill.tag,
        "fillTime": str(bill.ts) if bill.trade_id else "",
        "ts": str(bill.ts),
    }


def past_position_row(past: PastPosition) -> Row:
    """Return one position of positions-history."""
    return row_of("nonSettleAvgPx settledPnl") | {
        "instType": past.inst_type,
        "instId": past.inst_id,
        "mgnMode": "cross",
        "type": past.type,
        "posId": past.pos_id,
        "posSide": past.pos_side,
        "direction": past.direction,
        "lever": number(past.lever),
        "uly": past.inst_id.rsplit("-", 1)[0],
        "ccy": past.ccy,
        "openAvgPx": number(past.open_avg_px),
        "closeAvgPx": number(past.close_avg_px),
        "openMaxPos": number(past.open_max_pos),
        "closeTotalPos": number(past.close_total_pos),
        "pnl": number(past.pnl),
        "fee": number(past.fee),
        "fundingFee": number(past.funding_fee),
        "liqPenalty": number(past.liq_penalty),
        "realizedPnl": number(past.realized_pnl),
        "pnlRatio": number(past.pnl_ratio),
        "triggerPx": number(past.trigger_px),
        "cTime": str(past.c_time),
        "uTime": str(past.u_time),
    }
