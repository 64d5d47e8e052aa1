"""What the guards ask of the journal: ports.journal.RiskJournal over SQLite.

The journal inherits it. It must answer from what is durable, so that no limit forgets by a
restart, and never sum as floats.
"""

import sqlite3
from decimal import Decimal
from typing import Final

import msgspec

from tai2.model.condition import BreakerState, Realised
from tai2.model.ids import InstId, OrdId
from tai2.model.money import QuoteAmt
from tai2.model.order import Order
from tai2.store.journal.forecasts import SqliteForecasts
from tai2.store.journal.rows import order_of

SENT: Final = "SELECT * FROM orders WHERE sent_ms >= ? ORDER BY sent_ms, cl_ord_id"
SETTLED: Final = """
    SELECT max(max(u_time, sent_ms)) AS newest FROM orders
    WHERE inst_id = ? AND is_terminal = 1 AND sent_ms IS NOT NULL
"""
SETBACK: Final = """
    SELECT max(ts) AS newest FROM (
      SELECT max(timestamp) AS ts FROM executed_trades
      WHERE symbol = :inst_id AND leg = 'stop' AND pnl + 0 < 0
      UNION ALL
      SELECT max(sent_ms) FROM orders
      WHERE inst_id = :inst_id AND leg = 'entry' AND state = 'rejected'
    )
"""
"""The newest loss by a stop, or entry that the exchange refused."""
REALISED: Final = """
    SELECT timestamp, ord_id, pnl, fee FROM executed_trades WHERE timestamp >= ?
    ORDER BY timestamp, fill_id
"""
CYCLES: Final = """
    SELECT ts, outcome FROM cycles WHERE ts >= ? AND reason != 'GATED' ORDER BY ts DESC LIMIT ?
"""
"""A call that was spared is no failure of the model."""
ORDERS: Final = """
    SELECT sent_ms, state IN ('rejected', 'expired', 'unknown', 'absent') AS went_wrong FROM orders
    WHERE sent_ms >= ? AND state NOT IN ('intent', 'sending') ORDER BY sent_ms DESC LIMIT ?
"""
SAVE_STATE: Final = "INSERT OR REPLACE INTO breakers VALUES (1, ?)"


class SqliteRisk(SqliteForecasts):
    """ports.journal.RiskJournal."""

    async def sent_since(self, since_ms: int) -> tuple[Order, ...]:
        """Return orders that may have left since a time, oldest first."""
        return await self._db.run(lambda c: tuple(map(order_of, c.execute(SENT, (since_ms,)))))

    async def sends_since(self, since_ms: int) -> int:
        """Count the orders that may have left since a time."""
        sql = "SELECT count(*) AS sends FROM orders WHERE sent_ms >= ?"
        return int(await self._db.run(lambda c: c.execute(sql, (since_ms,)).fetchone()["sends"]))

    async def rests(self, inst_id: InstId) -> tuple[int | None, int | None]:
        """Return when an instrument's last order settled and when it last had a setback."""

        def read(connection: sqlite3.Connection) -> tuple[int | None, int | None]:
            settled = connection.execute(SETTLED, (inst_id,)).fetchone()["newest"]
            setback = connection.execute(SETBACK, {"inst_id": inst_id}).fetchone()["newest"]
            return settled, setback

        return await self._db.run(read)

    async def realised_since(self, since_ms: int) -> tuple[Realised, ...]:
        """Return what fills realised since a time, oldest first."""

        def read(connection: sqlite3.Connection) -> tuple[Realised, ...]:
            return tuple(
                Realised(
                    ts=row["timestamp"],
                    ord_id=OrdId(row["ord_id"]),
                    pnl=QuoteAmt(Decimal(row["pnl"])),
                    fee=QuoteAmt(Decimal(row["fee"])),
                )
                for row in connection.execute(REALISED, (since_ms,))
            )

        return await self._db.run(read)

    async def cycle_outcomes(self, since_ms: int, limit: int) -> tuple[tuple[int, str], ...]:
        """Return (time, outcome) of the newest cycles, newest first."""
        rows = await self._db.run(lambda c: c.execute(CYCLES, (since_ms, limit)).fetchall())
        return tuple((row["ts"], row["outcome"]) for row in rows)

    async def order_outcomes(self, since_ms: int, limit: int) -> tuple[tuple[int, bool], ...]:
        """Return (time sent, went wrong) of the newest answered orders, newest first."""
        rows = await self._db.run(lambda c: c.execute(ORDERS, (since_ms, limit)).fetchall())
        return tuple((row["sent_ms"], bool(row["went_wrong"])) for row in rows)

    async def save_breaker_state(self, state: BreakerState) -> None:
        """Store the breakers' memory."""
        doc = msgspec.json.encode(state).decode()
        await self._db.run(lambda c: c.execute(SAVE_STATE, (doc,)))

    async def breaker_state(self) -> BreakerState | None:
        """Return the breakers' memory; None = there is none yet."""
        row = await self._db.run(lambda c: c.execute("SELECT doc FROM breakers").fetchone())
        return msgspec.json.decode(row["doc"], type=BreakerState) if row else None
