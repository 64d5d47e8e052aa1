"""Which bars are on the screen and in which columns they stand.

Everything that paints along time asks here. The newest bar stands at the right edge;
panning stops where the oldest bar would leave the left one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from tai2.view.plot.scale import HUGE
from tai2.view.plot.series import MAX_ZOOM, Look, Series

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Bars start … end - 1 in columns from left on."""

    start: int
    end: int
    left: int
    """Column of the first bar."""
    zoom: int
    """Columns a bar."""

    @property
    def count(self) -> int:
        """Bars shown."""
        return self.end - self.start

    def of(self, line: Sequence[T]) -> Sequence[T]:
        """Return the part of a line that is shown."""
        return line[self.start : self.end]

    def column(self, at: int) -> int:
        """Return the column of a shown bar's candle; 0 = the first one shown."""
        return self.left + at * self.zoom + self.zoom // 2


def window(series: Series, columns: int, look: Look) -> Window:
    """Choose the bars for a plot of so many columns."""
    zoom = min(max(look.zoom, 1), MAX_ZOOM)
    total = bar_count(series)
    room = columns // zoom
    end = total - min(max(look.pan, 0), max(total - room, 0))
    start = max(end - room, 0)
    return Window(start=start, end=end, left=columns - (end - start) * zoom, zoom=zoom)


def bar_count(series: Series) -> int:
    """Return how many bars have all their figures, whatever lengths the tuples have."""
    return min(
        len(series.ts),
        len(series.opens),
        len(series.highs),
        len(series.lows),
        len(series.closes),
    )


def is_usable(figure: float) -> bool:
    """Return False for NaN, infinities and figures too large to draw."""
    return -HUGE < figure < HUGE
