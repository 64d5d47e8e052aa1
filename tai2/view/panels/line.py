"""What panels are made of: spans of text with a tone, lines, entries of a list, tables.

Panels return them; terminal, web and `--json` only place them. Every text in a span must have
been cleaned by view.text already, and a tone must never be the only carrier of a meaning.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tai2.view.palette import Tone
from tai2.view.text import clip, width


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of text that means one thing."""

    text: str
    tone: Tone = Tone.PLAIN


Line = tuple[Span, ...]

EMPTY: Final[Line] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a list that can be chosen."""

    key: str
    """Names the record behind it, the same in every refresh."""
    line: Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table."""

    name: str
    """Stable id, for sorting and for --json."""
    heading: str
    is_number: bool = False
    """Right-aligned."""
    is_wide: bool = False
    """Shown only where there is room: 100 columns or more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Columns and rows; every row has a cell for each column."""

    columns: tuple[Column, ...]
    rows: tuple["TableRow", ...]

    def narrowed(self) -> "Table":
        """Return the table without its wide columns."""
        kept = [n for n, column in enumerate(self.columns) if not column.is_wide]
        return Table(
            columns=tuple(self.columns[n] for n in kept),
            rows=tuple(
                TableRow(key=row.key, cells=tuple(row.cells[n] for n in kept)) for row in self.rows
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """One row of a table."""

    key: str
    cells: Line


def line(*parts: str | Span) -> Line:
    """Return a line of plain texts and spans, without the empty ones."""
    spans = (part if isinstance(part, Span) else Span(part) for part in parts)
    return tuple(span for span in spans if span.text)


def text_of(parts: Line) -> str:
    """Return a line's bare text."""
    return "".join(span.text for span in parts)


def padded(text: str, columns: int, *, is_number: bool = False) -> str:
    """Clip or fill a safe text to so many columns."""
    shown = clip(text, columns)
    blank = " " * (columns - width(shown))
    return blank + shown if is_number else shown + blank


def labelled(label: str, *parts: str | Span, columns: int = 14) -> Line:
    """Return a line that begins with a dim label."""
    return line(Span(padded(label, columns), Tone.DIM), *parts)


def listing(table: Table) -> tuple[Line, ...]:
    """Return a small table as lines, headings first, columns as wide as their widest cell."""
    widths = [
        max(width(cell) for cell in (column.heading, *(row.cells[n].text for row in table.rows)))
        for n, column in enumerate(table.columns)
    ]
    heading = _placed(table, widths, (Span(column.heading, Tone.DIM) for column in table.columns))
    return (heading, *(_placed(table, widths, row.cells) for row in table.rows))


def _placed(table: Table, widths: list[int], cells: Iterable[Span]) -> Line:
    spans = []
    for column, columns_wide, cell in zip(table.columns, widths, cells, strict=True):
        text = padded(cell.text, columns_wide, is_number=column.is_number)
        spans += [Span(text, cell.tone), Span("  ")]
    return tuple(spans[:-1])
