"""Rules of how the account has fared: losses, streaks and errors in a row.

The gate runs them for entries; the breakers latch the same limits. They must refuse while
the account's state isn't known, and never stand in the way of an exit.
"""

from decimal import Decimal

from tai2.model.verdict import Refusal
from tai2.risk.case import Case
from tai2.risk.refusal import refusal


def daily_loss(case: Case) -> Refusal | None:
    """Refuse once the day has lost too much."""
    lost = case.condition.day_loss_pct if case.condition else None
    return _percent("daily_loss", lost, case.limits.max_daily_loss_pct)


def drawdown(case: Case) -> Refusal | None:
    """Refuse once equity has fallen too far below its peak."""
    below = case.condition.drawdown_pct if case.condition else None
    return _percent("drawdown", below, case.limits.max_drawdown_pct)


def losing_streak(case: Case) -> Refusal | None:
    """Refuse after too many losing closings in a row."""
    streak = case.condition.losing_streak if case.condition else None
    return _in_a_row("losing_streak", streak, case.limits.max_losing_streak)


def refusals(case: Case) -> Refusal | None:
    """Refuse when the reasoner has proposed the impossible too often in a row."""
    found = case.condition.refusals if case.condition else None
    return _in_a_row("refusals", found, case.limits.max_refusals)


def order_errors(case: Case) -> Refusal | None:
    """Refuse for a while after too many orders went wrong in a row; then let one try."""
    found = (case.condition.order_errors, case.condition.order_error_ms) if case.condition else None
    return _paused(case, "order_errors", found, case.limits.max_order_errors)


def llm_errors(case: Case) -> Refusal | None:
    """Refuse for a while after too many replies without a decision; then let one try."""
    found = (case.condition.llm_errors, case.condition.llm_error_ms) if case.condition else None
    return _paused(case, "llm_errors", found, case.limits.max_llm_errors)


def _percent(rule: str, found: Decimal | None, limit: Decimal) -> Refusal | None:
    if found is None or not found.is_finite():
        return refusal(rule, "equity isn't known", limit)
    if found < limit:
        return None
    return refusal(rule, f"{found:.2f} % lost, {limit} % allowed", limit, f"{found:.2f}")


def _in_a_row(rule: str, found: int | None, limit: int) -> Refusal | None:
    if found is None:
        return refusal(rule, "the past isn't known", limit)
    if found < limit:
        return None
    return refusal(rule, f"{found} in a row, {limit} allowed", limit, found)


def _paused(case: Case, rule: str, found: tuple[int, int] | None, limit: int) -> Refusal | None:
    if found is None:
        return refusal(rule, "the past isn't known", limit)
    count, last_ms = found
    left_ms = last_ms + case.limits.error_pause_ms - case.now_ms
    if count < limit or left_ms <= 0:
        return None
    text = f"{count} in a row, {limit} allowed; the next may try in {left_ms // 1000} s"
    return refusal(rule, text, limit, count)
