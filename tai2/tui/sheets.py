"""Sheets over the lower rows: one that tells, one that asks for a figure.

LIVE opens them, so that what stands above stays visible. Neither does anything itself; Esc
closes both, and asking ends harmless unless something was typed.
"""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from tai2.tui.board import Board
from tai2.tui.inks import Inks
from tai2.view.panels.line import Line, text_of


class Sheet(ModalScreen[str | None]):
    """Lines with a title; any of Esc, Enter or q closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "shut", "Close", id="sheet.shut")
    ]
    DEFAULT_CSS: ClassVar[str] = """
    Sheet { align: left bottom; background: $background 35%; }
    Sheet > Vertical {
        height: auto; width: 1fr; border: round $accent; background: $background; padding: 0 1;
        border-title-color: $foreground; border-subtitle-color: $dim;
    }
    Sheet Input, Sheet Input:focus { border: none; height: 1; padding: 0; background: $panel; }
    """

    def __init__(self, title: str, lines: Sequence[Line], inks: Inks) -> None:
        """Take what it tells, cleaned already."""
        super().__init__()
        self._title = title
        self._told = [inks.line(each) for each in lines]
        self.text = "\n".join(map(text_of, lines))
        """The lines as bare text."""

    def compose(self) -> ComposeResult:
        """Place the lines."""
        with Vertical() as box:
            box.border_title, box.border_subtitle = self._title, "Esc closes"
            board = Board()
            board.styles.height = len(self._told)
            board.show(self._told)
            yield board

    def action_shut(self) -> None:
        """Close."""
        self.dismiss(None)


class AskSheet(Sheet):
    """Asks for one figure; dismissed with what was typed, or None for nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "shut", "Cancel", id="ask.cancel"),
    ]

    def __init__(self, title: str, lines: Sequence[Line], inks: Inks, example: str) -> None:
        """example: what an answer looks like; it is never taken for one."""
        super().__init__(title, lines, inks)
        self._example = example

    def compose(self) -> ComposeResult:
        """Place the question and a line for the answer."""
        with Vertical() as box:
            box.border_title, box.border_subtitle = self._title, "Enter goes on · Esc cancels"
            board = Board()
            board.styles.height = len(self._told)
            board.show(self._told)
            yield board
            yield Input(placeholder=f"such as {self._example}", max_length=10, type="number")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Hand over what was typed."""
        self.dismiss(event.value.strip() or None)
