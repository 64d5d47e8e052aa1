"""Order, fill and stop records as model types, by query and by push.

The venue adapter decodes every private record with it.
It must never report a fill without its own trade id, nor an order in an unknown state.
"""

import msgspec

from tai2.model.ids import AlgoClOrdId, ClOrdId, InstId, OrdId
from tai2.model.money import ZERO, Contracts, Px, QuoteAmt, dec
from tai2.model.order import Fill, OrderState, OrderUpdate, StopOrder
from tai2.model.stop_update import StopState, StopUpdate
from tai2.okx.decode.text import (
    dec_or_zero,
    instant,
    instant_or,
    meaning,
    positive_or_none,
    side,
)

SECONDS_DIGITS = 10
_STATES = {
    "live": OrderState.LIVE,
    "partially_filled": OrderState.PARTIAL,
    "filled": OrderState.FILLED,
    "canceled": OrderState.CANCELED,
    "mmp_canceled": OrderState.CANCELED,
}
_STOP_STATES = {
    "live": StopState.LIVE,
    "pause": StopState.PAUSED,
    "effective": StopState.TRIGGERED,
    "partially_effective": StopState.TRIGGERED,
    "canceled": StopState.CANCELED,
    "order_failed": StopState.FAILED,
    "partially_failed": StopState.FAILED,
}


class OrderRow(msgspec.Struct, rename="camel"):
    """One order record; the fill fields describe this update in pushes only."""

    inst_id: str
    ord_id: str
    side: str
    state: str
    sz: str
    u_time: str
    cl_ord_id: str = ""
    algo_id: str = ""
    algo_cl_ord_id: str = ""
    px: str = ""
    acc_fill_sz: str = ""
    avg_px: str = ""
    reduce_only: str = ""
    cancel_source: str = ""
    trade_id: str = ""
    fill_px: str = ""
    fill_sz: str = ""
    fill_time: str = ""
    fill_fee: str = ""
    fill_fee_ccy: str = ""
    fill_pnl: str = ""
    exec_type: str = ""


class FillRow(msgspec.Struct, rename="camel"):
    """One fill record."""

    inst_id: str
    trade_id: str
    ord_id: str
    bill_id: str
    side: str
    fill_px: str
    fill_sz: str
    fee: str
    fee_ccy: str
    ts: str
    cl_ord_id: str = ""
    fill_pnl: str = ""
    exec_type: str = ""
    fill_time: str = ""


class AlgoRow(msgspec.Struct, rename="camel"):
    """One stop record."""

    inst_id: str
    algo_id: str
    side: str
    state: str
    algo_cl_ord_id: str = ""
    sz: str = ""
    close_fraction: str = ""
    sl_trigger_px: str = ""
    tp_trigger_px: str = ""
    fail_code: str = ""
    u_time: str = ""


class CountdownRow(msgspec.Struct, rename="camel"):
    """The dead man's switch as armed."""

    trigger_time: str


def order_update(row: OrderRow, *, is_push: bool) -> OrderUpdate:
    """Read an order; only a push carries the fill that caused it."""
    from_stop = row.algo_cl_ord_id if row.algo_id else ""
    return OrderUpdate(
        inst_id=InstId(row.inst_id),
        ord_id=OrdId(row.ord_id),
        cl_ord_id=ClOrdId(row.cl_ord_id) if row.cl_ord_id else None,
        algo_cl_ord_id=AlgoClOrdId(from_stop) if from_stop else None,
        side=side(row.side),
        state=state(row.state),
        contracts=Contracts(dec(row.sz)),
        acc_fill=Contracts(dec_or_zero(row.acc_fill_sz)),
        avg_px=px_or_none(row.avg_px),
        limit_px=px_or_none(row.px),
        reduce_only=row.reduce_only == "true",
        cancel_source=row.cancel_source,
        u_time=instant(row.u_time),
        fill=_pushed_fill(row) if is_push else None,
    )


def state(text: str) -> OrderState:
    """Read an order's state."""
    return meaning(text, _STATES, "order state")


def px_or_none(text: str) -> Px | None:
    """Read a price of which "", "0" and "-1" say that there is none."""
    number = positive_or_none(text)
    return None if number is None else Px(number)


def _pushed_fill(row: OrderRow) -> Fill | None:
    # Liquidations push tradeId "0" here and a negative one in the fills list: only the
    # list has the natural key, so the fill is left to the sweep.
    if row.trade_id in ("", "0") or dec_or_zero(row.fill_sz) <= ZERO:
        return None
    return Fill(
        inst_id=InstId(row.inst_id),
        trade_id=row.trade_id,
        ord_id=OrdId(row.ord_id),
        cl_ord_id=ClOrdId(row.cl_ord_id) if row.cl_ord_id else None,
        side=side(row.side),
        px=Px(dec(row.fill_px)),
        contracts=Contracts(dec(row.fill_sz)),
        fee=QuoteAmt(dec(row.fill_fee)),
        fee_ccy=row.fill_fee_ccy,
        pnl=QuoteAmt(dec_or_zero(row.fill_pnl)),
        is_maker=row.exec_type == "M",
        ts_event=instant(row.fill_time),
    )


def fill(row: FillRow) -> Fill:
    """Read one record of the fills list."""
    return Fill(
        inst_id=InstId(row.inst_id),
        trade_id=row.trade_id,
        ord_id=OrdId(row.ord_id),
        cl_ord_id=ClOrdId(row.cl_ord_id) if row.cl_ord_id else None,
        side=side(row.side),
        px=Px(dec(row.fill_px)),
        contracts=Contracts(dec(row.fill_sz)),
        fee=QuoteAmt(dec(row.fee)),
        fee_ccy=row.fee_ccy,
        pnl=QuoteAmt(dec_or_zero(row.fill_pnl)),
        is_maker=row.exec_type == "M",
        ts_event=instant_or(row.fill_time, instant(row.ts)),
    )


def stop_order(row: AlgoRow) -> StopOrder:
    """Read a stop; contracts is None when it closes the whole position."""
    is_whole = bool(row.close_fraction) or not row.sz
    return StopOrder(
        inst_id=InstId(row.inst_id),
        algo_id=row.algo_id,
        algo_cl_ord_id=AlgoClOrdId(row.algo_cl_ord_id) if row.algo_cl_ord_id else None,
        side=side(row.side),
        contracts=None if is_whole else Contracts(dec(row.sz)),
        stop_px=px_or_none(row.sl_trigger_px),
        target_px=px_or_none(row.tp_trigger_px),
    )


def stop_update(row: AlgoRow) -> StopUpdate:
    """Read a pushed stop, whatever its state."""
    return StopUpdate(
        stop=stop_order(row),
        state=meaning(row.state, _STOP_STATES, "stop state"),
        fail_code=row.fail_code,
        u_time=instant(row.u_time),
    )


def trigger_ms(row: CountdownRow) -> int | None:
    """Read when cancel-all-after fires, ms UTC; None = disarmed.

    The documents' example counts seconds, the rest of the API milliseconds: both are taken.
    """
    text = row.trigger_time
    if text in ("", "0"):
        return None
    return instant(text) * 1_000 if len(text) <= SECONDS_DIGITS else instant(text)
