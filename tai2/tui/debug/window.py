"""One log window: records of a level and above, followed, searched, jumped through by time.

The DEBUG tab hands it new records in batches; only the lines in sight are drawn.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.containers import Vertical

from tai2.tui.board import Board
from tai2.tui.inks import Inks
from tai2.tui.lines import LineList
from tai2.view.panels import logs
from tai2.view.panels.listed import Listed

KEPT: Final = 1_000
"""Records a window holds; the daemon keeps more: `tai2 logs`."""


class LogWindow(Vertical):
    """Records of one side."""

    DEFAULT_CSS: ClassVar[str] = "LogWindow { height: 1fr; }"

    def __init__(self, side: str, inks: Inks) -> None:
        super().__init__(id=side)
        self._side = side
        self._inks = inks
        self._kept: deque[logs.Record] = deque(maxlen=KEPT)
        self._shown: list[logs.Record] = []
        self._texts: list[str] = []
        """What a search looks through, in step with what is shown; empty while nobody searches."""
        self._seq = 0
        self._level = "info"
        self._words = ""
        self._rate = 0.0
        self._is_dim = False
        self._head = Board()
        self.lines = LineList(inks, empty=logs.EMPTY_TEXT)
        self.lines.is_following = True

    def compose(self) -> ComposeResult:
        """A heading and the records."""
        yield self._head
        yield self.lines

    @property
    def seq(self) -> int:
        """Number of the newest record taken."""
        return self._seq

    def on_mount(self) -> None:
        """Name the window."""
        self._paint_head()

    def take(self, records: Sequence[logs.Record], *, rate: float | None = None) -> None:
        """Add records, oldest first; those with a number already taken are known.

        A number that went back means a daemon that was started anew: it begins a new log.
        """
        if records and records[-1].seq < self._seq:
            self._seq = 0
        new = [record for record in records if record.seq > self._seq]
        self._rate = self._rate if rate is None else rate
        if new:
            self._seq = new[-1].seq
            self._kept.extend(new)
            fit = logs.at_least(new, self._level)
            self._shown.extend(fit)
            if self._words:
                self._texts.extend(map(logs.searchable, fit))
            self._trim()
            if fit:
                self._list()
        self._paint_head()

    def _trim(self) -> None:
        if (surplus := len(self._shown) - KEPT) > 0:
            del self._shown[:surplus], self._texts[:surplus]

    def fade(self, *, is_dim: bool) -> None:
        """Dim while the daemon is away."""
        self._is_dim = is_dim
        self.lines.fade(is_dim=is_dim)
        self._paint_head()

    @property
    def record(self) -> logs.Record | None:
        """The record under the cursor."""
        place = self.lines.cursor
        return self._shown[place] if place < len(self._shown) else None

    def follow(self) -> None:
        """Follow the newest record, or stay where the cursor is."""
        self.lines.is_following = not self.lines.is_following
        self._list()
        self._paint_head()

    def pause(self) -> None:
        """Stay where the cursor is."""
        if self.lines.is_following:
            self.follow()

    def step_level(self) -> None:
        """Show another level and above."""
        self._level = logs.next_level(self._level)
        self._shown = list(logs.at_least(self._kept, self._level))
        self._texts = _texts(self._shown, self._words)
        self._list()
        self._paint_head()

    def clear(self) -> None:
        """Empty the view; what comes later is shown."""
        self._kept.clear()
        self._shown, self._texts = [], []
        self._list()

    def search(self, words: str) -> None:
        """Mark what holds a text and go to the newest of them."""
        self._words = words
        self._texts = _texts(self._shown, words)
        self._mark()
        if words:
            self.pause()
            self.step_found(-1, is_inclusive=True)
        self._paint_head()

    def step_found(self, by: int, *, is_inclusive: bool = False) -> bool:
        """Go to the next record found, down or up, around the ends; False without any."""
        places = logs.found(self._texts, self._words) if self._words else ()
        if not places:
            return False
        self.pause()
        here = self.lines.cursor
        if is_inclusive and here in places:
            return True
        later = [n for n in places if n > here]
        earlier = [n for n in places if n < here]
        ordered = (later or places[:1]) if by > 0 else (earlier or places[-1:])
        self.lines.go(ordered[0] if by > 0 else ordered[-1])
        return True

    def jump(self, minutes: int) -> None:
        """Go so many minutes on or back from the record under the cursor."""
        if (record := self.record) is None or not record.ts:
            return
        self.pause()
        wanted = logs.shifted(record.ts, minutes)
        place = bisect_left([each.ts for each in self._shown], wanted)
        self.lines.go(place)

    def _list(self) -> None:
        self.lines.show(Listed(self._shown, logs.entry))
        self._mark()

    def _mark(self) -> None:
        if self._words:
            self.lines.mark(logs.found(self._texts, self._words))

    def _paint_head(self) -> None:
        heading = logs.heading(
            logs.Heading(
                side=self._side,
                level=self._level,
                is_following=self.lines.is_following,
                rate=self._rate,
                words=self._words,
                found=len(logs.found(self._texts, self._words)) if self._words else 0,
            )
        )
        is_here = self.lines.has_focus
        self._head.show([self._inks.line(heading, is_dim=self._is_dim or not is_here)])

    def on_descendant_focus(self) -> None:
        """Brighten the heading."""
        self._paint_head()

    def on_descendant_blur(self) -> None:
        """Dim the heading."""
        self._paint_head()


def _texts(records: Sequence[logs.Record], words: str) -> list[str]:
    """Return what a search looks through; nothing without a search."""
    return list(map(logs.searchable, records)) if words else []
