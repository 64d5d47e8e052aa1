"""What changed the account's money, in the columns that accounting tools import.

`tai2 history --tax` writes it: sent, received and fee with their currencies, one row a fill,
and one for the funding of each round trip. It advises nobody: which of it is taxed, and how,
is for the reader's tool and country.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TextIO

from tai2.client.csv_cells import Cell, write
from tai2.model.money import ZERO
from tai2.view.text import utc_seconds
from tai2.wire.past import TradeRow
from tai2.wire.performance import TripRow

HEADER: Final = (
    *("Date", "Sent Amount", "Sent Currency", "Received Amount", "Received Currency"),
    *("Fee Amount", "Fee Currency", "Net Worth Amount", "Net Worth Currency"),
    *("Label", "Description", "TxHash"),
)
"""The "universal" columns (koinly.io, "How to create a custom CSV file"); dates are UTC."""

GAIN: Final = "Realized PNL"
"""Gain or loss of a derivative: only the outcome moves money, never the contract's notional."""
FEE: Final = "Margin fee"
REBATE: Final = "Fee refund"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One movement of money; amounts are positive, None = nothing moved that way."""

    ts: int
    sent: Decimal | None = None
    sent_ccy: str | None = None
    received: Decimal | None = None
    received_ccy: str | None = None
    fee: Decimal | None = None
    fee_ccy: str | None = None
    label: str
    note: str
    key: str
    """Id of the fill or the round trip."""


def entries_of_trades(trades: Iterable[TradeRow]) -> Iterator[Entry]:
    """Yield what each fill moved; a fill that moved nothing has no entry."""
    for trade in trades:
        yield from _spot(trade) if _is_spot(trade.symbol) else _derivative(trade)


def entries_of_trips(trips: Iterable[TripRow]) -> Iterator[Entry]:
    """Yield the funding of each round trip, at its end."""
    for trip in trips:
        ccy, note = trip.symbol.split("-")[1], f"funding {trip.symbol}"
        if trip.funding < ZERO:
            yield Entry(
                ts=trip.closed_ms,
                sent=-trip.funding,
                sent_ccy=ccy,
                label=FEE,
                note=note,
                key=f"{trip.trip_id}:funding",
            )
        elif trip.funding > ZERO:
            yield Entry(
                ts=trip.closed_ms,
                received=trip.funding,
                received_ccy=ccy,
                label=GAIN,
                note=note,
                key=f"{trip.trip_id}:funding",
            )


def write_entries(out: TextIO, entries: Iterable[Entry]) -> int:
    """Write entries as they come and return their number."""
    return write(out, HEADER, map(_cells, entries))


def _is_spot(symbol: str) -> bool:
    return symbol.count("-") == 1


def _derivative(trade: TradeRow) -> Iterator[Entry]:
    ccy, paid = trade.fee_ccy, max(-trade.fee, ZERO)
    gain, loss = max(trade.pnl, ZERO), max(-trade.pnl, ZERO)
    note = f"{trade.side.value} {trade.symbol} {trade.leg}"
    if gain or loss:
        yield Entry(
            ts=trade.timestamp_ms,
            sent=loss or None,
            sent_ccy=ccy if loss else None,
            received=gain or None,
            received_ccy=ccy if gain else None,
            fee=paid or None,
            fee_ccy=ccy if paid else None,
            label=GAIN,
            note=note,
            key=trade.fill_id,
        )
    elif paid:
        yield Entry(
            ts=trade.timestamp_ms,
            sent=paid,
            sent_ccy=ccy,
            label=FEE,
            note=note,
            key=trade.fill_id,
        )
    yield from _rebate(trade)


def _spot(trade: TradeRow) -> Iterator[Entry]:
    base, quote = trade.symbol.split("-")
    is_buy, paid = trade.side.value == "buy", max(-trade.fee, ZERO)
    yield Entry(
        ts=trade.timestamp_ms,
        sent=trade.notional if is_buy else trade.amount,
        sent_ccy=quote if is_buy else base,
        received=trade.amount if is_buy else trade.notional,
        received_ccy=base if is_buy else quote,
        fee=paid or None,
        fee_ccy=trade.fee_ccy if paid else None,
        label="",
        note=f"{trade.side.value} {trade.symbol} {trade.leg}",
        key=trade.fill_id,
    )
    yield from _rebate(trade)


def _rebate(trade: TradeRow) -> Iterator[Entry]:
    if trade.fee > ZERO:
        yield Entry(
            ts=trade.timestamp_ms,
            received=trade.fee,
            received_ccy=trade.fee_ccy,
            label=REBATE,
            note=f"maker rebate {trade.symbol}",
            key=f"{trade.fill_id}:rebate",
        )


def _cells(entry: Entry) -> tuple[Cell, ...]:
    """Return an entry's cells in the order of HEADER; tools value it themselves."""
    return (
        utc_seconds(entry.ts),
        entry.sent,
        entry.sent_ccy,
        entry.received,
        entry.received_ccy,
        entry.fee,
        entry.fee_ccy,
        None,
        None,
        entry.label,
        entry.note,
        entry.key,
    )
