"""Rules of pace: how often, how soon again, how many at once.

The gate runs them for entries, from what the journal says was sent. They must never slow an
exit, and unknown history is a refusal.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final

from tai2.model.condition import Pace, Sent
from tai2.model.verdict import Refusal
from tai2.risk.case import Case
from tai2.risk.refusal import refusal
from tai2.risk.sized import sized

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 86_400_000
BURST_MS: Final = 2_000
SAME_SIZE: Final = Decimal("0.01")
"""Sizes within this share of each other are the same."""


def entries_hour(case: Case) -> Refusal | None:
    """Refuse another entry on this instrument within the hour."""
    return _counted(case, "entries_hour", case.limits.max_entries_hour, entries_here)


def entries_hour_total(case: Case) -> Refusal | None:
    """Refuse another entry of any instrument within the hour."""
    return _counted(case, "entries_hour_total", case.limits.max_entries_hour_total, entries_all)


def sends_2s(case: Case) -> Refusal | None:
    """Refuse a burst of orders."""
    return _counted(case, "sends_2s", case.limits.max_sends_2s, sends_burst)


def sends_day(case: Case) -> Refusal | None:
    """Refuse more orders than a day may have."""
    return _counted(case, "sends_day", case.limits.max_sends_day, sends_today)


def in_flight_total(case: Case) -> Refusal | None:
    """Refuse while too many orders of all instruments still work."""
    return _counted(case, "in_flight_total", case.limits.max_in_flight, in_flight_of)


def cooldown(case: Case) -> Refusal | None:
    """Refuse an entry soon after this instrument's last order, longer after a stop-out."""
    if case.pace is None:
        return _unknown("cooldown")
    left_ms = cooldown_left_ms(case, case.pace)
    if left_ms <= 0:
        return None
    text = f"{case.instrument.inst_id} rests for {left_ms} ms more"
    return refusal("cooldown", text, 0, left_ms)


def duplicate(case: Case) -> Refusal | None:
    """Refuse an entry like one that was sent a moment ago: by the size that would leave.

    The size asked for says little: a wish far above a cap is cut to it each time.
    """
    if case.pace is None:
        return _unknown("duplicate")
    contracts = sized(case)
    if contracts is None:
        return refusal("duplicate", "the size isn't known: nothing to compare")
    for sent in _since(case, case.pace, case.limits.duplicate_ms):
        is_same = sent.inst_id == case.instrument.inst_id and sent.side is case.side
        if sent.is_entry and is_same and _is_near(sent.contracts, contracts):
            text = f"{sent.side} {sent.contracts} was sent {case.now_ms - sent.ts} ms ago"
            return refusal("duplicate", text, case.limits.duplicate_ms, case.now_ms - sent.ts)
    return None


def cooldown_left_ms(case: Case, pace: Pace) -> int:
    """Return how long this instrument still rests; 0 or less = no longer."""
    ends = [0]
    if pace.settled_ms is not None:
        ends.append(pace.settled_ms + case.limits.cooldown_ms)
    if pace.setback_ms is not None:
        ends.append(pace.setback_ms + case.limits.stop_cooldown_ms)
    return max(ends) - case.now_ms


def entries_here(case: Case, pace: Pace) -> int:
    """Return this instrument's entries of the last hour."""
    inst_id = case.instrument.inst_id
    return sum(s.is_entry and s.inst_id == inst_id for s in _since(case, pace, HOUR_MS))


def entries_all(case: Case, pace: Pace) -> int:
    """Return all entries of the last hour."""
    return sum(sent.is_entry for sent in _since(case, pace, HOUR_MS))


def sends_burst(case: Case, pace: Pace) -> int:
    """Return the orders of the last two seconds."""
    return sum(1 for _ in _since(case, pace, BURST_MS))


def sends_today(case: Case, pace: Pace) -> int:
    """Return the orders since 00:00 UTC, or since a person re-armed."""
    start = max(case.now_ms - case.now_ms % DAY_MS, pace.armed_ms)
    return sum(sent.ts >= start for sent in pace.sent)


def in_flight_of(_case: Case, pace: Pace) -> int:
    """Return the orders that may still execute."""
    return pace.in_flight


def _counted(
    case: Case, rule: str, limit: int, count: Callable[[Case, Pace], int]
) -> Refusal | None:
    if case.pace is None:
        return _unknown(rule)
    found = count(case, case.pace)
    if found < limit:
        return None
    return refusal(rule, f"{found} so far, {limit} allowed", limit, found)


def _since(case: Case, pace: Pace, span_ms: int) -> Iterator[Sent]:
    """Yield what was sent within a span; what lies in the future counts too."""
    return (sent for sent in pace.sent if case.now_ms - sent.ts < span_ms)


def _is_near(one: Decimal, other: Decimal) -> bool:
    return abs(one - other) <= max(abs(one), abs(other)) * SAME_SIZE


def _unknown(rule: str) -> Refusal:
    return refusal(rule, "what was sent lately isn't known")
