"""From prices to rows: the range shown, its round steps, and whole numbers for painting.

Each pane has one scale. A range is widened to round bounds, so that a tick of the last
bar seldom moves the whole picture; it must stay finite for any finite input.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Final

HUGE: Final = 1e300
"""Beyond it a figure is treated as missing: sums must not overflow."""
_LEAST_SPAN: Final = 1e-12


class Scale:
    """Maps figures between low and high to rows, 0 on top."""

    def __init__(self, low: float, high: float) -> None:
        """Take the bounds; a range without extent gets one."""
        least = max(abs(low), abs(high)) * 1e-9 + _LEAST_SPAN
        if high - low < least:
            middle = low / 2 + high / 2
            low, high = middle - least, middle + least
        self.low = low
        self.high = high

    def rows(self, line: Sequence[float | None], count: int) -> list[int | None]:
        """Return each figure's row of so many; None where missing or out of range."""
        high = self.high
        factor = count / (self.high - self.low)
        last = count - 1
        found: list[int | None] = []
        for figure in line:
            row = -1.0 if figure is None else (high - figure) * factor
            if 0 <= row <= count:
                found.append(min(int(row), last))
            else:
                found.append(None)
        return found

    def clamped(self, line: Sequence[float | None], count: int) -> list[int | None]:
        """Return rows as `rows` does, with figures out of range at the nearest edge."""
        low, high = self.low, self.high
        inside = [None if figure is None else min(max(figure, low), high) for figure in line]
        return self.rows(inside, count)

    def row(self, figure: float, count: int) -> int | None:
        """Return one figure's row of so many; None when out of range."""
        return self.rows((figure,), count)[0]

    def ticks(self, most: int) -> list[float]:
        """Return round figures within the range, lowest first, about so many."""
        step = nice_step((self.high - self.low) / max(most, 1))
        first = math.ceil(self.low / step)
        count = min(math.floor(self.high / step) - first + 1, 2 * most + 2)
        return [(first + at) * step for at in range(count)]


def nice_step(least: float) -> float:
    """Return the smallest of 1, 2 or 5 times a power of ten that is not below `least`."""
    power = 10.0 ** math.floor(math.log10(least))
    for factor in (1, 2, 5):
        if factor * power >= least:
            return factor * power
    return 10 * power


def extent(lines: Iterable[Sequence[float | None]]) -> tuple[float, float] | None:
    """Return the lowest and the highest usable figure of some lines; None when none is."""
    usable = [
        figure for line in lines for figure in line if figure is not None and -HUGE < figure < HUGE
    ]
    return (min(usable), max(usable)) if usable else None


def rounded(low: float, high: float) -> Scale:
    """Return a scale with bounds moved outwards to round figures."""
    scale = Scale(low, high)
    step = nice_step((scale.high - scale.low) / 20)
    return Scale(math.floor(scale.low / step) * step, math.ceil(scale.high / step) * step)
