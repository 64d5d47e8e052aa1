"""Figures of panels as spans: prices by tick, changes and gains with sign, arrow and tone.

LIVE, TA and the chart's legend share them, so that a figure looks the same wherever it stands.
What isn't known is – and dim; a tone never stands without a sign or a word.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from tai2.view.palette import Tone
from tai2.view.panels.line import Span
from tai2.view.text import UNKNOWN, percent, pnl, price_like

_UNITS: Final = ((1_000_000_000, "B"), (1_000_000, "M"), (1_000, "K"))
_BLOCKS: Final = "▁▂▃▄▅▆▇█"


def px(figure: Decimal | None, tick_sz: Decimal | None) -> str:
    """Write a price with the decimals of the instrument's tick."""
    return price_like(figure, tick_sz)


def decimals(tick_sz: Decimal) -> int:
    """Return how many decimals a price of this tick has."""
    exponent = tick_sz.normalize().as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0


def tone_of(figure: Decimal | float | None) -> Tone:
    """Return up, down or dim by the sign of money or of a price's change."""
    if not figure:
        return Tone.DIM
    return Tone.UP if figure > 0 else Tone.DOWN


def gain(amount_quote: Decimal | None) -> Span:
    """Return a gain or loss: ▲+30.12."""
    return Span(pnl(amount_quote), tone_of(amount_quote))


def moved(ratio: Decimal | None) -> Span:
    """Return a change in percent with its arrow: ▲+1.01 %, •0.00%."""
    shown = percent(ratio)
    tone = Tone.DIM if shown in (UNKNOWN, "0.00%") else tone_of(ratio)
    arrow = {Tone.UP: "▲", Tone.DOWN: "▼"}.get(tone, "" if ratio is None else "•")
    return Span(f"{arrow}{shown}", tone)


def figure(number: float | None, places: int = 2, *, is_signed: bool = False) -> str:
    """Write an indicator's number."""
    if number is None:
        return UNKNOWN
    return f"{number:{'+' if is_signed else ''},.{places}f}"


def share(number: float | None, places: int = 2) -> str:
    """Write a float ratio as signed percent."""
    return UNKNOWN if number is None else f"{number * 100:+.{places}f}%"


def large(number: Decimal | float | None) -> str:
    """Write a volume or open interest shortly: 873, 12.3K, 2.31M; never own money."""
    if number is None:
        return UNKNOWN
    shown = float(number)
    for unit, word in _UNITS:
        if abs(shown) >= unit:
            return f"{shown / unit:.2f}{word}"
    return f"{shown:.0f}" if abs(shown) >= 100 else f"{shown:.2f}"


def sparkline(closes: Sequence[float], columns: int) -> Span:
    """Return the newest closes as blocks, in the tone of their way from first to last."""
    shown = closes[-columns:] if columns > 0 else ()
    if not shown:
        return Span("")
    low, high = min(shown), max(shown)
    step = (high - low) / (len(_BLOCKS) - 1) or 1.0
    text = "".join(_BLOCKS[round((close - low) / step)] for close in shown)
    return Span(text, tone_of(shown[-1] - shown[0]))


def gauge(part: Decimal | None, whole: Decimal | None, columns: int) -> Span:
    """Return how much of a limit is used as a bar: ████░░░░."""
    if part is None or whole is None or whole <= 0:
        return Span("░" * columns, Tone.DIM)
    used = min(max(part / whole, Decimal(0)), Decimal(1))
    full = int(used * columns)
    return Span(
        "█" * full + "░" * (columns - full), Tone.WARN if used >= Decimal("0.8") else Tone.DIM
    )
