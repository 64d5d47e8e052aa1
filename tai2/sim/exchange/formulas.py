"""Margin arithmetic of linear and inverse contracts, for one net position.

The wallet and the liquidator ask; sizes are signed contracts, prices positive.
Pure functions of Decimals (source: OKX v5, PnL and margin per position); nothing is kept here.
"""

from decimal import Decimal
from typing import Final

from tai2.sim.exchange.records import InstSpec, Tier

_GRAIN: Final = Decimal("1e-10")


def rounded(number: Decimal) -> Decimal:
    """Cut a quotient to ten decimals, so that sums of it stay exact."""
    return number.quantize(_GRAIN)


def is_inverse(spec: InstSpec) -> bool:
    """Tell whether a contract is worth USD and settled in coin."""
    return spec.ct_type == "inverse"


def notional(spec: InstSpec, contracts: Decimal, px: Decimal) -> Decimal:
    """Return the unsigned worth of a size in settle currency."""
    worth = abs(contracts) * spec.ct_size
    return rounded(worth / px) if is_inverse(spec) else worth * px


def base_qty(spec: InstSpec, contracts: Decimal, px: Decimal) -> Decimal:
    """Return the base currency in a size."""
    worth = contracts * spec.ct_size
    return rounded(worth / px) if is_inverse(spec) else worth


def pnl(spec: InstSpec, contracts: Decimal, avg_px: Decimal, px: Decimal) -> Decimal:
    """Return the profit of a signed size held from avg_px to px, in settle currency."""
    worth = contracts * spec.ct_size
    if is_inverse(spec):
        return rounded(worth / avg_px - worth / px)
    return worth * (px - avg_px)


def average(
    spec: InstSpec, held: tuple[Decimal, Decimal], added: tuple[Decimal, Decimal]
) -> Decimal:
    """Return the average entry price of two (contracts, px) of the same direction."""
    (old, old_px), (new, new_px) = held, added
    if is_inverse(spec):
        return rounded((old + new) / (old / old_px + new / new_px))
    return rounded((old * old_px + new * new_px) / (old + new))


def liquidation_px(
    spec: InstSpec, contracts: Decimal, avg_px: Decimal, margin: Decimal
) -> Decimal | None:
    """Return the mark price at which maintenance margin and fee eat the margin.

    Args:
        spec: Gives maintenance rate m and taker rate f.
        contracts: Signed, not 0.
        avg_px: Entry price.
        margin: Isolated margin, or with cross: cash + upl of other positions − order margin.

    Returns:
        None when no positive price liquidates.
    """
    worth = abs(contracts) * spec.ct_size
    rate = tier_of(spec, contracts).mmr + spec.taker_rate
    sign = 1 if contracts > 0 else -1
    if is_inverse(spec):
        below = sign * margin + worth / avg_px
        px = worth * (1 + sign * rate) / below if below else Decimal(0)
    else:
        px = (margin - sign * worth * avg_px) / (worth * (rate - sign))
    return rounded(px) if px > 0 else None


def tier_of(spec: InstSpec, contracts: Decimal) -> Tier:
    """Return the tier of a position of this size; beyond the last one, the last."""
    for tier in spec.tiers:
        if abs(contracts) <= tier.max_sz:
            return tier
    if spec.tiers:
        return spec.tiers[-1]
    imr = 1 / spec.lever
    return Tier(max_sz=spec.max_lmt_sz, mmr=spec.mmr_rate, imr=imr, max_lever=spec.lever)


def bankruptcy_px(spec: InstSpec, contracts: Decimal, avg_px: Decimal, margin: Decimal) -> Decimal:
    """Return the price at which closing leaves exactly nothing of the margin."""
    worth, sign = abs(contracts) * spec.ct_size, 1 if contracts > 0 else -1
    if is_inverse(spec):
        return rounded(worth / (sign * margin + worth / avg_px))
    return rounded(avg_px - sign * margin / worth)
