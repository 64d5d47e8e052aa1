"""The circuit breakers' arithmetic: loss of the day, drawdown, streaks, errors in a row.

`engine.breakers` feeds it with readings and keeps its memory. Transfers move the baselines. Other
cash that came unexplained raises them, what went so is a loss: nothing unexplained may help.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from tai2.model.condition import NONE, BreakerState, Condition, Realised
from tai2.model.controls import TradingState
from tai2.model.day import DayClose
from tai2.model.limits import Limits
from tai2.model.money import ZERO, QuoteAmt

DAY_MS: Final = 86_400_000
NOISE: Final = Decimal("0.001")
"""Share of equity below which an unexplained cash change is left alone (rounding)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flows:
    """What moved the cash since the state's anchor, by the exchange's records; all signed."""

    pnl: QuoteAmt
    """Realised by fills, before fees."""
    fees: QuoteAmt
    funding: QuoteAmt
    others: QuoteAmt
    """Interest and the like."""
    transfers: QuoteAmt

    @property
    def earned(self) -> Decimal:
        """All of it but transfers."""
        return self.pnl + self.fees + self.funding + self.others


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The account at one instant."""

    now_ms: int
    equity: QuoteAmt
    cash: QuoteAmt
    flows: Flows
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
    sends: int
    """Orders since 00:00 UTC, or since a person re-armed."""


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
    """Return the memory after one more reading: a new day, a new peak, a transfer."""
    state = _explained(state, reading)
    if is_new_day(state, reading):
        # The evening's equity: what happened while nobody looked belongs to the new day.
        state = replace(
            state,
            day_ms=_midnight(reading.now_ms),
            day_equity=state.last_equity,
            anchor_ms=reading.now_ms,
            anchor_cash=reading.cash,
            deposits=NONE,
            lost=NONE,
            suspected=NONE,
        )
    equity = QuoteAmt(reading.equity - state.suspected)
    return replace(state, peak_equity=max(state.peak_equity, equity), last_equity=equity)


def is_new_day(state: BreakerState, reading: Reading) -> bool:
    """Tell whether the state's day is over and can be closed: not while a change is in doubt."""
    is_over = _midnight(reading.now_ms) > state.day_ms
    return is_over and reading.is_quiet and state.suspected == ZERO


def closed(state: BreakerState, reading: Reading) -> DayClose:
    """Return the account of the state's day, at the first quiet reading after it."""
    flows = reading.flows
    return DayClose(
        day_ms=state.day_ms,
        since_ms=state.anchor_ms,
        until_ms=reading.now_ms,
        cash_open=state.anchor_cash,
        cash_close=reading.cash,
        equity_open=QuoteAmt(state.day_equity - state.deposits),
        equity_close=state.last_equity,
        pnl=flows.pnl,
        fees=flows.fees,
        funding=flows.funding,
        others=flows.others,
        transfers=flows.transfers,
        drift=QuoteAmt(drift(state, reading)),
    )


def drift(state: BreakerState, reading: Reading) -> Decimal:
    """Return the change of cash since the anchor that the exchange's records don't explain."""
    flows = reading.flows
    return reading.cash - state.anchor_cash - flows.earned - flows.transfers


def needs_bills(state: BreakerState, reading: Reading) -> bool:
    """Tell whether cash moved so that only the account's statement can say why."""
    return reading.is_quiet and abs(unexplained(state, reading)) > _noise(reading)


def _explained(state: BreakerState, reading: Reading) -> BreakerState:
    """Let the baselines follow transfers, and book what stays unexplained once seen twice."""
    if not reading.is_quiet:
        return state
    state = _found_again(state, reading)
    change = QuoteAmt(unexplained(state, reading))
    if abs(change) <= _noise(reading):
        return replace(state, suspected=NONE)
    transferred = QuoteAmt(reading.flows.transfers - state.deposits)
    if abs(change - transferred) <= _noise(reading):
        return _moved(state, transferred)
    if change != state.suspected:
        return replace(state, suspected=change)
    if change < ZERO:
        return replace(state, lost=QuoteAmt(state.lost - change), suspected=NONE)
    return _moved(state, change)


def _found_again(state: BreakerState, reading: Reading) -> BreakerState:
    """Take back a loss that the statement, late, turns out to call a transfer."""
    found = min(state.lost, QuoteAmt(state.deposits - reading.flows.transfers))
    if found <= ZERO:
        return state
    return _moved(replace(state, lost=QuoteAmt(state.lost - found)), QuoteAmt(-found))


def _moved(state: BreakerState, change: QuoteAmt) -> BreakerState:
    """Move the baselines with money that came (positive) or went: neither gain nor loss."""
    return replace(
        state,
        suspected=NONE,
        deposits=QuoteAmt(state.deposits + change),
        day_equity=QuoteAmt(state.day_equity + change),
        peak_equity=QuoteAmt(state.peak_equity + change),
        last_equity=QuoteAmt(state.last_equity + change),
    )


def unexplained(state: BreakerState, reading: Reading) -> Decimal:
    """Return the cash change since the anchor that isn't earned and hasn't been booked."""
    cash = reading.cash - state.anchor_cash
    return cash - reading.flows.earned - state.deposits + state.lost


def _noise(reading: Reading) -> Decimal:
    return abs(reading.equity) * NOISE


def _midnight(now_ms: int) -> int:
    return now_ms - now_ms % DAY_MS


def surely(state: BreakerState, reading: Reading) -> Reading:
    """Return a reading without the cash change that has only been seen once.

    The gate refuses on the worse of both at once; a halt that a person must lift waits for the
    second look, because a withdrawal may be seen before its bill.
    """
    return replace(reading, equity=QuoteAmt(reading.equity - state.suspected))


def condition(state: BreakerState | None, reading: Reading | None, past: Outcomes) -> Condition:
    """Return how the account fares; figures that need equity are None without it."""
    order_errors = _leading([went_wrong for _ts, went_wrong in past.orders])
    words = [outcome for _ts, outcome in past.cycles if outcome != "stale"]
    llm_errors = _leading([word == "no_decision" for word in words])
    times = [ts for ts, outcome in past.cycles if outcome == "no_decision"]
    if state is not None and reading is not None and state.suspected > ZERO:
        reading = surely(state, reading)  # money that nobody explains hides no loss
    return Condition(
        day_loss_pct=_below(state.day_equity if state else None, reading),
        drawdown_pct=_below(state.peak_equity if state else None, reading),
        losing_streak=losing_streak(past.closings),
        refusals=_leading([word == "refused" for word in words if word != "hold"]),
        order_errors=order_errors,
        order_error_ms=past.orders[0][0] if order_errors else 0,
        llm_errors=llm_errors,
        llm_error_ms=times[0] if llm_errors else 0,
        sends=past.sends,
        drift=drift(state, reading) if state and reading else None,
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
        ("sends_day", reducing, found.sends, limits.max_sends_day, "orders today"),
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
