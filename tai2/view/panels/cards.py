"""The cards on top of LIVE: equity, day, exposure, next decision; two lines each.

The first line is what matters, the second what it is measured against. Unknown is –.
"""

from decimal import Decimal
from typing import Final

from tai2.model.controls import TradingState
from tai2.view.palette import Tone
from tai2.view.panels.card import Card, titled
from tai2.view.panels.figures import gain, gauge, moved
from tai2.view.panels.line import Span, line
from tai2.view.state import ViewState
from tai2.view.text import UNKNOWN, age, countdown, money, percent, safe, usd

GAUGE: Final = 16


def cards(state: ViewState, now_ms: int | None, gauge_columns: int = GAUGE) -> tuple[Card, ...]:
    """Return equity, day, exposure and next decision, in this order.

    Args:
        state: The desk.
        now_ms: The daemon's clock.
        gauge_columns: Length of the bar that shows how much of the exposure's limit is used.
    """
    return (_equity(state), _day(state), _exposure(state, gauge_columns), _next(state, now_ms))


def _equity(state: ViewState) -> Card:
    account = state.account
    second: list[str | Span] = [Span("avail ", Tone.DIM), money(account.available)]
    if account.equity and account.available is not None:
        used = (1 - account.available / account.equity) * 100
        second += [Span("  used ", Tone.DIM), f"{max(used, Decimal(0)):.0f}%"]
    return Card(
        key="equity",
        title=titled(f"Equity {safe(account.ccy)}".rstrip()),
        lines=(line(Span(money(account.equity), Tone.STRONG)), line(*second)),
        section="account",
    )


def _day(state: ViewState) -> Card:
    account = state.account
    return Card(
        key="day",
        title=titled("Day P&L"),
        lines=(
            line(gain(account.day_pnl), "  ", moved(account.day_ratio)),
            line(Span("halts at ", Tone.DIM), percent(account.day_limit_ratio)),
        ),
        section="account",
    )


def _exposure(state: ViewState, columns: int) -> Card:
    account = state.account
    ratio, limit = account.exposure_ratio, account.exposure_limit_ratio
    first = line(
        Span(times(ratio), Tone.STRONG),
        f"  {_way(account.net_ratio)}" if account.net_ratio is not None else "",
        Span("  max ", Tone.DIM),
        times(limit),
    )
    return Card(
        key="exposure",
        title=titled("Exposure"),
        lines=(first, line(gauge(ratio, limit, columns))),
        section="account",
    )


def times(ratio: Decimal | None) -> str:
    """Write a multiple of equity: 0.80x."""
    return UNKNOWN if ratio is None else f"{ratio:.2f}x"


def _way(net_ratio: Decimal) -> str:
    return "long" if net_ratio > 0 else "short" if net_ratio < 0 else "flat"


def _next(state: ViewState, now_ms: int | None) -> Card:
    meta, spent = state.meta, state.spending.spent_today_usd
    every = UNKNOWN
    if meta.interval_s is not None:
        every = age(int(meta.interval_s * 1000)).removesuffix("00s")
    cost = f" · {usd(spent, 2)} today" if spent else ""
    return Card(
        key="next",
        title=titled("Next decision"),
        lines=(
            line(waiting(state, now_ms)),
            line(Span(f"every {every} · {safe(meta.reasoner)}{cost}", Tone.DIM)),
        ),
    )


def waiting(state: ViewState, now_ms: int | None) -> Span:
    """Return the time to the next cycle, or what holds trading and who said so."""
    meta = state.meta
    match meta.trading_state:
        case TradingState.HALTED:
            by = f" by {safe(meta.state_by)}" if meta.state_by else ""
            return Span(f"HALTED{by} · {safe(meta.state_reason)}", Tone.ERROR)
        case TradingState.REDUCING:
            return Span(f"REDUCING · {safe(meta.state_reason)}", Tone.WARN)
    if meta.next_cycle_ms is None or now_ms is None:
        return Span(UNKNOWN, Tone.DIM)
    return Span(countdown(meta.next_cycle_ms - now_ms), Tone.STRONG)
