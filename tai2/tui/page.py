"""A page of painted lines that scrolls and wraps: why, prompt, reply, order, diff, JSON.

Tabs give it lines of a panel. Words of a model or of the exchange stay text in it.
"""

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widgets import Static

from tai2.tui.inks import Inks
from tai2.tui.key import Place
from tai2.tui.keys import bindings
from tai2.view.panels.line import Line


def painted(lines: tuple[Line, ...], inks: Inks, *, is_dim: bool = False) -> Text:
    """Return lines as one text that wraps."""
    text = Text(no_wrap=False, end="")
    for n, parts in enumerate(lines):
        if n:
            text.append("\n")
        for span in parts:
            text.append(span.text, inks.style(span.tone, is_dim=is_dim))
    return text


class Page(VerticalScroll, can_focus=True):
    """Lines of a panel, wrapped."""

    DEFAULT_CSS: ClassVar[str] = """
    Page { height: 1fr; scrollbar-size-vertical: 1; background: transparent; }
    Page > Static { height: auto; }
    """
    BINDINGS: ClassVar[list[Binding]] = bindings(Place.LIST)  # type: ignore[assignment] # Textual's type is wider

    class Opened(Message):
        """Enter on the page."""

    def __init__(self, inks: Inks, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._inks = inks
        self._lines: tuple[Line, ...] = ()
        self._is_dim = False
        self._body = Static(markup=False)

    def compose(self) -> ComposeResult:
        """Hold one text."""
        yield self._body

    @property
    def lines(self) -> tuple[Line, ...]:
        """What is shown."""
        return self._lines

    def show(self, lines: tuple[Line, ...], *, from_top: bool = True) -> None:
        """Show other lines."""
        if lines == self._lines:
            return
        self._lines = lines
        self._paint_body()
        if from_top:
            self.scroll_home(animate=False)

    def fade(self, *, is_dim: bool) -> None:
        """Dim everything while the picture is old."""
        if is_dim is not self._is_dim:
            self._is_dim = is_dim
            self._paint_body()

    def _paint_body(self) -> None:
        self._body.update(painted(self._lines, self._inks, is_dim=self._is_dim))

    def action_cursor(self, by: int) -> None:
        """Scroll by lines."""
        self.scroll_relative(y=by, animate=False)

    def action_page(self, by: int) -> None:
        """Scroll by windows."""
        self.scroll_relative(y=by * max(self.size.height - 1, 1), animate=False)

    def action_edge(self, end: int) -> None:
        """Scroll to the first line (-1) or the last (1)."""
        if end < 0:
            self.scroll_home(animate=False)
        else:
            self.scroll_end(animate=False)

    def action_open(self) -> None:
        """Tell that Enter was pressed."""
        self.post_message(self.Opened())
