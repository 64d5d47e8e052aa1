"""The sets of signs that a chart may be drawn with.

`BOX` is the finest, `HOLLOW` tells up from down without colour, `ASCII` needs no font.
Every sign is one column wide in every terminal; that must stay so.
"""

from dataclasses import dataclass
from typing import Final

_BLOCKS: Final = " ▁▂▃▄▅▆▇█"
_MARKS: Final = "▲▼"
_BOX_HALVES: Final = " ╷╻╵│╽╹╿┃"
"""By 3 × upper half + lower half, each 0 = nothing, 1 = wick, 2 = body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glyphs:
    """One set of signs."""

    name: str
    up: str
    """Cells of a rising candle by 3 × upper half + lower half (0 nothing, 1 wick, 2 body)."""
    down: str
    """The same of a falling candle."""
    blocks: str
    """A volume bar's cell by eighths filled, 0 to 8."""
    marks: str
    """Own buy and own sell."""
    is_braille: bool
    """True = lines in dots of 2 × 4 a cell, False = one point a cell."""
    grid: str
    last: str
    level: str
    axis: str
    tick: str
    corner: str
    tag: str
    """Before the last price on the axis."""


BOX: Final = Glyphs(
    name="box",
    up=_BOX_HALVES,
    down=_BOX_HALVES,
    blocks=_BLOCKS,
    marks=_MARKS,
    is_braille=True,
    grid="┈",
    last="╌",
    level="┄",
    axis="│",
    tick="┤",
    corner="└",
    tag="◂",
)
HOLLOW: Final = Glyphs(
    name="hollow",
    up=" ╷║╵│║║║║",
    down=" ╷█╵│████",
    blocks=_BLOCKS,
    marks=_MARKS,
    is_braille=True,
    grid="┈",
    last="╌",
    level="┄",
    axis="│",
    tick="┤",
    corner="└",
    tag="◂",
)
ASCII: Final = Glyphs(
    name="ascii",
    up=" |o||oooo",
    down=" |#||####",
    blocks=" ..::::##",
    marks="^v",
    is_braille=False,
    grid=" ",
    last="-",
    level="_",
    axis="|",
    tick="+",
    corner="+",
    tag="<",
)

GLYPHS: Final = {glyphs.name: glyphs for glyphs in (BOX, HOLLOW, ASCII)}
