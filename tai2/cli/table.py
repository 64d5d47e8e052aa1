"""Plain tables for the terminal: aligned, clipped to its width, coloured only on one.

Verbs give columns and cells as text, this module places them. Cells must already be safe.
Standard library only: it lies on the path of `tai2 status`.
"""

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tai2.view.text import clip, width

_GAP: Final = "  "
_UP: Final = "\x1b[38;5;74m"
_DOWN: Final = "\x1b[38;5;178m"
_BOLD: Final = "\x1b[1m"
_RESET: Final = "\x1b[0m"
_NARROW: Final = 8
"""The last column is never clipped below this."""


@dataclass(frozen=True, slots=True)
class Column:
    """A heading, and whether its cells are numbers (right-aligned)."""

    heading: str
    is_number: bool = False


def is_coloured() -> bool:
    """Tell whether stdout is a terminal that wants colour (NO_COLOR, TERM=dumb)."""
    wants = "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    return wants and sys.stdout.isatty()


def bold(text: str) -> str:
    """Emphasise a word where there is colour."""
    return f"{_BOLD}{text}{_RESET}" if is_coloured() else text


def render(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> str:
    """Return a table as lines, headings first; the last column gives way on a terminal.

    Cells that begin with ▲ or ▼ get the colours of a gain and of a loss.
    """
    widths = [
        max(width(cell) for cell in (column.heading, *(row[n] for row in rows)))
        for n, column in enumerate(columns)
    ]
    if sys.stdout.isatty():
        taken = sum(widths[:-1]) + len(_GAP) * (len(widths) - 1)
        room = shutil.get_terminal_size().columns - taken
        widths[-1] = min(widths[-1], max(room, _NARROW))
    headings = [column.heading for column in columns]
    lines = [bold(_line(columns, widths, headings))]
    return "\n".join([*lines, *(_line(columns, widths, row) for row in rows)])


def _line(columns: Sequence[Column], widths: Sequence[int], cells: Sequence[str]) -> str:
    placed = [
        _place(clip(cell, columns_wide), columns_wide, is_number=column.is_number)
        for column, columns_wide, cell in zip(columns, widths, cells, strict=True)
    ]
    return _GAP.join(placed).rstrip()


def _place(cell: str, columns_wide: int, *, is_number: bool) -> str:
    blank = " " * (columns_wide - width(cell))
    return blank + _painted(cell) if is_number else _painted(cell) + blank


def _painted(cell: str) -> str:
    tone = {"▲": _UP, "▼": _DOWN}.get(cell[:1], "")
    return f"{tone}{cell}{_RESET}" if tone and is_coloured() else cell
