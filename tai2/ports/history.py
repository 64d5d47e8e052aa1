"""Reading back what happened: cycles, trades, round trips, the funnel behind "why no trade?".

CLI, faces and ask read it through the daemon; the journal or PostgreSQL answers.
It must be read-only: nothing here may write, lock or block the writer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from tai2.model.errors import DataInvalid, UsageError
from tai2.model.events import CycleRecord
from tai2.model.ids import DecisionId, InstId
from tai2.model.money import dec, plain
from tai2.model.performance import EquityPoint, TripTotals
from tai2.model.round_trip import RoundTrip
from tai2.model.trade import ExecutedTrade


class Sort(StrEnum):
    """What a page is ordered by."""

    TIME = "time"
    """Fill time of a trade, closing time of a round trip."""
    PNL = "pnl"
    """Before fees for a trade, after fees and funding for a round trip."""
    NOTIONAL = "notional"
    """Of a trade, or of a round trip's entry."""
    HELD = "held"
    """How long a round trip lasted; trades don't know it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Where a page ended: the next one begins behind it, whatever was added meanwhile."""

    key: Decimal
    """What the page is ordered by: milliseconds or quote currency."""
    ts: int
    """Breaks ties of the key, ms UTC."""
    row_id: str
    """Breaks ties of the time: a fill's or a trip's id."""

    def __str__(self) -> str:
        """Write it so that `mark_of` reads it: what a client hands back unread."""
        return f"{plain(self.key)},{self.ts},{self.row_id}"


def mark_of(text: str) -> Mark:
    """Read a mark.

    Raises:
        UsageError: It isn't one.
    """
    key, *rest = text.split(",", 2)
    try:
        ts, row_id = rest
        return Mark(key=dec(key), ts=int(ts), row_id=row_id)
    except (ValueError, DataInvalid) as exc:
        raise UsageError(f"no place in the history: {text!r:.40}", "Begin without one.") from exc


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeQuery:
    """Which trades or round trips, in which order, how many."""

    since_ms: int = 0
    """Fill time (closing time of a trip) at or after, UTC."""
    until_ms: int | None = None
    """Fill time (closing time of a trip) before; None = no end."""
    symbol: InstId | None = None
    side: str | None = None
    """buy or sell; a trip that was long is a buy."""
    mode: str | None = None
    sort: Sort = Sort.TIME
    is_ascending: bool = False
    limit: int = 50
    """At most this many rows."""
    after: Mark | None = None
    """End of the previous page of the same query."""


def mark_of_trade(trade: ExecutedTrade, sort: Sort) -> Mark:
    """Return the place of a trade in a sorted history."""
    keys: Mapping[Sort, Decimal] = {Sort.PNL: trade.pnl, Sort.NOTIONAL: trade.notional}
    key = keys.get(sort, Decimal(trade.timestamp_ms))
    return Mark(key=key, ts=trade.timestamp_ms, row_id=trade.fill_id)


def mark_of_trip(trip: RoundTrip, sort: Sort) -> Mark:
    """Return the place of a closed round trip in a sorted history."""
    assert trip.closed_ms is not None
    keys: Mapping[Sort, Decimal] = {
        Sort.PNL: trip.net_pnl,
        Sort.NOTIONAL: trip.entry_notional,
        Sort.HELD: Decimal(trip.held_ms or 0),
    }
    key = keys.get(sort, Decimal(trip.closed_ms))
    return Mark(key=key, ts=trip.closed_ms, row_id=trip.trip_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeTotals:
    """Sums over all trades that match a query, its page ignored."""

    fills: int
    pnl: Decimal
    """Realised before fees."""
    fees: Decimal
    """Signed: negative = paid."""
    notional: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """Where the cycles of a window ended: counts that add up."""

    since_ms: int
    until_ms: int
    cycles: int
    stale: int
    """Ended before reasoning: required data stale or missing."""
    no_decision: tuple[tuple[str, int], ...]
    """(code, count) of failed or refused replies, most frequent first."""
    held: tuple[tuple[str, int], ...]
    """(hold reason, count), most frequent first."""
    refused: tuple[tuple[str, int], ...]
    """(first rule's code, count), most frequent first."""
    sent: int
    """Orders that left (filled or not, rejected and unknown included)."""
    not_sent: int
    filled: int
    """Of the orders sent, those with at least one fill."""


class History(Protocol):
    """Read-only questions about the past."""

    async def cycles(self, *, limit: int, inst_id: InstId | None) -> tuple[CycleRecord, ...]:
        """Return the newest cycles, newest first."""
        ...

    async def reply_text(self, decision_id: DecisionId) -> str | None:
        """Return the raw reply behind a decision."""
        ...

    async def trades(self, query: TradeQuery) -> tuple[ExecutedTrade, ...]:
        """Return one page of trades.

        Raises:
            UsageError: Trades can't be sorted so.
        """
        ...

    async def totals(self, query: TradeQuery) -> TradeTotals: ...

    async def trips(self, query: TradeQuery) -> tuple[RoundTrip, ...]:
        """Return one page of closed round trips."""
        ...

    async def trip_totals(self, query: TradeQuery) -> TripTotals: ...

    async def equity_at(self, ts: int) -> Decimal | None:
        """Return the first equity recorded at or after a time, ms UTC; None = none."""
        ...

    async def funnel(self, since_ms: int, until_ms: int, inst_id: InstId | None) -> Funnel: ...

    async def equity_curve(
        self, since_ms: int, until_ms: int, step_ms: int
    ) -> tuple[EquityPoint, ...]:
        """Return the last point of each step (aligned to UTC), oldest first.

        Args:
            since_ms: First point at or after, UTC.
            until_ms: Last point before, UTC.
            step_ms: Width of a step; 86 400 000 gives the close of each UTC day.
        """
        ...
