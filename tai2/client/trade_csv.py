"""Executed trades and round trips as rows of a CSV file, times in UTC.

`tai2 history --csv` and the HISTORY tab write them. Columns may be added at the end; none may move.
"""

from collections.abc import Iterable
from typing import Final, TextIO

from tai2.client.csv_cells import Cell, write
from tai2.view.text import utc_iso
from tai2.wire.past import TradeRow
from tai2.wire.performance import TripRow

TRADE_HEADER: Final = (
    *("id", "timestamp", "symbol", "side", "price", "amount", "llm_reasoning", "pnl"),
    *("contracts", "notional", "fee", "fee_ccy", "ord_id", "cl_ord_id", "decision_id"),
    *("fill_id", "leg", "reasoner", "mode", "lag_ms"),
)
"""The mission's eight columns first."""

TRIP_HEADER: Final = (
    *("trip_id", "symbol", "direction", "opened", "closed", "held_s", "contracts", "amount"),
    *("entry_px", "exit_px", "entry_notional", "pnl", "fees", "funding", "net_pnl", "net_ratio"),
    *("fills", "ending", "decision_id", "llm_reasoning", "reasoner", "mode"),
)
"""net_pnl is after fees and funding; net_ratio is its part of entry_notional."""


def write_trades(out: TextIO, trades: Iterable[TradeRow]) -> int:
    """Write trades as they come and return their number."""
    return write(out, TRADE_HEADER, map(_trade, trades))


def write_trips(out: TextIO, trips: Iterable[TripRow]) -> int:
    """Write round trips as they come and return their number."""
    return write(out, TRIP_HEADER, map(_trip, trips))


def _trade(trade: TradeRow) -> tuple[Cell, ...]:
    """Return a row's cells in the order of TRADE_HEADER."""
    return (
        str(trade.trade_id),
        utc_iso(trade.timestamp_ms),
        trade.symbol,
        trade.side.value,
        trade.price,
        trade.amount,
        trade.llm_reasoning,
        trade.pnl,
        trade.contracts,
        trade.notional,
        trade.fee,
        trade.fee_ccy,
        trade.ord_id,
        trade.cl_ord_id,
        trade.decision_id,
        trade.fill_id,
        trade.leg,
        trade.reasoner,
        trade.mode,
        trade.lag_ms,
    )


def _trip(trip: TripRow) -> tuple[Cell, ...]:
    """Return a row's cells in the order of TRIP_HEADER."""
    return (
        trip.trip_id,
        trip.symbol,
        "long" if trip.side.value == "buy" else "short",
        utc_iso(trip.opened_ms),
        utc_iso(trip.closed_ms),
        trip.held_ms // 1_000,
        trip.contracts,
        trip.amount,
        trip.entry_px,
        trip.exit_px,
        trip.entry_notional,
        trip.pnl,
        trip.fees,
        trip.funding,
        trip.net_pnl,
        trip.net_ratio,
        trip.fills,
        trip.ending,
        trip.decision_id,
        trip.llm_reasoning,
        trip.reasoner,
        trip.mode,
    )
