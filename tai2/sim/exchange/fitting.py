"""What the exchange makes of an order before it judges it: defaults, price and size cut to fit.

The facade calls it for every new order. Only what the client allowed may be changed, and never
towards more risk.
"""

from dataclasses import replace
from decimal import Decimal

from tai2.sim.exchange.affording import PRICED, price_of, spendable
from tai2.sim.exchange.core import Core
from tai2.sim.exchange.records import InstSpec, NewOrder


def fit(core: Core, order: NewOrder) -> NewOrder:
    """Return the order that the checks judge."""
    listing = core.listings.get(order.inst_id)
    if listing is None:
        return order
    order = replace(order, pos_side=order.pos_side or "net", tgt_ccy=_target(listing.spec, order))
    if order.px_amend and order.px is not None and order.ord_type in PRICED:
        high, low = listing.band()
        px = min(order.px, high) if order.side == "buy" else max(order.px, low)
        order = replace(order, px=px)
    if listing.spec.is_spot and order.ord_type == "market" and not order.ban_amend:
        return _affordable(core, listing.spec, order)
    return order


def _target(spec: InstSpec, order: NewOrder) -> str:
    if not spec.is_spot or order.ord_type != "market":
        return ""
    return order.tgt_ccy or ("quote_ccy" if order.side == "buy" else "base_ccy")


def _affordable(core: Core, spec: InstSpec, order: NewOrder) -> NewOrder:
    """Cut a SPOT market order to the balance; one without any balance stays as it is."""
    ccy, price = price_of(core, order)
    have = spendable(core, ccy)
    if price <= have or not price or not have:
        return order
    cut: Decimal = order.sz * have / price
    if order.tgt_ccy != "quote_ccy":
        cut = cut // spec.lot_sz * spec.lot_sz
    return replace(order, sz=cut) if cut else order
