"""The rules: each looks at a case and returns its refusal, or None to let it pass.

The gate runs all of them for every decision. A rule that lacks what it needs must refuse;
rules for entries never stand in the way of an exit.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from tai2.model.controls import TradingState
from tai2.model.decision import PositionEffect
from tai2.model.instrument import Side
from tai2.model.maintenance import Stage
from tai2.model.money import ZERO, in_bps, trimmed
from tai2.model.snapshot import Aged, Freshness
from tai2.model.verdict import Refusal
from tai2.risk import fare, pace, sanity
from tai2.risk.case import Case
from tai2.risk.refusal import refusal

INST_ID: Final = re.compile(r"[A-Z0-9-]{3,32}", re.ASCII)

Rule = Callable[[Case], Refusal | None]
"""One guard."""


def trading_state(case: Case) -> Refusal | None:
    """Refuse everything while halted and entries while reducing."""
    state = case.controls.trading_state
    if state is TradingState.HALTED or (state is TradingState.REDUCING and case.is_entry):
        reason = case.controls.state_reason or "no reason given"
        return refusal(state.value, f"trading is {state.value}: {reason}", "active", state.value)
    return None


def allow_list(case: Case) -> Refusal | None:
    """Refuse an instrument that isn't on the list, or whose record belongs to another."""
    inst_id, listed = case.decision.inst_id, case.controls.instruments
    is_same = case.instrument.inst_id == inst_id == case.snapshot.inst_id
    is_listed = inst_id in listed or not case.is_entry
    if is_same and is_listed and INST_ID.fullmatch(inst_id):
        return None
    return refusal("allow_list", f"{inst_id!r:.40} isn't on the list", ",".join(listed), inst_id)


def maintenance(case: Case) -> Refusal | None:
    """Refuse entries from a quarter of an hour before maintenance, everything during it."""
    stage = case.exposure.maintenance
    if stage is Stage.NONE or (stage is not Stage.ONGOING and not case.is_entry):
        return None
    if stage is None:
        return refusal("maintenance", "what the exchange announces wasn't read lately")
    return refusal("maintenance", f"maintenance of the exchange is {stage}", "none", stage.value)


def instrument_live(case: Case) -> Refusal | None:
    """Refuse an instrument that the exchange has suspended."""
    if case.instrument.is_live:
        return None
    return refusal("instrument_live", f"{case.instrument.inst_id} isn't live at the exchange")


def stale_data(case: Case) -> Refusal | None:
    """Refuse when a field that the order depends on is stale or missing now."""
    snapshot = case.snapshot
    needed: dict[str, Aged[object]] = {
        "book": snapshot.book,
        "position": snapshot.position,
    }
    if case.is_entry:
        needed |= {"mark": snapshot.mark, "balance": snapshot.balance}
    bad = {name: aged for name, aged in needed.items() if aged.freshness is not Freshness.FRESH}
    if not bad:
        return None
    ages = ", ".join(f"{name} {aged.freshness} ({aged.age_ms} ms)" for name, aged in bad.items())
    return refusal("stale_data", f"not fresh: {ages}", "fresh", ",".join(bad))


def decision_age(case: Case) -> Refusal | None:
    """Refuse a decision that took too long."""
    age_ms, limit_ms = case.now_ms - case.decided_on.ts, case.limits.max_decision_age_ms
    if 0 <= age_ms <= limit_ms:
        return None
    text = f"the decision is {age_ms} ms old, {limit_ms} ms allowed"
    return refusal("decision_age", text, limit_ms, age_ms)


def unknown_order(case: Case) -> Refusal | None:
    """Refuse while an order on this instrument may or may not exist."""
    if not case.exposure.unknown_orders:
        return None
    ids = ", ".join(order.intent.cl_ord_id for order in case.exposure.unknown_orders)
    return refusal("unknown_order", f"unresolved on this instrument: {ids}", 0, ids)


def in_flight(case: Case) -> Refusal | None:
    """Refuse a second order while one on this instrument can still execute."""
    if case.exposure.working_orders == 0:
        return None
    working = case.exposure.working_orders
    return refusal("in_flight", f"{working} order(s) of ours still work here", 0, working)


def position_effect(case: Case) -> Refusal | None:
    """Refuse an effect that contradicts the live position: flips need a close first."""
    held = case.exposure.position
    if held is None:
        return refusal("position_effect", "the position isn't known")
    along = held * case.side.sign
    fits = {
        PositionEffect.OPEN: held == ZERO,
        PositionEffect.INCREASE: along > ZERO,
        PositionEffect.REDUCE: along < ZERO,
        PositionEffect.CLOSE: along < ZERO,
    }
    if fits.get(case.decision.effect, False):
        return None
    text = f"{case.side} {case.decision.effect} doesn't fit a position of {trimmed(held)} contracts"
    return refusal("position_effect", text, case.decision.effect, trimmed(held))


def foreign_position(case: Case) -> Refusal | None:
    """Refuse entries beside somebody else's position until a person has adopted or ignored it."""
    foreign, inst_id = case.exposure.foreign, case.decision.inst_id
    if foreign == ZERO or inst_id in case.controls.ignored:
        return None
    if foreign is None:
        return refusal("foreign_position", "whose position it is isn't known")
    text = (
        f"{trimmed(foreign)} contracts aren't ours: tai2 adopt {inst_id}, or tai2 ignore {inst_id}"
    )
    return refusal("foreign_position", text, 0, trimmed(foreign))


def stop_required(case: Case) -> Refusal | None:
    """Refuse an entry without a stop and a target on the right sides of the market."""
    stop, target, book = case.decision.stop_px, case.decision.target_px, case.book
    if stop is None or target is None:
        return refusal("stop_required", "an entry needs a stop and a target")
    if book is None:
        return refusal("stop_required", "no fresh book to judge the stop by")
    sign = case.side.sign
    if (book.mid - stop) * sign <= ZERO or (target - book.mid) * sign <= ZERO:
        text = f"stop {stop} and target {target} don't enclose the mid {book.mid} for {case.side}"
        return refusal("stop_side", text, book.mid, stop)
    return None


def stop_distance(case: Case) -> Refusal | None:
    """Refuse a stop that is too near or too far from the mid."""
    stop, book = case.decision.stop_px, case.book
    if stop is None or book is None:
        return refusal("stop_distance", "no stop or no fresh book to measure")
    percent = abs(book.mid - stop) / book.mid * 100
    low, high = case.limits.stop_min_pct, case.limits.stop_max_pct
    if low <= percent <= high:
        return None
    text = f"the stop is {percent:.3f} % away, {low} to {high} % allowed"
    return refusal("stop_distance", text, f"{low}..{high}", f"{percent:.3f}")


def spread(case: Case) -> Refusal | None:
    """Refuse an entry while the spread is wide."""
    if case.book is None:
        return refusal("spread", "no fresh book to measure the spread")
    bps = in_bps(Decimal(case.book.best_ask - case.book.best_bid), case.book.mid)
    if bps <= case.limits.max_spread_bps:
        return None
    text = f"the spread is {bps:.2f} bps, {case.limits.max_spread_bps} allowed"
    return refusal("spread", text, case.limits.max_spread_bps, f"{bps:.2f}")


def price_drift(case: Case) -> Refusal | None:
    """Refuse an entry when the market moved away from what the reasoner saw."""
    before = case.decided_on.book.value
    if before is None or case.book is None:
        return refusal("price_drift", "no book then or now to compare")
    percent = abs(case.book.mid / before.mid - 1) * 100
    if percent <= case.limits.max_drift_pct:
        return None
    text = f"the mid moved {percent:.3f} %, {case.limits.max_drift_pct} allowed"
    return refusal("price_drift", text, case.limits.max_drift_pct, f"{percent:.3f}")


def leverage(case: Case) -> Refusal | None:
    """Refuse an entry while the exchange reports more leverage than allowed."""
    lever, limit = case.exposure.lever, case.limits.max_lever
    if lever is None:
        return refusal("leverage", "the instrument's leverage isn't known", limit)
    if lever <= limit:
        return None
    return refusal("leverage", f"leverage is {lever}, {limit} allowed", limit, lever)


def touch_known(case: Case) -> Refusal | None:
    """Refuse when there is no price to limit the order by."""
    if case.limit_px is not None and case.limit_px > ZERO:
        return None
    return refusal("touch_known", f"no fresh {Side.BUY}/{Side.SELL} quote to limit the order by")


ALWAYS: Final[tuple[Rule, ...]] = (
    trading_state,
    allow_list,
    maintenance,
    instrument_live,
    stale_data,
    touch_known,
    decision_age,
    unknown_order,
    in_flight,
    position_effect,
)
"""Hold for every order."""

ENTRIES: Final[tuple[Rule, ...]] = (
    foreign_position,
    stop_required,
    stop_distance,
    spread,
    price_drift,
    leverage,
    sanity.target_distance,
    sanity.mark_band,
    sanity.price_limit,
    sanity.confidence,
    sanity.liquidation,
    sanity.edge,
    sanity.clock,
    sanity.meta_age,
    sanity.account_check,
    pace.entries_hour,
    pace.entries_hour_total,
    pace.cooldown,
    pace.in_flight_total,
    pace.duplicate,
    pace.sends_2s,
    pace.sends_day,
    fare.daily_loss,
    fare.drawdown,
    fare.losing_streak,
    fare.refusals,
    fare.order_errors,
    fare.llm_errors,
)
"""Hold for orders that grow exposure."""
