"""SQL for one page of trades or round trips: filters, order, and where the last page ended.

The journal's history runs it. Only what is asked for may stand in a WHERE clause, so that the
fitting index serves; a page must cost the same wherever in the history it lies.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tai2.model.errors import UsageError
from tai2.model.money import plain
from tai2.ports.history import Sort, TradeQuery


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A table that is read by the page."""

    table: str
    when: str
    """Column of the time that filters and sorting mean."""
    row_id: str
    keys: Mapping[Sort, str]
    """Column for each order but that of time."""
    only: str = "1"
    """What every row must be."""


TRADES: Final = Listing(
    table="executed_trades",
    when="timestamp",
    row_id="fill_id",
    keys={Sort.PNL: "by_pnl", Sort.NOTIONAL: "by_notional"},
)
TRIPS: Final = Listing(
    table="round_trips",
    when="closed_ms",
    row_id="trip_id",
    keys={Sort.PNL: "by_pnl", Sort.NOTIONAL: "by_notional", Sort.HELD: "by_held"},
    only="closed_ms IS NOT NULL AND is_void = 0",
)


def read_page(
    connection: sqlite3.Connection, listing: Listing, query: TradeQuery
) -> sqlite3.Cursor:
    """Return the rows of one page.

    Raises:
        UsageError: The table can't be sorted so.
    """
    order = order_of(listing.keys, query.sort, listing.when)
    where, keys = matching(listing, query)
    direction, beyond = ("ASC", ">") if query.is_ascending else ("DESC", "<")
    columns = [listing.when, listing.row_id]
    if query.after is not None:
        keys |= {"ts": query.after.ts, "id": query.after.row_id}
    if order != listing.when:
        columns.insert(0, order)
        if query.after is not None:
            keys["key"] = _as_number(connection, plain(query.after.key))
            where += f" AND ({', '.join(columns)}) {beyond} (:key, :ts, :id)"
    elif query.after is not None:
        # SQLite's planner begins an index range at the plain bound, not at the pair.
        where += f" AND ({', '.join(columns)}) {beyond} (:ts, :id)"
        where += f" AND {listing.when} {beyond}= :ts"
    sql = (
        f"SELECT * FROM {listing.table} WHERE {where} "  # noqa: S608 - constants of this module
        f"ORDER BY {', '.join(f'{column} {direction}' for column in columns)} LIMIT :limit"
    )
    return connection.execute(sql, keys | {"limit": query.limit})


def order_of(keys: Mapping[Sort, str], sort: Sort, when: str) -> str:
    """Return the column that a page is ordered by.

    Raises:
        UsageError: There is none of that name.
    """
    if sort is Sort.TIME:
        return when
    if sort not in keys:
        known = ", ".join((Sort.TIME, *keys))
        raise UsageError(f"trades can't be sorted by {sort.value}", f"Known: {known}.")
    return keys[sort]


def matching(listing: Listing, query: TradeQuery) -> tuple[str, dict[str, object]]:
    """Return a WHERE clause of the filters alone, and its parameters."""
    where, keys = listing.only, dict[str, object]()
    wanted: tuple[tuple[str, object], ...] = (
        (f"{listing.when} >= :since", query.since_ms or None),
        (f"{listing.when} < :until", query.until_ms),
        ("symbol = :symbol", query.symbol),
        ("side = :side", query.side),
        ("mode = :mode", query.mode),
    )
    for condition, wish in wanted:
        if wish is not None:
            where += f" AND {condition}"
            keys[condition.rpartition(":")[2]] = wish
    return where, keys


def _as_number(connection: sqlite3.Connection, text: str) -> object:
    """Return a decimal as SQLite itself rounds it, so that it equals the column's."""
    return connection.execute("SELECT CAST(? AS REAL)", (text,)).fetchone()[0]
