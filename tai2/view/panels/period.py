"""A period on one line with its equity curve, and what a history table says of itself.

HISTORY and the web page show them above their tables. A figure that its sample can't bear is
–, never 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Protocol

from tai2.view.palette import Tone
from tai2.view.panels.figures import gain
from tai2.view.panels.line import Line, Span, line, text_of
from tai2.view.text import UNKNOWN, money, percent, safe, width

SPARKS: Final = "▁▂▃▄▅▆▇█"
_LEAST_CURVE: Final = 8
_MOST_CURVE: Final = 40


def sparkline(curve: Sequence[Decimal], columns: int) -> str:
    """Return a curve as one line of blocks, the newest point at the right."""
    if not curve or columns < 1:
        return ""
    step = max(len(curve) / columns, 1)
    count = min(len(curve), columns)
    points = [curve[min(int((n + 1) * step) - 1, len(curve) - 1)] for n in range(count)]
    low, high = min(points), max(points)
    spread = high - low
    if not spread:
        return SPARKS[3] * count
    return "".join(SPARKS[int((point - low) / spread * 7)] for point in points)


class Sums(Protocol):
    """Sums over the closed round trips of a period."""

    @property
    def trips(self) -> int: ...

    @property
    def fees(self) -> Decimal: ...


class Fall(Protocol):
    """The deepest fall of equity."""

    @property
    def ratio(self) -> Decimal: ...


class Point(Protocol):
    """A point of the equity curve."""

    @property
    def equity(self) -> Decimal: ...


class Figures(Protocol):
    """A period's figures: the reply of the method `performance`."""

    @property
    def trips(self) -> Sums: ...

    @property
    def fills(self) -> int: ...

    @property
    def fill_fees(self) -> Decimal: ...

    @property
    def win_rate(self) -> Decimal | None: ...

    @property
    def profit_factor(self) -> Decimal | None: ...

    @property
    def net_pnl(self) -> Decimal: ...

    @property
    def drawdown(self) -> Fall | None: ...

    @property
    def curve(self) -> Sequence[Point]: ...


def summary(span: str, figures: Figures, columns: int) -> Line:
    """Return a period on one line: trips, win rate, profit factor, net, fees, fall, curve.

    Args:
        span: Name of the period, such as 7d.
        figures: What it came to.
        columns: Width of the line; the curve takes what is left, if that is worth it.
    """
    rate, factor, fall = figures.win_rate, figures.profit_factor, figures.drawdown
    win = UNKNOWN if rate is None else f"{rate * 100:.0f}%"
    told = line(
        Span(f" {span}", Tone.STRONG),
        f"  {figures.trips.trips} trips  win {win}  "
        f"PF {UNKNOWN if factor is None else f'{factor:.2f}'}  net ",
        gain(figures.net_pnl),
        f"  fees {money(figures.fill_fees)}  max DD ",
        UNKNOWN if fall is None else Span(f"▼{percent(-fall.ratio)}", Tone.DOWN),
    )
    left = columns - width(text_of(told)) - len("  Equity ") - 1
    if left < _LEAST_CURVE or len(figures.curve) < 2:
        return told
    curve = sparkline([point.equity for point in figures.curve], min(left, _MOST_CURVE))
    return (*told, Span("  Equity ", Tone.DIM), Span(curve, Tone.ACCENT))


def heading(shown: int, order: "Order", words: str) -> Line:
    """Return what the table shows: which rows, in which order, through which filter."""
    arrow = "▲" if order.is_ascending else "▼"
    return line(
        Span(f" {order.what}", Tone.ACCENT),
        Span(f" · {shown} loaded · by {order.sort} {arrow}", Tone.DIM),
        Span(f" · / {safe(words)}" if words else "", Tone.PLAIN),
        Span("  t other · s S sort · r range · x CSV · Enter open", Tone.DIM),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How the table is ordered."""

    what: str
    """fills or round trips."""
    sort: str
    is_ascending: bool


def refused(message: str, hint: str) -> Line:
    """Return why rows couldn't be read or written."""
    return line(Span(f" ✗ {safe(message)} {safe(hint)}".rstrip(), Tone.WARN))


def exported(rows: int, target: str) -> Line:
    """Return what was written."""
    return line(f" ✓ {rows} rows written to {safe(target)}")
