"""From an execution to money: fee, position or coins, bills, and the record of the fill.

The matcher and the liquidator call `book` for every execution. Each change of a currency's
cash gets one bill, so that bills always add up to the balance; nothing else may change cash.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tai2.sim.exchange import formulas
from tai2.sim.exchange.core import Core
from tai2.sim.exchange.positions import Booking, Held, held_key, past_of
from tai2.sim.exchange.records import BillView, FillView, OrderView

_ZERO: Final = Decimal(0)
_TRADE, _LIQUIDATION, _ADL = "2", "5", "9"
_SUB_TYPES: Final = {
    ("buy", "net"): "1",
    ("sell", "net"): "2",
    ("buy", "long"): "3",
    ("sell", "short"): "4",
    ("sell", "long"): "5",
    ("buy", "short"): "6",
}
_FORCED: Final = {"full_liquidation": (_LIQUIDATION, "3"), "adl": (_ADL, "5")} | {
    "partial_liquidation": (_LIQUIDATION, "4")
}
"""Category of a system order: its bill's type and the past position's type."""
_FORCED_SUB_TYPES: Final = {
    "partial_liquidation": {"long": "100", "short": "101", "buy": "102", "sell": "103"},
    "full_liquidation": {"long": "104", "short": "105", "buy": "106", "sell": "107"},
    "adl": {"long": "125", "short": "126", "buy": "127", "sell": "128"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One match, before it is money."""

    px: Decimal
    contracts: Decimal
    trade_id: str
    """Negative for liquidations and ADL."""
    exec_type: str
    """T, M or "" (forced)."""


def book(core: Core, order: OrderView, execution: Execution) -> FillView:
    """Move the money of one execution and return its record; `save_order` must follow."""
    if core.listings[order.inst_id].spec.is_spot:
        return _book_coins(core, order, execution)
    return _book_contracts(core, order, execution)


def _rate(core: Core, order: OrderView, execution: Execution) -> Decimal:
    spec = core.listings[order.inst_id].spec
    if not execution.exec_type:
        return _ZERO
    return spec.taker_rate if execution.exec_type == "T" else spec.maker_rate


def _book_contracts(core: Core, order: OrderView, execution: Execution) -> FillView:
    spec, wallet = core.listings[order.inst_id].spec, core.purse(order.inst_id)
    worth = formulas.notional(spec, execution.contracts, execution.px)
    fee = -worth * _rate(core, order, execution)
    key = held_key(order.inst_id, order.pos_side)
    before = wallet.held.get(key)
    booking = Booking(
        signed_sz=execution.contracts if order.side == "buy" else -execution.contracts,
        px=execution.px,
        fee=fee,
        trade_id=execution.trade_id,
        ts=core.now_ms,
        pos_side=order.pos_side,
    )
    realised = wallet.book(order.inst_id, booking, core.ids.draw)
    fill = _fill(core, order, execution, (realised, fee), wallet.ccy)
    core.save_bill(_bill(core, order, fill, realised + fee, wallet.ccy))
    if before is not None and before.pos:
        _remember(core, order, before, wallet.held[key])
    return fill


def _remember(core: Core, order: OrderView, before: Held, after: Held) -> None:
    """Keep a position that ended or was cut by force in the history of positions."""
    listing = core.listings[order.inst_id]
    forced = _FORCED.get(order.category)
    turned = after.pos and (after.pos > 0) != (before.pos > 0)
    if after.pos and not turned and forced is None:
        return
    lever = core.purse(order.inst_id).levers[order.inst_id]
    cause = (forced[1], listing.reference_px()) if forced else None
    past = past_of(listing.spec, after, before, lever, cause)
    core.register.put_past(past)


def _book_coins(core: Core, order: OrderView, execution: Execution) -> FillView:
    spec, ts = core.listings[order.inst_id].spec, core.now_ms
    coins, money = core.purses.by_ccy[spec.base_ccy], core.purses.by_ccy[spec.quote_ccy]
    cost, rate = execution.contracts * execution.px, _rate(core, order, execution)
    if order.side == "buy":
        fee, fee_ccy = -execution.contracts * rate, spec.base_ccy
        got, paid = execution.contracts + fee, -cost
    else:
        fee, fee_ccy = -cost * rate, spec.quote_ccy
        got, paid = -execution.contracts, cost + fee
    coins.credit(got, ts)
    money.credit(paid, ts)
    fill = _fill(core, order, execution, (_ZERO, fee), fee_ccy)
    core.save_bill(_bill(core, order, fill, got, spec.base_ccy))
    core.save_bill(_bill(core, order, fill, paid, spec.quote_ccy, core.ids.draw()))
    return fill


def _fill(
    core: Core,
    order: OrderView,
    execution: Execution,
    gained: tuple[Decimal, Decimal],
    fee_ccy: str,
) -> FillView:
    """Return the record of an execution; `gained` = (PnL realised, fee)."""
    return FillView(
        inst_type=order.inst_type,
        inst_id=order.inst_id,
        trade_id=execution.trade_id,
        ord_id=order.ord_id,
        cl_ord_id=order.cl_ord_id,
        bill_id=core.ids.draw(),
        tag=order.tag,
        side=order.side,
        pos_side=order.pos_side,
        fill_px=execution.px,
        fill_sz=execution.contracts,
        fill_pnl=gained[0],
        fee=gained[1],
        fee_ccy=fee_ccy,
        exec_type=execution.exec_type,
        sub_type=_sub_type(order),
        fill_mark_px=core.listings[order.inst_id].reference_px(),
        ts=core.now_ms,
    )


def _sub_type(order: OrderView) -> str:
    forced = _FORCED_SUB_TYPES.get(order.category)
    if forced is not None:
        return forced[order.side if order.pos_side == "net" else order.pos_side]
    return _SUB_TYPES[order.side, order.pos_side]


def _bill(
    core: Core, order: OrderView, fill: FillView, change: Decimal, ccy: str, bill_id: str = ""
) -> BillView:
    """Return the bill of a change that was credited to a currency's wallet just now."""
    forced = _FORCED.get(order.category)
    return BillView(
        bill_id=bill_id or fill.bill_id,
        inst_type=fill.inst_type,
        inst_id=fill.inst_id,
        ccy=ccy,
        type=forced[0] if forced else _TRADE,
        sub_type=fill.sub_type,
        bal_chg=change,
        bal=core.purses.by_ccy[ccy].cash,
        sz=fill.fill_sz,
        px=fill.fill_px,
        pnl=fill.fill_pnl,
        fee=fill.fee if fill.fee_ccy == ccy else _ZERO,
        ts=fill.ts,
        ord_id=fill.ord_id,
        cl_ord_id=fill.cl_ord_id,
        trade_id=fill.trade_id,
        exec_type=fill.exec_type,
        tag=fill.tag,
    )
