"""The axes: prices and pane captions on the right, times below.

They own the columns right of the plot and the last row. The tag of the last price wins
over the labels of own levels, these win over round prices.
"""

from typing import Final

from tai2.view.plot.canvas import Canvas
from tai2.view.plot.numbers import price, time_label
from tai2.view.plot.panes import Caption, Stretch
from tai2.view.plot.price import LEVEL_STROKES
from tai2.view.plot.scale import Scale
from tai2.view.plot.series import Level, Look, Series
from tai2.view.plot.stroke import Ground, Stroke
from tai2.view.plot.window import Window

_MINUTES: Final = (1, 5, 15, 30, 60, 120, 240, 360, 720, 1_440, 2_880, 10_080, 43_200)
_LABEL_COLUMNS: Final = 15
"""At least so far apart stand two times."""
_ROWS_A_TICK: Final = 5


class Gutter:
    """The columns right of the plot."""

    def __init__(self, canvas: Canvas, col: int, look: Look) -> None:
        """Draw the bare axis in a column."""
        self._canvas = canvas
        self._col = col
        self._room = canvas.width - col - 1
        self._look = look
        self._taken: set[int] = set()
        for row in range(canvas.height - 1):
            canvas.put(row, col, look.glyphs.axis, Stroke.GRID)

    def prices(self, series: Series, scale: Scale, rows: int) -> None:
        """Label the price pane and draw its horizontal lines."""
        self._last(series, scale, rows)
        for level in series.levels:
            self._level(level, series.decimals, scale, rows)
        for px in scale.ticks(max(rows // _ROWS_A_TICK, 1)):
            row = scale.row(px, rows)
            if row is None:
                continue
            self._canvas.fill_blank(row, self._col, self._look.glyphs.grid, Stroke.GRID)
            if row not in self._taken:
                self._label(row, price(px, series.decimals), Stroke.DIM)

    def _last(self, series: Series, scale: Scale, rows: int) -> None:
        px = series.closes[-1]
        row = scale.row(px, rows)
        if row is None:
            return
        label = price(px, series.decimals)[: self._room].rjust(self._room)
        self._canvas.put(row, self._col, self._look.glyphs.tag + label, Stroke.LAST, Ground.TAG)
        self._canvas.fill_blank(row, self._col, self._look.glyphs.last, Stroke.LAST)
        self._taken.add(row)

    def _level(self, level: Level, decimals: int, scale: Scale, rows: int) -> None:
        row = scale.row(level.px, rows)
        stroke = LEVEL_STROKES[level.kind]
        if row is None:
            self._beyond(level, decimals, scale, rows)
            return
        self._canvas.put(row, 0, level.kind.value, stroke)
        self._canvas.fill_blank(row, self._col, self._look.glyphs.level, stroke)
        if row not in self._taken:
            self._label(row, f"{level.kind.value} {price(level.px, decimals)}", stroke)
            self._taken.add(row)

    def _beyond(self, level: Level, decimals: int, scale: Scale, rows: int) -> None:
        """Say at the edge that a level lies above or below the range."""
        is_above = level.px > scale.high
        row = 0 if is_above else rows - 1
        if row not in self._taken:
            sign = self._look.glyphs.marks[0 if is_above else 1]
            text = f"{level.kind.value}{sign}{price(level.px, decimals)}"
            self._label(row, text, LEVEL_STROKES[level.kind])
            self._taken.add(row)

    def caption(self, caption: Caption, place: Stretch) -> None:
        """Name a pane and write its newest figure."""
        self._label(place.top, caption.name, Stroke.STRONG)
        if place.rows > 1:
            row = place.top + place.rows - 1
            self._canvas.put(row, self._col + 1, self._fit(caption.figure), Stroke.DIM)

    def _label(self, row: int, text: str, stroke: Stroke) -> None:
        self._canvas.put(row, self._col, self._look.glyphs.tick, Stroke.GRID)
        self._canvas.put(row, self._col + 1, self._fit(text), stroke)

    def _fit(self, text: str) -> str:
        return text[: self._room].rjust(self._room)


def paint_times(canvas: Canvas, series: Series, shown: Window, col: int, look: Look) -> None:
    """Write round times under their bars and the zone at the end."""
    row = canvas.height - 1
    step_ms = _step_ms(series.bar_ms, shown.zoom)
    free_from = 0
    for at, ts in enumerate(shown.of(series.ts)):
        text = time_label(ts)
        start = shown.column(at) - len(text) // 2
        if ts % step_ms == 0 and start >= free_from and start + len(text) < col:
            canvas.put(row, start, text, Stroke.DIM)
            free_from = start + len(text) + 2
    canvas.put(row, col, look.glyphs.corner, Stroke.GRID)
    canvas.put(row, col + 1, "UTC".rjust(canvas.width - col - 1), Stroke.DIM)


def _step_ms(bar_ms: int, zoom: int) -> int:
    for minutes in _MINUTES:
        step_ms = minutes * 60_000
        if step_ms * zoom >= _LABEL_COLUMNS * bar_ms:
            return step_ms
    return _MINUTES[-1] * 60_000
