"""The price pane: candles in half cells, Bollinger Bands, VWAP, own levels and fills.

`build` calls it with a scale and a stretch of rows. Candles cover lines, lines cover the
last price, and the grid shows only where nothing else does.
"""

from tai2.view.plot.candles import paint_candles, paint_marks
from tai2.view.plot.canvas import DOTS_Y, Canvas
from tai2.view.plot.lines import trace
from tai2.view.plot.scale import Scale, extent, rounded
from tai2.view.plot.series import LevelKind, Line, Look, Series
from tai2.view.plot.stroke import Stroke
from tai2.view.plot.window import Window

_LINE_REACH = 0.25
"""How far bands and VWAP may widen the range, in ranges of the candles."""
_LEVEL_REACH = 0.6
"""The same for own levels."""
LEVEL_STROKES = {
    LevelKind.ENTRY: Stroke.ENTRY,
    LevelKind.STOP: Stroke.STOP,
    LevelKind.TARGET: Stroke.TARGET,
    LevelKind.LIQUIDATION: Stroke.DIM,
}


def price_scale(series: Series, shown: Window, look: Look) -> Scale | None:
    """Choose the range of prices; None when no bar can be drawn."""
    candles = extent((shown.of(series.highs), shown.of(series.lows)))
    if candles is None:
        return None
    low, high = candles
    levels = [level.px for level in series.levels if level.kind is not LevelKind.LIQUIDATION]
    for lines, reach in (
        ([shown.of(line) for line in overlays(series, look)], _LINE_REACH),
        ([levels], _LEVEL_REACH),
    ):
        span = (candles[1] - candles[0]) * reach
        inside = [
            [px for px in line if px and candles[0] - span <= px <= candles[1] + span]
            for line in lines
        ]
        found = extent(inside)
        if found:
            low, high = min(low, found[0]), max(high, found[1])
    return rounded(low, high)


def overlays(series: Series, look: Look) -> list[Line]:
    """Return the lines that are drawn over the candles."""
    bands = [series.upper, series.lower] if look.has_bands else []
    return [*bands, *([series.vwap] if look.has_vwap else [])]


def paint_price(
    canvas: Canvas, series: Series, shown: Window, look: Look, scale: Scale, rows: int
) -> None:
    """Paint candles and everything over them into the top rows, without the grid."""
    if look.has_bands:
        _tint_bands(canvas, series, shown, scale, rows)
        for line in (series.upper, series.lower):
            trace(canvas, shown, scale.rows(shown.of(line), rows * DOTS_Y), Stroke.BAND)
    if look.has_vwap:
        trace(canvas, shown, scale.rows(shown.of(series.vwap), rows * DOTS_Y), Stroke.VWAP)
    canvas.settle_dots(is_braille=look.glyphs.is_braille)
    paint_candles(canvas, series, shown, look.glyphs, scale, rows)
    paint_marks(canvas, series, shown, look.glyphs, scale, rows)


def _tint_bands(canvas: Canvas, series: Series, shown: Window, scale: Scale, rows: int) -> None:
    tops = scale.clamped(shown.of(series.upper), rows)
    bottoms = scale.clamped(shown.of(series.lower), rows)
    for at, (top, bottom) in enumerate(zip(tops, bottoms, strict=False)):
        if top is not None and bottom is not None:
            canvas.tint(shown.left + at * shown.zoom, shown.zoom, top, bottom)
