"""What the exchange refuses, with its own codes.

The facade asks before it gives an order or a stop to the engine; the first refusal counts.
Checks must never change anything.
"""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final, NamedTuple

from tai2.sim.exchange.affording import NO_MARGIN, PRICED, UNPRICED, short_of
from tai2.sim.exchange.core import Core
from tai2.sim.exchange.records import Amendment, InstSpec, NewOrder, OrderView, Stop

CLIENT_ID: Final = re.compile(r"[A-Za-z0-9]{1,32}", re.ASCII)


class Refusal(NamedTuple):
    """A code of the exchange with its text."""

    code: str
    message: str
    sub_code: str = ""


Check = Callable[[Core, NewOrder], Iterator[Refusal]]


def refuse_order(core: Core, order: NewOrder) -> Refusal | None:
    """Return the first reason against an order; None = take it."""
    for check in _ORDER_CHECKS:
        for refusal in check(core, order):
            return refusal
    return None


def _form(core: Core, order: NewOrder) -> Iterator[Refusal]:
    if order.inst_id not in core.listings:
        yield Refusal("51001", f"Instrument ID {order.inst_id} does not exist")
        return
    if order.exp_time_ms is not None and core.now_ms > order.exp_time_ms:
        yield Refusal("50037", "The order has expired before it was processed")
    if order.cl_ord_id and not CLIENT_ID.fullmatch(order.cl_ord_id):
        yield Refusal("51000", "Parameter clOrdId  error")
    is_spot = core.listings[order.inst_id].spec.is_spot
    if order.td_mode != ("cash" if is_spot else "cross"):
        yield Refusal("51000", "Parameter tdMode error")
    if order.side not in ("buy", "sell"):
        yield Refusal("51000", "Parameter side error")
    if order.pos_side not in _pos_sides(core, is_spot=is_spot):
        yield Refusal("51000", "Parameter posSide error")
    if order.ord_type not in PRICED + UNPRICED:
        yield Refusal("51000", "Parameter ordType error")
    if order.ord_type in PRICED and order.px is None:
        yield Refusal(core.quirks.no_px_code, "The price of a limit order can't be empty")
    if order.ord_type == "fok" and order.stp_mode == "cancel_both":
        yield Refusal("54036", "A FOK order can't have stpMode cancel_both")


def _pos_sides(core: Core, *, is_spot: bool) -> tuple[str, ...]:
    return ("net",) if is_spot or core.pos_mode == "net_mode" else ("long", "short")


def _numbers(core: Core, order: NewOrder) -> Iterator[Refusal]:
    spec = core.listings[order.inst_id].spec
    if spec.state != "live":
        yield Refusal("51022", "Contract suspended")
    if order.tgt_ccy != "quote_ccy":
        yield from contracts_of(spec, order.sz)
    if order.px is not None:
        yield from _ticks(core, spec, order.px)
    if order.ord_type in UNPRICED and order.sz > spec.max_mkt_sz:
        yield Refusal("51202", f"Market order size exceeds the maximum of {spec.max_mkt_sz}")
    if order.sz > spec.max_lmt_sz:
        yield Refusal("51005", f"Order size exceeds the maximum of {spec.max_lmt_sz}")


def _ticks(core: Core, spec: InstSpec, px: Decimal) -> Iterator[Refusal]:
    if px <= 0 or px % spec.tick_sz:
        text = f"The precision of the price must be a multiple of {spec.tick_sz}"
        yield Refusal(core.quirks.tick_code, text)


def contracts_of(spec: InstSpec, contracts: Decimal) -> Iterator[Refusal]:
    """Yield what is wrong with a size: below the minimum, not a multiple of the lot."""
    if contracts < spec.min_sz:
        yield Refusal("51020", "Your order should meet or exceed the minimum order amount")
    if contracts % spec.lot_sz:
        yield Refusal("51121", "Order quantity must be a multiple of the lot size")


def _duplicate(core: Core, order: NewOrder) -> Iterator[Refusal]:
    if order.cl_ord_id and any(
        one.cl_ord_id == order.cl_ord_id for one in core.register.live.values()
    ):
        yield Refusal("51016", "Client order ID already exists")


def _band(core: Core, order: NewOrder) -> Iterator[Refusal]:
    if order.px is not None and order.ord_type in PRICED:
        yield from _within_band(core, order.inst_id, order.side, order.px)


def _within_band(core: Core, inst_id: str, side: str, px: Decimal) -> Iterator[Refusal]:
    high, low = core.listings[inst_id].band()
    if (side == "buy" and px > high) or (side == "sell" and px < low):
        yield Refusal(
            "51006",
            f"Order price is not within the price limit (max buy price: {high} "
            f"min sell price: {low})",
        )


def _stops(core: Core, order: NewOrder) -> Iterator[Refusal]:
    entry_px = order.px if order.ord_type in PRICED else core.listings[order.inst_id].last
    for stop in order.stops:
        if order.reduce_only:
            yield Refusal("51100", "TP/SL can't be attached to a reduce-only order")
        if stop.algo_cl_ord_id and has_algo(core, stop.algo_cl_ord_id):
            yield Refusal("51065", "algoClOrdId already exists")
        if entry_px is not None:
            yield from _attached_side(order.side, entry_px, stop)


def _attached_side(side: str, entry_px: Decimal, stop: Stop) -> Iterator[Refusal]:
    target, loss = stop.tp_trigger_px, stop.sl_trigger_px
    if side == "buy":
        if target is not None and target <= entry_px:
            yield Refusal(
                "51046", "The take profit trigger price must be higher than the order price"
            )
        if loss is not None and loss >= entry_px:
            yield Refusal("51047", "The stop loss trigger price must be lower than the order price")
        return
    if target is not None and target >= entry_px:
        yield Refusal("51048", "The take profit trigger price must be lower than the order price")
    if loss is not None and loss <= entry_px:
        yield Refusal("51049", "The stop loss trigger price must be higher than the order price")


def _reduces(core: Core, order: NewOrder) -> Iterator[Refusal]:
    spec = core.listings[order.inst_id].spec
    in_hedge = (order.pos_side, order.side) in (("long", "sell"), ("short", "buy"))
    only_closes = order.reduce_only and order.pos_side == "net" and not spec.is_spot
    if not only_closes and not in_hedge:
        return
    pos = core.purse(order.inst_id).pos(order.inst_id, order.pos_side)
    if not pos:
        yield Refusal("51169", "Order failed because you don't have any positions to reduce")
    elif (pos > 0) == (order.side == "buy"):
        yield Refusal("51170", "A reduce-only order can't be in the position's direction")
    elif order.sz > abs(pos) and (in_hedge or core.quirks.reduce_only_excess == "refuse"):
        yield Refusal("51112", "The close order size exceeds the available position")


def _margin(core: Core, order: NewOrder) -> Iterator[Refusal]:
    if order.reduce_only:
        return
    ccy, sub_code = short_of(core, order)
    if ccy:
        what = "margin" if sub_code == NO_MARGIN else "balance"
        yield Refusal("51008", f"Order failed. Insufficient {ccy} {what} in account", sub_code)


def refuse_change(core: Core, order: OrderView, change: Amendment) -> Refusal | None:
    """Return the first reason against an amendment; None = let it get under way."""
    return next(_change(core, order, change), None)


def _change(core: Core, order: OrderView, change: Amendment) -> Iterator[Refusal]:
    spec = core.listings[order.inst_id].spec
    if change.new_sz is None and change.new_px is None:
        yield Refusal("51500", "You must enter a price, quantity, or TP/SL")
    if change.new_sz is not None and change.new_sz > order.acc_fill_sz:
        yield from contracts_of(spec, change.new_sz)
    if change.new_px is not None:
        yield from _ticks(core, spec, change.new_px)
        yield from _within_band(core, order.inst_id, order.side, change.new_px)


_ORDER_CHECKS: Final = (_form, _numbers, _duplicate, _band, _stops, _reduces, _margin)


def has_algo(core: Core, algo_cl_ord_id: str) -> bool:
    """Tell whether a live stop carries this client id."""
    return any(one.algo_cl_ord_id == algo_cl_ord_id for one in core.register.algos.values())
