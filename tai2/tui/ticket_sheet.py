"""The bottom sheet: numbers, a question, and a harmless answer by default.

It shows a ticket of the daemon over the lower rows, so that positions stay visible. Enter
on an empty line cancels, as Esc does; nothing is ever accepted by waiting.
"""

import time
from collections.abc import Iterator
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Input

from tai2.tui.board import Board
from tai2.tui.inks import Inks
from tai2.view.panels.line import Line
from tai2.view.panels.ticket import outcome, question, sentences, title
from tai2.wire.verbs import Ticket

_MOST_LINES: Final = 8


class TicketSheet(ModalScreen[str | None]):
    """Asks; dismissed with what was typed, or None for no."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "refuse", "Cancel", id="sheet.cancel")
    ]
    DEFAULT_CSS: ClassVar[str] = """
    TicketSheet { align: left bottom; background: $background 35%; }
    TicketSheet > Vertical {
        height: auto; width: 1fr; border: heavy $error; background: $background; padding: 0 1;
        border-title-color: $error; border-title-style: bold; border-subtitle-color: $warning;
    }
    TicketSheet Board { height: auto; }
    TicketSheet Input, TicketSheet Input:focus {
        border: none; height: 1; padding: 0; background: $panel;
    }
    """

    def __init__(self, ticket: Ticket, mode: str, inks: Inks) -> None:
        """Prepare the sheet of a ticket."""
        super().__init__()
        self._ticket = ticket
        self._mode = mode
        self._inks = inks
        self._until_s = time.monotonic() + float(ticket.expires_s)

    def compose(self) -> ComposeResult:
        """Text above, the answer below."""
        with Vertical() as sheet:
            sheet.border_title = title(self._ticket.verb.value, self._ticket.inst_id, self._mode)
            yield Board(id="sheet-text")
            if self._ticket.is_word:
                yield Input(placeholder=self._ticket.typed, id="sheet-word", max_length=40)

    def on_mount(self) -> None:
        """Show the text and keep its countdown true."""
        self._paint()
        self.set_interval(1.0, self._paint)

    def _paint(self) -> None:
        left_s = self._until_s - time.monotonic()
        if left_s <= 0:
            self.notify("The question has expired; nothing was done.", markup=False)
            self.dismiss(None)
            return
        rows = [self._inks.line(each) for each in self._lines(int(left_s * 1000))]
        board = self.query_one("#sheet-text", Board)
        board.styles.height = len(rows)
        board.show(rows)

    def _lines(self, left_ms: int) -> Iterator[Line]:
        summary = self._ticket.summary
        yield from sentences(summary.lines[:_MOST_LINES], self.size.width - 4)
        if realised := outcome(summary.positions):
            yield realised
        yield question(self._ticket.typed, is_word=self._ticket.is_word, left_ms=left_ms)

    def on_key(self, event: Key) -> None:
        """Take y or n where no word is asked for."""
        if self._ticket.is_word:
            return
        event.stop()
        if event.character == self._ticket.typed:
            self.dismiss(self._ticket.typed)
        elif event.key in ("n", "N", "enter", "escape"):
            self.dismiss(None)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go on only for the very word."""
        typed = event.value.strip()
        if typed == self._ticket.typed:
            self.dismiss(typed)
        elif not typed:
            self.dismiss(None)
        else:
            event.input.clear()
            wrong = f"That isn't the word {self._ticket.typed}; nothing was done."
            self.query_one(Vertical).border_subtitle = wrong

    def action_refuse(self) -> None:
        """Cancel."""
        self.dismiss(None)
