"""What time and risk do to the account without an order: funding and liquidation.

The facade runs it whenever time or a mark price moved.
Cash must never become negative: what a takeover can't cover is the insurance fund's.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Final

from tai2.sim.exchange import formulas
from tai2.sim.exchange.book import opposite
from tai2.sim.exchange.core import Core
from tai2.sim.exchange.drafts import draft
from tai2.sim.exchange.listing import Listing
from tai2.sim.exchange.matching import RISK, Matcher, fill_of, filled
from tai2.sim.exchange.records import FundingMoved, LiquidationPrinted
from tai2.sim.exchange.wallet import Booking, Held

_ZERO: Final = Decimal(0)


def settle_fundings(core: Core) -> None:
    """Charge every funding that became due: position at mark × rate, longs pay."""
    for listing in core.listings.values():
        while listing.funding is not None and core.now_ms >= listing.funding.funding_time:
            _settle(core, listing)


def _settle(core: Core, listing: Listing) -> None:
    due = listing.funding
    assert due is not None
    listing.fundings.append(due)
    held = core.wallet.held.get(listing.spec.inst_id)
    if held is not None and held.pos:
        worth = formulas.notional(listing.spec, held.pos, listing.reference_px())
        change = -worth * due.rate if held.pos > 0 else worth * due.rate
        core.wallet.amend(replace(held, funding_fee=held.funding_fee + change, u_time=core.now_ms))
        core.wallet.credit(change, core.now_ms)
        core.tell_account(listing.spec.inst_id, "funding_fee")
    listing.funding = replace(
        due,
        funding_time=due.next_funding_time,
        next_funding_time=due.next_funding_time + due.interval_ms,
        ts=core.now_ms,
    )
    core.emit(FundingMoved(inst_id=listing.spec.inst_id, funding=listing.funding))


def liquidate_if_due(core: Core, matcher: Matcher) -> None:
    """Take over every position when the margin ratio is at or below 1.

    Orders go first (they hold margin back); the last position is taken at the bankruptcy
    price, any others at their marks.
    """
    if not core.wallet.open() or not _is_due(core):
        return
    matcher.cancel_where(RISK)
    if _is_due(core):
        liquidate(core, matcher)


def liquidate(core: Core, matcher: Matcher) -> None:
    """Take over every position; pending orders go first."""
    matcher.cancel_where(RISK)
    held = sorted(core.wallet.open(), key=core.wallet.upl)
    if not held:
        return
    for one in held[1:]:
        _take_over(core, one, core.listings[one.inst_id].reference_px())
    worst = held[0]
    spec = core.listings[worst.inst_id].spec
    margin = core.wallet.margin_for(worst, _ZERO)
    px = formulas.bankruptcy_px(spec, worst.pos, worst.avg_px, margin)
    _take_over(core, worst, max(px, spec.tick_sz))
    if core.wallet.cash < 0:
        core.wallet.credit(-core.wallet.cash, core.now_ms)


def _is_due(core: Core) -> bool:
    ratio = core.wallet.balance(core.ord_frozen()).mgn_ratio
    return ratio is not None and ratio <= 1


def _take_over(core: Core, held: Held, px: Decimal) -> None:
    """Close a position with a system order; its fill carries a negative trade id."""
    inst_id, ts = held.inst_id, core.now_ms
    side = "sell" if held.pos > 0 else "buy"
    trade_id = "-" + core.listings[inst_id].trade_id()
    order = replace(
        draft(core, inst_id, side, abs(held.pos)), reduce_only=True, category="full_liquidation"
    )
    booking = Booking(signed_sz=-held.pos, px=px, fee=_ZERO, trade_id=trade_id, ts=ts)
    realised = core.wallet.book(inst_id, booking, core.ids.draw)
    fill = fill_of(core, order, booking, (realised, ""))
    core.save_order(filled(order, fill), fill)
    core.tell_account(inst_id, "liquidation")
    core.emit(
        LiquidationPrinted(
            inst_id=inst_id,
            side=side,
            pos_side="short" if opposite(side) == "sell" else "long",
            bk_px=px,
            sz=abs(held.pos),
            ts=ts,
        )
    )
