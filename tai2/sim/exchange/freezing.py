"""What resting orders hold back: margin of contracts, the whole price of a pair of currencies.

The core asks for each currency's figures. Orders that close a position hold nothing back for
the part that closes it, oldest first; it must never change anything.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

from tai2.sim.exchange.positions import held_key
from tai2.sim.exchange.purses import Purses
from tai2.sim.exchange.records import InstSpec, OrderView

_ZERO: Final = Decimal(0)


def frozen_by(
    orders: Iterable[OrderView], specs: Mapping[str, InstSpec], purses: Purses, ccy: str
) -> Decimal:
    """Return what live orders hold back of a currency."""
    wallet = purses.by_ccy[ccy]
    frozen, closable = _ZERO, {one.key: one.pos for one in wallet.open()}
    for order in orders:
        spec = specs[order.inst_id]
        if order.reduce_only or order.px is None:
            continue
        if spec.is_spot:
            frozen += _paid(spec, order, ccy)
        elif spec.purse_ccy == ccy:
            opening = _opening(order, closable)
            frozen += wallet.imr_for(order.inst_id, opening, order.px)
    return frozen


def _paid(spec: InstSpec, order: OrderView, ccy: str) -> Decimal:
    assert order.px is not None
    if order.side == "buy":
        return order.open_sz * order.px if spec.quote_ccy == ccy else _ZERO
    return order.open_sz if spec.base_ccy == ccy else _ZERO


def _opening(order: OrderView, closable: dict[str, Decimal]) -> Decimal:
    """Return the part of an order that opens, and use up the position that it closes."""
    key = held_key(order.inst_id, order.pos_side)
    held, opening = closable.get(key, _ZERO), order.open_sz
    if not held or (held > 0) != (order.side == "sell"):
        return opening
    closing = min(abs(held), opening)
    closable[key] = held - closing if held > 0 else held + closing
    return opening - closing
