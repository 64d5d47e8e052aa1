"""The journal over SQLite: ports.journal.Journal, durable before each step.

Compose opens it on a file for a daemon and in memory for a replay. It must never
acknowledge a write that isn't committed, nor keep two truths of one order or fill.
"""

import sqlite3
from collections.abc import Mapping
from typing import Final

import msgspec

from tai2.failpoint import reach
from tai2.model.controls import Controls
from tai2.model.events import CycleRecord
from tai2.model.ids import AlgoClOrdId, ClOrdId, FillId, InstId
from tai2.model.money import QuoteAmt, plain
from tai2.model.order import Fill, Order
from tai2.model.trade import ExecutedTrade, Execution, netted
from tai2.store.journal.bills import SqliteBills
from tai2.store.journal.decisions import SqliteDecisions
from tai2.store.journal.risk import SqliteRisk
from tai2.store.journal.rows import (
    cycle_row,
    execution_of,
    order_of,
    order_row,
    trade_row,
)
from tai2.store.journal.stops import SqliteStops
from tai2.store.journal.trips import follow

SAVE_CYCLE: Final = """
    INSERT INTO cycles (cycle_id, decision_id, inst_id, ts, duration_ms, outcome, reason,
      reasoner, action, effect, notional, p_up, cl_ord_id, justification, refusals, detail)
    VALUES (:cycle_id, :decision_id, :inst_id, :ts, :duration_ms, :outcome, :reason,
      :reasoner, :action, :effect, :notional, :p_up, :cl_ord_id, :justification, :refusals,
      :detail)
"""
SAVE_ORDER: Final = """
    INSERT INTO orders (cl_ord_id, decision_id, leg, inst_id, algo_cl_ord_id, intent, state,
      is_terminal, ord_id, sent_ms, exp_ms, acc_fill, avg_px, u_time, reason, created_ms)
    VALUES (:cl_ord_id, :decision_id, :leg, :inst_id, :algo_cl_ord_id, :intent, :state,
      :is_terminal, :ord_id, :sent_ms, :exp_ms, :acc_fill, :avg_px, :u_time, :reason,
      :created_ms)
    ON CONFLICT (cl_ord_id) DO UPDATE SET
      state = excluded.state, is_terminal = excluded.is_terminal, ord_id = excluded.ord_id,
      sent_ms = excluded.sent_ms, exp_ms = excluded.exp_ms, acc_fill = excluded.acc_fill,
      avg_px = excluded.avg_px, u_time = excluded.u_time, reason = excluded.reason
"""
SAVE_TRADE: Final = """
    INSERT INTO executed_trades (id, fill_id, timestamp, symbol, side, price, amount, contracts,
      notional, fee, fee_ccy, pnl, ord_id, cl_ord_id, decision_id, leg, llm_reasoning, reasoner,
      mode, lag_ms)
    VALUES (:id, :fill_id, :timestamp, :symbol, :side, :price, :amount, :contracts,
      :notional, :fee, :fee_ccy, :pnl, :ord_id, :cl_ord_id, :decision_id, :leg, :llm_reasoning,
      :reasoner, :mode, :lag_ms)
    ON CONFLICT DO NOTHING
"""
HAS_FILL: Final = "SELECT 1 FROM executed_trades WHERE fill_id = ?"
EXECUTIONS: Final = """
    SELECT symbol, side, contracts, leg, timestamp FROM executed_trades
    UNION ALL
    SELECT inst_id, json_extract(intent, '$.side'), acc_fill, leg, created_ms FROM orders
      WHERE leg IN ('adopted', 'released')
    ORDER BY timestamp
"""
"""What moved our holdings: fills, and what a person has put under our care or taken from it."""
OPEN_ORDERS: Final = "SELECT * FROM orders WHERE is_terminal = 0 ORDER BY created_ms, cl_ord_id"
FIND_ORDER: Final = "SELECT * FROM orders WHERE cl_ord_id = ?"
FIND_PROTECTED: Final = "SELECT * FROM orders WHERE algo_cl_ord_id = ?"
LAST_ENTRY: Final = (
    "SELECT * FROM orders WHERE inst_id = ? AND leg IN ('entry', 'adopted') AND acc_fill + 0 > 0 "
    "ORDER BY created_ms DESC, cl_ord_id DESC LIMIT 1"
)
LATEST_CONTROLS: Final = "SELECT doc FROM controls ORDER BY version DESC LIMIT 1"


class SqliteJournal(SqliteDecisions, SqliteRisk, SqliteStops, SqliteBills):
    """ports.journal.Journal."""

    async def save_cycle(self, record: CycleRecord) -> None:
        """Store the canonical record of one cycle."""
        await self._write(SAVE_CYCLE, cycle_row(record))

    async def save_order(self, order: Order) -> None:
        """Insert or update one order; its intent never changes."""
        row, state = order_row(order), order.state.value

        def write(connection: sqlite3.Connection) -> None:
            connection.execute(SAVE_ORDER, row)
            reach(f"{state}_pre_commit")

        await self._db.run(write)

    async def save_fill(self, fill: Fill, trade: ExecutedTrade) -> bool:
        """Store one fill's row; False when the fill was known already."""
        assert trade.fill_id == fill.fill_id
        row = trade_row(trade)

        def write(connection: sqlite3.Connection) -> bool:
            is_new = connection.execute(SAVE_TRADE, row).rowcount == 1
            if is_new:
                follow(connection, trade)
            return is_new

        return await self._db.run(write)

    async def has_fill(self, fill_id: FillId) -> bool:
        """Tell whether a fill is stored."""
        return bool(await self._db.run(lambda c: c.execute(HAS_FILL, (fill_id,)).fetchone()))

    async def executions(self) -> tuple[Execution, ...]:
        """Return what the stored fills did, oldest first, ours between foreign ones as one."""
        return await self._db.run(lambda c: tuple(netted(map(execution_of, c.execute(EXECUTIONS)))))

    async def open_orders(self) -> tuple[Order, ...]:
        """Return every order that isn't terminal, oldest first."""
        return await self._db.run(lambda c: tuple(map(order_of, c.execute(OPEN_ORDERS))))

    async def find_order(self, cl_ord_id: ClOrdId) -> Order | None:
        """Return an order of ours, settled or not."""
        return await self._one(FIND_ORDER, cl_ord_id)

    async def find_protected(self, algo_cl_ord_id: AlgoClOrdId) -> Order | None:
        """Return the entry that a stop of ours protects."""
        return await self._one(FIND_PROTECTED, algo_cl_ord_id)

    async def last_entry(self, inst_id: InstId) -> Order | None:
        """Return the newest entry on an instrument that has at least one fill."""
        return await self._one(LAST_ENTRY, inst_id)

    async def _write(self, sql: str, row: Mapping[str, object] | tuple[object, ...]) -> int:
        return await self._db.run(lambda connection: connection.execute(sql, row).rowcount)

    async def _one(self, sql: str, key: str) -> Order | None:
        def read(connection: sqlite3.Connection) -> Order | None:
            row = connection.execute(sql, (key,)).fetchone()
            return order_of(row) if row else None

        return await self._db.run(read)

    async def last_fill_ms(self) -> int | None:
        """Return the exchange time of the newest fill."""
        sql = "SELECT max(timestamp) AS newest FROM executed_trades"
        newest = await self._db.run(lambda c: c.execute(sql).fetchone()["newest"])
        return None if newest is None else int(newest)

    async def save_controls(self, controls: Controls) -> None:
        """Store one version of the controls."""
        doc = msgspec.json.encode(controls).decode()
        row = (controls.version, doc, controls.changed_ms, controls.changed_by)
        sql = "INSERT INTO controls VALUES (?, ?, ?, ?)"
        await self._write(sql, row)

    async def latest_controls(self) -> Controls | None:
        """Return the newest version of the controls."""
        row = await self._db.run(lambda c: c.execute(LATEST_CONTROLS).fetchone())
        return msgspec.json.decode(row["doc"], type=Controls) if row else None

    async def controls_at(self, version: int) -> Controls | None:
        """Return one version of the controls."""
        sql = "SELECT doc FROM controls WHERE version = ?"
        row = await self._db.run(lambda c: c.execute(sql, (version,)).fetchone())
        return msgspec.json.decode(row["doc"], type=Controls) if row else None

    async def control_versions(self, limit: int) -> tuple[Controls, ...]:
        """Return the newest versions of the controls, newest first."""
        sql = "SELECT doc FROM controls ORDER BY version DESC LIMIT ?"
        rows = await self._db.run(lambda c: c.execute(sql, (limit,)).fetchall())
        return tuple(msgspec.json.decode(row["doc"], type=Controls) for row in rows)

    async def save_equity(self, ts: int, equity: QuoteAmt, upnl: QuoteAmt) -> None:
        """Store one point of the equity curve."""
        row = (ts, plain(equity), plain(upnl))
        sql = "INSERT OR REPLACE INTO equity VALUES (?, ?, ?)"
        await self._write(sql, row)

    async def close(self) -> None:
        """Flush and release the file."""
        await self._db.close()
