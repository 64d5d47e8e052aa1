"""The LIVE tab: one board that shows the LIVE page, and a cursor among the positions.

The shell shows it first. It places the page of `view.panels.live_page` and adds nothing.
"""

from collections.abc import Iterator
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from tai2.tui.board import Board
from tai2.tui.feed import Feed
from tai2.tui.inks import Inks
from tai2.tui.key import Place
from tai2.tui.keys import bindings
from tai2.tui.options import Options
from tai2.tui.sheets import Sheet
from tai2.tui.tab import Tab
from tai2.view.panels.live_page import STALE_MS, Scene, live_page
from tai2.view.panels.positions import position_sheet
from tai2.view.state import ViewState
from tai2.view.text import safe


class Live(Tab):
    """Money, markets, positions, orders, the last decision."""

    NAME = "LIVE"
    PLACE = Place.LIVE
    SECTIONS = frozenset(
        {"meta", "account", "positions", "orders", "tickers", "decisions", "spending"}
    )
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.LIVE, Place.LIST)]
    DEFAULT_CSS = "Live Board { height: 1fr; }"

    def __init__(self, desk: Feed, inks: Inks, options: Options) -> None:
        super().__init__(desk, inks, options)
        self._board = Board(id="live-page")
        self._at = 0
        """Row of the cursor among the positions."""

    def compose(self) -> Iterator[Widget]:
        """One board for all of it."""
        yield self._board

    def paint(self, changed: frozenset[str]) -> None:
        """Place the page."""
        del changed
        page = live_page(self._scene(), *self.size)
        rows = [self.inks.line(each, is_dim=self.is_old) for each in page]
        self._board.show(rows)

    def _scene(self) -> Scene:
        return Scene(
            state=self.desk.state or ViewState(),
            now_ms=self.desk.now_ms(),
            ages={name: self.desk.age_ms(name) for name in STALE_MS},
            chosen=self.closing_of() or "",
            is_plain=self.options.is_plain,
        )

    def _positions(self) -> tuple[str, ...]:
        state = self.desk.state
        return tuple(sorted(state.positions.rows)) if state else ()

    def closing_of(self) -> str | None:
        """Return the instrument of the position under the cursor."""
        known = self._positions()
        return known[min(self._at, len(known) - 1)] if known else None

    def copied(self) -> str:
        """Return the position under the cursor as the page writes it."""
        chosen = self.closing_of()
        if chosen is None:
            return ""
        shown = ("".join(part.text for part in row) for row in self._board.rows)
        return next((" ".join(row.split()).strip("│▸ ") for row in shown if "▸" in row), chosen)

    def action_cursor(self, step: int) -> None:
        """Move the cursor."""
        self._at = min(max(self._at + step, 0), max(len(self._positions()) - 1, 0))
        self.paint(frozenset())

    def action_page(self, step: int) -> None:
        """Move it far."""
        self.action_cursor(step * 10)

    def action_edge(self, side: int) -> None:
        """Move it to the first or the last row."""
        self.action_cursor(side * len(self._positions()))

    async def action_open(self) -> None:
        """Show all of the chosen position; without one, why the last decision was taken."""
        state, chosen = self.desk.state, self.closing_of()
        if state is None or chosen is None:
            await self.app.run_action("show_tab('ENGINE')")
            return
        lines = position_sheet(state.positions.rows[chosen], state, self.desk.now_ms())
        await self.app.push_screen(Sheet(safe(chosen), lines, self.inks))
