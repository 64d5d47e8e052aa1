"""What is held and what works at the exchange: positions, orders, stops, each guarded or not.

LIVE, the web page and `tai2 positions` show it. A figure is as the exchange states it; whether
a position is protected is known only after the protector has looked.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from tai2.model.money import ZERO
from tai2.view.palette import Tone
from tai2.view.panels.decisions import base
from tai2.view.panels.figures import gain, moved, px
from tai2.view.panels.line import Column, Line, Span, Table, TableRow, labelled, line
from tai2.view.panels.live import waiting
from tai2.view.rows import OrderRow, PositionRow, StopRow
from tai2.view.state import ViewState
from tai2.view.text import age, money, number, safe, utc_clock

_POSITIONS: Final = (
    Column(name="inst", heading="Instrument"),
    Column(name="side", heading="Side"),
    Column(name="contracts", heading="Contracts", is_number=True),
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
    """Return what is held; `narrowed()` leaves what a sheet shows too."""
    rows = tuple(_position(row, state, now_ms) for row in state.positions.rows.values())
    return Table(columns=_POSITIONS, rows=rows)


def _position(row: PositionRow, state: ViewState, now_ms: int | None) -> TableRow:
    tick = _tick(state, row.inst_id)
    prices = {
        name: Span(px(found, tick))
        for name, found in (
            ("entry", row.entry_px),
            ("mark", row.mark_px),
            ("stop", row.stop_px),
            ("target", row.target_px),
            ("liq", row.liq_px),
        )
    }
    cells = (
        Span(safe(row.inst_id)),
        side(row),
        Span(number(abs(row.contracts))),
        prices["entry"],
        prices["mark"],
        gain(row.upnl),
        moved(row.ratio),
        prices["stop"],
        prices["target"],
        prices["liq"],
        Span(age(_since(row.opened_ms, now_ms)), Tone.DIM),
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
    return Span("✓ on exchange") if row.protected else Span("✗ NO STOP", Tone.ERROR)


def position_sheet(row: PositionRow, state: ViewState, now_ms: int | None) -> tuple[Line, ...]:
    """Return everything about one position."""
    tick, ticker = _tick(state, row.inst_id), state.tickers.rows.get(row.inst_id)
    ccy = safe(ticker.base_ccy) if ticker else ""
    opened = "" if row.opened_ms is None else f" since {utc_clock(row.opened_ms)}Z"
    return (
        labelled("Position", side(row), f" {safe(row.inst_id)} {safe(row.margin_mode)}"),
        labelled(
            "Size",
            f"{number(abs(row.contracts))} contracts = "
            f"{number(abs(row.base_qty) if row.base_qty is not None else None)} {ccy}",
        ),
        labelled("Value", money(row.notional)),
        labelled("Entry", px(row.entry_px, tick)),
        labelled("Mark", px(row.mark_px, tick)),
        labelled("uPnL", gain(row.upnl), " ", moved(row.ratio)),
        labelled("Stop", px(row.stop_px, tick), "  ", protection(row)),
        labelled("Target", px(row.target_px, tick)),
        labelled("Liquidation", px(row.liq_px, tick)),
        labelled("Open", f"{age(_since(row.opened_ms, now_ms))}{opened}"),
    )


def positions_title(state: ViewState) -> str:
    """Return the title of the positions' box with its counts."""
    orders = len(state.orders.rows) + len(state.orders.stops)
    return f"Positions {len(state.positions.rows)} · orders {orders}"


def nothing_held(state: ViewState, now_ms: int | None) -> Line:
    """Return what an empty table says: the fact, and what comes next."""
    if not state.positions.asof:
        return line(Span("The account has not been read yet.", Tone.DIM))
    return line(Span("No positions. Next decision: ", Tone.DIM), waiting(state, now_ms), ".")


def orders(state: ViewState) -> tuple[Line, ...]:
    """Return working orders, then live stops and targets, one line each."""
    working = tuple(_order(row, state) for row in state.orders.rows.values())
    return working + tuple(_stops(state.orders.stops.values(), state))


def _order(row: OrderRow, state: ViewState) -> Line:
    tail = "  reduce-only" if row.reduce_only else ""
    done = f" ({number(row.acc_fill)} filled)" if row.acc_fill else ""
    doubt = Span(f" ? {safe(row.state)}", Tone.ERROR) if row.state in _DOUBTFUL else Span("")
    text = (
        f"{safe(row.leg)} {row.side.value} {number(row.contracts)}{done} "
        f"@ {px(row.limit_px, _tick(state, row.inst_id))}{tail}"
    )
    return line(Span(f"{base(row.inst_id)} ", Tone.DIM), text, doubt)


_DOUBTFUL: Final = ("unknown", "sending")


def _stops(stops: Iterable[StopRow], state: ViewState) -> Iterable[Line]:
    for row in stops:
        tick = _tick(state, row.inst_id)
        much = "all" if row.contracts is None else number(row.contracts)
        for word, trigger in (("SL", row.stop_px), ("TP", row.target_px)):
            if trigger is not None:
                yield line(
                    Span(f"{base(row.inst_id)} ", Tone.DIM),
                    f"{word} {row.side.value} {much} @ {px(trigger, tick)}  reduce-only",
                )


def _since(then_ms: int | None, now_ms: int | None) -> int | None:
    return None if then_ms is None or now_ms is None else max(now_ms - then_ms, 0)


def _tick(state: ViewState, inst_id: str) -> Decimal | None:
    row = state.tickers.rows.get(inst_id)
    return row.tick_sz if row else None
