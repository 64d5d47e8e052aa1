"""What guards measure: one figure of a case each, None where it isn't known.

The table of guards names them. They only read; a figure that can't be had must never be 0.
"""

from collections.abc import Callable
from decimal import Decimal

from tai2.model.condition import Pace
from tai2.model.limits import Limits
from tai2.model.money import ZERO, Contracts, in_bps
from tai2.risk import pace
from tai2.risk.case import Case
from tai2.risk.gate import depth
from tai2.risk.sanity import LIQUIDATION_SHARE, round_trip_bps

Measure = Callable[[Case], Decimal | None]
"""Reads one figure of a case; None = not known."""


def limit(name: str, scale: int = 1) -> Measure:
    """Return a measure of one limit, divided by scale."""
    return lambda case: Decimal(getattr(case.limits, name)) / scale


def paced(count: Callable[[Case, Pace], int]) -> Measure:
    """Return a measure of a count of orders."""
    return lambda case: None if case.pace is None else Decimal(count(case, case.pace))


def fared(name: str) -> Measure:
    """Return a measure of one figure of the account's condition."""

    def measure(case: Case) -> Decimal | None:
        found = getattr(case.condition, name) if case.condition else None
        return None if found is None else Decimal(found)

    return measure


def seconds(ms: int | None) -> Decimal | None:
    """Return milliseconds as seconds."""
    return None if ms is None else Decimal(ms) / 1000


def of_equity(share: Callable[[Limits], Decimal]) -> Measure:
    """Return a measure of a share of equity, quote currency."""

    def measure(case: Case) -> Decimal | None:
        balance = case.snapshot.balance.fresh
        return None if balance is None else balance.equity * share(case.limits)

    return measure


def spread(case: Case) -> Decimal | None:
    """Return the spread in basis points."""
    if case.book is None:
        return None
    return in_bps(Decimal(case.book.best_ask - case.book.best_bid), case.book.mid)


def drift(case: Case) -> Decimal | None:
    """Return the mid's move since the decision's snapshot, percent."""
    before, now = case.decided_on.book.value, case.book
    return None if before is None or now is None else abs(now.mid / before.mid - 1) * 100


def from_mid(name: str) -> Measure:
    """Return a measure of a price's distance from the mid, percent."""

    def measure(case: Case) -> Decimal | None:
        px: Decimal | None = getattr(case.decision, name)
        if px is None or case.book is None:
            return None
        return abs(px - case.book.mid) / case.book.mid * 100

    return measure


def band(case: Case) -> Decimal | None:
    """Return the order price's distance from the mark, percent."""
    mark, px = case.snapshot.mark.fresh, case.limit_px
    return None if mark is None or px is None or mark.px == ZERO else abs(px / mark.px - 1) * 100


def room(case: Case) -> Decimal | None:
    """Return how far from the mid the exchange takes a price, percent; None = any or not known."""
    bound = case.price_limit.bound(case.side) if case.price_limit else None
    return None if bound is None or case.book is None else abs(bound / case.book.mid - 1) * 100


def way(case: Case) -> Decimal | None:
    """Return the order price's distance from the mid, percent."""
    px = case.limit_px
    return None if px is None or case.book is None else abs(px / case.book.mid - 1) * 100


def edge(case: Case) -> Decimal | None:
    """Return the way to the target in round trips; None = not known or a round trip is free."""
    if case.book is None or case.taker is None or case.decision.target_px is None:
        return None
    cost = round_trip_bps(case.book, case.taker)
    gain = in_bps(abs(case.decision.target_px - case.book.mid), case.book.mid)
    return gain / cost if cost > ZERO else None


def liquidation(case: Case) -> Decimal | None:
    """Return the farthest stop that liquidation can't forestall, percent."""
    return None if not case.exposure.lever else 100 * LIQUIDATION_SHARE / case.exposure.lever


def depth_notional(case: Case) -> Decimal | None:
    """Return what the book holds within the price cap, quote currency."""
    px = case.touch
    return None if px is None else case.instrument.notional(depth(case), px)


def rest(case: Case) -> Decimal | None:
    """Return how long the instrument still rests, seconds."""
    if case.pace is None:
        return None
    return seconds(max(pace.cooldown_left_ms(case, case.pace), 0))


def none_allowed(_case: Case) -> Decimal | None:
    """Return 0."""
    return ZERO


def smallest(case: Case) -> Decimal | None:
    """Return what the smallest order costs, quote currency."""
    px = case.sizing_px
    return None if px is None else case.instrument.notional(Contracts(case.instrument.min_sz), px)
