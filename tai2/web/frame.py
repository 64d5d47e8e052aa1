"""What is around every page: header, connection, halt, and the way from page to page.

Each page builds itself inside frame(). The header is the terminal's masthead from the same
panel; when the daemon is gone everything is dimmed and says since when.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from nicegui import ui
from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement

from tai2.client.condition import Connecting, Lost, Mismatch
from tai2.client.outlook import CONDITION
from tai2.view.panels.masthead import Link, masthead
from tai2.view.text import age, safe
from tai2.web.acts import Acts
from tai2.web.desk import WebDesk
from tai2.web.paint import LineView, button
from tai2.web.places import Place

_COLUMNS = 1_000
"""The page wraps by itself: nothing of the masthead needs to leave."""
_HEAD = frozenset({"meta", "account", "tickers", "health", CONDITION})


@contextmanager
def frame(desk: WebDesk, here: Place) -> Iterator[None]:
    """Build a page's surroundings; what is built inside the block is its content."""
    ui.page_title(f"tai2 · {here.heading}")
    ui.query("html").props("lang=en")
    with ui.element("a").classes("skip").props('href="#content"'):
        TextElement(tag="span", text="Skip to the content")
    head = _Head(desk, here)
    with ui.element("main").props('id="content"'):
        yield
    head.paint(_HEAD)
    desk.changed.subscribe(head.paint)
    desk.ticked.subscribe(head.tick)


class _Head:
    """The header of one open page."""

    def __init__(self, desk: WebDesk, here: Place) -> None:
        self._desk = desk
        with ui.element("header").classes("top"):
            with ui.element("div").classes("bar"):
                self._figures = LineView(classes="line figures")
                with ui.element("div").classes("end"):
                    button("Halt", Acts(desk).halt, "do danger")
            _links(here)
        self._banner = ui.element("div").classes("banner").props("role=alert")
        with self._banner:
            self._words = TextElement(tag="span", text="")

    def paint(self, changed: frozenset[str]) -> None:
        """Show the header anew where it changed."""
        if not changed & _HEAD:
            return
        outlook = self._desk.outlook
        self._figures.show(masthead(outlook.state, self._link(), outlook.now_ms(), _COLUMNS))
        self._connection()

    def tick(self) -> None:
        """Let ages and the countdown move on."""
        self.paint(_HEAD)

    def _link(self) -> Link:
        condition = self._desk.outlook.condition
        retry_s = condition.retry_s if isinstance(condition, Connecting | Lost) else None
        return Link(
            is_attached=self._desk.outlook.is_attached,
            silence_ms=self._desk.outlook.silence_ms(),
            retry_ms=None if retry_s is None else max(int((retry_s - time.monotonic()) * 1000), 0),
            was_attached=self._desk.outlook.state is not None,
            is_readonly=not self._desk.may_control,
        )

    def _connection(self) -> None:
        condition, body = self._desk.outlook.condition, ui.query("body")
        match condition:
            case Lost():
                since = age(self._desk.outlook.silence_ms())
                words = f"Disconnected · last data {since} ago · {safe(condition.reason)}"
            case Mismatch() | Connecting():
                words = safe(f"{condition.reason} {condition.hint}".strip())
            case _:
                words = ""
        is_old = not self._desk.outlook.is_attached
        if is_old != self._is_lost:
            body.classes(add="lost") if is_old else body.classes(remove="lost")
            self._is_lost = is_old
        self._banner.set_visibility(bool(words))
        if self._words.text != words:
            self._words.set_text(words)

    _is_lost = False


def _links(here: Place) -> Element:
    """Write the centred links, separated by pipes."""
    with ui.element("nav").props('aria-label="Pages"') as row:
        for number, place in enumerate(Place):
            if number:
                TextElement(tag="i", text="|").props("aria-hidden=true")
            link = TextElement(tag="a", text=place.heading).props(f'href="{place.path}"')
            if place is here:
                link.props("aria-current=page")
    return row
