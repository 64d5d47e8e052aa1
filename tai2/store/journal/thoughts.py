"""Single decisions as the journal knows them: ports.thoughts.Thoughts over SQLite.

The decision handler reads through it. It must stay read-only.
"""

import sqlite3
from decimal import Decimal
from typing import Final

import msgspec

from tai2.model.decision import Decision
from tai2.model.ids import DecisionId
from tai2.model.thought import Thought
from tai2.store.journal.database import Database
from tai2.store.journal.rows import order_of

REPLY: Final = """
    SELECT r.*, coalesce(p.system, '') AS system
    FROM replies r LEFT JOIN prompts p ON p.prompt_hash = r.prompt_hash WHERE r.decision_id = ?
"""
ORDERS: Final = "SELECT * FROM orders WHERE decision_id = ? ORDER BY created_ms, cl_ord_id"


class SqliteThoughts:
    """ports.thoughts.Thoughts."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def thought(self, decision_id: DecisionId) -> Thought | None:
        """Return everything about one decision."""
        return await self._db.read(lambda connection: _thought(connection, decision_id))


def _thought(connection: sqlite3.Connection, decision_id: DecisionId) -> Thought | None:
    row = connection.execute(REPLY, (decision_id,)).fetchone()
    if row is None:
        return None
    believed = row["decision"]
    return Thought(
        decision_id=decision_id,
        reasoner=row["reasoner"],
        provider=row["provider"],
        raw_reply=row["raw_reply"],
        is_failed=bool(row["is_failed"]),
        latency_ms=row["latency_ms"],
        cost_usd=Decimal(row["cost_usd"]),
        prompt_hash=row["prompt_hash"],
        system=row["system"],
        user=row["user_message"],
        decision=msgspec.json.decode(believed, type=Decision) if believed else None,
        orders=tuple(map(order_of, connection.execute(ORDERS, (decision_id,)))),
    )
