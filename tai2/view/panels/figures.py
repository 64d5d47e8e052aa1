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
    shown = pnl(amount_quote)
    return Span(shown, Tone.DIM if shown.startswith("•") else tone_of(amount_quote))


def moved(ratio: Decimal | None) -> Span:
    """Return a change in percent with its arrow: ▲+1.01 %, •0.00%."""
    shown = percent(ratio)
    tone = Tone.DIM if shown in (UNKNOWN, "0.00%") else tone_of(ratio)
    arrow = {Tone.UP: "▲", Tone.DOWN: "▼"}.get(tone, "" if ratio is None else "•")
    return Span(f"{arrow}{shown}", tone)


def sparkline(closes: Sequence[float], columns: int) -> Span:
    """Return the newest closes as blocks, in the tone of their way from first to last."""
    shown = closes[-columns:] if columns > 0 else ()
    if not shown:
        return Span("")
    low, high = min(shown), max(shown)
    if not 0 < high - low < float("inf"):
        return Span(_BLOCKS[0] * len(shown), Tone.DIM)
    step = (high - low) / (len(_BLOCKS) - 1)
    text = "".join(_BLOCKS[round((close - low) / step)] for close in shown)
    return Span(text, tone_of(shown[-1] - shown[0]))


def gauge(part: Decimal | None, whole: Decimal | None, columns: int) -> Span:
    """Return how much of a limit is used as a bar: ████░░░░."""
    if part is None or whole is None or whole <= 0:
        return Span("░" * columns, Tone.DIM)
    used = min(max(part / whole, Decimal(0)), Decimal(1))
    full = int(used * columns)
    return Span(
        "█" * full + "░" * (columns - full), Tone.WARN if used >= Decimal("0.8") else Tone.ACCENT
    )
