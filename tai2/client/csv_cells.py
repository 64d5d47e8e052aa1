"""Cells of a CSV file (RFC 4180): raw decimals, and text that stays text.

Every export writes through it. A text cell that a spreadsheet would run as a formula gets an
apostrophe in front; numbers must stay numbers, negative ones too.
"""

import csv
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Final, TextIO

from tai2.model.money import plain
from tai2.view.text import safe

Cell = str | Decimal | int | None
"""None is an empty cell: unknown, never 0."""

_FORMULA: Final = re.compile(r"[\s']*[=+\-@\t\r＝＋－＠]")


def write(out: TextIO, header: Iterable[str], rows: Iterable[Iterable[Cell]]) -> int:
    """Write header and rows, one at a time, and return the number of rows.

    `out` must have been opened with newline="".
    """
    writer = csv.writer(out)
    writer.writerow(header)
    count = 0
    for row in rows:
        writer.writerow(_written(cell) for cell in row)
        count += 1
    return count


def defused(text: str) -> str:
    """Return a text cell that no spreadsheet takes for a formula and no terminal obeys."""
    starts_formula = _FORMULA.match(text) is not None
    cleaned = safe(text, keep_lines=True)
    return f"'{cleaned}" if starts_formula or _FORMULA.match(cleaned) else cleaned


def _written(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        return plain(cell)
    return str(cell) if isinstance(cell, int) else defused(cell)
