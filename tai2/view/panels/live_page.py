"""The LIVE page: money, markets, positions, orders and the last decision in one block.

"Am I making or losing, what is open, is it alive, what happens next?" The terminal places
it whole. A section that is older than it should be says its age and loses its colours.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tai2.view.palette import Tone
from tai2.view.panels.box import (
    Block,
    bare,
    beside,
    boxed,
    filled,
    shares,
    table_lines,
    wide,
)
from tai2.view.panels.card import Card, titled
from tai2.view.panels.cards import cards
from tai2.view.panels.last import earlier, last_decision
from tai2.view.panels.line import EMPTY, Line, Span, line
from tai2.view.panels.markets import in_order, market, market_strip
from tai2.view.panels.orders import EMPTY_TEXT, orders
from tai2.view.panels.positions import nothing_held, positions, positions_title
from tai2.view.rows import TickerRow
from tai2.view.state import ViewState
from tai2.view.text import age

WIDE: Final = 100
TALL: Final = 26
STALE_MS: Final = {"tickers": 15_000, "account": 30_000, "positions": 30_000}
"""From which age on a section is marked as old: the account is read every 5 s."""
_CARD: Final = 34
"""Columns of a market's card, at least."""

Frame = Callable[..., Block]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a page is painted from."""

    state: ViewState
    now_ms: int | None
    ages: dict[str, int | None]
    """Milliseconds by section; None = never filled."""
    chosen: str = ""
    """Instrument of the position under the cursor."""
    is_plain: bool = False

    @property
    def frame(self) -> Frame:
        """How blocks are framed."""
        return bare if self.is_plain else boxed

    def titled(self, title: Line, section: str) -> Line:
        """Return a block's title, with the age where its section is old."""
        if not self.is_stale(section):
            return title
        return line(*title, Span(f" ◐ {age(self.ages[section])} old", Tone.WARN))

    def is_stale(self, section: str) -> bool:
        """True when a section is older than it should be."""
        known = self.ages.get(section)
        return known is not None and known > STALE_MS.get(section, known)

    def aged(self, section: str, lines: Sequence[Line]) -> Sequence[Line]:
        """Take the colours from lines of an old section."""
        if not self.is_stale(section):
            return lines
        return [tuple(Span(span.text, Tone.DIM) for span in each) for each in lines]


def live_page(scene: Scene, columns: int, rows: int) -> Block:
    """Return the page in exactly this extent."""
    page = _roomy if columns >= WIDE and rows >= TALL else _compact
    return filled(page(scene, columns, rows), columns, rows)


def _roomy(scene: Scene, columns: int, rows: int) -> Block:
    state = scene.state
    four = zip(cards(state, scene.now_ms), _card_shares(columns), strict=True)
    top = beside(*(_card(scene, card, share) for card, share in four))
    markets = _markets(scene, columns)
    free = rows - len(top) - len(markets)
    middle = min(max(len(state.positions.rows) + 4, 7), free - 6)
    return (
        *top,
        *markets,
        *_positions(scene, columns, middle, is_wide=True),
        *_lower(scene, columns, free - middle),
    )


def _card(scene: Scene, card: Card, columns: int) -> Block:
    lines = scene.aged(card.section, _indented(card.lines))
    return scene.frame(scene.titled(card.title, card.section), lines, columns, 4)


def _indented(lines: Sequence[Line]) -> list[Line]:
    return [line(" ", *each) for each in lines]


def _card_shares(columns: int) -> list[int]:
    """Give the last card, which names the reasoner, a little more."""
    narrow = columns * 23 // 100
    return [narrow, narrow, narrow, columns - 3 * narrow]


def _lower(scene: Scene, columns: int, rows: int) -> Block:
    """Return what works in the market, and beside it what was decided."""
    left, right = shares(columns, 2)
    table = orders(scene.state, scene.now_ms)
    nothing = [line(Span(f" {EMPTY_TEXT}", Tone.DIM))]
    working = table_lines(table, left - 2) if table.rows else nothing
    decision = last_decision(scene.state, right - 4)
    decided = _indented(decision.lines)
    if (before := earlier(scene.state, rows - len(decided) - 3)) and rows > 8:
        decided += [EMPTY, *_indented(before)]
    return beside(
        scene.frame(titled("Open orders and stops"), working, left, rows),
        scene.frame(decision.title, decided, right, rows, foot=decision.foot),
    )


def _markets(scene: Scene, columns: int) -> Block:
    """Return a card a market, as many as there is room for; the rest in one line."""
    tickers = in_order(scene.state)
    if not tickers:
        return scene.frame(titled("Markets"), [line(" ", *market_strip((), columns))], columns, 4)
    room = max(columns // _CARD, 1)
    shown = tickers[:room]
    found = beside(
        *(
            _card(scene, market(ticker, scene.now_ms, share - 4), share)
            for ticker, share in zip(shown, shares(columns, len(shown)), strict=True)
        )
    )
    if len(tickers) <= room:
        return found
    return (*found, *filled([_strip(scene, tickers[room:], columns)], columns, 1))


def _strip(scene: Scene, tickers: Sequence[TickerRow], columns: int) -> Line:
    return scene.aged("tickers", [line(" ", *market_strip(tickers, columns - 1))])[0]


def _compact(scene: Scene, columns: int, rows: int) -> Block:
    state = scene.state
    three = cards(state, scene.now_ms, columns // 3 - 8)[:3]
    top = beside(
        *(
            scene.frame(
                scene.titled(card.title, card.section),
                scene.aged(card.section, _indented(card.lines[:1])),
                share,
                3,
                foot=_short(card.lines[1], share - 6),
            )
            for card, share in zip(three, shares(columns, 3), strict=True)
        )
    )
    decision = last_decision(state, columns - 2, 2)
    tail = [line(" ", *decision.title, "  ", *decision.foot), *_indented(decision.lines)]
    free = rows - len(top) - 1 - len(tail)
    middle = min(max(len(state.positions.rows) + 4, 6), free)
    tail += _indented(earlier(state, free - middle))
    return (
        *top,
        _strip(scene, in_order(state), columns),
        *_positions(scene, columns, middle, is_wide=False),
        *filled(tail, columns, rows - len(top) - 1 - middle),
    )


def _short(parts: Line, columns: int) -> Line:
    """Return a line, or of one that is too wide its first two spans."""
    return parts if wide(parts) <= columns else parts[:2]


def _positions(scene: Scene, columns: int, rows: int, *, is_wide: bool) -> Block:
    table = positions(scene.state, scene.now_ms)
    title = scene.titled(titled(positions_title(scene.state)), "positions")
    if table.rows:
        table = table if is_wide else table.narrowed()
        lines = table_lines(table, columns - 2, scene.chosen)
    else:
        lines = (line(" ", *nothing_held(scene.state, scene.now_ms)),)
    return scene.frame(title, scene.aged("positions", lines), columns, rows)
