"""The past as the journal knows it: ports.history.History over SQLite.

Handlers and ask read through it. It must stay read-only and answer in pages.
"""

import sqlite3
from decimal import Decimal
from typing import Final

from tai2.model.events import CycleRecord
from tai2.model.ids import DecisionId, InstId
from tai2.model.money import ZERO, QuoteAmt
from tai2.model.performance import EquityPoint, Tally, TripTotals
from tai2.model.round_trip import RoundTrip
from tai2.model.trade import ExecutedTrade
from tai2.ports.history import Funnel, TradeQuery, TradeTotals
from tai2.store.funnel import funnel_of
from tai2.store.journal.database import Database
from tai2.store.journal.pages import TRADES, TRIPS, matching, read_page
from tai2.store.journal.rows import cycle_of, trade_of
from tai2.store.journal.trips import trip_of

CYCLES: Final = (
    "SELECT * FROM cycles WHERE (:inst IS NULL OR inst_id = :inst) "
    "ORDER BY ts DESC, cycle_id DESC LIMIT :limit"
)
TOTALS: Final = "SELECT pnl, fee, notional FROM executed_trades WHERE "
TRIP_TOTALS: Final = "SELECT pnl, fees, funding, by_held FROM round_trips WHERE "
FUNNEL: Final = (
    "SELECT outcome, reason, count(*) AS n, "
    "count(DISTINCT CASE WHEN cl_ord_id != '' AND EXISTS (SELECT 1 FROM executed_trades t "
    "WHERE t.cl_ord_id = c.cl_ord_id) THEN cl_ord_id END) AS filled "
    "FROM cycles c WHERE ts >= :since AND ts < :until AND (:inst IS NULL OR inst_id = :inst) "
    "GROUP BY outcome, reason ORDER BY n DESC, reason"
)
EQUITY_CURVE: Final = (
    "SELECT ts, equity, upnl FROM equity WHERE ts IN (SELECT max(ts) FROM equity "
    "WHERE ts >= :since AND ts < :until GROUP BY ts / :step) ORDER BY ts"
)
EQUITY_AT: Final = "SELECT equity FROM equity WHERE ts >= ? ORDER BY ts LIMIT 1"


class SqliteHistory:
    """ports.history.History."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def cycles(self, *, limit: int, inst_id: InstId | None) -> tuple[CycleRecord, ...]:
        """Return the newest cycles, newest first."""
        keys = {"inst": inst_id, "limit": limit}
        return await self._db.read(lambda c: tuple(map(cycle_of, c.execute(CYCLES, keys))))

    async def reply_text(self, decision_id: DecisionId) -> str | None:
        """Return the raw reply behind a decision."""
        sql = "SELECT raw_reply FROM replies WHERE decision_id = ?"
        row = await self._db.read(lambda c: c.execute(sql, (decision_id,)).fetchone())
        return str(row["raw_reply"]) if row else None

    async def trades(self, query: TradeQuery) -> tuple[ExecutedTrade, ...]:
        """Return one page of trades."""
        return await self._db.read(lambda c: tuple(map(trade_of, read_page(c, TRADES, query))))

    async def totals(self, query: TradeQuery) -> TradeTotals:
        """Return sums over all matching trades, added up as decimals."""
        where, keys = matching(TRADES, query)
        return await self._db.read(lambda c: _sum(c.execute(TOTALS + where, keys)))

    async def trips(self, query: TradeQuery) -> tuple[RoundTrip, ...]:
        """Return one page of closed round trips."""
        return await self._db.read(lambda c: tuple(map(trip_of, read_page(c, TRIPS, query))))

    async def trip_totals(self, query: TradeQuery) -> TripTotals:
        """Return sums over all matching round trips, added up as decimals."""
        where, keys = matching(TRIPS, query)
        return await self._db.read(lambda c: _tally(c.execute(TRIP_TOTALS + where, keys)))

    async def equity_at(self, ts: int) -> Decimal | None:
        """Return the first equity recorded at or after a time."""
        row = await self._db.read(lambda c: c.execute(EQUITY_AT, (ts,)).fetchone())
        return Decimal(row["equity"]) if row else None

    async def equity_curve(
        self, since_ms: int, until_ms: int, step_ms: int
    ) -> tuple[EquityPoint, ...]:
        """Return the last point of each step, oldest first."""
        keys = {"since": since_ms, "until": until_ms, "step": step_ms}
        return await self._db.read(lambda c: tuple(map(_point, c.execute(EQUITY_CURVE, keys))))

    async def funnel(self, since_ms: int, until_ms: int, inst_id: InstId | None) -> Funnel:
        """Return where the cycles of a window ended."""
        keys = {"since": since_ms, "until": until_ms, "inst": inst_id}
        rows = await self._db.read(lambda c: c.execute(FUNNEL, keys).fetchall())
        counts = [(row["outcome"], row["reason"], row["n"], row["filled"]) for row in rows]
        return funnel_of(since_ms, until_ms, counts)


def _point(row: sqlite3.Row) -> EquityPoint:
    equity, upnl = QuoteAmt(Decimal(row["equity"])), QuoteAmt(Decimal(row["upnl"]))
    return EquityPoint(ts=row["ts"], equity=equity, upnl=upnl)


def _sum(rows: sqlite3.Cursor) -> TradeTotals:
    fills, pnl, fees, notional = 0, ZERO, ZERO, ZERO
    for row in rows:
        fills += 1
        pnl += Decimal(row["pnl"])
        fees += Decimal(row["fee"])
        notional += Decimal(row["notional"])
    return TradeTotals(fills=fills, pnl=pnl, fees=fees, notional=notional)


def _tally(rows: sqlite3.Cursor) -> TripTotals:
    tally = Tally()
    for pnl, fees, funding, held_ms in rows:
        tally.add(Decimal(pnl), Decimal(fees), Decimal(funding), held_ms)
    return tally.totals
