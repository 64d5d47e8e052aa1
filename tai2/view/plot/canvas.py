"""A grid of cells that painters fill and that becomes a frame of spans.

Whole numbers a cell: a sign, a style, dots of braille. Everything is clipped here, so
painters may be careless at the edges; the frame always has the exact width and height.
"""

from itertools import groupby
from typing import Final

from tai2.view.plot.stroke import GROUND_SHIFT, STYLES, Frame, Ground, Span, Strip, Stroke

DOTS_X: Final = 2
DOTS_Y: Final = 4
_BITS: Final = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
_BRAILLE: Final = 0x2800
_BAND: Final = Ground.BAND << GROUND_SHIFT
_GROUND: Final = 3 << GROUND_SHIFT


class Canvas:
    """Cells by row × width + column."""

    def __init__(self, width: int, height: int) -> None:
        """Begin with blanks."""
        self.width = width
        self.height = height
        self._signs = [" "] * (width * height)
        self._styles = [0] * (width * height)
        self._dots: dict[int, int] = {}
        self._dot_strokes: dict[int, int] = {}

    def put(
        self, row: int, col: int, text: str, stroke: Stroke, ground: Ground = Ground.NONE
    ) -> None:
        """Write a text of narrow signs; what doesn't fit is cut off. A band shows through."""
        if not 0 <= row < self.height:
            return
        text = text[max(-col, 0) : max(self.width - col, 0)]
        at = row * self.width + max(col, 0)
        for sign in text:
            self._signs[at] = sign
            kept = self._styles[at] & _GROUND if ground is Ground.NONE else 0
            self._styles[at] = (0 if sign == " " else stroke) | kept | ground << GROUND_SHIFT
            at += 1

    def cell(self, row: int, col: int, sign: str, stroke: int) -> None:
        """Write one sign on whatever ground there is; the cell must exist."""
        at = row * self.width + col
        self._signs[at] = sign
        self._styles[at] = self._styles[at] & _GROUND | stroke

    def fill_blank(self, row: int, columns: int, sign: str, stroke: Stroke) -> None:
        """Draw a horizontal line through the blank cells among the first columns of a row."""
        start = row * self.width
        for at in range(start, start + columns):
            if self._signs[at] == " " and sign != " ":
                self._signs[at] = sign
                self._styles[at] |= stroke

    def tint(self, col: int, columns: int, top: int, bottom: int) -> None:
        """Lay the band's ground behind columns from one row to another, both included."""
        for row in range(top, bottom + 1):
            start = row * self.width + col
            for at in range(start, start + columns):
                self._styles[at] |= _BAND

    def dot(self, x: int, y: int, stroke: Stroke) -> None:
        """Set one braille dot; x counts half columns, y quarter rows; it must exist."""
        at = (y >> 2) * self.width + (x >> 1)
        self._dots[at] = self._dots.get(at, 0) | _BITS[x & 1][y & 3]
        self._dot_strokes[at] = stroke

    def settle_dots(self, *, is_braille: bool) -> None:
        """Turn the dots into signs; a point a cell where braille can't be shown."""
        for at, bits in self._dots.items():
            self._signs[at] = chr(_BRAILLE + bits) if is_braille else "."
            self._styles[at] = self._styles[at] & _GROUND | self._dot_strokes[at]
        self._dots.clear()
        self._dot_strokes.clear()

    def frame(self) -> Frame:
        """Return the picture."""
        return tuple(self._strip(row * self.width) for row in range(self.height))

    def _strip(self, start: int) -> Strip:
        end = start + self.width
        text = "".join(self._signs[start:end])
        spans = []
        at = 0
        for style, cells in groupby(self._styles[start:end]):
            columns = sum(1 for _cell in cells)
            spans.append(Span(text[at : at + columns], *STYLES[style]))
            at += columns
        return tuple(spans)
