"""Executed trades: the table, the totals line and the sheet of one trade.

HISTORY, the web page and `tai2 history` show them. Net is after the fill's own fee; funding is
no part of a fill. Reasons are a model's words and stay text.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final, Protocol

from tai2.model.ids import InstId
from tai2.model.instrument import Side
from tai2.view.palette import Tone
from tai2.view.panels.figures import gain
from tai2.view.panels.line import EMPTY, Column, Line, Span, Table, TableRow, labelled, line
from tai2.view.rows import TradeRow
from tai2.view.text import (
    age,
    money,
    number,
    pnl,
    price_like,
    safe,
    utc_iso,
    utc_time,
)

EMPTY_TEXT: Final = "No trades yet. Trades of this mode will appear here."
SORTS: Final = ("time", "pnl", "notional")
"""What the daemon can order fills by."""
COLUMNS: Final = (
    Column(name="timestamp", heading="Time (UTC)"),
    Column(name="symbol", heading="Instrument"),
    Column(name="side", heading="Side"),
    Column(name="amount", heading="Size", is_number=True),
    Column(name="price", heading="Price", is_number=True),
    Column(name="notional", heading="Notional", is_number=True, is_wide=True),
    Column(name="fee", heading="Fee", is_number=True, is_wide=True),
    Column(name="net", heading="Net P&L", is_number=True),
    Column(name="leg", heading="Leg"),
    Column(name="decision_id", heading="Decision", is_wide=True),
    Column(name="llm_reasoning", heading="Why", is_wide=True),
)


class Totals(Protocol):
    """Sums over all trades that match."""

    @property
    def fills(self) -> int: ...

    @property
    def pnl(self) -> Decimal: ...

    @property
    def fees(self) -> Decimal: ...

    @property
    def notional(self) -> Decimal: ...


def direction(side: Side) -> Span:
    """Return buy or sell with its arrow."""
    return Span("▲ BUY", Tone.UP) if side is Side.BUY else Span("▼ SELL", Tone.DOWN)


def table(trades: Iterable[TradeRow]) -> Table:
    """Return one row a fill, in the given order."""
    listed = tuple(trades)
    finest = _finest(listed)
    rows = tuple(_row(trade, finest[trade.symbol]) for trade in listed)
    return Table(columns=COLUMNS, rows=rows)


def _finest(trades: Iterable[TradeRow]) -> dict[InstId, Decimal]:
    """Return the finest price step seen of each instrument, so that its prices align."""
    steps: dict[InstId, Decimal] = {}
    for trade in trades:
        exponent = trade.price.normalize().as_tuple().exponent
        step = Decimal(1).scaleb(min(exponent, 0) if isinstance(exponent, int) else 0)
        steps[trade.symbol] = min(step, steps.get(trade.symbol, step))
    return steps


def _row(trade: TradeRow, step: Decimal) -> TableRow:
    cells = (
        Span(utc_time(trade.timestamp_ms)[5:], Tone.DIM),
        Span(safe(trade.symbol)),
        direction(trade.side),
        Span(number(trade.amount)),
        Span(price_like(trade.price, step)),
        Span(money(trade.notional)),
        Span(money(trade.fee)),
        gain(trade.pnl + trade.fee),
        Span(safe(trade.leg)),
        Span(safe(trade.decision_id or "")[-8:], Tone.DIM),
        Span(safe(trade.llm_reasoning), Tone.DIM),
    )
    return TableRow(key=trade.fill_id, cells=cells)


def totals_line(totals: Totals, shown: int) -> Line:
    """Return the sums over all trades that match, for a person."""
    return line(
        f"{shown} of {totals.fills} fills · PnL {pnl(totals.pnl)} before fees, "
        f"fees {money(totals.fees)}, net ",
        gain(totals.pnl + totals.fees),
        f" · turnover {money(totals.notional)}",
    )


def sheet(trade: TradeRow, fills: Sequence[TradeRow]) -> tuple[Line, ...]:
    """Return everything about one trade.

    Args:
        trade: The fill.
        fills: All loaded fills of the same order, this one included.
    """
    net = trade.pnl + trade.fee
    return (
        line(
            direction(trade.side),
            f" {number(trade.amount)} {safe(trade.symbol)} at {number(trade.price)}",
            Span(f"  {safe(trade.leg)}", Tone.STRONG),
        ),
        EMPTY,
        labelled("time", f"{utc_time(trade.timestamp_ms)} UTC"),
        labelled("at exchange", f"{utc_iso(trade.timestamp_ms)}, known {age(trade.lag_ms)} later"),
        labelled("contracts", number(trade.contracts)),
        labelled("notional", money(trade.notional)),
        labelled("PnL", gain(trade.pnl), " before fees"),
        labelled("fee", f"{money(trade.fee)} {safe(trade.fee_ccy)}"),
        labelled("net", gain(net), " after this fill's fee; funding is booked apart"),
        labelled("mode", f"{safe(trade.mode)} · {safe(trade.reasoner)}"),
        labelled("decision", safe(trade.decision_id or "none of ours")),
        labelled("order", f"{safe(trade.ord_id)} · {safe(trade.cl_ord_id or 'not ours')}"),
        labelled("fill", safe(trade.fill_id)),
        EMPTY,
        line(safe(trade.llm_reasoning) or Span("No reason is stored.", Tone.DIM)),
        *_siblings(trade, fills),
    )


def _siblings(trade: TradeRow, fills: Sequence[TradeRow]) -> tuple[Line, ...]:
    others = [fill for fill in fills if fill.ord_id == trade.ord_id]
    if len(others) < 2:
        return ()
    rows = (
        line(
            Span(f"{utc_time(fill.timestamp_ms)[11:]}  ", Tone.DIM),
            f"{number(fill.amount)} at {number(fill.price)}  fee {money(fill.fee)}  ",
            gain(fill.pnl + fill.fee),
        )
        for fill in others
    )
    return (EMPTY, line(Span(f"{len(others)} fills of this order", Tone.DIM)), *rows)


def copied(trade: TradeRow) -> str:
    """Return a row as tab-separated text for the clipboard."""
    row = table((trade,)).rows[0]
    return "\t".join(span.text for span in row.cells)
