"""What the exchange refuses, with its own codes.

The facade asks before it gives an order or a stop to the engine; the first refusal counts.
Checks must never change anything.
"""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final, NamedTuple

from tai2.sim.exchange.core import Core
from tai2.sim.exchange.records import InstSpec, NewAlgo, NewOrder, Stop
from tai2.sim.exchange.stops import wrong_side

_PRICED: Final = ("limit", "ioc", "fok", "post_only")
_UNPRICED: Final = ("market", "optimal_limit_ioc")
_CLIENT_ID: Final = re.compile(r"[A-Za-z0-9]{1,32}", re.ASCII)
_MARKET_RESERVE: Final = Decimal("1.05")
_ZERO: Final = Decimal(0)


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
    if order.exp_time_ms is not None and core.now_ms > order.exp_time_ms:
        yield Refusal("50037", "The order has expired before it was processed")
    if order.cl_ord_id and not _CLIENT_ID.fullmatch(order.cl_ord_id):
        yield Refusal("51000", "Parameter clOrdId  error")
    if order.td_mode != "cross":
        yield Refusal("51000", "Parameter tdMode error")
    if order.side not in ("buy", "sell"):
        yield Refusal("51000", "Parameter side error")
    if order.pos_side not in ("", "net"):
        yield Refusal("51000", "Parameter posSide error")
    if order.ord_type not in _PRICED + _UNPRICED:
        yield Refusal("51000", "Parameter ordType error")
    if order.ord_type in _PRICED and order.px is None:
        yield Refusal("51204", "The price of a limit order can't be empty")


def _numbers(core: Core, order: NewOrder) -> Iterator[Refusal]:
    spec = core.listings[order.inst_id].spec
    yield from _contracts(spec, order.sz)
    if order.px is not None and (order.px <= 0 or order.px % spec.tick_sz):
        yield Refusal("51150", f"The precision of the price must be a multiple of {spec.tick_sz}")
    if order.ord_type in _UNPRICED and order.sz > spec.max_mkt_sz:
        yield Refusal("51202", f"Market order size exceeds the maximum of {spec.max_mkt_sz}")
    if order.sz > spec.max_lmt_sz:
        yield Refusal("51005", f"Order size exceeds the maximum of {spec.max_lmt_sz}")


def _contracts(spec: InstSpec, contracts: Decimal) -> Iterator[Refusal]:
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
    if order.px is None or order.ord_type not in _PRICED:
        return
    high, low = core.listings[order.inst_id].band()
    if (order.side == "buy" and order.px > high) or (order.side == "sell" and order.px < low):
        yield Refusal(
            "51006",
            f"Order price is not within the price limit (max buy price: {high} "
            f"min sell price: {low})",
        )


def _stops(core: Core, order: NewOrder) -> Iterator[Refusal]:
    entry_px = order.px if order.ord_type in _PRICED else core.listings[order.inst_id].last
    for stop in order.stops:
        if order.reduce_only:
            yield Refusal("51100", "TP/SL can't be attached to a reduce-only order")
        if stop.algo_cl_ord_id and _has_algo(core, stop.algo_cl_ord_id):
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
    if not order.reduce_only:
        return
    pos = core.wallet.pos(order.inst_id)
    if not pos:
        yield Refusal("51169", "Order failed because you don't have any positions to reduce")
    elif (pos > 0) == (order.side == "buy"):
        yield Refusal("51170", "A reduce-only order can't be in the position's direction")


def _margin(core: Core, order: NewOrder) -> Iterator[Refusal]:
    if order.reduce_only:
        return
    listing, wallet = core.listings[order.inst_id], core.wallet
    pos, opening = wallet.pos(order.inst_id), order.sz
    if pos and (pos > 0) == (order.side == "sell"):
        opening = max(_ZERO, opening - abs(pos))
    px = order.px if order.ord_type in _PRICED else listing.reference_px() * _MARKET_RESERVE
    if not opening or px is None:
        return
    fee = opening * listing.spec.ct_size * px * listing.spec.taker_rate
    need = wallet.imr_for(order.inst_id, opening, px) + fee
    if need > wallet.balance(core.ord_frozen()).avail:
        text = f"Order failed. Insufficient {wallet.ccy} margin in account"
        yield Refusal("51008", text, "1001")


_ORDER_CHECKS: Final = (_form, _numbers, _duplicate, _band, _stops, _reduces, _margin)


def _has_algo(core: Core, algo_cl_ord_id: str) -> bool:
    return any(one.algo_cl_ord_id == algo_cl_ord_id for one in core.register.algos.values())


def refuse_algo(core: Core, order: NewAlgo) -> Refusal | None:
    """Return the first reason against a stop; None = take it."""
    return next(_algo(core, order), None)


def _algo(core: Core, order: NewAlgo) -> Iterator[Refusal]:
    listing = core.listings.get(order.inst_id)
    if listing is None:
        yield Refusal("51001", f"Instrument ID {order.inst_id} does not exist")
        return
    legs = [px for px in (order.stop.sl_trigger_px, order.stop.tp_trigger_px) if px is not None]
    if order.ord_type not in ("conditional", "oco") or len(legs) < (order.ord_type == "oco") + 1:
        yield Refusal("51000", "Parameter ordType error")
    if order.side not in ("buy", "sell"):
        yield Refusal("51000", "Parameter side error")
    if order.algo_cl_ord_id and not _CLIENT_ID.fullmatch(order.algo_cl_ord_id):
        yield Refusal("51000", "Parameter algoClOrdId error")
    if order.algo_cl_ord_id and _has_algo(core, order.algo_cl_ord_id):
        yield Refusal("51065", "algoClOrdId already exists")
    if (order.sz is None) != order.close_fraction:
        yield Refusal("51000", "Exactly one of sz and closeFraction is needed")
    if order.sz is not None:
        yield from _contracts(listing.spec, order.sz)
    if any(px <= 0 or px % listing.spec.tick_sz for px in legs):
        yield Refusal(
            "51150", f"The precision of the price must be a multiple of {listing.spec.tick_sz}"
        )
    code = wrong_side(order, listing.price)
    if code:
        yield Refusal(code, "The trigger price is on the wrong side of the current price")
