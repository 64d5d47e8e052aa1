"""Replies and the decisions in them: the first half of ports.journal.DecisionJournal.

The journal inherits it. A reply is stored as it came, whatever was made of it.
"""

import sqlite3
from typing import Final

import msgspec

from tai2.model.decision import Decision, Reply, ReplyFailed
from tai2.model.ids import DecisionId
from tai2.store.journal.database import Database
from tai2.store.journal.rows import reply_row

SAVE_REPLY: Final = """
    INSERT INTO replies (decision_id, reasoner, raw_reply, is_failed, justification, decision,
      latency_ms, cost_usd, prompt_hash, user_message, evidence, verified, provider)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
SAVE_PROMPT: Final = "INSERT INTO prompts VALUES (?, ?) ON CONFLICT DO NOTHING"
JUSTIFICATION: Final = "SELECT justification, reasoner FROM replies WHERE decision_id = ?"
FIND: Final = "SELECT decision FROM replies WHERE decision_id = ? AND decision IS NOT NULL"


class SqliteDecisions:
    """Replies by decision."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def save_reply(
        self, decision_id: DecisionId, reply: Reply | ReplyFailed, decision: Decision | None
    ) -> None:
        """Store what the reasoner said and what we made of it."""
        row = reply_row(decision_id, reply, decision)
        prompt = reply.prompt

        def write(connection: sqlite3.Connection) -> None:
            if prompt is not None:
                connection.execute(SAVE_PROMPT, (prompt.prompt_hash, prompt.system))
            connection.execute(SAVE_REPLY, row)

        await self._db.run(write)

    async def find_decision(self, decision_id: DecisionId) -> Decision | None:
        """Return a clean decision; None = there was none of that id."""
        row = await self._db.run(lambda c: c.execute(FIND, (decision_id,)).fetchone())
        return msgspec.json.decode(row["decision"], type=Decision) if row else None

    async def justification(self, decision_id: DecisionId) -> tuple[str, str]:
        """Return (justification, reasoner) of a decision, ("", "") when unknown."""
        row = await self._db.run(lambda c: c.execute(JUSTIFICATION, (decision_id,)).fetchone())
        return (row["justification"], row["reasoner"]) if row else ("", "")
