"""Rules of sanity: does the entry make sense at this price, on this account, at this time.

The gate runs them for entries. Each compares two things that were measured; one that lacks a
measurement must refuse.
"""

from decimal import Decimal
from typing import Final

from tai2.model.money import ZERO, in_bps
from tai2.model.snapshot import BookTop
from tai2.model.verdict import Refusal
from tai2.risk.case import Case
from tai2.risk.refusal import refusal

LIQUIDATION_SHARE: Final = Decimal("0.5")
"""A stop may use up at most this share of the way to liquidation."""


def target_distance(case: Case) -> Refusal | None:
    """Refuse a target beyond anything that the horizon could bring."""
    target, book, limit = case.decision.target_px, case.book, case.limits.target_max_pct
    if target is None or book is None:
        return refusal("target_distance", "no target or no fresh book to measure", limit)
    percent = abs(target - book.mid) / book.mid * 100
    if percent <= limit:
        return None
    text = f"the target is {percent:.3f} % away, {limit} allowed"
    return refusal("target_distance", text, limit, f"{percent:.3f}")


def mark_band(case: Case) -> Refusal | None:
    """Refuse a price that lies far from the mark."""
    mark, px, limit = case.snapshot.mark.fresh, case.limit_px, case.limits.max_mark_band_pct
    if mark is None or px is None or mark.px <= ZERO:
        return refusal("mark_band", "no fresh mark or no price to compare", limit)
    percent = abs(px / mark.px - 1) * 100
    if percent <= limit:
        return None
    text = f"the price lies {percent:.3f} % from the mark, {limit} allowed"
    return refusal("mark_band", text, limit, f"{percent:.3f}")


def price_limit(case: Case) -> Refusal | None:
    """Refuse a price that the exchange wouldn't take now.

    Stop and target aren't held to it: they become market orders once the price is there, and the
    limits move with the price.
    """
    limit, px = case.price_limit, case.limit_px
    if limit is None or px is None:
        return refusal("price_limit", "the exchange's price limits or our price aren't known")
    if limit.takes(case.side, px):
        return None
    bound = limit.bound(case.side)
    return refusal("price_limit", f"the exchange takes {case.side} up to {bound}", bound, px)


def confidence(case: Case) -> Refusal | None:
    """Refuse a decision that its own reasoner hardly believes."""
    stated, floor = case.decision.confidence, case.limits.min_confidence
    if stated is None or not stated.is_finite() or not ZERO <= stated <= 1:
        return refusal("confidence", "no confidence between 0 and 1 is stated", floor)
    if stated >= floor:
        return None
    return refusal("confidence", f"confidence {stated}, at least {floor} wanted", floor, stated)


def liquidation(case: Case) -> Refusal | None:
    """Refuse a stop that liquidation could forestall.

    At a leverage of L the margin is gone after about 100/L percent, less maintenance; a known
    liquidation price counts when it is nearer.
    """
    lever, stop, book = case.exposure.lever, case.decision.stop_px, case.book
    if lever is None or stop is None or book is None or lever <= ZERO:
        return refusal("liquidation", "leverage, stop or book isn't known")
    way = Decimal(book.mid) / lever
    held = case.snapshot.position.fresh
    if held is not None and held.liq_px is not None and held.contracts * case.side.sign > ZERO:
        way = min(way, max((book.mid - held.liq_px) * case.side.sign, ZERO))
    used, most = abs(book.mid - stop), way * LIQUIDATION_SHARE
    if used <= most:
        return None
    text = f"the stop is {used:.4f} away, liquidation about {way:.4f}: at most half of that"
    return refusal("liquidation", text, f"{most:.4f}", f"{used:.4f}")


def edge(case: Case) -> Refusal | None:
    """Refuse an entry whose target hardly pays the round trip."""
    target, book, taker = case.decision.target_px, case.book, case.taker
    if target is None or book is None or taker is None:
        return refusal("edge", "target, book or fee isn't known")
    gain_bps = in_bps(abs(target - book.mid), book.mid)
    least = round_trip_bps(book, taker) * case.limits.min_edge_ratio
    if gain_bps >= least:
        return None
    text = f"the target is {gain_bps:.1f} bps away, a round trip wants {least:.1f}"
    return refusal("edge", text, f"{least:.1f}", f"{gain_bps:.1f}")


def round_trip_bps(book: BookTop, taker: Decimal) -> Decimal:
    """Return what going in and out costs: two fees and one spread."""
    return in_bps(2 * taker * book.mid + book.best_ask - book.best_bid, book.mid)


def clock(case: Case) -> Refusal | None:
    """Refuse while this machine's clock and the exchange's disagree."""
    off, limit = case.clock_off_ms, case.limits.max_clock_off_ms
    if off is None:
        return refusal("clock", "the exchange's time wasn't measured lately", limit)
    if abs(off) <= limit:
        return None
    return refusal("clock", f"the clock is {off} ms off, {limit} ms allowed", limit, off)


def meta_age(case: Case) -> Refusal | None:
    """Refuse when sizes and ticks were read too long ago."""
    age_ms, limit = case.meta_age_ms, case.limits.max_meta_age_ms
    if age_ms is None:
        return refusal("meta_age", "the instrument's record wasn't read", limit)
    if age_ms <= limit:
        return None
    return refusal("meta_age", f"the record is {age_ms} ms old, {limit} allowed", limit, age_ms)


def account_check(case: Case) -> Refusal | None:
    """Refuse while the account's settings aren't as they should be, or weren't looked at."""
    trouble = case.exposure.account_trouble
    if trouble == "":
        return None
    return refusal("account_check", trouble or "the account's settings weren't read")
