"""SQL for one page of trades or round trips: filters, order, and where the last page ended.

PostgreSQL's history runs it. Only what is asked for may stand in a WHERE clause, so that the
planner sees which index serves; a page must cost the same wherever in the history it lies.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from tai2.model.errors import UsageError
from tai2.ports.history import Mark, Sort, TradeQuery
from tai2.store.postgres.rows import instant

END_OF_TIME: Final = 250_000_000_000_000
"""Year 9892: PostgreSQL and Python both know it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A table that is read by the page."""

    table: str
    when: str
    """Column of the time that filters and sorting mean."""
    row_id: str
    keys: Mapping[Sort, str]
    """Column for each order but that of time."""
    only: str = ""
    """What every row must be."""


TRADES: Final = Listing(
    table="executed_trades",
    when="timestamp",
    row_id="fill_id",
    keys={Sort.PNL: "pnl", Sort.NOTIONAL: "notional"},
)
TRIPS: Final = Listing(
    table="round_trips",
    when="closed_at",
    row_id="trip_id",
    keys={Sort.PNL: "net_pnl", Sort.NOTIONAL: "entry_notional", Sort.HELD: "held_ms"},
    only=" AND closed_at IS NOT NULL AND NOT is_void",
)


@dataclass(slots=True)
class Question:
    """A WHERE clause in the making, and its parameters."""

    where: str
    keys: list[object] = field(default_factory=list)

    def place(self, key: object) -> str:
        """Add a parameter and return how the statement names it."""
        self.keys.append(key)
        return f"${len(self.keys)}"

    def need(self, condition: str, key: object) -> None:
        """Add a condition that ends in its parameter."""
        self.where += f" AND {condition} {self.place(key)}"


def matching(listing: Listing, query: TradeQuery, instance: str) -> Question:
    """Return the filters alone."""
    question = Question("instance = $1" + listing.only, [instance])
    if query.since_ms:
        question.need(f"{listing.when} >=", moment(query.since_ms))
    if query.until_ms is not None:
        question.need(f"{listing.when} <", moment(query.until_ms))
    for column, wanted in (("symbol", query.symbol), ("side", query.side), ("mode", query.mode)):
        if wanted is not None:
            question.need(f"{column} =", wanted)
    return question


def page(listing: Listing, query: TradeQuery, instance: str) -> tuple[str, list[object]]:
    """Return the statement for one page, and its parameters.

    Raises:
        UsageError: The table can't be sorted so.
    """
    if query.sort is not Sort.TIME and query.sort not in listing.keys:
        known = ", ".join((Sort.TIME, *listing.keys))
        raise UsageError(f"trades can't be sorted by {query.sort.value}", f"Known: {known}.")
    order = listing.keys.get(query.sort)
    question = matching(listing, query, instance)
    direction, beyond = ("ASC", ">") if query.is_ascending else ("DESC", "<")
    if query.after is not None:
        _go_on(question, listing, order, query.after, beyond)
    columns = (*((order,) if order else ()), listing.when, listing.row_id)
    ordering = ", ".join(f"{column} {direction}" for column in columns)
    limit = question.place(query.limit)
    sql = (
        f"SELECT * FROM {listing.table} WHERE {question.where} "  # noqa: S608 - parameters only
        f"ORDER BY {ordering} LIMIT {limit}"
    )
    return sql, question.keys


def _go_on(
    question: Question, listing: Listing, order: str | None, after: Mark, beyond: str
) -> None:
    """Begin behind the end of the last page."""
    if order is None:
        # Not (timestamp, fill_id) < (…): beside another bound of the timestamp, PostgreSQL
        # scans from the newest row to that pair.
        when, name = question.place(moment(after.ts)), question.place(after.row_id)
        question.where += (
            f" AND {listing.when} {beyond}= {when} "
            f"AND ({listing.when} {beyond} {when} OR {listing.row_id} {beyond} {name})"
        )
        return
    places = (
        question.place(int(after.key) if order == "held_ms" else after.key),
        question.place(moment(after.ts)),
        question.place(after.row_id),
    )
    question.where += (
        f" AND ({order}, {listing.when}, {listing.row_id}) {beyond} ({', '.join(places)})"
    )


def moment(ts: int) -> object:
    """Return the time of a count of milliseconds, as far as PostgreSQL's calendar goes."""
    return instant(min(ts, END_OF_TIME))
