"""A list of painted lines with a cursor: decisions, trades, log records, options, models.

Tabs give it entries and hear which one is meant. It draws only the lines in sight, repaints
two lines when the cursor moves, and knows nothing of what the lines say.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding
from textual.events import Click, Resize
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tai2.tui.cut import fitted
from tai2.tui.forget import repaints
from tai2.tui.inks import Inks
from tai2.tui.key import Place
from tai2.tui.keys import bindings
from tai2.view.palette import BAND_TINT, CURSOR_TINT, Tone
from tai2.view.panels.line import Entry, Line, Span

_POINTER: Final = Span("▸", Tone.ACCENT)
_BLANK: Final = Span(" ")
_HERE: Final = Style(bgcolor=CURSOR_TINT, bold=True)
_AWAY: Final = Style(bgcolor=BAND_TINT)
_FOUND: Final = Style(underline=True)


class LineList(ScrollView, can_focus=True):
    """Entries, one a line."""

    DEFAULT_CSS: ClassVar[str] = """
    LineList {
      height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1; background: transparent;
    }
    """
    BINDINGS: ClassVar[list[Binding]] = bindings(Place.LIST)  # type: ignore[assignment] # Textual's type is wider

    class Moved(Message):
        """The cursor is on another entry."""

        def __init__(self, lines: "LineList", key: str) -> None:
            super().__init__()
            self.lines, self.key = lines, key

    class Chosen(Moved):
        """Enter, or a click on the cursor's line."""

    class AtEnd(Moved):
        """The cursor reached the last entry: there may be more to fetch."""

    def __init__(self, inks: Inks, *, empty: str = "", id: str | None = None) -> None:  # noqa: A002 - Textual's name
        """empty: what to show without entries."""
        super().__init__(id=id)
        self._inks = inks
        self._empty = empty
        self._entries: Sequence[Entry] = ()
        self._marked: frozenset[int] = frozenset()
        self._is_dim = False
        self._ground = Style.null()
        self.cursor = 0
        self.is_following = False
        """True keeps the cursor on the last entry as entries are added."""

    @property
    def key(self) -> str:
        """Key of the cursor's entry, "" without entries."""
        return self._entries[self.cursor].key if self._entries else ""

    def show(self, entries: Sequence[Entry], *, empty: str | None = None) -> None:
        """List other entries; the cursor stays on its key where that still exists.

        They are kept as they are, so they must not change afterwards.
        A cursor on the first entry stays on the first: the newest, in a list of news.
        """
        before, was, top = self._entries, self.key, round(self.scroll_y)
        self._empty = self._empty if empty is None else empty
        self._entries = entries
        self._marked = frozenset()
        self.cursor = len(entries) - 1 if self.is_following else _kept(entries, was, self.cursor)
        self.cursor = max(self.cursor, 0)
        self.virtual_size = Size(self.size.width, len(self._entries))
        self._reveal()
        self._repaint(before, is_scrolled=top != round(self.scroll_y))
        if self.key and (self.key != was or not before):
            self.post_message(self.Moved(self, self.key))

    def _repaint(self, before: Sequence[Entry], *, is_scrolled: bool) -> None:
        """Draw again what differs among the lines in sight; the others cost nothing."""
        if is_scrolled or len(before) != len(self._entries) or not before:
            self.refresh()
            return
        top = round(self.scroll_y)
        for place in range(top, min(top + self.size.height, len(before))):
            if before[place] != self._entries[place]:
                self._refresh_row(place)

    def fade(self, *, is_dim: bool) -> None:
        """Dim everything while the picture is old."""
        if is_dim is not self._is_dim:
            self._is_dim = is_dim
            self.refresh()

    def mark(self, places: Iterable[int]) -> None:
        """Underline the entries that a search found."""
        self._marked = frozenset(places)
        self.refresh()

    def go(self, place: int) -> None:
        """Put the cursor on an entry by its place, kept inside the list."""
        last = len(self._entries) - 1
        place = max(0, min(place, last))
        if not self._entries:
            return
        if place != self.cursor:
            old, self.cursor = self.cursor, place
            self._refresh_row(old)
            self._refresh_row(place)
            self._reveal()
            self.post_message(self.Moved(self, self.key))
        if place == last:
            self.post_message(self.AtEnd(self, self.key))

    def go_to(self, key: str) -> bool:
        """Put the cursor on an entry by its key; False when it isn't listed."""
        for n, entry in enumerate(self._entries):
            if entry.key == key:
                self.go(n)
                return True
        return False

    def _reveal(self) -> None:
        """Scroll so that the cursor is in sight."""
        top, rows = round(self.scroll_y), max(self.size.height, 1)
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, force=True)
        elif self.cursor >= top + rows:
            self.scroll_to(y=self.cursor - rows + 1, animate=False, force=True)

    def _refresh_row(self, place: int) -> None:
        y = place - round(self.scroll_y)
        if 0 <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))
            repaints(self)

    def render_line(self, y: int) -> Strip:
        """Draw one line of the window."""
        columns, place = self.scrollable_content_region.width, y + round(self.scroll_y)
        if place >= len(self._entries):
            said = f" {self._empty}" if y == 0 and not self._entries else ""
            return self._strip((Span(said, Tone.DIM),), columns)
        is_here = place == self.cursor
        parts = (_POINTER if is_here else _BLANK, *self._entries[place].line)
        over = (_HERE if self.has_focus else _AWAY) if is_here else Style.null()
        return self._strip(parts, columns, over + _FOUND if place in self._marked else over)

    def _strip(self, parts: Line, columns: int, over: Style | None = None) -> Strip:
        made = Strip(self._inks.line(parts, is_dim=self._is_dim))
        filled = fitted(made, columns, self._ground)
        if not over:
            return filled
        return Strip(
            (Segment(text, (style or Style.null()) + over) for text, style, _ in filled), columns
        )

    def on_resize(self, event: Resize) -> None:
        """Keep the cursor in sight; look up the ground once, not once a line."""
        self._ground = self.rich_style
        self.virtual_size = Size(event.size.width, len(self._entries))
        self._reveal()

    def on_focus(self) -> None:
        """Brighten the cursor."""
        self._refresh_row(self.cursor)

    def on_blur(self) -> None:
        """Dim the cursor."""
        self._refresh_row(self.cursor)

    def on_click(self, event: Click) -> None:
        """Move the cursor there; open what is under it already."""
        place = event.y + round(self.scroll_y)
        if place == self.cursor:
            self.action_open()
        elif place < len(self._entries):
            self.go(place)

    def action_cursor(self, by: int) -> None:
        """Move by so many entries."""
        self.go(self.cursor + by)

    def action_page(self, by: int) -> None:
        """Move by so many windows."""
        self.go(self.cursor + by * max(self.size.height - 1, 1))

    def action_edge(self, end: int) -> None:
        """Go to the first entry (-1) or the last (1)."""
        self.go(0 if end < 0 else len(self._entries) - 1)

    def action_open(self) -> None:
        """Open the cursor's entry."""
        if self._entries:
            self.post_message(self.Chosen(self, self.key))


def _kept(entries: Sequence[Entry], key: str, cursor: int) -> int:
    """Return where a cursor belongs after a change: the first stays first, others stay by key."""
    if cursor == 0:
        return 0
    cursor = min(cursor, len(entries) - 1)
    places = chain(range(cursor, -1, -1), range(cursor + 1, len(entries)))
    return next((n for n in places if entries[n].key == key), cursor)
