"""Tabs that are still to be built, so that the shell is whole without them.

Each is replaced in `tabs` by the real one. They show one sentence and nothing else.
"""

from collections.abc import Iterator
from typing import ClassVar

from textual.widget import Widget

from tai2.tui.board import Board
from tai2.tui.key import Place
from tai2.tui.tab import Tab
from tai2.view.panels.line import line


class Waiting(Tab):
    """A tab without content."""

    SENTENCE: ClassVar[str] = ""

    def compose(self) -> Iterator[Widget]:
        """One board."""
        yield Board()

    def paint(self, changed: frozenset[str]) -> None:
        """Say what will be here."""
        del changed
        self.query_one(Board).show([self.inks.line(line(self.SENTENCE), is_dim=self.is_old)])


class Engine(Waiting):
    """Decisions."""

    NAME, PLACE = "ENGINE", Place.ENGINE
    SENTENCE = " Decisions: tai2 decisions · Questions: tai2 ask"


class History(Waiting):
    """Trades."""

    NAME, PLACE = "HISTORY", Place.HISTORY
    SENTENCE = " Executed trades: tai2 history"


class Debug(Waiting):
    """Logs."""

    NAME, PLACE = "DEBUG", Place.DEBUG
    SENTENCE = " The daemon's log: tai2 logs -f"


class Cfg(Waiting):
    """Settings."""

    NAME, PLACE = "CFG", Place.CFG
    SENTENCE = " Options and controls: tai2 config get"
