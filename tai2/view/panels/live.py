"""LIVE: am I making or losing, how much is at stake, what happens next and why.

Terminal and web place these cards beside the holdings; `columns` is all that a face decides.
Reasons that a model or the exchange wrote are cleaned here and are never markup.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tai2.model.controls import TradingState
from tai2.model.money import ZERO
from tai2.view.palette import Tone
from tai2.view.panels.decisions import action, base, chance, spoken, verdict
from tai2.view.panels.figures import gain, gauge, moved, px, sparkline
from tai2.view.panels.line import (
    Line,
    Span,
    line,
)
from tai2.view.rows import TickerRow
from tai2.view.state import ViewState
from tai2.view.text import (
    UNKNOWN,
    age,
    clip,
    countdown,
    money,
    percent,
    safe,
    usd,
    utc_clock,
)

GAUGE: Final = 17


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A titled box of few lines."""

    key: str
    title: str
    lines: tuple[Line, ...]


def cards(state: ViewState, now_ms: int | None) -> tuple[Card, ...]:
    """Return equity, day, exposure and next decision, in this order."""
    return (_equity(state), _day(state), _exposure(state), _next(state, now_ms))


def _equity(state: ViewState) -> Card:
    account = state.account
    used = None
    if account.equity and account.available is not None:
        used = 1 - account.available / account.equity
    share = UNKNOWN if used is None else percent(used, 0).lstrip("+")
    return Card(
        key="equity",
        title=f"Equity {safe(account.ccy)}".rstrip(),
        lines=(
            line(Span(money(account.equity), Tone.STRONG)),
            line(Span(f"avail {money(account.available)}  used {share}", Tone.DIM)),
        ),
    )


def _day(state: ViewState) -> Card:
    account = state.account
    limit = account.day_limit_ratio
    bound = () if limit is None else (Span(f"     limit {percent(limit)}", Tone.DIM),)
    return Card(
        key="day",
        title="Day P&L",
        lines=(
            line(gain(account.day_pnl), Span(f" {safe(account.ccy)}", Tone.DIM)),
            line(moved(account.day_ratio), *bound),
        ),
    )


def _exposure(state: ViewState) -> Card:
    account = state.account
    most = account.exposure_limit_ratio
    return Card(
        key="exposure",
        title="Exposure",
        lines=(
            line(Span(times(account.exposure_ratio), Tone.STRONG), f" {_way(state)}".rstrip()),
            line(
                Span(f"max {times(most)}  ", Tone.DIM),
                gauge(account.exposure_ratio, most, GAUGE),
            ),
        ),
    )


def times(ratio: Decimal | None) -> str:
    """Write a multiple of equity: 0.80x."""
    return UNKNOWN if ratio is None else f"{ratio:.2f}x"


def _way(state: ViewState) -> str:
    sides = {row.contracts > ZERO for row in state.positions.rows.values()}
    if not sides:
        return "flat" if state.positions.asof else ""
    return "mixed" if len(sides) == 2 else "long" if sides == {True} else "short"


def _next(state: ViewState, now_ms: int | None) -> Card:
    meta, spent = state.meta, state.spending
    every = UNKNOWN if meta.interval_s is None else age(int(meta.interval_s * 1000))
    cost = f" · {usd(spent.spent_today_usd, 2)} today" if spent.day_cap_usd is not None else ""
    return Card(
        key="next",
        title="Next decision",
        lines=(
            line(waiting(state, now_ms)),
            line(Span(f"every {every} · {safe(meta.reasoner)}{cost}", Tone.DIM)),
        ),
    )


def waiting(state: ViewState, now_ms: int | None) -> Span:
    """Return the time to the next cycle, or what holds trading and how to cure it."""
    meta = state.meta
    match meta.trading_state:
        case TradingState.HALTED:
            return Span(f"HALTED by {safe(meta.state_by)} · {safe(meta.state_reason)}", Tone.ERROR)
        case TradingState.REDUCING:
            return Span(f"REDUCING: no new entries · {safe(meta.state_reason)}", Tone.WARN)
    if meta.next_cycle_ms is None or now_ms is None:
        return Span(UNKNOWN, Tone.DIM)
    return Span(countdown(meta.next_cycle_ms - now_ms), Tone.STRONG)


def tickers(state: ViewState, now_ms: int | None, columns: int) -> tuple[Card, ...]:
    """Return one card per instrument: price, change, funding; closes as a sparkline.

    Args:
        state: The desk.
        now_ms: The daemon's clock.
        columns: Inner width of a card.
    """
    return tuple(
        Card(
            key=row.inst_id,
            title=safe(row.inst_id),
            lines=(quote_line(row, now_ms, columns), line(sparkline(row.closes, columns))),
        )
        for row in state.tickers.rows.values()
    )


def quote_line(row: TickerRow, now_ms: int | None, columns: int) -> Line:
    """Return an instrument's price and what moves it, as much as there is room for."""
    left = None if row.funding_ms is None or now_ms is None else row.funding_ms - now_ms
    parts = [
        Span(px(row.last_px, row.tick_sz), Tone.STRONG),
        Span(" "),
        moved(row.change_ratio),
    ]
    if not row.book_ok:
        parts.append(Span(" ✗ no book", Tone.WARN))
    funding = f" fund {percent(row.funding_rate, 4)} {age(left)}"
    if sum(len(part.text) for part in parts) + len(funding) <= columns:
        parts.append(Span(funding, Tone.DIM))
    return line(*parts)


def ticker_strip(state: ViewState, columns: int) -> Line:
    """Return all instruments on one row, for a narrow screen; what doesn't fit is left out."""
    parts: list[Span] = []
    room = columns
    for row in state.tickers.rows.values():
        item = [
            Span(f"{safe(row.base_ccy)} ", Tone.DIM),
            Span(px(row.last_px, row.tick_sz), Tone.STRONG),
            Span(" "),
            moved(row.change_ratio),
            Span(" "),
            sparkline(row.closes, 8),
            Span(f" f{percent(row.funding_rate, 4)}   ", Tone.DIM),
        ]
        room -= sum(len(span.text) for span in item)
        if room < 0 and parts:
            break
        parts += item
    return line(*parts)


def last_decision(state: ViewState, columns: int) -> Card:
    """Return the newest decision and what blocked it."""
    rows = state.decisions.rows
    if not rows:
        text = "No decision yet. The first one comes with the next cycle."
        return Card(key="decision", title="Last decision", lines=(line(Span(text, Tone.DIM)),))
    row = rows[max(rows)]
    said = safe(row.justification) or safe(row.detail) or spoken(row.reason)
    blocked = ", ".join(spoken(code) for code in row.refusals)
    lines = [line(clip(said, columns))]
    if blocked:
        lines.append(line(Span(clip(f"blocked by: {blocked}", columns), Tone.WARN)))
    return Card(
        key="decision",
        title=f"Last decision {utc_clock(row.ts)[:5]} {action(row).text} {base(row.inst_id)} "
        f"p↑ {chance(row)} {verdict(row).text}",
        lines=tuple(lines),
    )
