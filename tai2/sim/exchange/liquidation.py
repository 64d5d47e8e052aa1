"""What risk does to the account without an order: warning, partial and full liquidation, ADL.

The market side runs it whenever time or a mark price moved; each currency stands for itself.
Cash must never become negative: what a takeover can't cover is the insurance fund's.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Final

from tai2.sim.exchange import formulas
from tai2.sim.exchange.booking import Execution, book
from tai2.sim.exchange.core import Core
from tai2.sim.exchange.drafts import draft
from tai2.sim.exchange.matching import RISK, Matcher, filled
from tai2.sim.exchange.positions import Held
from tai2.sim.exchange.records import BillView, LiquidationPrinted, MarginWarned
from tai2.sim.exchange.wallet import Wallet

_ZERO: Final = Decimal(0)
WARNING: Final = Decimal(3)
"""Margin ratio at and below which the exchange warns."""
_INSURED: Final = "110"
"""subType of what the insurance fund pays in."""


def liquidate_if_due(core: Core, matcher: Matcher) -> None:
    """Warn at a margin ratio of 3, take positions over at 1; pending orders go first."""
    for wallet in core.purses:
        if not wallet.open():
            core.warned.difference_update(wallet.held)
            continue
        ratio = _ratio(core, wallet)
        if ratio is not None and ratio <= 1:
            matcher.cancel_where(RISK)
            _reduce(core, wallet)
            if wallet.open() and _is_due(core, wallet):
                _take_all(core, wallet)
        else:
            _warn(core, wallet, is_low=ratio is not None and ratio <= WARNING)


def liquidate(core: Core, matcher: Matcher) -> None:
    """Take every position over, whatever the margin ratio; pending orders go first."""
    matcher.cancel_where(RISK)
    for wallet in core.purses:
        if wallet.open():
            _take_all(core, wallet)


def deleverage(core: Core, inst_id: str) -> None:
    """Close the positions of an instrument at its mark, as auto-deleveraging does."""
    for held in core.purse(inst_id).open():
        if held.inst_id == inst_id:
            px = core.listings[inst_id].reference_px()
            take_over(core, held, (abs(held.pos), px), "adl")


def _ratio(core: Core, wallet: Wallet) -> Decimal | None:
    return wallet.balance(core.ord_frozen(wallet.ccy)).mgn_ratio


def _is_due(core: Core, wallet: Wallet) -> bool:
    ratio = _ratio(core, wallet)
    return ratio is not None and ratio <= 1


def _warn(core: Core, wallet: Wallet, *, is_low: bool) -> None:
    for held in wallet.open():
        if not is_low:
            core.warned.discard(held.key)
        elif held.key not in core.warned:
            core.warned.add(held.key)
            position = wallet.view(held, core.ord_frozen(wallet.ccy))
            core.emit(MarginWarned(position=position))


def _reduce(core: Core, wallet: Wallet) -> None:
    """Cut positions of the third tier and above by two tiers, at the mark, until it's enough."""
    for held in wallet.open():
        tiers = core.listings[held.inst_id].spec.tiers
        now = held
        while _is_due(core, wallet):
            rank = next((n for n, one in enumerate(tiers) if abs(now.pos) <= one.max_sz), 0)
            if rank < 2:
                break
            excess = abs(now.pos) - tiers[rank - 2].max_sz
            px = core.listings[held.inst_id].reference_px()
            take_over(core, now, (excess, px), "partial_liquidation")
            now = wallet.held[held.key]


def _take_all(core: Core, wallet: Wallet) -> None:
    """Take over all positions of a currency: the worst at its bankruptcy price, others at mark."""
    worst, *others = sorted(wallet.open(), key=wallet.upl)
    for one in others:
        mark_px = core.listings[one.inst_id].reference_px()
        take_over(core, one, (abs(one.pos), mark_px), "full_liquidation")
    spec = core.listings[worst.inst_id].spec
    margin = wallet.margin_for(worst, _ZERO)
    px = formulas.bankruptcy_px(spec, worst.pos, worst.avg_px, margin)
    take_over(core, worst, (abs(worst.pos), max(px, spec.tick_sz)), "full_liquidation")
    if wallet.cash < 0:
        _insure(core, wallet)


def _insure(core: Core, wallet: Wallet) -> None:
    change = -wallet.cash
    wallet.credit(change, core.now_ms)
    core.save_bill(
        BillView(
            bill_id=core.ids.draw(),
            inst_type="",
            inst_id="",
            ccy=wallet.ccy,
            type="5",
            sub_type=_INSURED,
            bal_chg=change,
            bal=wallet.cash,
            sz=_ZERO,
            px=_ZERO,
            pnl=_ZERO,
            fee=_ZERO,
            ts=core.now_ms,
        )
    )


def take_over(core: Core, held: Held, part: tuple[Decimal, Decimal], category: str) -> None:
    """Close (contracts, px) of a position by a system order with a negative trade id."""
    inst_id, (contracts, px) = held.inst_id, part
    side = "sell" if held.pos > 0 else "buy"
    order = replace(
        draft(core, inst_id, side, contracts),
        pos_side=held.pos_side,
        reduce_only=True,
        category=category,
    )
    trade_id = "-" + core.listings[inst_id].trade_id()
    match = Execution(px=px, contracts=contracts, trade_id=trade_id, exec_type="")
    fill = book(core, order, match)
    core.save_order(filled(order, fill), fill)
    core.tell_account(inst_id, "adl" if category == "adl" else "liquidation", held.pos_side)
    if category != "adl":
        printed = LiquidationPrinted(
            inst_id=inst_id,
            side=side,
            pos_side="long" if held.pos > 0 else "short",
            bk_px=px,
            sz=contracts,
            ts=core.now_ms,
        )
        core.emit(printed)
