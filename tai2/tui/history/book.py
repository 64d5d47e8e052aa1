"""What HISTORY has read: pages of fills or round trips in one order, and where they go on.

The tab asks for pages with its questions and hands the replies back. It does no I/O.
"""

from dataclasses import dataclass, field, replace
from typing import Final

from tai2.model.ids import InstId
from tai2.ports.history import Sort
from tai2.view.panels import period, trades, trips
from tai2.view.panels.line import Line, Table
from tai2.view.rows import TradeRow
from tai2.wire.past import TradesParams
from tai2.wire.performance import TripRow

PAGE: Final = 200
RANGES: Final = (("24h", 86_400_000), ("7d", 604_800_000), ("30d", 2_592_000_000), ("all", 0))
_SIDES: Final = ("buy", "sell")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which rows, in which order."""

    is_trips: bool = False
    sort: str = trades.SORTS[0]
    is_ascending: bool = False
    range_at: int = 1
    words: str = ""

    @property
    def span(self) -> str:
        """Name of the range."""
        return RANGES[self.range_at][0]

    @property
    def order(self) -> period.Order:
        """The order, for the heading."""
        what = "Round trips" if self.is_trips else "Fills"
        return period.Order(what=what, sort=self.sort, is_ascending=self.is_ascending)

    def since_ms(self, now_ms: int) -> int:
        """Return the begin of the range."""
        back_ms = RANGES[self.range_at][1]
        return max(now_ms - back_ms, 0) if back_ms else 0

    def params(self, now_ms: int, followed: tuple[InstId, ...]) -> TradesParams:
        """Return the question for the first page.

        Words that name a side or a followed instrument are asked of the daemon, so that
        sums and pages fit them; the others filter what is loaded.
        """
        words = self.words.lower().split()
        side = next((word for word in words if word in _SIDES), None)
        named = [inst for inst in followed for word in words if inst.lower().startswith(word)]
        return TradesParams(
            since_ms=self.since_ms(now_ms),
            side=side,
            symbol=named[0] if named else None,
            sort=Sort(self.sort),
            is_ascending=self.is_ascending,
            limit=PAGE,
        )

    def toggled(self) -> "Wish":
        """Return the wish for the other table, newest first."""
        return replace(self, is_trips=not self.is_trips, sort=trades.SORTS[0], is_ascending=False)

    def sorted_on(self) -> "Wish":
        """Return the wish ordered by the next column."""
        known = trips.SORTS if self.is_trips else trades.SORTS
        return replace(self, sort=known[(known.index(self.sort) + 1) % len(known)])


@dataclass(slots=True, kw_only=True)
class Book:
    """Rows that were read so far."""

    fills: list[TradeRow] = field(default_factory=list)
    trips: list[TripRow] = field(default_factory=list)
    next: str | None = None
    """Where the next page begins; None = everything is here."""

    def table(self, wish: Wish) -> Table:
        """Return the table of what fits the words of a wish."""
        made = trips.table(self.trips) if wish.is_trips else trades.table(self.fills)
        words = wish.words.lower().split()
        kept = tuple(
            row
            for row in made.rows
            if all(word in " ".join(cell.text for cell in row.cells).lower() for word in words)
        )
        return replace(made, rows=kept)

    def sheet(self, key: str) -> tuple[Line, ...]:
        """Return everything about a row, () when it isn't here."""
        if (fill := self._fill(key)) is not None:
            return trades.sheet(fill, self.fills)
        trip = next((trip for trip in self.trips if trip.trip_id == key), None)
        return trips.sheet(trip) if trip is not None else ()

    def copied(self, key: str) -> str:
        """Return a row as tab-separated text."""
        if (fill := self._fill(key)) is not None:
            return trades.copied(fill)
        found = [row for row in trips.table(self.trips).rows if row.key == key]
        return "\t".join(cell.text for cell in found[0].cells) if found else ""

    def _fill(self, key: str) -> TradeRow | None:
        return next((fill for fill in self.fills if fill.fill_id == key), None)
