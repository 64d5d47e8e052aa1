"""The decision log of ENGINE: cycles newest first, filtered by words and by outcome.

The tab gives it rows and hears which one is meant. It asks nobody for anything.
"""

from collections.abc import Mapping
from typing import Final

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message

from tai2.tui.find_bar import FindBar
from tai2.tui.inks import Inks
from tai2.tui.lines import LineList
from tai2.view.panels import decisions
from tai2.view.rows import DecisionRow

_ALL = decisions.OUTCOMES[0]
KEPT: Final = 300
"""Cycles kept while the cursor is on the newest; whoever reads further back keeps all."""
WIDE: Final = 60
"""Columns from which on a line carries the words behind its decision."""


class DecisionLog(Vertical):
    """Cycles and their filter."""

    class Picked(Message):
        """Another cycle is under the cursor."""

        def __init__(self, row: DecisionRow) -> None:
            super().__init__()
            self.row = row

    class Opened(Picked):
        """Enter on a cycle."""

    def __init__(self, inks: Inks, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._rows: dict[str, DecisionRow] = {}
        self._words, self._outcome, self._titled = "", _ALL, ""
        self._list = LineList(inks, empty=decisions.EMPTY_TEXT)
        self._bar = FindBar(self._list)

    def compose(self) -> ComposeResult:
        """The list and its filter."""
        yield self._list
        yield self._bar

    def on_mount(self) -> None:
        """Say what is empty."""
        self.border_subtitle = "Enter why · c chat · / o filter"
        self._relist()

    def on_resize(self) -> None:
        """List as much of each decision as there is room for."""
        self._relist()

    @property
    def rows(self) -> Mapping[str, DecisionRow]:
        """Every cycle that is loaded, by its id."""
        return self._rows

    @property
    def row(self) -> DecisionRow | None:
        """The cycle under the cursor."""
        return self._rows.get(self._list.key)

    @property
    def lines(self) -> LineList:
        """The list itself, which takes the keyboard."""
        return self._list

    def take(self, rows: Mapping[str, DecisionRow], *, is_newer: bool = True) -> None:
        """Add cycles; of two with one id the newer counts."""
        before = self._rows
        found = {**before, **rows} if is_newer else {**rows, **before}
        if len(found) > KEPT and self._list.cursor == 0:
            newest = sorted(found.values(), key=lambda row: row.ts, reverse=True)[:KEPT]
            found = {row.cycle_id: row for row in newest}
        self._rows = found
        if self._rows != before:
            self._relist()

    def previous(self, row: DecisionRow) -> DecisionRow | None:
        """Return the cycle before on the same instrument."""
        earlier = [
            each for each in self._rows.values() if each.inst_id == row.inst_id and each.ts < row.ts
        ]
        return max(earlier, key=lambda each: each.ts, default=None)

    def reveal(self, cycle_id: str) -> bool:
        """Put the cursor on a cycle, lifting a filter that hides it; False when unknown."""
        if cycle_id not in self._rows:
            return False
        if not self._list.go_to(cycle_id):
            self.lift()
            self._list.go_to(cycle_id)
        return True

    def lift(self) -> bool:
        """Show all cycles again; False when nothing was filtered."""
        was_filtered = bool(self._words) or self._outcome != _ALL
        self._words, self._outcome = "", _ALL
        self._relist()
        return was_filtered

    def _relist(self) -> None:
        newest = sorted(self._rows.values(), key=lambda row: (row.ts, row.cycle_id), reverse=True)
        shown = decisions.matching(newest, self._words, self._outcome)
        empty = "Nothing matches. Esc shows all again." if newest else decisions.EMPTY_TEXT
        is_wide = self.size.width > WIDE
        self._list.show(decisions.entries(shown, is_wide=is_wide), empty=empty)
        title = decisions.title(len(shown), len(newest), self._outcome, self._words)
        if title != self._titled:
            self._titled = title
            self.border_title = Content(title)

    def on_line_list_moved(self, event: LineList.Moved) -> None:
        """Tell which cycle is meant now."""
        event.stop()
        if (row := self.row) is not None:
            self.post_message(self.Picked(row))

    def on_line_list_chosen(self, event: LineList.Chosen) -> None:
        """Tell that a cycle is to be opened."""
        event.stop()
        if (row := self.row) is not None:
            self.post_message(self.Opened(row))

    def on_find_bar_typed(self, event: FindBar.Typed) -> None:
        """Filter while typing."""
        event.stop()
        self._words = event.text
        self._relist()

    def on_find_bar_done(self, event: FindBar.Done) -> None:
        """Keep the filter."""
        event.stop()

    def on_find_bar_left(self, event: FindBar.Left) -> None:
        """Lift the filter."""
        event.stop()
        self.lift()

    def step_outcome(self) -> None:
        """Step the outcome filter."""
        known = decisions.OUTCOMES
        self._outcome = known[(known.index(self._outcome) + 1) % len(known)]
        self._relist()

    def find(self) -> None:
        """Open the filter."""
        self._bar.open("filter", "words in instrument, action, outcome, reason…", self._words)
