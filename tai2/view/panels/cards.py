"""The cards on top of LIVE: equity, day, exposure, next decision; two lines each.

The first line is what matters, the second what it is measured against. Unknown is –.
"""

from decimal import Decimal
from typing import Final

from tai2.model.controls import TradingState
from tai2.view.palette import Tone
from tai2.view.panels.line import Line, Span, line
from tai2.view.state import ViewState
from tai2.view.text import UNKNOWN, age, countdown, money, percent, pnl, safe, usd

_FULL: Final = "█"
_FREE: Final = "░"


def signed(amount_quote: Decimal | None, text: str) -> Span:
    """Return a text in the tone of an amount's direction."""
    if not amount_quote:
        return Span(text, Tone.DIM)
    return Span(text, Tone.UP if amount_quote > 0 else Tone.DOWN)


def gain(ratio: Decimal | None) -> Span:
    """Return a ratio as signed percent with its arrow: ▲+0.38%, ▼-0.10%, •0.00%."""
    text = percent(ratio)
    if ratio is None or text == percent(Decimal(0)):
        return Span(text if ratio is None else f"•{text}", Tone.DIM)
    return Span(f"▲{text}", Tone.UP) if ratio > 0 else Span(f"▼{text}", Tone.DOWN)


def equity(state: ViewState) -> tuple[Line, Line]:
    """Return equity, and what of it is free."""
    account = state.account
    spans: list[str | Span] = [Span("avail ", Tone.DIM), money(account.available)]
    if account.equity and account.available is not None:
        used = (1 - account.available / account.equity) * 100
        spans += [Span("  used ", Tone.DIM), f"{max(used, Decimal(0)):.0f}%"]
    return line(" ", Span(money(account.equity), Tone.STRONG)), line(" ", *spans)


def day(state: ViewState) -> tuple[Line, Line]:
    """Return gain or loss since 00:00 UTC, and the loss that halts."""
    account = state.account
    first = line(
        " ",
        signed(account.day_pnl, pnl(account.day_pnl)),
        "  ",
        gain(account.day_ratio),
    )
    return first, line(" ", Span("halts at ", Tone.DIM), percent(account.day_limit_ratio))


def exposure(state: ViewState, columns: int) -> tuple[Line, Line]:
    """Return exposure over equity with its side, and how much of the limit that is."""
    account = state.account
    ratio, limit, net = (
        account.exposure_ratio,
        account.exposure_limit_ratio,
        account.net_ratio or Decimal(0),
    )
    side = "long" if net > 0 else "short" if net < 0 else "flat"
    first = line(
        " ",
        Span(times(ratio), Tone.STRONG),
        f"  {side}" if ratio is not None else "",
        Span("  max ", Tone.DIM),
        times(limit),
    )
    return first, line(" ", bar(ratio, limit, columns))


def times(ratio: Decimal | None) -> str:
    """Write a multiple of equity: 0.80x."""
    return UNKNOWN if ratio is None else f"{ratio:.2f}x"


def bar(part: Decimal | None, whole: Decimal | None, columns: int) -> Span:
    """Return a bar of how much is used; full and warning at the limit."""
    if part is None or not whole:
        return Span(_FREE * columns, Tone.DIM)
    used = min(max(part / whole, Decimal(0)), Decimal(1))
    full = int(used * columns)
    tone = Tone.WARN if used >= Decimal("0.8") else Tone.ACCENT
    return Span(_FULL * full + _FREE * (columns - full), tone)


def following(state: ViewState, left_ms: int | None) -> tuple[Line, Line]:
    """Return when the next decision comes, and who takes it at which cost."""
    meta, spent = state.meta, state.spending.spent_today_usd
    if meta.trading_state is TradingState.HALTED:
        first = line(" ", Span("HALTED", Tone.ERROR), Span(f" {safe(meta.state_reason)}", Tone.DIM))
    else:
        first = line(" ", Span(countdown(left_ms), Tone.STRONG))
    every = (
        age(int(meta.interval_s * 1000)).removesuffix("00s")
        if meta.interval_s is not None
        else UNKNOWN
    )
    cost = f" · {usd(spent, 2)} today" if spent else ""
    return first, line(Span(f" every {every} · {safe(meta.reasoner)}{cost}", Tone.DIM))
