"""What works at the exchange: our orders, then live stops and targets, one row each.

LIVE and the web page show them. An order of which nobody knows whether it works must catch
the eye. Sizes are contracts; "all" closes the whole position.
"""

from collections.abc import Iterator
from typing import Final

from tai2.model.instrument import Side
from tai2.view.palette import Tone
from tai2.view.panels.decisions import base
from tai2.view.panels.figures import px
from tai2.view.panels.line import Column, Span, Table, TableRow
from tai2.view.panels.positions import since, tick_of
from tai2.view.rows import OrderRow, StopRow
from tai2.view.state import ViewState
from tai2.view.text import age, figure, safe

EMPTY_TEXT: Final = "No open orders."
COLUMNS: Final = (
    Column(name="inst_id", heading="Instr"),
    Column(name="leg", heading="What"),
    Column(name="side", heading="Side"),
    Column(name="contracts", heading="Contracts", is_number=True),
    Column(name="px", heading="Price", is_number=True),
    Column(name="state", heading="State"),
)
_DOUBTFUL: Final = ("unknown", "sending")


def orders(state: ViewState, now_ms: int | None) -> Table:
    """Return working orders, then live stops and targets."""
    stops = sorted(state.orders.stops.values(), key=lambda stop: (stop.inst_id, stop.algo_id))
    rows = (
        *(_order(row, state, now_ms) for row in state.orders.rows.values()),
        *(row for stop in stops for row in _stops(stop, state)),
    )
    return Table(columns=COLUMNS, rows=rows)


def _order(row: OrderRow, state: ViewState, now_ms: int | None) -> TableRow:
    done = f" {figure(row.acc_fill)} filled" if row.acc_fill else ""
    only = " reduce-only" if row.reduce_only else ""
    is_doubtful = row.state in _DOUBTFUL
    doubt = Span(f"? {safe(row.state)}{done}{only}", Tone.ERROR)
    known = Span(f"{safe(row.state)}{done}{only} {age(since(row.sent_ms, now_ms))}", Tone.DIM)
    cells = (
        Span(base(row.inst_id)),
        Span(safe(row.leg)),
        _side(row.side),
        Span(figure(row.contracts)),
        Span(px(row.limit_px, tick_of(state, row.inst_id))),
        doubt if is_doubtful else known,
    )
    return TableRow(key=row.cl_ord_id, cells=cells)


def _stops(row: StopRow, state: ViewState) -> Iterator[TableRow]:
    held = state.positions.rows.get(row.inst_id)
    is_all = row.contracts is None or (held is not None and abs(held.contracts) == row.contracts)
    for word, trigger in (("SL", row.stop_px), ("TP", row.target_px)):
        if trigger is not None:
            cells = (
                Span(base(row.inst_id)),
                Span(word),
                _side(row.side),
                Span("all" if is_all else figure(row.contracts)),
                Span(px(trigger, tick_of(state, row.inst_id))),
                Span("reduce-only", Tone.DIM),
            )
            yield TableRow(key=f"{row.algo_id}/{word}", cells=cells)


def _side(side: Side) -> Span:
    return Span("buy", Tone.UP) if side is Side.BUY else Span("sell", Tone.DOWN)
