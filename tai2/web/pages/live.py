"""LIVE: money, exposure, what comes next, prices, positions, orders, the last decision.

Everything follows by push from the same panels as the terminal's tab; ages and the countdown
move once a second.
"""

from dataclasses import replace
from typing import Final

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from tai2.model.ids import InstId
from tai2.view.palette import Tone
from tai2.view.panels.card import Card
from tai2.view.panels.cards import cards
from tai2.view.panels.last import earlier, last_decision
from tai2.view.panels.line import EMPTY, Span, line, text_of
from tai2.view.panels.markets import in_order, market
from tai2.view.panels.orders import EMPTY_TEXT, orders
from tai2.view.panels.positions import nothing_held, positions, positions_title
from tai2.view.state import ViewState
from tai2.web.acts import Acts
from tai2.web.desk import ALL, WebDesk
from tai2.web.paint import LinesView, LineView, TableView, button
from tai2.wire.verbs import Verb

_COLUMNS: Final = 60
"""Room of a card, in characters."""
_EARLIER: Final = 4
"""Decisions before the last one, a line each."""
_NO_ORDERS: Final = line(Span(EMPTY_TEXT, Tone.DIM))
_SHOWN: Final = frozenset(
    {"meta", "account", "positions", "orders", "tickers", "decisions", "guards", "spending"}
)


def live(desk: WebDesk) -> None:
    """Build the page."""
    _Live(desk)


class _Box:
    """One card of a panel: a title and its lines."""

    def __init__(self, classes: str = "") -> None:
        with ui.element("section").classes(f"card {classes}"):
            self._title = TextElement(tag="h2", text="…")
            self._lines = LinesView(classes="mono")

    def show(self, card: Card) -> None:
        """Show another content."""
        title = text_of(card.title)
        if self._title.text != title:
            self._title.set_text(title)
        self._lines.show([*card.lines, card.foot] if card.foot else card.lines)


class _Boxes:
    """Cards side by side."""

    def __init__(self) -> None:
        self._row = ui.element("div").classes("cards")
        self._boxes: list[_Box] = []

    def show(self, cards: tuple[Card, ...]) -> None:
        """Show other cards."""
        if len(cards) != len(self._boxes):
            self._row.clear()
            with self._row:
                self._boxes = [_Box() for _ in cards]
        for box, card in zip(self._boxes, cards, strict=True):
            box.show(card)


class _Live:
    """The page of one visitor."""

    def __init__(self, desk: WebDesk) -> None:
        self._desk = desk
        self._acts = Acts(desk)
        self._cards, self._tickers = _Boxes(), _Boxes()
        with ui.element("section").classes("card").props("aria-live=off"):
            self._held_title = TextElement(tag="h2", text="Positions")
            self._held = TableView("Positions", self._close if desk.may_control else None)
            self._nothing = LineView()
        with ui.element("div").classes("halves"):
            with ui.element("section").classes("card"):
                TextElement(tag="h2", text="Open orders and stops")
                self._orders = TableView("Open orders and stops")
                self._no_orders = LineView()
            self._last = _Box()
        if desk.may_control:
            with ui.element("div").classes("tools"):
                button("Flatten …", self._flatten, "do danger")
                button("Resume …", self._resume)
        self._paint(ALL)
        desk.changed.subscribe(self._paint)
        desk.ticked.subscribe(lambda: self._paint(frozenset({"meta"})))

    def _paint(self, changed: frozenset[str]) -> None:
        state = self._desk.outlook.state
        if state is not None and changed & _SHOWN:
            self._show(state, changed)

    def _show(self, state: ViewState, changed: frozenset[str]) -> None:
        now = self._desk.outlook.now_ms()
        self._cards.show(cards(state, now))
        self._tickers.show(tuple(market(each, now, _COLUMNS) for each in in_order(state)))
        if changed & {"positions", "tickers", "orders"}:
            held, working = positions(state, now), orders(state, now)
            self._held_title.set_text(positions_title(state))
            self._held.show(held)
            self._nothing.show(EMPTY if held.rows else nothing_held(state, now))
            self._orders.show(working)
            self._no_orders.show(EMPTY if working.rows else _NO_ORDERS)
        last = last_decision(state, _COLUMNS)
        before = earlier(state, _EARLIER)
        self._last.show(replace(last, lines=(*last.lines, EMPTY, *before)) if before else last)

    async def _close(self, inst_id: str) -> None:
        await self._acts.prepare(Verb.CLOSE, InstId(inst_id))

    async def _flatten(self) -> None:
        await self._acts.prepare(Verb.FLATTEN)

    async def _resume(self) -> None:
        await self._acts.prepare(Verb.RESUME)
