"""The chart: one pure function from series, width, height and look to a frame.

The terminal, `tai2 ta --chart` and tests call it. The frame always has exactly the
asked width and height, whatever the series holds; it never raises for one.
"""

from typing import Final

from tai2.view.plot.axis import Gutter, paint_times
from tai2.view.plot.canvas import Canvas
from tai2.view.plot.numbers import price
from tai2.view.plot.panes import Stretch, paint_cvd, paint_stoch, paint_volume
from tai2.view.plot.price import paint_price, price_scale
from tai2.view.plot.series import DEFAULT_LOOK, Look, Series
from tai2.view.plot.stroke import Frame, Stroke
from tai2.view.plot.window import bar_count, window
from tai2.view.text import clip, safe, width

LEAST_WIDTH: Final = 30
LEAST_HEIGHT: Final = 8
"""Below either there is one line of numbers instead of a picture."""
_PANES: Final = ((12, paint_volume), (18, paint_cvd), (30, paint_stoch))
"""From which height on each pane is shown."""
_GUTTER: Final = 11
"""Least columns right of the plot."""


def build(series: Series, columns: int, rows: int, look: Look = DEFAULT_LOOK) -> Frame:
    """Draw a series into so many columns and rows."""
    columns, rows = max(columns, 0), max(rows, 0)
    canvas = Canvas(columns, rows)
    if columns < LEAST_WIDTH or rows < LEAST_HEIGHT:
        _write(canvas, 0, 0, figures(series))
        return canvas.frame()
    plot = columns - _gutter(series, columns)
    shown = window(series, plot, look)
    scale = price_scale(series, shown, look)
    if scale is None:
        message = f"No candles yet: {safe(series.title)}"
        _write(canvas, rows // 2, max((columns - width(message)) // 2, 0), message)
        return canvas.frame()
    painters = [paint for least, paint in _PANES if rows >= least]
    height = _pane_rows(rows)
    price_rows = rows - 1 - height * len(painters)
    gutter = Gutter(canvas, plot, look)
    paint_price(canvas, series, shown, look, scale, price_rows)
    gutter.prices(series, scale, price_rows)
    for at, paint in enumerate(painters):
        place = Stretch(price_rows + at * height, height)
        gutter.caption(paint(canvas, series, shown, look, place), place)
    paint_times(canvas, series, shown, plot, look)
    return canvas.frame()


def figures(series: Series) -> str:
    """Write the newest bar in one line, for where there is no room for a picture."""
    title = safe(series.title)
    if not bar_count(series):
        return f"{title} no candles yet"
    at = bar_count(series) - 1
    opened, closed = series.opens[at], series.closes[at]
    arrow = "▲" if closed > opened else "▼" if closed < opened else "•"
    close, high, low = (
        price(px, series.decimals) for px in (closed, series.highs[at], series.lows[at])
    )
    return f"{title} {arrow}{close} H {high} L {low}"


def _write(canvas: Canvas, row: int, col: int, text: str) -> None:
    """Write a line that may hold wide signs: those become a dot, for cells to stay cells."""
    narrow = "".join(sign if width(sign) == 1 else "·" for sign in text)
    canvas.put(row, col, clip(narrow, canvas.width - col), Stroke.DIM)


def _gutter(series: Series, columns: int) -> int:
    """Return the width of the axis: room for every price shown, at most a third."""
    longest = max((len(price(px, series.decimals)) for px in series.highs[-1:]), default=0)
    return min(max(longest + 3, _GUTTER), columns // 3)


def _pane_rows(rows: int) -> int:
    """Return the height of each pane below the price."""
    return max(2 if rows < 18 else 3, min(5, rows // 8))
