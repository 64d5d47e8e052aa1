"""What a picture in a terminal is made of: spans of text with a stroke and a ground.

The chart builds frames of these, the terminal and the command line paint them.
Strokes are meanings, never colours: a palette decides what they look like.
"""

from enum import IntEnum
from typing import Final, NamedTuple


class Stroke(IntEnum):
    """What a glyph stands for."""

    TEXT = 0
    """Also every blank cell, so that a run of blanks is one span."""
    STRONG = 1
    DIM = 2
    GRID = 3
    UP = 4
    DOWN = 5
    LAST = 6
    BAND = 7
    VWAP = 8
    CVD = 9
    FAST = 10
    """%K of the Stochastic RSI."""
    SLOW = 11
    """%D of the Stochastic RSI."""
    ENTRY = 12
    STOP = 13
    TARGET = 14
    BUY = 15
    SELL = 16


class Ground(IntEnum):
    """What lies behind a glyph."""

    NONE = 0
    BAND = 1
    """Between the Bollinger Bands."""
    TAG = 2
    """The inverse tag of the last price."""


class Span(NamedTuple):
    """A run of cells of one style."""

    text: str
    stroke: Stroke = Stroke.TEXT
    ground: Ground = Ground.NONE


Strip = tuple[Span, ...]
"""One row."""

Frame = tuple[Strip, ...]
"""Rows, top first; all of one width."""

GROUND_SHIFT: Final = 5
"""A style is stroke + (ground << GROUND_SHIFT): one integer a cell."""

STYLES: Final = {
    stroke | ground << GROUND_SHIFT: (stroke, ground) for stroke in Stroke for ground in Ground
}


def plain(frame: Frame) -> list[str]:
    """Return the rows as text without any style."""
    return ["".join(span.text for span in strip) for strip in frame]
