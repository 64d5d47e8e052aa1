"""DEBUG: two log windows, the daemon's log and this page's own events.

Records arrive by push and are shown newest first within bounds; filters work on what is kept.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final

from nicegui import ui

from tai2.client.outlook import CONDITION
from tai2.view.palette import Tone
from tai2.view.panels.line import Line, Span, line
from tai2.view.panels.logs import LEVELS, at_least, entry, plain
from tai2.view.text import utc_iso
from tai2.web.desk import WebDesk
from tai2.web.paint import LinesView, card
from tai2.wire.watch import LOG, LogRow

SHOWN: Final = 200
"""Lines of a window; `tai2 logs` has the rest."""


def debug(desk: WebDesk) -> None:
    """Build the page."""
    _Debug(desk)


class _Debug:
    """The two windows of one visitor."""

    def __init__(self, desk: WebDesk) -> None:
        self._desk = desk
        self._own: deque[Line] = deque(maxlen=SHOWN)
        self._seen = -1
        with ui.element("div").classes("halves"):
            with card("Backend: market data and orders"):
                with ui.element("div").classes("tools"):
                    self._level = ui.select(list(LEVELS), value="info", label="Level").props(
                        "dense outlined"
                    )
                    self._words = ui.input(label="Find").props("dense outlined")
                self._backend = LinesView(classes="log mono")
            with card("Frontend: this page"):
                self._frontend = LinesView(classes="log mono")
        self._level.on_value_change(self._refilter)
        self._words.on_value_change(self._refilter)
        self._note("page_opened", place="DEBUG")
        self._refilter()
        desk.changed.subscribe(self._on_change)

    def _on_change(self, changed: frozenset[str]) -> None:
        if CONDITION in changed:
            self._note("connection", is_attached=str(self._desk.outlook.is_attached))
        if LOG in changed and self._desk.outlook.seq(LOG) != self._seen:
            self._show()

    def _refilter(self) -> None:
        self._note("filter", level=str(self._level.value), words=str(self._words.value or ""))
        self._show()

    def _show(self) -> None:
        self._seen = self._desk.outlook.seq(LOG)
        kept = [row for row in self._desk.outlook.items(LOG) if isinstance(row, LogRow)]
        self._backend.show(self._chosen(kept))

    def _chosen(self, kept: Sequence[LogRow]) -> list[Line]:
        words = str(self._words.value or "").lower()
        records = at_least(kept, str(self._level.value))
        wanted = [row for row in records if words in plain(row).lower()]
        shown = [entry(row).line for row in wanted[: -SHOWN - 1 : -1]]
        return shown or [line(Span("no such records yet", Tone.DIM))]

    def _note(self, event: str, **fields: str) -> None:
        now = self._desk.outlook.now_ms()
        when = utc_iso(now)[11:23] if now else "–"
        words = " ".join(f"{name}={text}" for name, text in fields.items())
        self._own.appendleft(line(Span(f"{when} ", Tone.DIM), f"{event} {words}"))
        self._frontend.show(tuple(self._own))
