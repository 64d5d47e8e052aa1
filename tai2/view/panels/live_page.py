"""The LIVE page: money, markets, positions, orders and the last decision in one block.

"Am I making or losing, what is open, is it alive, what happens next?" The terminal places
it whole. A section that is older than it should be says its age and loses its colours.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tai2.view.palette import Tone
from tai2.view.panels.box import Block, bare, beside, boxed, filled, shares, table_lines
from tai2.view.panels.cards import day, equity, exposure, following
from tai2.view.panels.last import earlier, last_decision
from tai2.view.panels.line import EMPTY, Line, Span, line
from tai2.view.panels.markets import in_order, market_card, market_strip
from tai2.view.panels.positions import open_orders, positions
from tai2.view.state import ViewState
from tai2.view.text import age, countdown

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

    def next_ms(self) -> int | None:
        """Return the time to the next decision."""
        at = self.state.meta.next_cycle_ms
        return None if at is None or self.now_ms is None else at - self.now_ms

    def titled(self, text: str, section: str) -> Line:
        """Return a block's title, with the age where its section is old."""
        if not self.is_stale(section):
            return line(Span(text, Tone.DIM))
        return line(Span(text, Tone.DIM), Span(f" ◐ {age(self.ages[section])} old", Tone.WARN))

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
    cards = [
        (scene.titled(f"Equity {state.account.ccy}".rstrip(), "account"), equity(state), "account"),
        (scene.titled("Day P&L", "account"), day(state), "account"),
        (scene.titled("Exposure", "account"), exposure(state, 16), "account"),
        (line(Span("Next decision", Tone.DIM)), following(state, scene.next_ms()), ""),
    ]
    top = beside(
        *(
            scene.frame(title, scene.aged(section, lines), share, 4)
            for (title, lines, section), share in zip(cards, _card_shares(columns), strict=True)
        )
    )
    markets = _markets(scene, columns)
    free = rows - len(top) - len(markets)
    middle = min(max(len(state.positions.rows) + 4, 7), free - 6)
    return (
        *top,
        *markets,
        *_positions(scene, columns, middle, is_wide=True),
        *_lower(scene, columns, free - middle),
    )


def _card_shares(columns: int) -> list[int]:
    """Give the last card, which names the reasoner, a little more."""
    narrow = columns * 23 // 100
    return [narrow, narrow, narrow, columns - 3 * narrow]


def _lower(scene: Scene, columns: int, rows: int) -> Block:
    """Return what works in the market, and beside it what was decided."""
    left, right = shares(columns, 2)
    orders = open_orders(scene.state, scene.now_ms) or [_nothing("No open orders.")]
    title = line(Span("Open orders and stops", Tone.DIM))
    words, foot, heading = last_decision(scene.state, right - 4, 3)
    decided = [line(" ", *each) for each in words]
    if (before := earlier(scene.state, rows - len(decided) - 3)) and rows > 8:
        decided += [EMPTY, *before]
    return beside(
        scene.frame(title, orders, left, rows),
        scene.frame(heading, decided, right, rows, foot=foot),
    )


def _markets(scene: Scene, columns: int) -> Block:
    """Return a card a market, as many as there is room for; the rest in one line."""
    tickers = in_order(scene.state)
    if not tickers:
        waiting = [_nothing("Waiting for prices …")]
        return scene.frame(line(Span("Markets", Tone.DIM)), waiting, columns, 4)
    room = max(columns // _CARD, 1)
    shown = tickers[:room]
    cards = beside(
        *(
            scene.frame(
                scene.titled(ticker.inst_id, "tickers"),
                scene.aged("tickers", market_card(ticker, scene.now_ms, share - 4)),
                share,
                4,
            )
            for ticker, share in zip(shown, shares(columns, len(shown)), strict=True)
        )
    )
    if len(tickers) <= room:
        return cards
    return (*cards, *filled([market_strip(tickers[room:], columns)], columns, 1))


def _compact(scene: Scene, columns: int, rows: int) -> Block:
    state = scene.state
    money = [
        (scene.titled(f"Equity {state.account.ccy}".rstrip(), "account"), equity(state)),
        (scene.titled("Day P&L", "account"), day(state)),
        (scene.titled("Exposure", "account"), exposure(state, columns // 3 - 8)),
    ]
    cards = beside(
        *(
            scene.frame(title, scene.aged("account", lines[:1]), share, 3, foot=lines[1][:3])
            for (title, lines), share in zip(money, shares(columns, 3), strict=True)
        )
    )
    strip = scene.aged("tickers", [market_strip(in_order(state), columns)])
    words, foot, heading = last_decision(state, columns - 2, 2)
    tail = [line(" ", *heading, "  ", *foot), *(line(" ", *each) for each in words)]
    free = rows - len(cards) - 1 - len(tail)
    middle = min(max(len(state.positions.rows) + 4, 6), free)
    tail += earlier(state, free - middle)
    return (
        *cards,
        *strip,
        *_positions(scene, columns, middle, is_wide=False),
        *filled(tail, columns, rows - len(cards) - 1 - middle),
    )


def _positions(scene: Scene, columns: int, rows: int, *, is_wide: bool) -> Block:
    table = positions(scene.state, scene.now_ms)
    orders = len(scene.state.orders.rows)
    text = f"Positions ({len(table.rows)})"
    if not is_wide:
        text = f"Positions {len(table.rows)} · orders {orders}"
        table = table.narrowed()
    title = scene.titled(text, "positions")
    if not table.rows:
        wait = countdown(scene.next_ms())
        lines: Sequence[Line] = [_nothing(f"No positions. Next decision in {wait}.")]
    else:
        lines = table_lines(table, columns - 2, scene.chosen)
    return scene.frame(title, scene.aged("positions", lines), columns, rows)


def _nothing(text: str) -> Line:
    return line(Span(f" {text}", Tone.DIM))
