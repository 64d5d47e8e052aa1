"""The socket's methods on what was traded: fills, round trips and the figures of a period.

The handlers' table includes it. It reads the history only, by the page: an answer must fit a
frame and cost the same however long the history is.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final, TypeVar

from tai2.daemon.earnings import performance_of
from tai2.model.round_trip import RoundTrip
from tai2.model.trade import ExecutedTrade
from tai2.ports.history import (
    History,
    Mark,
    TradeQuery,
    mark_of,
    mark_of_trade,
    mark_of_trip,
)
from tai2.wire import past, performance
from tai2.wire.method import RawHandler, bind

MOST_ROWS: Final = 500
PAGE_BYTES: Final = 768 * 1024
"""A page ends early rather than outgrow a frame: reasoning may be long, and escaped."""
_ROW_BYTES: Final = 1_024
"""Of a row beside its reasoning, at most."""

Dealt = TypeVar("Dealt", ExecutedTrade, RoundTrip)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastHandlers:
    """Methods on the past of one running daemon."""

    history: History

    def table(self) -> Mapping[str, RawHandler]:
        """Return the dispatch table."""
        return {
            past.TRADES.name: bind(past.TRADES, self.trades),
            performance.TRIPS.name: bind(performance.TRIPS, self.trips),
            performance.PERFORMANCE.name: bind(performance.PERFORMANCE, self.performance),
        }

    async def trades(self, params: past.TradesParams) -> past.TradesReply:
        """Return one page of executed trades, with the totals."""
        query = query_of(params)
        found = await self.history.trades(query)
        shown = _fitting(found)
        totals = await self.history.totals(query) if params.with_totals else None
        return past.TradesReply(
            trades=tuple(map(trade_row, shown)),
            totals=past.TotalsRow(**asdict(totals)) if totals else None,
            next=str(mark_of_trade(shown[-1], query.sort))
            if _goes_on(query, found, shown)
            else None,
        )

    async def trips(self, params: past.TradesParams) -> performance.TripsReply:
        """Return one page of closed round trips, with the totals."""
        query = query_of(params)
        found = await self.history.trips(query)
        shown = _fitting(found)
        totals = await self.history.trip_totals(query) if params.with_totals else None
        return performance.TripsReply(
            trips=tuple(map(trip_row, shown)),
            totals=performance.TripTotalsRow(**asdict(totals)) if totals else None,
            next=str(mark_of_trip(shown[-1], query.sort))
            if _goes_on(query, found, shown)
            else None,
        )

    async def performance(
        self, params: performance.PerformanceParams
    ) -> performance.PerformanceReply:
        """Return the figures of a period."""
        return await performance_of(self.history, TradeQuery(**asdict(params)))


def query_of(params: past.TradesParams) -> TradeQuery:
    """Return the question as the history understands it.

    Raises:
        UsageError: The place to go on from isn't one.
    """
    wanted = asdict(params)
    del wanted["with_totals"]
    after: Mark | None = None if params.after is None else mark_of(params.after)
    return TradeQuery(**(wanted | {"limit": max(1, min(params.limit, MOST_ROWS)), "after": after}))


def _fitting(rows: Sequence[Dealt]) -> Sequence[Dealt]:
    """Return as many rows as a frame holds, at least one of those there are."""
    room = PAGE_BYTES
    for count, row in enumerate(rows):
        room -= _ROW_BYTES + len(json.dumps(row.llm_reasoning))
        if room < 0 and count:
            return rows[:count]
    return rows


def _goes_on(query: TradeQuery, found: Sequence[Dealt], shown: Sequence[Dealt]) -> bool:
    return len(found) == query.limit or len(shown) < len(found)


def trade_row(trade: ExecutedTrade) -> past.TradeRow:
    """Return a trade as it travels."""
    return past.TradeRow(**{name: getattr(trade, name) for name in _TRADE_FIELDS})


_TRADE_FIELDS: Final = tuple(past.TradeRow.__dataclass_fields__)


def trip_row(trip: RoundTrip) -> performance.TripRow:
    """Return a closed round trip as it travels."""
    assert trip.closed_ms is not None
    assert trip.held_ms is not None
    assert trip.exit_px is not None
    return performance.TripRow(
        trip_id=trip.trip_id,
        mode=trip.mode,
        symbol=trip.symbol,
        side=trip.side,
        opened_ms=trip.opened_ms,
        closed_ms=trip.closed_ms,
        held_ms=trip.held_ms,
        contracts=trip.contracts,
        amount=trip.amount,
        entry_px=trip.entry_px,
        exit_px=trip.exit_px,
        entry_notional=trip.entry_notional,
        pnl=trip.pnl,
        fees=trip.fees,
        funding=trip.funding,
        net_pnl=trip.net_pnl,
        net_ratio=trip.net_ratio,
        fills=trip.fills,
        ending=trip.ending,
        decision_id=trip.decision_id,
        reasoner=trip.reasoner,
        llm_reasoning=trip.llm_reasoning,
    )
