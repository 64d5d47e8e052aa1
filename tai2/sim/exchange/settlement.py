"""Cash that moves without an order: funding at each settlement, and transfers of the owner.

The market side settles whenever time moved. Whoever holds a position at that instant pays or
gets its worth at the mark times the rate; positions opened later must not be touched.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Final

from tai2.sim.exchange import formulas
from tai2.sim.exchange.core import Core
from tai2.sim.exchange.listing import Listing
from tai2.sim.exchange.positions import Held
from tai2.sim.exchange.records import BillView, FundingMoved

_ZERO: Final = Decimal(0)
_FUNDING: Final = "8"
_PAID, _RECEIVED = "173", "174"
_TRANSFER: Final = "1"
_CAME, _WENT = "11", "12"


def settle_fundings(core: Core) -> None:
    """Charge every funding that became due: position at mark × rate, longs pay."""
    for listing in core.listings.values():
        while listing.funding is not None and core.now_ms >= listing.funding.funding_time:
            _settle(core, listing)


def _settle(core: Core, listing: Listing) -> None:
    due = listing.funding
    assert due is not None
    listing.fundings.append(due)
    for held in core.purse(listing.spec.inst_id).open():
        if held.inst_id == listing.spec.inst_id:
            _charge(core, listing, held, due.rate)
    listing.funding = replace(
        due,
        funding_time=due.next_funding_time,
        next_funding_time=due.next_funding_time + due.interval_ms,
        ts=core.now_ms,
    )
    core.emit(FundingMoved(inst_id=listing.spec.inst_id, funding=listing.funding))


def _charge(core: Core, listing: Listing, held: Held, rate: Decimal) -> None:
    spec, mark_px, wallet = listing.spec, listing.reference_px(), core.purse(held.inst_id)
    worth = formulas.notional(spec, held.pos, mark_px)
    change = formulas.rounded(-worth * rate if held.pos > 0 else worth * rate)
    wallet.amend(replace(held, funding_fee=held.funding_fee + change, u_time=core.now_ms))
    wallet.credit(change, core.now_ms)
    core.save_bill(
        BillView(
            bill_id=core.ids.draw(),
            inst_type=spec.inst_type,
            inst_id=spec.inst_id,
            ccy=wallet.ccy,
            type=_FUNDING,
            sub_type=_PAID if change < 0 else _RECEIVED,
            bal_chg=change,
            bal=wallet.cash,
            sz=abs(held.pos),
            px=mark_px,
            pnl=change,
            fee=_ZERO,
            ts=core.now_ms,
        )
    )
    core.tell_account(held.inst_id, "funding_fee", held.pos_side)


def transfer(core: Core, change: Decimal, ccy: str) -> None:
    """Move money in (positive) or out between the owner's accounts."""
    wallet = core.purses.by_ccy[ccy]
    wallet.credit(change, core.now_ms)
    core.save_bill(
        BillView(
            bill_id=core.ids.draw(),
            inst_type="",
            inst_id="",
            ccy=ccy,
            type=_TRANSFER,
            sub_type=_CAME if change > 0 else _WENT,
            bal_chg=change,
            bal=wallet.cash,
            sz=abs(change),
            px=_ZERO,
            pnl=_ZERO,
            fee=_ZERO,
            ts=core.now_ms,
        )
    )
    core.tell_cash(ccy, "transferred")
