"""The past as PostgreSQL knows it: ports.history.History over what the outbox delivered.

Handlers and ask read through it when DATABASE_URL is set. It must answer as the journal's
history does, row for row; it is behind the journal by the outbox's lag, and says so when
PostgreSQL is away instead of showing an empty past.
"""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Final, TypeVar

from asyncpg import Connection, InterfaceError, PostgresConnectionError

from tai2.model.errors import HistoryUnavailable
from tai2.model.events import CycleRecord
from tai2.model.ids import DecisionId, InstId
from tai2.model.performance import EquityPoint, TripTotals
from tai2.model.round_trip import RoundTrip
from tai2.model.trade import ExecutedTrade
from tai2.ports.history import Funnel, TradeQuery, TradeTotals
from tai2.store.funnel import funnel_of
from tai2.store.postgres.database import Outage, PgDatabase
from tai2.store.postgres.pages import TRADES, TRIPS, matching, moment, page
from tai2.store.postgres.rows import cycle_from, point_from, trade_from, trip_from

T = TypeVar("T")

CYCLES: Final = """
    SELECT * FROM cycles WHERE instance = $1 AND ($2::text IS NULL OR inst_id = $2)
    ORDER BY ts DESC, cycle_id DESC LIMIT $3
"""
REPLY: Final = "SELECT raw_reply FROM decisions WHERE instance = $1 AND decision_id = $2"
TOTALS: Final = (
    "SELECT count(*) AS fills, coalesce(sum(pnl), 0) AS pnl, coalesce(sum(fee), 0) AS fees, "
    "coalesce(sum(notional), 0) AS notional FROM executed_trades WHERE "
)
TRIP_TOTALS: Final = """
    SELECT count(*) AS trips, count(*) FILTER (WHERE net_pnl > 0) AS wins,
      count(*) FILTER (WHERE net_pnl < 0) AS losses,
      coalesce(sum(net_pnl) FILTER (WHERE net_pnl > 0), 0) AS gains,
      coalesce(-sum(net_pnl) FILTER (WHERE net_pnl < 0), 0) AS lost,
      coalesce(sum(pnl), 0) AS pnl, coalesce(sum(fees), 0) AS fees,
      coalesce(sum(funding), 0) AS funding, coalesce(sum(held_ms), 0)::bigint AS held_ms
    FROM round_trips WHERE """
EQUITY_AT: Final = "SELECT equity FROM equity WHERE instance = $1 AND ts >= $2 ORDER BY ts LIMIT 1"
EQUITY_CURVE: Final = """
    SELECT ts, equity, upnl FROM equity WHERE instance = $1 AND ts IN (
      SELECT max(ts) FROM equity WHERE instance = $1 AND ts >= $2 AND ts < $3
      GROUP BY floor(extract(epoch FROM ts) * 1000 / $4::bigint))
    ORDER BY ts
"""
FUNNEL: Final = """
    SELECT c.outcome, c.reason, count(*) AS n,
      count(DISTINCT CASE WHEN t.fills > 0 THEN c.cl_ord_id END) AS filled
    FROM cycles c LEFT JOIN LATERAL (
      SELECT count(*) AS fills FROM executed_trades e
      WHERE c.cl_ord_id <> '' AND e.instance = $1 AND e.cl_ord_id = c.cl_ord_id) t ON true
    WHERE c.instance = $1 AND c.ts >= $2 AND c.ts < $3 AND ($4::text IS NULL OR c.inst_id = $4)
    GROUP BY c.outcome, c.reason ORDER BY n DESC, c.reason
"""
_DEAD_LINE: Final = (PostgresConnectionError, InterfaceError, ConnectionError)
"""The pooled connection died since it was last used: the server may be back already."""


class PgHistory:
    """ports.history.History."""

    def __init__(self, database: PgDatabase, *, instance: str) -> None:
        self._db = database
        self._instance = instance

    async def cycles(self, *, limit: int, inst_id: InstId | None) -> tuple[CycleRecord, ...]:
        """Return the newest cycles, newest first."""
        found = await self._ask(lambda c: c.fetch(CYCLES, self._instance, inst_id, limit))
        return tuple(map(cycle_from, found))

    async def reply_text(self, decision_id: DecisionId) -> str | None:
        """Return the raw reply behind a decision."""
        text = await self._ask(lambda c: c.fetchval(REPLY, self._instance, decision_id))
        return None if text is None else str(text)

    async def trades(self, query: TradeQuery) -> tuple[ExecutedTrade, ...]:
        """Return one page of trades."""
        sql, keys = page(TRADES, query, self._instance)
        return tuple(map(trade_from, await self._ask(lambda c: c.fetch(sql, *keys))))

    async def totals(self, query: TradeQuery) -> TradeTotals:
        """Return sums over all matching trades, added up as decimals."""
        wanted = matching(TRADES, query, self._instance)
        record = await self._ask(lambda c: c.fetchrow(TOTALS + wanted.where, *wanted.keys))
        return TradeTotals(**record)

    async def trips(self, query: TradeQuery) -> tuple[RoundTrip, ...]:
        """Return one page of closed round trips."""
        sql, keys = page(TRIPS, query, self._instance)
        return tuple(map(trip_from, await self._ask(lambda c: c.fetch(sql, *keys))))

    async def trip_totals(self, query: TradeQuery) -> TripTotals:
        """Return sums over all matching round trips, added up as decimals."""
        wanted = matching(TRIPS, query, self._instance)
        record = await self._ask(lambda c: c.fetchrow(TRIP_TOTALS + wanted.where, *wanted.keys))
        return TripTotals(**record)

    async def equity_at(self, ts: int) -> Decimal | None:
        """Return the first equity recorded at or after a time."""
        found = await self._ask(lambda c: c.fetchval(EQUITY_AT, self._instance, moment(ts)))
        return None if found is None else Decimal(found)

    async def equity_curve(
        self, since_ms: int, until_ms: int, step_ms: int
    ) -> tuple[EquityPoint, ...]:
        """Return the last point of each step, oldest first."""
        keys = (self._instance, moment(since_ms), moment(until_ms), step_ms)
        found = await self._ask(lambda c: c.fetch(EQUITY_CURVE, *keys))
        return tuple(map(point_from, found))

    async def funnel(self, since_ms: int, until_ms: int, inst_id: InstId | None) -> Funnel:
        """Return where the cycles of a window ended."""
        keys = (self._instance, moment(since_ms), moment(until_ms), inst_id)
        found = await self._ask(lambda c: c.fetch(FUNNEL, *keys))
        counts = [(row["outcome"], row["reason"], row["n"], row["filled"]) for row in found]
        return funnel_of(since_ms, until_ms, counts)

    async def _ask(self, question: Callable[[Connection], Awaitable[T]]) -> T:
        """Return the answer; a question changes nothing, so a dead line is worth a second try."""
        try:
            try:
                return await self._ask_once(question)
            except _DEAD_LINE:
                return await self._ask_once(question)
        except Outage as exc:
            raise HistoryUnavailable(
                f"history can't be read from PostgreSQL: {type(exc).__name__}",
                "Nothing is lost: the journal keeps every row until PostgreSQL is back.",
            ) from exc

    async def _ask_once(self, question: Callable[[Connection], Awaitable[T]]) -> T:
        async with self._db.connection() as connection:
            return await question(connection)
