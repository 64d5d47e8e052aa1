"""The pages by their places; serving registers them once.

A page is a function that builds itself inside the frame, for one visitor. Adding a place
without a page is an error at start.
"""

from collections.abc import Callable, Mapping
from typing import Final

from nicegui import ui

from tai2.web.desk import WebDesk
from tai2.web.frame import frame
from tai2.web.pages.cfg import cfg
from tai2.web.pages.debug import debug
from tai2.web.pages.engine import engine
from tai2.web.pages.history import history
from tai2.web.pages.live import live
from tai2.web.pages.ta import ta
from tai2.web.places import Place

PAGES: Final[Mapping[Place, Callable[[WebDesk], None]]] = {
    Place.LIVE: live,
    Place.TA: ta,
    Place.ENGINE: engine,
    Place.HISTORY: history,
    Place.DEBUG: debug,
    Place.CFG: cfg,
}


def build_pages(desk: WebDesk) -> None:
    """Register every page."""
    for place in Place:
        _register(desk, place, PAGES[place])


def _register(desk: WebDesk, place: Place, build: Callable[[WebDesk], None]) -> None:
    @ui.page(place.path)
    def page() -> None:
        with frame(desk, place):
            build(desk)
