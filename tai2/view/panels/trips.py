"""Round trips from flat to flat: the table, and the figures of a period with its curve.

HISTORY and the web page show them. A figure that its sample can't bear is –, never 0.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final, Protocol

from tai2.model.ids import InstId
from tai2.model.instrument import Side
from tai2.view.palette import Tone
from tai2.view.panels.figures import gain, moved
from tai2.view.panels.line import (
    EMPTY,
    Column,
    Line,
    Span,
    Table,
    TableRow,
    labelled,
    line,
)
from tai2.view.text import (
    age,
    money,
    number,
    percent,
    price_like,
    safe,
    utc_time,
)

EMPTY_TEXT: Final = "No position was closed in this range."
SORTS: Final = ("time", "pnl", "notional", "held")
"""What the daemon can order round trips by."""
COLUMNS: Final = (
    Column(name="closed", heading="Closed (UTC)"),
    Column(name="symbol", heading="Instrument"),
    Column(name="side", heading="Side"),
    Column(name="amount", heading="Size", is_number=True),
    Column(name="entry_px", heading="Entry", is_number=True, is_wide=True),
    Column(name="exit_px", heading="Exit", is_number=True),
    Column(name="fees", heading="Fees", is_number=True, is_wide=True),
    Column(name="net", heading="Net P&L", is_number=True),
    Column(name="ratio", heading="%", is_number=True, is_wide=True),
    Column(name="held", heading="Held", is_number=True, is_wide=True),
    Column(name="ending", heading="Exit why"),
    Column(name="decision_id", heading="Decision", is_wide=True),
)


class Trip(Protocol):
    """One position from flat to flat: its row on the wire."""

    @property
    def trip_id(self) -> str: ...

    @property
    def symbol(self) -> InstId: ...

    @property
    def side(self) -> Side: ...

    @property
    def opened_ms(self) -> int: ...

    @property
    def closed_ms(self) -> int: ...

    @property
    def held_ms(self) -> int: ...

    @property
    def amount(self) -> Decimal: ...

    @property
    def entry_px(self) -> Decimal: ...

    @property
    def exit_px(self) -> Decimal: ...

    @property
    def entry_notional(self) -> Decimal: ...

    @property
    def pnl(self) -> Decimal: ...

    @property
    def fees(self) -> Decimal: ...

    @property
    def funding(self) -> Decimal: ...

    @property
    def net_pnl(self) -> Decimal: ...

    @property
    def net_ratio(self) -> Decimal: ...

    @property
    def fills(self) -> int: ...

    @property
    def ending(self) -> str: ...

    @property
    def decision_id(self) -> str | None: ...

    @property
    def reasoner(self) -> str: ...

    @property
    def llm_reasoning(self) -> str: ...


def held_side(side: Side) -> Span:
    """Return LONG or SHORT with its arrow."""
    return Span("▲ LONG", Tone.UP) if side is Side.BUY else Span("▼ SHORT", Tone.DOWN)


def table(trips: Iterable[Trip]) -> Table:
    """Return one row a trip, in the given order."""
    listed = tuple(trips)
    return Table(columns=COLUMNS, rows=tuple(map(_row, listed)))


def _row(trip: Trip) -> TableRow:
    cells = (
        Span(utc_time(trip.closed_ms)[5:16], Tone.DIM),
        Span(safe(trip.symbol)),
        held_side(trip.side),
        Span(number(trip.amount)),
        Span(_px(trip.entry_px)),
        Span(_px(trip.exit_px)),
        Span(money(trip.fees)),
        gain(trip.net_pnl),
        moved(trip.net_ratio),
        Span(age(trip.held_ms)),
        Span(safe(trip.ending)),
        Span(safe(trip.decision_id or "")[-8:], Tone.DIM),
    )
    return TableRow(key=trip.trip_id, cells=cells)


def sheet(trip: Trip) -> tuple[Line, ...]:
    """Return everything about one round trip, its money added up."""
    return (
        line(
            held_side(trip.side),
            f" {number(trip.amount)} {safe(trip.symbol)} ",
            Span(f" closed by {safe(trip.ending)}", Tone.STRONG),
        ),
        EMPTY,
        labelled("opened", f"{utc_time(trip.opened_ms)} UTC at {_px(trip.entry_px)}"),
        labelled("closed", f"{utc_time(trip.closed_ms)} UTC at {_px(trip.exit_px)}"),
        labelled("held", f"{age(trip.held_ms)}, {trip.fills} fills"),
        labelled("notional", f"{money(trip.entry_notional)} at entry"),
        labelled("PnL", gain(trip.pnl), " before fees"),
        labelled("fees", money(trip.fees)),
        labelled("funding", money(trip.funding)),
        labelled("net", gain(trip.net_pnl), f"  {percent(trip.net_ratio)} of the entry"),
        labelled("decision", f"{safe(trip.decision_id or 'none of ours')} · {safe(trip.reasoner)}"),
        EMPTY,
        line(safe(trip.llm_reasoning) or Span("No reason is stored.", Tone.DIM)),
    )


def _px(px: Decimal) -> str:
    """Write an average price without the endless decimals of a division."""
    return price_like(px, Decimal("0.01") if px >= 1 else Decimal("0.000001"))
