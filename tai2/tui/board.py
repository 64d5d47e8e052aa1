"""A widget of finished rows that repaints only the cells that changed.

Header, footer, cards, tables and the chart are boards. They're given rows and place them;
a board never formats, never scrolls and never lays anything out again.
"""

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tai2.tui.cut import fitted
from tai2.tui.forget import repaints
from tai2.tui.inks import Row
from tai2.view.plot.diff import runs


class Board(Widget):
    """Rows of segments."""

    DEFAULT_CSS: ClassVar[str] = "Board { height: 1; width: 1fr; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        """Begin empty."""
        super().__init__(id=id, classes=classes)
        self._rows: tuple[Row, ...] = ()

    @property
    def rows(self) -> tuple[Row, ...]:
        """What is shown."""
        return self._rows

    def show(self, rows: Sequence[Row]) -> None:
        """Show other rows; cells that stay the same are not written again."""
        before, self._rows = self._rows, tuple(rows)
        if before == self._rows:
            return
        regions: list[Region] = []
        for y in range(max(len(before), len(self._rows))):
            old = before[y] if y < len(before) else ()
            new = self._rows[y] if y < len(self._rows) else ()
            if old is not new and old != new:
                regions.extend(self._changed(y, old, new))
        if regions:
            self.refresh(*regions)
            repaints(self)

    def _changed(self, y: int, old: Row, new: Row) -> list[Region]:
        was, now = _cells(old), _cells(new)
        if was is None or now is None:
            return [Region(0, y, self.size.width, 1)]
        longest = max(len(was), len(now))
        if longest > self.size.width:  # one of them is cut: its last cell isn't its own
            return [Region(0, y, self.size.width, 1)]
        was += [_BLANK] * (longest - len(was))
        now += [_BLANK] * (longest - len(now))
        return [Region(start, y, end - start, 1) for start, end in runs(was, now)]

    def render_line(self, y: int) -> Strip:
        """Return one row, cut and filled to the width."""
        row = self._rows[y] if y < len(self._rows) else ()
        return fitted(Strip(row), self.size.width, self.rich_style)


_Cell = tuple[str, object]
_BLANK: _Cell = (" ", None)


def _cells(row: Row) -> list[_Cell] | None:
    """Return a row cell by cell; None when it holds signs that aren't one column wide."""
    cells: list[_Cell] = []
    for text, style, _control in row:
        if len(text) != cell_len(text):
            return None
        cells.extend(
            (sign, None if sign == " " and not _has_ground(style) else style) for sign in text
        )
    return cells


def _has_ground(style: object) -> bool:
    return getattr(style, "bgcolor", None) is not None


def blank(columns: int) -> Segment:
    """Return so many blanks."""
    return Segment(" " * columns)
