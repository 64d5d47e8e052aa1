"""Stand-alone stops in the journal: ports.journal.StopJournal over SQLite.

The journal inherits it. What was sent never changes afterwards: only its outcome is added.
"""

from typing import Final

import msgspec

from tai2.model.ids import AlgoClOrdId
from tai2.model.stop import StopRecord
from tai2.store.journal.database import Database

SAVE: Final = """
    INSERT INTO stops (algo_cl_ord_id, inst_id, doc, created_ms) VALUES (?, ?, ?, ?)
    ON CONFLICT (algo_cl_ord_id) DO UPDATE SET doc = excluded.doc
"""
FIND: Final = "SELECT doc FROM stops WHERE algo_cl_ord_id = ?"


class SqliteStops:
    """ports.journal.StopJournal."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def save_stop(self, record: StopRecord) -> None:
        """Insert or update one stop."""
        intent = record.intent
        doc = msgspec.json.encode(record).decode()
        row = (intent.algo_cl_ord_id, intent.inst_id, doc, record.created_ms)
        await self._db.run(lambda connection: connection.execute(SAVE, row).rowcount)

    async def find_stop(self, algo_cl_ord_id: AlgoClOrdId) -> StopRecord | None:
        """Return one stop; None = never sent from this journal."""
        found = await self._db.run(lambda c: c.execute(FIND, (algo_cl_ord_id,)).fetchone())
        return msgspec.json.decode(found["doc"], type=StopRecord) if found else None
