"""The tables of executed trades and round trips, and the lines of sums below them.

`tai2 history` prints them. Figures come from the daemon; nothing is computed here but
the PnL after the fill's own fee, which the row itself defines.
"""

from collections.abc import Sequence

from tai2.cli.table import Column, render
from tai2.view import text
from tai2.wire.past import TotalsRow, TradeRow
from tai2.wire.performance import TripRow, TripTotalsRow

_HEADINGS = ("Instrument", "Side", "Price", "Amount", "Notional", "Fee", "Net PnL", "Leg", "Why")

_TRIP_HEADINGS = (
    *("Instrument", "Side", "Size", "Entry", "Exit", "Fees", "Funding", "Net PnL", "%", "Held"),
    *("Ended by", "Decision"),
)


def table(trades: Sequence[TradeRow]) -> str:
    """Return the table; trades must not be empty."""
    columns = [
        Column("Time (UTC)"),
        *(Column(name, is_number=1 < n < 7) for n, name in enumerate(_HEADINGS)),
    ]
    return render(columns, [_cells(trade) for trade in trades])


def totals_line(totals: TotalsRow, shown: int) -> str:
    """Return the sums over all trades that match."""
    return (
        f"{shown} of {totals.fills} fills · PnL {text.pnl(totals.pnl)} before fees, "
        f"fees {text.money(totals.fees)}, net {text.pnl(totals.pnl + totals.fees)} · "
        f"turnover {text.money(totals.notional)}"
    )


def trip_table(trips: Sequence[TripRow]) -> str:
    """Return the table; trips must not be empty."""
    columns = [
        Column("Closed (UTC)"),
        *(Column(name, is_number=1 < n < 10) for n, name in enumerate(_TRIP_HEADINGS)),
    ]
    return render(columns, [_trip_cells(trip) for trip in trips])


def trip_totals_line(totals: TripTotalsRow, shown: int) -> str:
    """Return the sums over all round trips that match."""
    return (
        f"{shown} of {totals.trips} round trips · {totals.wins} won, {totals.losses} lost · "
        f"net {text.pnl(totals.gains - totals.lost)} (PnL {text.pnl(totals.pnl)}, "
        f"fees {text.money(totals.fees)}, funding {text.money(totals.funding)})"
    )


def _trip_cells(trip: TripRow) -> tuple[str, ...]:
    return (
        text.utc_time(trip.closed_ms),
        text.safe(trip.symbol),
        "▲ LONG" if trip.side.value == "buy" else "▼ SHORT",
        text.number(trip.amount),
        text.number(trip.entry_px),
        text.number(trip.exit_px),
        text.money(trip.fees),
        text.money(trip.funding),
        text.pnl(trip.net_pnl),
        text.percent(trip.net_ratio),
        text.age(trip.held_ms),
        text.safe(trip.ending),
        text.safe(trip.decision_id or text.UNKNOWN),
    )


def _cells(trade: TradeRow) -> tuple[str, ...]:
    return (
        text.utc_time(trade.timestamp_ms),
        text.safe(trade.symbol),
        trade.side.value,
        text.number(trade.price),
        text.number(trade.amount),
        text.money(trade.notional),
        text.money(trade.fee),
        text.pnl(trade.pnl + trade.fee),
        text.safe(trade.leg),
        text.safe(trade.llm_reasoning),
    )
