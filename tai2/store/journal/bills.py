"""What changed the balance without a fill, and closed days: ports.journal.BillJournal over SQLite.

The journal inherits it. A bill is stored once, however often the exchange tells it, and must
never be summed as floats.
"""

import sqlite3
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import msgspec

from tai2.model.account import Bill, BillKind
from tai2.model.day import DayClose
from tai2.model.ids import InstId
from tai2.model.money import QuoteAmt, plain
from tai2.store.journal.database import Database
from tai2.store.journal.rows import Row
from tai2.store.journal.trips import fund

SAVE: Final = """
    INSERT INTO bills (mode, bill_id, kind, inst_id, ccy, change, balance, ts)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""
SINCE: Final = "SELECT * FROM bills WHERE ts >= ? AND kind != 'fill' ORDER BY ts, bill_id"
NEWEST: Final = "SELECT max(ts) AS newest FROM bills"
SAVE_DAY: Final = "INSERT OR REPLACE INTO days VALUES (?, ?)"
LAST_DAY: Final = "SELECT doc FROM days ORDER BY day_ms DESC LIMIT 1"


class SqliteBills:
    """ports.journal.BillJournal."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def save_bills(self, bills: Sequence[Bill], mode: str) -> None:
        """Store bills that are new, and give each trip its funding."""

        def write(connection: sqlite3.Connection) -> None:
            for bill in bills:
                row = (bill.kind.value, bill.inst_id, bill.ccy, plain(bill.change))
                row_end = (plain(bill.balance), bill.ts_event)
                is_new = connection.execute(SAVE, (mode, bill.bill_id, *row, *row_end)).rowcount
                if is_new and bill.kind is BillKind.FUNDING and bill.inst_id is not None:
                    fund(connection, bill.inst_id, mode, bill.ts_event)

        await self._db.run(write)

    async def bills_since(self, since_ms: int) -> tuple[Bill, ...]:
        """Return what isn't of a fill since a time, oldest first."""
        return await self._db.run(lambda c: tuple(map(bill_of, c.execute(SINCE, (since_ms,)))))

    async def last_bill_ms(self) -> int | None:
        """Return the exchange time of the newest bill."""
        newest = await self._db.run(lambda c: c.execute(NEWEST).fetchone()["newest"])
        return None if newest is None else int(newest)

    async def save_day(self, day: DayClose) -> None:
        """Store a closed day."""
        doc = msgspec.json.encode(day).decode()
        await self._db.run(lambda c: c.execute(SAVE_DAY, (day.day_ms, doc)).rowcount)

    async def last_day(self) -> DayClose | None:
        """Return the newest closed day."""
        row = await self._db.run(lambda c: c.execute(LAST_DAY).fetchone())
        return msgspec.json.decode(row["doc"], type=DayClose) if row else None


def bill_of(row: Row) -> Bill:
    """Return the bill of a row."""
    return Bill(
        bill_id=row["bill_id"],
        kind=BillKind(row["kind"]),
        inst_id=InstId(row["inst_id"]) if row["inst_id"] else None,
        ccy=row["ccy"],
        change=QuoteAmt(Decimal(row["change"])),
        balance=QuoteAmt(Decimal(row["balance"])),
        ts_event=row["ts"],
    )
