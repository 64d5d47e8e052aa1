"""Lines of braille dots along the bars: bands, VWAP, cumulative delta, oscillators.

Painters give rows in quarter cells and get a connected line.
A missing point breaks the line; it's never bridged.
"""

from collections.abc import Sequence

from tai2.view.plot.canvas import DOTS_X, Canvas
from tai2.view.plot.stroke import Stroke
from tai2.view.plot.window import Window


def trace(
    canvas: Canvas, shown: Window, ys: Sequence[int | None], stroke: Stroke, first_y: int = 0
) -> None:
    """Draw a line through one point a bar.

    Args:
        canvas: Where to draw.
        shown: The bars on the screen.
        ys: Quarter rows below first_y, one a shown bar, oldest first; None breaks the line.
        stroke: What it stands for.
        first_y: Quarter row of the pane's upper edge.
    """
    stride = shown.zoom * DOTS_X
    before: int | None = None
    x = shown.left * DOTS_X + shown.zoom - 1
    for y in ys:
        if y is not None:
            y += first_y  # noqa: PLW2901 - the same point on the canvas
            if before is None:
                canvas.dot(x, y, stroke)
            else:
                _connect(canvas, (x - stride, before), (x, y), stroke)
        before = y
        x += stride


def _connect(canvas: Canvas, start: tuple[int, int], end: tuple[int, int], stroke: Stroke) -> None:
    """Draw from behind one dot to another, without holes."""
    (x, last), (end_x, end_y) = start, end
    stride, rise = end_x - x, end_y - last
    first = last
    for step in range(1, stride + 1):
        y = first + rise * step // stride
        if y > last + 1:
            for between in range(last + 1, y):
                canvas.dot(x + step, between, stroke)
        elif y < last - 1:
            for between in range(y + 1, last):
                canvas.dot(x + step, between, stroke)
        canvas.dot(x + step, y, stroke)
        last = y
