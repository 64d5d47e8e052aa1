"""Which part of the past a command line asks for, and how it is fetched: by the page.

`tai2 history` builds one from its flags. However much is asked for, no more than one page is
held at a time.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final, Self, TypeVar

from tai2.cli.since import since_ms
from tai2.client.connection import Connection
from tai2.model.errors import ProtocolMismatch, UsageError
from tai2.model.ids import InstId
from tai2.ports.history import Sort
from tai2.wire.method import NoParams
from tai2.wire.past import TRADES, TotalsRow, TradeRow, TradesParams
from tai2.wire.performance import (
    PERFORMANCE,
    TRIPS,
    PerformanceParams,
    PerformanceReply,
    TripRow,
    TripTotalsRow,
)
from tai2.wire.status import STATUS

PAGE: Final = 200
_LONG_S: Final = 60.0
"""Sums and figures of a long history take their while."""
_SIDES: Final = ("buy", "sell")

Row = TypeVar("Row", TotalsRow, TripTotalsRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """The flags that say which rows, as they were typed."""

    since: str | None
    until: str | None
    symbol: str | None
    side: str | None
    mode: str | None
    sort: str = Sort.TIME.value
    is_ascending: bool = False

    def check(self) -> None:
        """Refuse what no daemon could answer, before one is asked.

        Raises:
            UsageError: A time, a side or an order isn't one.
        """
        if self.side not in (None, *_SIDES):
            raise UsageError(f"no such side: {self.side!r:.20}", "--side buy or --side sell")
        if self.sort not in tuple(Sort):
            raise UsageError(f"no such order: {self.sort!r:.20}", f"Known: {', '.join(Sort)}.")
        for moment in (self.since, self.until):
            if moment is not None:
                since_ms(moment, now_ms=0)


def past_of(desk: Connection, filters: Filters) -> "Past":
    """Settle what "7d" means by the daemon's own clock."""
    spans = (filters.since, filters.until)
    now_ms = desk.call(STATUS, NoParams()).now_ms if any(spans) else 0
    since, until = (None if each is None else since_ms(each, now_ms) for each in spans)
    asked = TradesParams(
        since_ms=since or 0,
        until_ms=until,
        symbol=InstId(filters.symbol) if filters.symbol else None,
        side=filters.side,
        mode=filters.mode,
        sort=Sort(filters.sort),
        is_ascending=filters.is_ascending,
        limit=PAGE,
        with_totals=False,
    )
    return Past(desk, asked)


class Past:
    """The past behind one connection, through one set of filters."""

    def __init__(self, desk: Connection, asked: TradesParams) -> None:
        self._desk = desk
        self._asked = asked

    def trades(self, limit: int | None) -> Iterator[TradeRow]:
        """Yield every trade that matches, or the first so many."""
        return islice(self._trades(), limit)

    def trips(self, limit: int | None) -> Iterator[TripRow]:
        """Yield every round trip that matches, or the first so many."""
        return islice(self._trips(), limit)

    def oldest_first(self) -> Self:
        """Return the same rows in the order of time."""
        return type(self)(self._desk, replace(self._asked, sort=Sort.TIME, is_ascending=True))

    def totals(self) -> TotalsRow:
        """Return the sums over every trade that matches."""
        asked = replace(self._asked, limit=1, with_totals=True)
        return _there(self._desk.call(TRADES, asked, _LONG_S).totals)

    def trip_totals(self) -> TripTotalsRow:
        """Return the sums over every round trip that matches."""
        asked = replace(self._asked, limit=1, with_totals=True)
        return _there(self._desk.call(TRIPS, asked, _LONG_S).totals)

    def performance(self) -> PerformanceReply:
        """Return the figures of the period."""
        asked = PerformanceParams(
            since_ms=self._asked.since_ms,
            until_ms=self._asked.until_ms,
            symbol=self._asked.symbol,
            side=self._asked.side,
            mode=self._asked.mode,
        )
        return self._desk.call(PERFORMANCE, asked, _LONG_S)

    def _trades(self) -> Iterator[TradeRow]:
        asked = self._asked
        while True:
            page = self._desk.call(TRADES, asked)
            yield from page.trades
            if page.next is None:
                return
            asked = replace(asked, after=page.next)

    def _trips(self) -> Iterator[TripRow]:
        asked = self._asked
        while True:
            page = self._desk.call(TRIPS, asked)
            yield from page.trips
            if page.next is None:
                return
            asked = replace(asked, after=page.next)


def _there(totals: Row | None) -> Row:
    if totals is None:
        raise ProtocolMismatch("the daemon sent no totals", "Restart the daemon.")
    return totals
