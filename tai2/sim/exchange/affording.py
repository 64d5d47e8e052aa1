"""What an order needs and whether the account has it: margin for contracts, money for coins.

The checks ask before an order is taken, the amender before one grows. Only the part of an
order that opens something needs margin; nothing here may ever count a currency for another.
"""

from decimal import Decimal
from typing import Final

from tai2.sim.exchange import formulas
from tai2.sim.exchange.core import Core
from tai2.sim.exchange.records import NewOrder, OrderView

PRICED: Final = ("limit", "ioc", "fok", "post_only")
UNPRICED: Final = ("market", "optimal_limit_ioc")
NO_BALANCE: Final = "1000"
NO_MARGIN: Final = "1001"
_MARKET_RESERVE: Final = Decimal("1.05")
_ZERO: Final = Decimal(0)


def short_of(core: Core, order: NewOrder) -> tuple[str, str]:
    """Return (currency, sub code) that an order lacks; ("", "") = it can be paid."""
    if core.listings[order.inst_id].spec.is_spot:
        ccy, price = price_of(core, order)
        return (ccy, NO_BALANCE) if price > spendable(core, ccy) else ("", "")
    px = order.px if order.ord_type in PRICED else None
    need = _margin_of(core, order, order.sz, px)
    wallet = core.purse(order.inst_id)
    is_short = need > wallet.balance(core.ord_frozen(wallet.ccy)).avail
    return (wallet.ccy, NO_MARGIN) if is_short else ("", "")


def price_of(core: Core, order: NewOrder) -> tuple[str, Decimal]:
    """Return what a SPOT order pays: (currency, quantity)."""
    listing = core.listings[order.inst_id]
    if order.side == "sell":
        bid = listing.book.best_other("buy") or listing.reference_px()
        coins = order.sz / bid if order.tgt_ccy == "quote_ccy" else order.sz
        return listing.spec.base_ccy, coins
    if order.tgt_ccy == "quote_ccy":
        return listing.spec.quote_ccy, order.sz
    px = order.px if order.px is not None else listing.book.best_other("sell")
    return listing.spec.quote_ccy, order.sz * (px or listing.reference_px())


def spendable(core: Core, ccy: str) -> Decimal:
    """Return the cash of a currency that neither orders nor positions hold back."""
    view = core.purses.by_ccy[ccy].balance(core.ord_frozen(ccy))
    return max(_ZERO, min(view.avail, view.cash_bal - view.frozen))


def lacks_room(core: Core, order: OrderView, wanted: OrderView) -> bool:
    """Tell whether a live order can't become another one for want of margin or money."""
    spec = core.listings[order.inst_id].spec
    if order.only_closes or wanted.px is None or order.px is None:
        return False
    if spec.is_spot:
        ccy = spec.base_ccy if order.side == "sell" else spec.quote_ccy
        rates = (order.px, wanted.px) if order.side == "buy" else (Decimal(1), Decimal(1))
        more = wanted.open_sz * rates[1] - order.open_sz * rates[0]
        return more > spendable(core, ccy)
    wallet = core.purse(order.inst_id)
    more = wallet.imr_for(order.inst_id, wanted.open_sz, wanted.px)
    more -= wallet.imr_for(order.inst_id, order.open_sz, order.px)
    return more > wallet.balance(core.ord_frozen(wallet.ccy)).avail


def _margin_of(core: Core, order: NewOrder, contracts: Decimal, px: Decimal | None) -> Decimal:
    """Return initial margin and fee of the part that opens; None = at market, with a reserve."""
    listing, wallet = core.listings[order.inst_id], core.purse(order.inst_id)
    pos, opening = wallet.pos(order.inst_id, order.pos_side), contracts
    if pos and (pos > 0) == (order.side == "sell"):
        opening = max(_ZERO, opening - abs(pos))
    px = listing.reference_px() * _MARKET_RESERVE if px is None else px
    if not opening or not px:
        return _ZERO
    fee = formulas.notional(listing.spec, opening, px) * listing.spec.taker_rate
    return wallet.imr_for(order.inst_id, opening, px) + fee
