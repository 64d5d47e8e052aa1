"""Markets: a card with price, change, funding and a sparkline, or a strip of several.

LIVE shows them. A book that can't be trusted is said beside its price.
"""

from collections.abc import Sequence
from typing import Final

from tai2.view.palette import Tone
from tai2.view.panels.figures import px
from tai2.view.panels.line import Line, Span, line
from tai2.view.panels.masthead import change
from tai2.view.rows import TickerRow
from tai2.view.state import ViewState
from tai2.view.text import age, percent, safe

BLOCKS: Final = "▁▂▃▄▅▆▇█"


def in_order(state: ViewState) -> list[TickerRow]:
    """Return the followed instruments by name, so that none ever changes places."""
    return [state.tickers.rows[inst_id] for inst_id in sorted(state.tickers.rows)]


def sparkline(figures: Sequence[float], columns: int) -> str:
    """Return the newest figures as blocks, lowest to highest; "" of nothing."""
    shown = figures[-columns:] if columns > 0 else []
    if not shown:
        return ""
    low, high = min(shown), max(shown)
    span = high - low
    if not 0 < span < float("inf"):
        return BLOCKS[0] * len(shown)
    top = len(BLOCKS) - 1
    return "".join(BLOCKS[min(int((each - low) / span * top + 0.5), top)] for each in shown)


def market_card(ticker: TickerRow, now_ms: int | None, columns: int) -> tuple[Line, Line]:
    """Return price with change and funding, and below it the course of the last hours."""
    first: list[str | Span] = [
        " ",
        Span(px(ticker.last_px, ticker.tick_sz), Tone.STRONG),
        " ",
        change(ticker),
    ]
    if not ticker.book_ok:
        first.append(Span("  ✗ book", Tone.ERROR))
    first += [Span(" fund ", Tone.DIM), _funding(ticker)]
    if ticker.funding_ms is not None and now_ms is not None:
        first.append(Span(f" {age(max(ticker.funding_ms - now_ms, 0))}", Tone.DIM))
    return line(*first), line(" ", _spark(ticker, columns))


def market_strip(tickers: Sequence[TickerRow], columns: int) -> Line:
    """Return markets side by side in one line."""
    if not tickers:
        return line(Span(" Waiting for prices …", Tone.DIM))
    spans: list[str | Span] = []
    room = 10 if len(tickers) <= 2 and columns >= 78 else 0
    for ticker in tickers:
        spans += [
            Span(f" {safe(ticker.base_ccy)} ", Tone.DIM),
            Span(px(ticker.last_px, ticker.tick_sz), Tone.STRONG),
            " ",
            change(ticker),
        ]
        if room:
            spans += [" ", _spark(ticker, room)]
        if len(tickers) <= 2:
            spans += [Span(" f", Tone.DIM), _funding(ticker)]
        spans.append(" ")
    return line(*spans)


def _funding(ticker: TickerRow) -> Span:
    return Span(percent(ticker.funding_rate, 4), Tone.PLAIN)


def _spark(ticker: TickerRow, columns: int) -> Span:
    closes = ticker.closes
    is_up = len(closes) > 1 and closes[-1] >= closes[max(len(closes) - columns, 0)]
    return Span(sparkline(closes, columns), Tone.UP if is_up else Tone.DOWN)
