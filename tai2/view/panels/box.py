"""Blocks of lines: framed, filled to an extent, set side by side.

Pages of panels are put together with these, so that a face places one finished block.
Every block has exactly its columns and rows; text that doesn't fit ends in ….
"""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Final

from tai2.view.palette import Tone
from tai2.view.panels.line import EMPTY, Column, Line, Span, Table, line
from tai2.view.text import clip, width

Block = tuple[Line, ...]
"""Lines that are all equally wide."""

_GAP: Final = 2


def wide(parts: Line) -> int:
    """Return how many columns a line takes."""
    return sum(width(span.text) for span in parts)


def fitted(parts: Line, columns: int) -> Line:
    """Return the line cut or filled to exactly so many columns."""
    spans: list[Span] = []
    room = columns
    for span in parts:
        if (taken := width(span.text)) <= room:
            spans.append(span)
            room -= taken
            continue
        spans.append(Span(clipped := clip(span.text, room), span.tone))
        room -= width(clipped)
        break
    return line(*spans, Span(" " * room))


def filled(lines: Sequence[Line], columns: int, rows: int) -> Block:
    """Return a block of exactly this extent; rows too many are left out."""
    padding = [EMPTY] * max(rows - len(lines), 0)
    return tuple(fitted(each, columns) for each in (*lines[:rows], *padding))


def boxed(
    title: Line, lines: Sequence[Line], columns: int, rows: int, *, foot: Line = EMPTY
) -> Block:
    """Return lines in a frame with a title above and maybe a foot in its lower edge."""
    inner = filled(lines, columns - 2, rows - 2)
    side = Span("│", Tone.BORDER)
    return (
        _edge("╭", title, "╮", columns),
        *((side, *each, side) for each in inner),
        _edge("╰", foot, "╯", columns),
    )


def bare(
    title: Line, lines: Sequence[Line], columns: int, rows: int, *, foot: Line = EMPTY
) -> Block:
    """Return the same without a frame: title, lines, foot."""
    last = (foot,) if foot else ()
    inner = filled(lines, columns, rows - 1 - len(last))
    return tuple(fitted(each, columns) for each in ((title), *inner, *last))


def _edge(left: str, text: Line, right: str, columns: int) -> Line:
    if not text:
        return (Span(f"{left}{'─' * (columns - 2)}{right}", Tone.BORDER),)
    text = (Span(text[0].text.lstrip(), text[0].tone), *text[1:])
    room = max(columns - 5, 0)
    shown = text if wide(text) <= room else fitted(text, room)
    rest = "─" * max(columns - 4 - wide(shown), 0)
    return (Span(f"{left} ", Tone.BORDER), *shown, Span(f" {rest}{right}", Tone.BORDER))


def beside(*blocks: Block) -> Block:
    """Set blocks side by side; all must have the same number of rows."""
    return tuple(
        tuple(span for parts in row for span in parts) for row in zip_longest(*blocks, fillvalue=())
    )


def shares(columns: int, count: int) -> list[int]:
    """Split columns into so many nearly equal parts."""
    return [columns * (at + 1) // count - columns * at // count for at in range(count)]


def table_lines(table: Table, columns: int, chosen: str = "") -> tuple[Line, ...]:
    """Return a table as lines, headings first, the chosen row with a pointer.

    Columns are as wide as their widest cell; what is left over goes to the first one.
    """
    widths = [
        max(width(cell) for cell in (each.heading, *(row.cells[at].text for row in table.rows)))
        for at, each in enumerate(table.columns)
    ]
    gap = _GAP if sum(widths) + _GAP * len(widths) < columns else 1
    heading = _placed(
        table.columns, widths, tuple(Span(each.heading, Tone.DIM) for each in table.columns), gap
    )
    pointers = {True: Span("▸", Tone.ACCENT), False: Span(" ")}
    return (
        (Span(" "), *heading),
        *(
            (pointers[row.key == chosen], *_placed(table.columns, widths, row.cells, gap))
            for row in table.rows
        ),
    )


def _placed(columns: Sequence[Column], widths: list[int], cells: Line, gap: int) -> Line:
    spans: list[Span] = []
    for column, room, cell in zip(columns, widths, cells, strict=True):
        blank = Span(" " * (room - width(cell.text)))
        spans += [blank, cell] if column.is_number else [cell, blank]
        spans.append(Span(" " * gap))
    return line(*spans[:-1])


def wrapped(text: str, columns: int, rows: int) -> list[str]:
    """Break a safe text into at most so many lines at its spaces; the last may end in …."""
    lines: list[str] = []
    left = text.strip()
    while left and len(lines) < rows - 1 and width(left) > columns:
        head = clip(f"{left}  ", columns + 1).removesuffix("…")
        is_whole = " " not in head or left[len(head)] == " "
        cut = len(head) if is_whole else head.rfind(" ")
        lines.append(left[:cut].rstrip())
        left = left[cut:].lstrip()
    return [*lines, clip(left, columns)] if left else lines
