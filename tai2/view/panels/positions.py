"""Open positions, one row each, and everything about one of them.

LIVE, the web page and `tai2 watch` show them. A position without a live stop must catch the
eye; one that isn't ours says so. Sizes are in base currency, prices as the exchange writes
them; whether a position is protected is known only after the protector has looked.
"""

from decimal import Decimal
from typing import Final

from tai2.model.money import ZERO
from tai2.view.palette import Tone
from tai2.view.panels.cards import waiting
from tai2.view.panels.figures import gain, moved, px
from tai2.view.panels.line import Column, Line, Span, Table, TableRow, labelled, line
from tai2.view.rows import PositionRow
from tai2.view.state import ViewState
from tai2.view.text import UNKNOWN, age, figure, money, safe, utc_clock

COLUMNS: Final = (
    Column(name="inst_id", heading="Instrument"),
    Column(name="side", heading="Side"),
    Column(name="size", heading="Size", is_number=True),
    Column(name="entry_px", heading="Entry", is_number=True),
    Column(name="mark_px", heading="Mark", is_number=True),
    Column(name="upnl", heading="uPnL", is_number=True),
    Column(name="ratio", heading="uPnL%", is_number=True, is_wide=True),
    Column(name="stop_px", heading="SL", is_number=True),
    Column(name="target_px", heading="TP", is_number=True, is_wide=True),
    Column(name="liq_px", heading="Liq", is_number=True, is_wide=True),
    Column(name="age", heading="Age", is_number=True, is_wide=True),
    Column(name="protected", heading="Protected?"),
)


def positions(state: ViewState, now_ms: int | None) -> Table:
    """Return the open positions; `narrowed()` leaves out what the sheet shows too."""
    known = state.positions.rows
    rows = tuple(_row(known[inst_id], state, now_ms) for inst_id in sorted(known))
    return Table(columns=COLUMNS, rows=rows)


def _row(row: PositionRow, state: ViewState, now_ms: int | None) -> TableRow:
    tick = tick_of(state, row.inst_id)
    cells = (
        Span(safe(row.inst_id)),
        side(row),
        Span(_size(row)),
        Span(px(row.entry_px, tick)),
        Span(px(row.mark_px, tick)),
        gain(row.upnl),
        moved(row.ratio),
        Span(px(row.stop_px, tick)),
        Span(px(row.target_px, tick)),
        Span(px(row.liq_px, tick)),
        Span(age(since(row.opened_ms, now_ms)), Tone.DIM),
        protection(row),
    )
    return TableRow(key=row.inst_id, cells=cells)


def side(row: PositionRow) -> Span:
    """Return a position's direction and leverage: ▲ LONG 3x."""
    lever = "" if row.lever is None else f" {row.lever.normalize():f}x"
    if row.contracts > ZERO:
        return Span(f"▲ LONG{lever}", Tone.UP)
    return Span(f"▼ SHORT{lever}", Tone.DOWN)


def protection(row: PositionRow) -> Span:
    """Return whether live stops at the exchange close all that is ours."""
    if row.foreign:
        return Span("not ours", Tone.DIM)
    if row.protected is None:
        return Span("…", Tone.DIM)
    return Span("✓ exchange") if row.protected else Span("✗ NO STOP", Tone.ERROR)


def _size(row: PositionRow) -> str:
    return UNKNOWN if row.base_qty is None else figure(abs(row.base_qty))


def position_sheet(row: PositionRow, state: ViewState, now_ms: int | None) -> tuple[Line, ...]:
    """Return everything about one position."""
    tick, ticker = tick_of(state, row.inst_id), state.tickers.rows.get(row.inst_id)
    base_ccy = safe(ticker.base_ccy) if ticker else ""
    quote_ccy = safe(ticker.quote_ccy) if ticker else ""
    opened = "" if row.opened_ms is None else f" since {utc_clock(row.opened_ms)}Z"
    return (
        labelled("Position", side(row), f" {safe(row.inst_id)} {safe(row.margin_mode)}"),
        labelled("Size", f"{figure(abs(row.contracts))} contracts = {_size(row)} {base_ccy}"),
        labelled("Value", f"{money(row.notional)} {quote_ccy}".rstrip()),
        labelled("Entry", px(row.entry_px, tick)),
        labelled("Mark", px(row.mark_px, tick)),
        labelled("uPnL", gain(row.upnl), " ", moved(row.ratio)),
        labelled("Stop", px(row.stop_px, tick), "  ", protection(row)),
        labelled("Target", px(row.target_px, tick)),
        labelled("Liquidation", px(row.liq_px, tick)),
        labelled("Open", f"{age(since(row.opened_ms, now_ms))}{opened}"),
    )


def positions_title(state: ViewState) -> str:
    """Return the title of the positions' box with the counts of what works beside them."""
    held, orders, stops = (
        len(state.positions.rows),
        len(state.orders.rows),
        len(state.orders.stops),
    )
    return f"Positions {held} · orders {orders} · stops {stops}"


def nothing_held(state: ViewState, now_ms: int | None) -> Line:
    """Return what an empty table says: the fact, and what comes next."""
    if not state.positions.asof:
        return line(Span("The account has not been read yet.", Tone.DIM))
    return line(Span("No positions. Next decision: ", Tone.DIM), waiting(state, now_ms))


def since(then_ms: int | None, now_ms: int | None) -> int | None:
    """Return how long ago an instant was, in ms; None when either is unknown."""
    return None if then_ms is None or now_ms is None else max(now_ms - then_ms, 0)


def tick_of(state: ViewState, inst_id: str) -> Decimal | None:
    """Return the tick of an instrument, None when it isn't followed."""
    row = state.tickers.rows.get(inst_id)
    return row.tick_sz if row else None
