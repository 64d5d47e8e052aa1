"""The panes below the price: volume, cumulative volume delta, Stochastic RSI.

`build` stacks as many of them as the height allows, in this order.
Each paints its own stretch of rows and says what its axis shows.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from tai2.view.plot.canvas import DOTS_Y, Canvas
from tai2.view.plot.lines import trace
from tai2.view.plot.numbers import short
from tai2.view.plot.scale import Scale, extent
from tai2.view.plot.series import Look, Series
from tai2.view.plot.stroke import Stroke
from tai2.view.plot.window import Window, is_usable
from tai2.view.text import UNKNOWN

_EIGHTHS: Final = 8
_GUIDES: Final = (20.0, 80.0)
_ALL: Final = Scale(0.0, 100.0)


class Stretch(NamedTuple):
    """Rows that belong to one pane."""

    top: int
    rows: int


class Caption(NamedTuple):
    """What a pane's axis says: its name above, its newest figure below."""

    name: str
    figure: str


def paint_volume(
    canvas: Canvas, series: Series, shown: Window, look: Look, place: Stretch
) -> Caption:
    """Paint bars of volume in the colour of their candle."""
    volumes = shown.of(series.volumes)
    most = max((each for each in volumes if is_usable(each)), default=0.0)
    colours = zip(volumes, shown.of(series.opens), shown.of(series.closes), strict=False)
    for at, (volume, opened, closed) in enumerate(colours):
        if not 0 < volume <= most:
            continue
        eighths = max(int(volume / most * place.rows * _EIGHTHS), 1)
        stroke = Stroke.UP if closed >= opened else Stroke.DOWN
        first = shown.left + at * shown.zoom
        for col in range(first, first + max(shown.zoom - 1, 1)):
            _pile(canvas, col, place, eighths, (look.glyphs.blocks, stroke))
    return Caption("VOL", _newest(volumes))


def _pile(
    canvas: Canvas, col: int, place: Stretch, eighths: int, style: tuple[str, Stroke]
) -> None:
    blocks, stroke = style
    row = place.top + place.rows - 1
    while eighths > 0:
        canvas.cell(row, col, blocks[min(eighths, _EIGHTHS)], stroke)
        eighths -= _EIGHTHS
        row -= 1


def paint_cvd(canvas: Canvas, series: Series, shown: Window, look: Look, place: Stretch) -> Caption:
    """Paint the cumulative volume delta with its zero line."""
    line = shown.of(series.cvd)
    found = extent((line,))
    if found:
        scale = Scale(*found)
        _trace(canvas, shown, (scale, line), Stroke.CVD, place)
        canvas.settle_dots(is_braille=look.glyphs.is_braille)
        zero = scale.row(0.0, place.rows)
        if zero is not None:
            canvas.fill_blank(place.top + zero, _plot(shown), look.glyphs.grid, Stroke.GRID)
    return Caption("CVD", _newest(line))


def paint_stoch(
    canvas: Canvas, series: Series, shown: Window, look: Look, place: Stretch
) -> Caption:
    """Paint %K over %D with guides at 20 and 80."""
    slow, fast = shown.of(series.stoch_d), shown.of(series.stoch_k)
    _trace(canvas, shown, (_ALL, slow), Stroke.SLOW, place)
    _trace(canvas, shown, (_ALL, fast), Stroke.FAST, place)
    canvas.settle_dots(is_braille=look.glyphs.is_braille)
    for guide in _GUIDES:
        row = place.top + (_ALL.row(guide, place.rows) or 0)
        canvas.fill_blank(row, _plot(shown), look.glyphs.grid, Stroke.GRID)
    return Caption("StochRSI", f"{_points(fast)}/{_points(slow)}")


def _trace(
    canvas: Canvas,
    shown: Window,
    line: tuple[Scale, Sequence[float | None]],
    stroke: Stroke,
    place: Stretch,
) -> None:
    scale, points = line
    ys = scale.rows(points, place.rows * DOTS_Y)
    trace(canvas, shown, ys, stroke, place.top * DOTS_Y)


def _plot(shown: Window) -> int:
    """Return the width of the plot in columns."""
    return shown.left + shown.count * shown.zoom


def _points(line: Sequence[float | None]) -> str:
    """Write the newest of 0 to 100 without decimals."""
    newest = line[-1] if line else None
    return f"{newest:.0f}" if newest is not None and is_usable(newest) else UNKNOWN


def _newest(line: Sequence[float | None]) -> str:
    return short(line[-1] if line else None)
