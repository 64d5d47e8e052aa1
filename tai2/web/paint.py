"""Places what panels return: lines and tables, changed where they changed and nowhere else.

Pages hold one view per line or table and show it each new value. Text is only ever text here:
nothing that a model or the exchange wrote can become markup.
"""

from collections.abc import Callable, Sequence
from typing import Any

from nicegui import ui
from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement

from tai2.view.palette import Tone
from tai2.view.panels.line import EMPTY, Column, Entry, Line, Span, Table, TableRow

Pick = Callable[[str], Any]
"""Takes the key of what was chosen; NiceGUI awaits whatever it returns."""


class Cell:
    """One piece of text with its tone."""

    def __init__(self, span: Span, tag: str = "span", classes: str = "") -> None:
        self._tone = span.tone
        self._piece = TextElement(tag=tag, text=span.text).classes(f"{classes} {_tone(span.tone)}")

    def show(self, span: Span) -> None:
        """Show another text or tone; sends nothing when both are the same."""
        if span.tone is not self._tone:
            self._piece.classes(remove=_tone(self._tone), add=_tone(span.tone))
            self._tone = span.tone
        if self._piece.text != span.text:
            self._piece.set_text(span.text)


class LineView:
    """One line of spans."""

    def __init__(self, line: Line = EMPTY, *, tag: str = "div", classes: str = "line") -> None:
        self._box = ui.element(tag).classes(classes)
        self._cells: list[Cell] = []
        self.show(line)

    def show(self, line: Line) -> None:
        """Show another line."""
        if len(line) != len(self._cells):
            self._box.clear()
            with self._box:
                self._cells = [Cell(span) for span in line]
            return
        for cell, span in zip(self._cells, line, strict=True):
            cell.show(span)


class LinesView:
    """Several lines, one below the other."""

    def __init__(self, *, classes: str = "") -> None:
        self._box = ui.element("div").classes(classes)
        self._views: list[LineView] = []

    def show(self, lines: Sequence[Line]) -> None:
        """Show other lines."""
        while len(self._views) > len(lines):
            self._views.pop()
            self._box.remove(len(self._views))
        for view, line in zip(self._views, lines, strict=False):
            view.show(line)
        with self._box:
            self._views += [LineView(line) for line in lines[len(self._views) :]]


class TableView:
    """A table whose cells change in place while its columns and rows stay the same."""

    def __init__(self, label: str, on_pick: Pick | None = None) -> None:
        """label: what it shows, for those who can't see it; on_pick: a row was chosen."""
        self._on_pick = on_pick
        with ui.element("div").classes("scroll"):
            self._table = ui.element("table").classes("grid").props(f'aria-label="{label}"')
        self._columns: tuple[Column, ...] | None = None
        self._keys: tuple[str, ...] = ()
        self._cells: list[list[Cell]] = []

    def show(self, table: Table) -> None:
        """Show another table."""
        keys = tuple(row.key for row in table.rows)
        if table.columns != self._columns or keys != self._keys:
            self._columns, self._keys = table.columns, keys
            self._build(table)
            return
        for cells, row in zip(self._cells, table.rows, strict=True):
            for cell, span in zip(cells, row.cells, strict=True):
                cell.show(span)

    def _build(self, table: Table) -> None:
        self._table.clear()
        with self._table:
            with ui.element("thead"), ui.element("tr"):
                for column in table.columns:
                    heading = Span(column.heading, Tone.DIM)
                    Cell(heading, "th", _align(column))
            with ui.element("tbody"):
                self._cells = [self._row(table.columns, row) for row in table.rows]

    def _row(self, columns: Sequence[Column], row: TableRow) -> list[Cell]:
        with ui.element("tr") as line:
            if self._on_pick is not None:
                _choosable(line, row.key, self._on_pick)
            return [
                Cell(span, "td", _align(column))
                for column, span in zip(columns, row.cells, strict=True)
            ]


class ListView:
    """A list of entries of which one is chosen; entries stay in place while others come."""

    def __init__(self, label: str, on_pick: Pick) -> None:
        self._on_pick = on_pick
        self._box = ui.element("div").props(f'role="group" aria-label="{label}"').classes("scroll")
        self._rows: dict[str, tuple[Element, LineView]] = {}
        self.chosen = ""

    def show(self, entries: Sequence[Entry]) -> None:
        """Show other entries; the choice stays while its entry does."""
        wanted = {entry.key for entry in entries}
        for key in self._rows.keys() - wanted:
            self._box.remove(self._rows.pop(key)[0])
        for place, entry in enumerate(entries):
            if entry.key in self._rows:
                self._rows[entry.key][1].show(entry.line)
            else:
                self._add(entry, place)

    def choose(self, key: str) -> None:
        """Mark an entry as the chosen one; nothing is called."""
        for each in (self.chosen, key):
            if each in self._rows:
                self._rows[each][0].props(f'aria-pressed="{str(each == key).lower()}"')
        self.chosen = key

    def _add(self, entry: Entry, place: int) -> None:
        with self._box, ui.element("button").classes("pick mono") as button:
            view = LineView(entry.line, tag="span", classes="")
        button.props(f'type=button aria-pressed="{str(entry.key == self.chosen).lower()}"')
        button.on("click", lambda: self._on_pick(entry.key))
        button.move(self._box, target_index=place)
        self._rows[entry.key] = (button, view)


def card(title: str = "", classes: str = "") -> Element:
    """Return a card to place things in."""
    box = ui.element("section").classes(f"card {classes}")
    if title:
        with box:
            TextElement(tag="h2", text=title)
    return box


def button(text: str, on_click: Callable[[], Any], classes: str = "do") -> Element:
    """Return a plain button."""
    with ui.element("button").classes(classes).props("type=button") as made:
        TextElement(tag="span", text=text)
    made.on("click", lambda _event: on_click())
    return made


def _choosable(line: Element, key: str, on_pick: Pick) -> None:
    line.props("tabindex=0 role=button").style("cursor: pointer")
    line.on("click", lambda: on_pick(key))
    line.on("keydown.enter", lambda: on_pick(key))


def _align(column: Column) -> str:
    return "num" if column.is_number else ""


def _tone(tone: Tone) -> str:
    return f"t-{tone.value}"
