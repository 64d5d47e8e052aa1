"""The help: every key from the one table, those of the shown tab first.

`?` opens it over the screen and any of Esc, q or ? closes it. It holds no state.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen

from tai2.tui.board import Board
from tai2.tui.inks import Inks
from tai2.tui.key import Key, Place
from tai2.tui.keys import KEYS
from tai2.view.palette import Tone
from tai2.view.panels.box import wrapped
from tai2.view.panels.line import EMPTY, Line, Span, line, padded

_WIDTH, _FRAME = 84, 5
"""Columns of the window, and what of them are border, padding and scroll bar."""
_KEY, _LABEL = 12, 11
"""Columns of a key and of its name."""
_HEADINGS = {Place.EVERYWHERE: "Everywhere", Place.LIST: "Lists, tables, logs"}


class Help(ModalScreen[None]):
    """All keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark", "shut", "Close", id="help.close"),
        Binding("j", "move(1)", id="help.down"),
        Binding("k", "move(-1)", id="help.up"),
    ]
    DEFAULT_CSS: ClassVar[str] = """
    Help { align: center middle; background: $background 35%; }
    Help > VerticalScroll {
        width: 84; max-width: 100%; height: auto; max-height: 100%; background: $background;
        border: round $border; border-title-color: $foreground; padding: 0 1;
        scrollbar-size-vertical: 1;
    }
    """

    def __init__(self, place: Place, inks: Inks) -> None:
        """Take the place whose keys come first."""
        super().__init__()
        self._place = place
        self._inks = inks

    def compose(self) -> ComposeResult:
        """One board in a scroller."""
        with VerticalScroll() as scroll:
            scroll.border_title = "Keys · Esc closes"
            yield Board(id="help-text")

    def on_mount(self) -> None:
        """Fill it."""
        columns = min(self.size.width, _WIDTH) - _FRAME
        rows = [self._inks.line(each) for each in help_lines(self._place, columns)]
        board = self.query_one("#help-text", Board)
        board.styles.height = len(rows)
        board.show(rows)

    def action_shut(self) -> None:
        """Close."""
        self.dismiss(None)

    def action_move(self, rows: int) -> None:
        """Scroll."""
        self.query_one(VerticalScroll).scroll_relative(y=rows, animate=False)


def help_lines(place: Place, columns: int) -> Iterator[Line]:
    """Yield the help's lines, at most so wide, the keys of a place first."""

    def order(key: Key) -> tuple[bool, bool, int]:
        return (
            key.place is not place,
            key.place is not Place.EVERYWHERE,
            list(Place).index(key.place),
        )

    for where, keys in groupby(sorted(KEYS, key=order), key=lambda key: key.place):
        yield line(Span(_HEADINGS.get(where, where.value), Tone.STRONG))
        for key in keys:
            first, *others = wrapped(key.text, columns - _KEY - _LABEL, 4)
            yield line(
                Span(padded(f"  {key.shown}", _KEY), Tone.ACCENT),
                Span(padded(key.label, _LABEL), Tone.PLAIN),
                Span(first, Tone.DIM),
            )
            for other in others:
                yield line(" " * (_KEY + _LABEL), Span(other, Tone.DIM))
        yield EMPTY
