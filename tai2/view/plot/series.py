"""What a chart shows: bars, lines over them, own fills and levels, and how it is looked at.

`view.panels` makes a Series of the desk's state; `plot.build` draws it.
Floats only: nothing here may ever find its way into an order.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tai2.view.plot.glyphs import BOX, Glyphs

MAX_ZOOM: Final = 3

Line = tuple[float | None, ...]
"""One point a bar, oldest first; None where there is none. Empty = no such line."""


class LevelKind(StrEnum):
    """A price that matters to the own position."""

    ENTRY = "E"
    STOP = "S"
    TARGET = "T"
    LIQUIDATION = "L"


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A horizontal line across the chart."""

    kind: LevelKind
    px: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """An own fill."""

    ts: int
    """ms UTC."""
    px: float
    is_buy: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Bars and everything drawn along them; all tuples have one entry a bar, oldest first."""

    title: str
    bar_ms: int
    """Width of a bar; positive."""
    decimals: int
    """Of a price."""
    ts: tuple[int, ...] = ()
    """Opening times, ms UTC."""
    opens: tuple[float, ...] = ()
    highs: tuple[float, ...] = ()
    lows: tuple[float, ...] = ()
    closes: tuple[float, ...] = ()
    volumes: tuple[float, ...] = ()
    upper: Line = ()
    """Bollinger Bands."""
    lower: Line = ()
    vwap: Line = ()
    cvd: Line = ()
    stoch_k: Line = ()
    """0 to 100."""
    stoch_d: Line = ()
    marks: tuple[Mark, ...] = ()
    levels: tuple[Level, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How the reader looks at it."""

    zoom: int = 1
    """Columns a bar, 1 to MAX_ZOOM."""
    pan: int = 0
    """Bars between the newest and the right edge; 0 = the newest is shown."""
    glyphs: Glyphs = BOX
    has_bands: bool = True
    has_vwap: bool = True


DEFAULT_LOOK: Final = Look()
