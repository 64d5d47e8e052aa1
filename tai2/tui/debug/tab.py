"""DEBUG: is data flowing, what failed, what did I press?

Parts in trouble with their reasons, and two log windows: the daemon's, over its log topic,
and this client's own diary. New records come in batches, at most four times a second.
"""

from typing import ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.widget import Widget

from tai2.tui.board import Board
from tai2.tui.debug.window import LogWindow
from tai2.tui.feed import Feed
from tai2.tui.find_bar import FindBar
from tai2.tui.inks import Inks
from tai2.tui.key import Place
from tai2.tui.keys import bindings
from tai2.tui.lines import LineList
from tai2.tui.noted import NotedFeed
from tai2.tui.options import Options
from tai2.tui.page import Page
from tai2.tui.tab import Tab
from tai2.view.panels import logs
from tai2.view.panels.health import health
from tai2.view.panels.line import Span
from tai2.wire.watch import LOG, LogRow


class DebugTab(Tab):
    """Backend and frontend."""

    NAME, PLACE = "DEBUG", Place.DEBUG
    SECTIONS = frozenset({LOG, "health"})
    SCOPED_CSS = False
    DEFAULT_CSS: ClassVar[str] = """
    DebugTab #health { height: 1; }
    DebugTab #windows { layout: horizontal; height: 1fr; }
    DebugTab #backend { width: 2fr; height: 1fr; }
    DebugTab #frontend { width: 1fr; height: 1fr; border-left: vkey $border; }
    .-narrow DebugTab #windows { layout: vertical; }
    .-narrow DebugTab #backend { width: 1fr; height: 2fr; }
    .-narrow DebugTab #frontend { width: 1fr; height: 1fr; border-left: none; }
    DebugTab #record { height: 50%; border: round $border; padding: 0 1; display: none;
      border-title-color: $foreground; }
    DebugTab.-record #record { display: block; }
    """
    BINDINGS: ClassVar[list[Binding]] = bindings(Place.DEBUG)  # type: ignore[assignment] # Textual's type is wider

    def __init__(self, desk: Feed, inks: Inks, options: Options) -> None:
        super().__init__(desk, inks, options)
        self._health = Board(id="health")
        self._backend = LogWindow("backend", inks)
        self._frontend = LogWindow("frontend", inks)
        self._record = Page(inks, id="record")
        self._bar = FindBar(self._backend.lines)
        self._shown: LogWindow = self._backend
        self._counted: tuple[int, int] | None = None

    def compose(self) -> ComposeResult:
        """Hold the parts, two windows, a record in full, a search."""
        yield self._health
        with Container(id="windows"):
            yield self._backend
            yield self._frontend
        yield self._record
        yield self._bar

    def on_mount(self) -> None:
        """Name the record's page."""
        self._record.border_title = "Record · Esc closes"

    def paint(self, changed: frozenset[str]) -> None:
        """Take what is new."""
        del changed
        self._paint_health()
        self._backend.fade(is_dim=self.is_old)
        # The topic's items are LogRow by the wire's own table: hence the cast.
        records = cast("tuple[LogRow, ...]", self.desk.items(LOG))
        self._backend.take(records, rate=self._rate())
        if isinstance(self.desk, NotedFeed):
            self._frontend.take(self.desk.diary.happenings)

    def _paint_health(self) -> None:
        if (state := self.desk.state) is None:
            return
        lines = health(state, self.desk.now_ms(), self.size.width - 2)
        if len(lines) != len(self._health.rows):
            self._health.styles.height = len(lines)
        self._health.show(
            [self.inks.line((Span(" "), *each), is_dim=self.is_old) for each in lines]
        )

    def _rate(self) -> float | None:
        """Return records per second since it was last asked, once a second; None between."""
        now_ms, seq = self.desk.now_ms(), self.desk.seq(LOG)
        if now_ms is None:
            return None
        if self._counted is None or seq < self._counted[1]:
            self._counted = (now_ms, seq)
            return None
        since_ms, before = self._counted
        if now_ms - since_ms < 1_000:
            return None
        self._counted = (now_ms, seq)
        return (seq - before) * 1_000 / (now_ms - since_ms)

    def home(self) -> Widget:
        """Begin in the daemon's log."""
        return self._backend.lines

    @property
    def _window(self) -> LogWindow:
        """The window that has, or last had, the keyboard."""
        for window in (self._backend, self._frontend):
            if window.lines.has_focus:
                self._shown = window
        return self._shown

    def find(self) -> bool:
        """Search the window."""
        window = self._window
        self._bar.open("search", f"text in {window.id}, n and N step through what was found")
        return True

    def copied(self) -> str:
        """Return the record as one line."""
        record = self._window.record
        return logs.plain(record) if record else ""

    def back(self) -> bool:
        """Close the record, else follow again."""
        if self.has_class("-record"):
            self.remove_class("-record")
            self._window.lines.focus()
            return True
        return False

    def on_find_bar_done(self, event: FindBar.Done) -> None:
        """Search."""
        self._shown.lines.focus()
        self._shown.search(event.text)

    def on_find_bar_left(self, _event: FindBar.Left) -> None:
        """Search no more."""
        self._shown.lines.focus()
        self._shown.search("")

    def on_line_list_chosen(self, event: LineList.Chosen) -> None:
        """Show a record as JSON."""
        window = self._window
        if (record := window.record) is None or event.lines is not window.lines:
            return
        window.pause()
        self._record.show(logs.as_json(record))
        self.add_class("-record")
        self._record.focus()

    def action_follow(self) -> None:
        """Follow or stay."""
        self._window.follow()

    def action_level(self) -> None:
        """Step the level."""
        self._window.step_level()

    def action_found(self, by: int) -> None:
        """Go to the next record found."""
        if not self._window.step_found(by):
            self.notify("nothing found: / searches", markup=False, timeout=2)

    def action_jump(self, minutes: int) -> None:
        """Go on or back in time."""
        self._window.jump(minutes)

    def action_clear(self) -> None:
        """Empty the window."""
        self._window.clear()

    def action_other(self) -> None:
        """Give the keyboard to the other window."""
        other = self._frontend if self._window is self._backend else self._backend
        other.lines.focus()
