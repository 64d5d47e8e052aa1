"""HISTORY: did it earn after fees; which exits pay?

Fills and round trips by the page, read as the cursor reaches the end; the period's figures
above. Exports go through the same code as `tai2 history --csv`.
"""

from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding
from textual.widget import Widget

from tai2.model.errors import Tai2Error
from tai2.tui.board import Board
from tai2.tui.feed import Feed
from tai2.tui.find_bar import FindBar
from tai2.tui.history.book import RANGES, Book, Wish
from tai2.tui.history.reading import export, read_page
from tai2.tui.inks import Inks
from tai2.tui.key import Place
from tai2.tui.keys import bindings
from tai2.tui.lines import LineList
from tai2.tui.options import Options
from tai2.tui.page import Page
from tai2.tui.tab import ALL, Tab
from tai2.view.panels import period, trades, trips
from tai2.view.panels.line import Entry, Line, Span, listing
from tai2.wire.past import TradesParams
from tai2.wire.performance import PERFORMANCE, PerformanceParams
from tai2.wire.rpc import Fault

ROOMY: Final = 100


class HistoryTab(Tab):
    """A table, a line of figures, a sheet."""

    NAME, PLACE = "HISTORY", Place.HISTORY
    SECTIONS = frozenset({"trades"})
    SCOPED_CSS = False
    DEFAULT_CSS: ClassVar[str] = """
    HistoryTab Board { height: 1; }
    HistoryTab #sheet { display: none; height: 18; border: round $border; padding: 0 1;
      border-title-color: $foreground; }
    HistoryTab.-sheet #sheet { display: block; }
    HistoryTab #sheet:focus { border: round $accent; }
    """
    BINDINGS: ClassVar[list[Binding]] = bindings(Place.HISTORY)  # type: ignore[assignment] # Textual's type is wider

    def __init__(self, desk: Feed, inks: Inks, options: Options) -> None:
        super().__init__(desk, inks, options)
        self._wish, self._book = Wish(), Book()
        self._figures: Line = ()
        self._notice: Line = ()
        self._seen: object = None
        self._summary = Board(id="summary")
        self._heading = Board(id="heading")
        self._columns = Board(id="columns")
        self._table = LineList(inks, id="table", empty="…")
        self._bar = FindBar(self._table)
        self._sheet = Page(inks, id="sheet")

    def compose(self) -> ComposeResult:
        """Figures, headings, rows, a sheet."""
        yield self._summary
        yield self._heading
        yield self._columns
        yield self._table
        yield self._bar
        self._sheet.border_title = "Sheet · Esc closes"
        yield self._sheet

    def paint(self, changed: frozenset[str]) -> None:
        """Read anew when there are new trades."""
        self._table.fade(is_dim=self.is_old)
        state = self.desk.state
        revision = state.trades.rev if state else 0
        if (self._seen is None or revision != self._seen) and not self.is_old:
            self._seen = revision
            self._want(self._wish)
        elif changed >= ALL:
            self._list()

    def home(self) -> Widget:
        """Begin in the table."""
        return self._table

    def find(self) -> bool:
        """Filter."""
        self._bar.open("filter", "instrument, buy, sell, or words of a row", self._wish.words)
        return True

    def copied(self) -> str:
        """Return the row as tab-separated text."""
        return self._book.copied(self._table.key)

    def back(self) -> bool:
        """Close the sheet, else lift the filter."""
        if self.has_class("-sheet"):
            self.remove_class("-sheet")
            self._table.focus()
            return True
        if self._wish.words:
            self._want(replace(self._wish, words=""))
            return True
        return False

    # asking

    def _want(self, wish: Wish) -> None:
        self._wish, self._notice = wish, ()
        self.ask(self._read_first, "history")

    def _params(self) -> TradesParams:
        state = self.desk.state
        followed = tuple(row.inst_id for row in state.tickers.rows.values()) if state else ()
        return self._wish.params(self.desk.now_ms() or 0, followed)

    async def _read_first(self) -> None:
        book, params = Book(), self._params()
        fault = await read_page(self.desk, params, book, is_trips=self._wish.is_trips)
        if fault is not None:
            self._seen = None
            self._say(period.refused(fault.message, fault.hint))
            return
        self._book = book
        self._list()
        asked = PerformanceParams(since_ms=params.since_ms, symbol=params.symbol, side=params.side)
        figures = await self.desk.call(PERFORMANCE, asked)
        if not isinstance(figures, Fault):
            self._figures = period.summary(self._wish.span, figures, self.size.width)
            self._list()

    async def _read_next(self) -> None:
        book, is_trips = self._book, self._wish.is_trips
        if await read_page(self.desk, self._params(), book, is_trips=is_trips) is None:
            self._list()

    async def _export(self, target: Path) -> None:
        try:
            count = await export(self.desk, self._params(), target, is_trips=self._wish.is_trips)
        except Tai2Error as exc:
            self._say(period.refused(exc.message, exc.hint))
        else:
            self._say(period.exported(count, str(target)))

    # painting

    def _list(self) -> None:
        table = self._book.table(self._wish)
        lines = listing(table if self.size.width >= ROOMY else table.narrowed())
        rows = zip(table.rows, lines[1:], strict=True)
        empty = trips.EMPTY_TEXT if self._wish.is_trips else trades.EMPTY_TEXT
        self._table.show([Entry(key=row.key, line=each) for row, each in rows], empty=empty)
        heading = period.heading(len(table.rows), self._wish.order, self._wish.words)
        self._heading.show([self.inks.line(self._notice or heading)])
        self._summary.show([self.inks.line(self._figures, is_dim=self.is_old)])
        self._columns.show([self.inks.line((Span(" "), *lines[0]))])

    def _say(self, parts: Line) -> None:
        self._notice = parts
        self._heading.show([self.inks.line(parts)])

    # hearing

    def on_line_list_at_end(self, _event: LineList.AtEnd) -> None:
        """Read on."""
        if self._book.next is not None:
            self.ask(self._read_next, "history-next")

    def on_line_list_chosen(self, event: LineList.Chosen) -> None:
        """Open a row's sheet."""
        self._sheet.show(self._book.sheet(event.key))
        self.add_class("-sheet")
        self._sheet.focus()

    def on_find_bar_done(self, event: FindBar.Done) -> None:
        """Filter, or export to a file."""
        if event.bar.purpose == "filter":
            self._want(replace(self._wish, words=event.text))
        elif event.text.strip():
            target = Path(event.text.strip()).expanduser()
            self.ask(lambda: self._export(target), "export")

    # keys

    def action_want(self, what: str) -> None:
        """Show the other table, another order, or another range."""
        wish = self._wish
        match what:
            case "table":
                self._want(wish.toggled())
            case "sort":
                self._want(wish.sorted_on())
            case "turn":
                self._want(replace(wish, is_ascending=not wish.is_ascending))
            case _:
                self._want(replace(wish, range_at=(wish.range_at + 1) % len(RANGES)))

    def action_export(self) -> None:
        """Ask for a file's name."""
        name = "trips.csv" if self._wish.is_trips else "trades.csv"
        self._bar.open("export", "file to write; it must not exist yet", name)
