"""Candles and own fills: the part of the price pane that stands bar by bar.

Half a cell is the unit of height. A candle without extent still shows a body.
"""

from bisect import bisect_right

from tai2.view.plot.canvas import Canvas
from tai2.view.plot.glyphs import Glyphs
from tai2.view.plot.scale import Scale
from tai2.view.plot.series import Series
from tai2.view.plot.stroke import Stroke
from tai2.view.plot.window import Window


def paint_candles(
    canvas: Canvas, series: Series, shown: Window, glyphs: Glyphs, scale: Scale, rows: int
) -> None:
    """Paint the shown bars into the top rows."""
    lines = (series.opens, series.highs, series.lows, series.closes)
    halves = [scale.rows(shown.of(line), rows * 2) for line in lines]
    bars = zip(*halves, shown.of(series.opens), shown.of(series.closes), strict=False)
    for at, (opened, high, low, closed, open_px, close_px) in enumerate(bars):
        if opened is None or high is None or low is None or closed is None:
            continue
        top, bottom = min(opened, closed), max(opened, closed)
        reach = min(high, top), max(low, bottom)
        is_up = close_px >= open_px
        signs, stroke = (glyphs.up, Stroke.UP) if is_up else (glyphs.down, Stroke.DOWN)
        _paint_candle(canvas, shown.column(at), (top, bottom), reach, (signs, stroke))


def _paint_candle(
    canvas: Canvas,
    col: int,
    body: tuple[int, int],
    reach: tuple[int, int],
    style: tuple[str, Stroke],
) -> None:
    """Paint one candle; body and reach are its first and last half cells."""
    (top, bottom), (high, low), (signs, stroke) = body, reach, style
    for row in range(high >> 1, (low >> 1) + 1):
        upper, lower = 2 * row, 2 * row + 1
        above = 2 if top <= upper <= bottom else int(high <= upper <= low)
        below = 2 if top <= lower <= bottom else int(high <= lower <= low)
        canvas.cell(row, col, signs[3 * above + below], stroke)


def paint_marks(
    canvas: Canvas, series: Series, shown: Window, glyphs: Glyphs, scale: Scale, rows: int
) -> None:
    """Paint own fills at their price in the column of their bar."""
    opened = shown.of(series.ts)
    for mark in series.marks:
        at = bisect_right(opened, mark.ts) - 1
        row = scale.row(mark.px, rows)
        is_shown = at >= 0 and mark.ts < opened[-1] + series.bar_ms
        if is_shown and row is not None:
            sign, stroke = (0, Stroke.BUY) if mark.is_buy else (1, Stroke.SELL)
            canvas.cell(row, shown.column(at), glyphs.marks[sign], stroke)
