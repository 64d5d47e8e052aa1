"""The circuit breakers' arithmetic: loss of the day, drawdown, streaks, errors in a row.

`engine.breakers` feeds it with readings and keeps its memory. Cash that came without a fill
raises the baselines, cash that went without one is a loss: nothing unexplained may help.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from tai2.model.condition import BreakerState, Condition, Realised
from tai2.model.controls import TradingState
from tai2.model.limits import Limits
from tai2.model.money import ZERO, QuoteAmt

DAY_MS: Final = 86_400_000
NOISE: Final = Decimal("0.001")
"""Share of equity below which an unexplained cash change is left alone (funding, rounding)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The account at one instant."""

    now_ms: int
    equity: QuoteAmt
    cash: QuoteAmt
    realised: QuoteAmt
    """By fills since the state's anchor, after fees."""
    is_quiet: bool
    """No order works and every execution shows: cash can be compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """What came of the newest cycles and orders, newest first, since a person re-armed."""

    cycles: Sequence[tuple[int, str]]
    """(time, outcome)."""
    orders: Sequence[tuple[int, bool]]
    """(time, went wrong)."""
    closings: Sequence[Realised]
    """Oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """A breaker that has reached its limit."""

    name: str
    state: TradingState
    text: str


def armed(now_ms: int, equity: QuoteAmt, cash: QuoteAmt) -> BreakerState:
    """Return the memory of breakers that a person has just armed."""
    return BreakerState(
        day_ms=now_ms - now_ms % DAY_MS,
        day_equity=equity,
        peak_equity=equity,
        armed_ms=now_ms,
        last_equity=equity,
        anchor_ms=now_ms,
        anchor_cash=cash,
    )


def advanced(state: BreakerState, reading: Reading) -> BreakerState:
    """Return the memory after one more reading: a new day, a new peak, a deposit."""
    state = _explained(state, reading)
    today = reading.now_ms - reading.now_ms % DAY_MS
    if today > state.day_ms and reading.is_quiet:
        # The evening's equity: what happened while nobody looked belongs to the new day.
        state = replace(
            state,
            day_ms=today,
            day_equity=state.last_equity,
            anchor_ms=reading.now_ms,
            anchor_cash=reading.cash,
            deposits=QuoteAmt(ZERO),
            lost=QuoteAmt(ZERO),
            suspected=QuoteAmt(ZERO),
        )
    return replace(
        state,
        peak_equity=max(state.peak_equity, reading.equity),
        last_equity=reading.equity,
    )


def _explained(state: BreakerState, reading: Reading) -> BreakerState:
    """Book a cash change that no fill explains, once it was seen twice in quiet."""
    if not reading.is_quiet:
        return state
    change = QuoteAmt(unexplained(state, reading))
    if abs(change) <= abs(reading.equity) * NOISE:
        return replace(state, suspected=QuoteAmt(ZERO))
    if change != state.suspected:
        return replace(state, suspected=change)
    state = replace(state, suspected=QuoteAmt(ZERO))
    if change < ZERO:
        return replace(state, lost=QuoteAmt(state.lost - change))
    return replace(
        state,
        deposits=QuoteAmt(state.deposits + change),
        day_equity=QuoteAmt(state.day_equity + change),
        peak_equity=QuoteAmt(state.peak_equity + change),
        last_equity=QuoteAmt(state.last_equity + change),
    )


def unexplained(state: BreakerState, reading: Reading) -> Decimal:
    """Return the cash change since the anchor that neither fills nor known transfers explain."""
    return reading.cash - state.anchor_cash - reading.realised - state.deposits + state.lost


def condition(state: BreakerState | None, reading: Reading | None, past: Outcomes) -> Condition:
    """Return how the account fares; figures that need equity are None without it."""
    order_errors = _leading([went_wrong for _ts, went_wrong in past.orders])
    words = [outcome for _ts, outcome in past.cycles if outcome != "stale"]
    llm_errors = _leading([word == "no_decision" for word in words])
    times = [ts for ts, outcome in past.cycles if outcome == "no_decision"]
    return Condition(
        day_loss_pct=_below(state.day_equity if state else None, reading),
        drawdown_pct=_below(state.peak_equity if state else None, reading),
        losing_streak=losing_streak(past.closings),
        refusals=_leading([word == "refused" for word in words if word != "hold"]),
        order_errors=order_errors,
        order_error_ms=past.orders[0][0] if order_errors else 0,
        llm_errors=llm_errors,
        llm_error_ms=times[0] if llm_errors else 0,
        drift=unexplained(state, reading) - state.lost if state and reading else None,
    )


def losing_streak(closings: Sequence[Realised]) -> int:
    """Return how many orders in a row, the newest included, closed with a loss.

    Args:
        closings: Fills, oldest first; those that realise nothing don't count.
    """
    orders: dict[str, Decimal] = {}
    for fill in closings:
        if fill.pnl != ZERO:
            orders[fill.ord_id] = orders.get(fill.ord_id, ZERO) + fill.net
    return _leading([net < ZERO for net in reversed(orders.values())])


def trips(found: Condition, limits: Limits) -> tuple[Trip, ...]:
    """Return the breakers that latch now; the worst first."""
    halted, reducing = TradingState.HALTED, TradingState.REDUCING
    streak, refused = found.losing_streak, found.refusals
    checks = (
        ("daily_loss", halted, found.day_loss_pct, limits.max_daily_loss_pct, "% lost today"),
        ("drawdown", halted, found.drawdown_pct, limits.max_drawdown_pct, "% below the peak"),
        ("losing_streak", reducing, streak, limits.max_losing_streak, "losses in a row"),
        ("refusals", reducing, refused, limits.max_refusals, "decisions refused in a row"),
    )
    return tuple(
        Trip(name=name, state=state, text=f"{name}: {actual:.4g} {what}, {limit} allowed")
        for name, state, actual, limit, what in checks
        if actual is not None and actual >= limit
    )


def _below(base: QuoteAmt | None, reading: Reading | None) -> Decimal | None:
    """Return the percentage of base that is lost, never less than 0; None = not known."""
    if base is None or reading is None or base <= ZERO or not reading.equity.is_finite():
        return None
    return max((base - reading.equity) / base * 100, ZERO)


def _leading(signs: Sequence[bool]) -> int:
    """Return how many of the first are true."""
    return next((n for n, sign in enumerate(signs) if not sign), len(signs))
