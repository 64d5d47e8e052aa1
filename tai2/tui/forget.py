"""What Textual would remember for as long as it runs, and how it is made to forget.

The shell calls `measures` each minute, a widget that draws its own lines calls `repaints`
when it has asked for some. A terminal is left open for days and its figures never come back:
what is remembered of them only grows.
"""

import gc
from typing import Final

from rich import cells
from rich.segment import Segment
from textual.geometry import Region
from textual.widget import Widget

FORGET_S: Final = 60.0
SETTLED_S: Final = 1.0
"""From the first tab's mounting to the end of the start."""
_KNOWN: Final = (
    cells.cached_cell_len,
    Segment._split_cells,  # noqa: SLF001 - up to 16,384 pieces of text, each cut once
    Region.intersection,
    Region.overlaps,
    Region.translate,
    Region.union,
    Region.grow,
    Region.shrink,
)
"""Caches by text or place. Each fills within hours, 5 MB together, and is cheap to refill."""


def measures() -> None:
    """Drop what was measured of texts and places that have been drawn."""
    for known in _KNOWN:
        known.cache_clear()


def beginnings() -> None:
    """Look for garbage from now on, and never again among what the start has made.

    The start runs without: all that it makes is there to stay, and looking through it took a
    sixth of the time to the first picture. Called when that picture is out. Nothing happens
    in a process that looks for garbage already: its objects aren't the start's alone.
    """
    if gc.isenabled():
        return
    gc.collect()
    gc.freeze()
    gc.enable()


def repaints(widget: Widget) -> None:
    """Drop the places that a widget was asked to paint.

    Textual drops them only from widgets that it renders itself; one that draws its own lines
    would keep every place that ever changed.
    """
    widget._dirty_regions.clear()  # noqa: SLF001 - there is no other way to it
