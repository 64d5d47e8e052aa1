"""Figures as a chart's axis writes them: prices with fixed decimals, short volumes, times.

Everything here is a float on its way to the screen. Anything unusable becomes a dash.
"""

from typing import Final

from tai2.view.plot.window import is_usable
from tai2.view.text import UNKNOWN

_MOST_DECIMALS: Final = 12
_MINUTE_MS: Final = 60_000
_DAY_MS: Final = 86_400_000
_STEPS: Final = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))


def price(px: float, decimals: int) -> str:
    """Write a price with its decimals, grouped."""
    return f"{px:,.{min(max(decimals, 0), _MOST_DECIMALS)}f}" if is_usable(px) else UNKNOWN


def short(figure: float | None) -> str:
    """Write a volume or an oscillator in at most three or four digits: 0.42, 88, 2.31M."""
    if figure is None or not is_usable(figure):
        return UNKNOWN
    for step, letter in _STEPS:
        if abs(figure) >= step:
            return f"{figure / step:.3g}{letter}" if abs(figure) < step * 1000 else f"{figure:.1e}"
    if abs(figure) >= 10 or figure == 0:
        return f"{figure:.0f}"
    return f"{figure:.2f}"


def time_label(ts: int) -> str:
    """Write a bar's time in UTC: 09:45, or the date at midnight: 11-23."""
    if ts % _DAY_MS == 0:
        return _date(ts // _DAY_MS)
    minutes = ts // _MINUTE_MS % (24 * 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _date(days: int) -> str:
    """Return month and day of a day since 1970, for any integer.

    Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
    """
    of_era = (days + 719_468) % 146_097
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    day = of_year - (153 * month + 2) // 5 + 1
    return f"{month + 3 if month < 10 else month - 9:02d}-{day:02d}"
