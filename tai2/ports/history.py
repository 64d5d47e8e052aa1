"""Reading back what happened: cycles, trades, the funnel behind "why no trade?".

CLI, faces and ask read it through the daemon; the journal or PostgreSQL answers.
It must be read-only: nothing here may write, lock or block the writer.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from tai2.model.events import CycleRecord
from tai2.model.ids import DecisionId, InstId
from tai2.model.performance import EquityPoint
from tai2.model.trade import ExecutedTrade


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeQuery:
    """Which trades, in which order, how many."""

    since_ms: int = 0
    """Fill time at or after, UTC."""
    until_ms: int | None = None
    """Fill time before; None = no end."""
    symbol: InstId | None = None
    side: str | None = None
    limit: int = 50
    """At most this many rows, newest first."""
    before: tuple[int, str] | None = None
    """(timestamp_ms, fill_id) of the last row of the previous page."""


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
        """Return one page of trades, newest first."""
        ...

    async def totals(self, query: TradeQuery) -> TradeTotals: ...

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
