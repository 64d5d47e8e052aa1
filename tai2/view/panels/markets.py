"""Markets: a card with price, change, funding and a sparkline, or all of them in one line.

LIVE shows them. A book that can't be trusted is said beside its price; what there is no room
for leaves whole, a figure is never cut.
"""

from collections.abc import Sequence
from typing import Final

from tai2.view.palette import Tone
from tai2.view.panels.card import Card, titled
from tai2.view.panels.figures import moved, px, sparkline
from tai2.view.panels.line import Line, Span, line
from tai2.view.rows import TickerRow
from tai2.view.state import ViewState
from tai2.view.text import age, percent, safe, width

_ROOMS: Final = ((10, True), (8, True), (8, False), (0, False))
"""Columns of a sparkline in the strip, and whether funding stands beside it; richest first."""


def in_order(state: ViewState) -> list[TickerRow]:
    """Return the followed instruments by name, so that none ever changes places."""
    return [state.tickers.rows[inst_id] for inst_id in sorted(state.tickers.rows)]


def market(ticker: TickerRow, now_ms: int | None, columns: int) -> Card:
    """Return price with change and funding, and below it the course of the last hours.

    Args:
        ticker: The instrument.
        now_ms: The daemon's clock.
        columns: Inner width of the card.
    """
    quote, rate = _quote(ticker), Span(percent(ticker.funding_rate, 4))
    left = Span("", Tone.DIM)
    if ticker.funding_ms is not None and now_ms is not None:
        left = Span(f" {age(max(ticker.funding_ms - now_ms, 0))}", Tone.DIM)
    forms = (
        [*quote, Span(" fund ", Tone.DIM), rate, left],
        [*quote, Span(" f", Tone.DIM), rate, left],
        [*quote, Span(" f", Tone.DIM), rate],
    )
    first = next((form for form in forms if _wide(form) <= columns), quote)
    return Card(
        key=ticker.inst_id,
        title=titled(safe(ticker.inst_id)),
        lines=(line(*first), line(sparkline(ticker.closes, columns))),
        section="tickers",
    )


def market_strip(tickers: Sequence[TickerRow], columns: int) -> Line:
    """Return markets side by side in one line, as much of each as all have room for."""
    if not tickers:
        return line(Span("Waiting for prices …", Tone.DIM))
    for spark, has_funding in _ROOMS:
        items = [_item(ticker, spark, has_funding=has_funding) for ticker in tickers]
        spans = [span for item in items for span in item]
        if _wide(spans) <= columns + 2:  # the last gap may go over the edge
            return line(*spans)
    return _as_many(items, columns)


def _as_many(items: Sequence[list[Span]], columns: int) -> Line:
    """Return the items that fit, and how many don't."""
    spans: list[Span] = []
    for shown, item in enumerate(items):
        more = Span(f"+{len(items) - shown}", Tone.DIM)
        if _wide([*spans, *item, more]) > columns and spans:
            return line(*spans, more)
        spans += item
    return line(*spans)


def _item(ticker: TickerRow, spark: int, *, has_funding: bool) -> list[Span]:
    spans = [Span(f"{safe(ticker.base_ccy)} ", Tone.DIM), *_quote(ticker)]
    if spark:
        spans += [Span(" "), sparkline(ticker.closes, spark)]
    if has_funding:
        spans += [Span(" f", Tone.DIM), Span(percent(ticker.funding_rate, 4))]
    return [*spans, Span("  ")]


def _quote(ticker: TickerRow) -> list[Span]:
    spans = [
        Span(px(ticker.last_px, ticker.tick_sz), Tone.STRONG),
        Span(" "),
        moved(ticker.change_ratio),
    ]
    return spans if ticker.book_ok else [*spans, Span(" ✗ no book", Tone.ERROR)]


def _wide(spans: Sequence[Span]) -> int:
    return sum(width(span.text) for span in spans)
