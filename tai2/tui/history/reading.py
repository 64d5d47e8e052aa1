"""Reads pages of fills or round trips, and writes all of them to a file.

The HISTORY tab calls it in workers. Files come from the same code as `tai2 history --csv`:
nothing is overwritten, no cell starts a formula, a failed export leaves nothing behind.
"""

from dataclasses import replace
from pathlib import Path

from tai2.client.csv_file import replaced
from tai2.client.trade_csv import write_trades, write_trips
from tai2.model.errors import Tai2Error
from tai2.tui.feed import Feed
from tai2.tui.history.book import Book
from tai2.view.rows import TradeRow
from tai2.wire.codec import recast
from tai2.wire.past import TRADES, TradesParams
from tai2.wire.past import TradeRow as WireTrade
from tai2.wire.performance import TRIPS
from tai2.wire.rpc import Fault


async def read_page(
    desk: Feed, params: TradesParams, book: Book, *, is_trips: bool
) -> Fault | None:
    """Add the next page to a book; a Fault when the daemon refused it."""
    params = replace(params, after=book.next, with_totals=False)
    if is_trips:
        closed = await desk.call(TRIPS, params)
        if isinstance(closed, Fault):
            return closed
        book.trips += closed.trips
        book.next = closed.next
        return None
    found = await desk.call(TRADES, params)
    if isinstance(found, Fault):
        return found
    book.fills += [recast(TradeRow, row) for row in found.trades]
    book.next = found.next
    return None


async def export(desk: Feed, params: TradesParams, target: Path, *, is_trips: bool) -> int:
    """Write everything that matches and return the number of rows.

    Raises:
        Tai2Error: The daemon refused a page, or the file can't be written.
    """
    book, is_first = Book(), True
    while is_first or book.next is not None:
        is_first = False
        fault = await read_page(desk, params, book, is_trips=is_trips)
        if fault is not None:
            raise Tai2Error(fault.message, f"Nothing was written. {fault.hint}".strip())
    with replaced(target, force=False) as out:
        if is_trips:
            return write_trips(out, book.trips)
        return write_trades(out, (recast(WireTrade, row) for row in book.fills))
