"""Open positions and what works in the market: the tables of LIVE.

A position without a live stop must catch the eye; one that isn't ours says so. Sizes are
in base currency, prices as the exchange writes them.
"""

from typing import Final

from tai2.model.instrument import Side
from tai2.view.palette import Tone
from tai2.view.panels.cards import gain, signed
from tai2.view.panels.figures import px
from tai2.view.panels.line import Column, Line, Span, Table, TableRow, line
from tai2.view.rows import OrderRow, PositionRow, StopRow
from tai2.view.state import ViewState
from tai2.view.text import UNKNOWN, age, number, pnl, safe

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
    """Return the open positions."""
    known = state.positions.rows
    rows = tuple(_row(known[inst_id], state, now_ms) for inst_id in sorted(known))
    return Table(columns=COLUMNS, rows=rows)


def _row(position: PositionRow, state: ViewState, now_ms: int | None) -> TableRow:
    is_long = position.contracts > 0
    lever = f" {position.lever.normalize():f}x" if position.lever else ""
    side = Span(f"▲ LONG{lever}", Tone.UP) if is_long else Span(f"▼ SHORT{lever}", Tone.DOWN)
    held = position.base_qty
    ticker = state.tickers.rows.get(position.inst_id)
    tick = ticker.tick_sz if ticker else None
    since = None
    if position.opened_ms is not None and now_ms is not None:
        since = max(now_ms - position.opened_ms, 0)
    cells = (
        Span(safe(position.inst_id)),
        side,
        Span(number(abs(held).normalize()) if held is not None else UNKNOWN),
        Span(px(position.entry_px, tick)),
        Span(px(position.mark_px, tick)),
        signed(position.upnl, pnl(position.upnl)),
        gain(position.ratio),
        Span(px(position.stop_px, tick)),
        Span(px(position.target_px, tick)),
        Span(px(position.liq_px, tick)),
        Span(age(since)),
        _protection(position),
    )
    return TableRow(key=position.inst_id, cells=cells)


def _protection(position: PositionRow) -> Span:
    if position.foreign:
        return Span("• not ours", Tone.DIM)
    if position.protected is None:
        return Span(UNKNOWN, Tone.DIM)
    return Span("✓ exchange", Tone.PLAIN) if position.protected else Span("✗ NO STOP", Tone.ERROR)


def open_orders(state: ViewState, now_ms: int | None) -> list[Line]:
    """Return working orders, then live stops and targets."""
    orders = [_order(each, now_ms) for each in state.orders.rows.values()]
    stops = sorted(state.orders.stops.values(), key=lambda stop: (stop.inst_id, stop.algo_id))
    return [*orders, *(each for stop in stops for each in _stops(stop))]


def _order(order: OrderRow, now_ms: int | None) -> Line:
    since = age(now_ms - order.sent_ms) if order.sent_ms and now_ms else UNKNOWN
    filled = f" filled {number(order.acc_fill)}" if order.acc_fill else ""
    only = "  reduce-only" if order.reduce_only else ""
    return line(
        " ",
        _side(order.side),
        f" {number(order.contracts)} ct {_base(order.inst_id)} @ {number(order.limit_px)}",
        Span(f"  {safe(order.leg)} {safe(order.state)}{filled}{only} {since}", Tone.DIM),
    )


def _stops(stop: StopRow) -> list[Line]:
    part = "all" if stop.contracts is None else f"{number(stop.contracts)} ct"
    found = (("SL", stop.stop_px), ("TP", stop.target_px))
    return [
        line(
            " ",
            Span(f"{name} ", Tone.DIM),
            _side(stop.side),
            f" {part} {_base(stop.inst_id)} @ {number(px)}",
            Span("  reduce-only at the exchange", Tone.DIM),
        )
        for name, px in found
        if px is not None
    ]


def _side(side: Side) -> Span:
    return Span("buy", Tone.UP) if side is Side.BUY else Span("sell", Tone.DOWN)


def _base(inst_id: str) -> str:
    return safe(inst_id).partition("-")[0]
