"""What models cost, in the journal: ports.spending.SpendLedger, durable before each call.

The budget reserves through it. A reservation that was never settled counts in full.
"""

from decimal import Decimal
from typing import Final

from tai2.model.money import ZERO, plain
from tai2.model.spend import Purpose, Reservation
from tai2.store.journal.database import Database

RESERVE: Final = "INSERT INTO spending (ts, purpose, model, reserved_usd) VALUES (?, ?, ?, ?)"
SETTLE: Final = "UPDATE spending SET cost_usd = ? WHERE number = ? AND cost_usd IS NULL"
SPENT: Final = """
    SELECT coalesce(cost_usd, reserved_usd) AS usd FROM spending
    WHERE ts >= :since AND ts < :until AND (:purpose IS NULL OR purpose = :purpose)
"""


class SqliteSpending:
    """ports.spending.SpendLedger."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def reserve(self, reservation: Reservation) -> int:
        """Store a reservation durably and return its number."""
        row = (
            reservation.ts,
            reservation.purpose.value,
            reservation.model,
            plain(reservation.worst_usd),
        )
        return await self._db.run(lambda c: int(c.execute(RESERVE, row).lastrowid or 0))

    async def settle(self, number: int, cost_usd: Decimal) -> None:
        """Store what the call cost; the first settlement stands."""
        row = (plain(cost_usd), number)
        await self._db.run(lambda c: c.execute(SETTLE, row).rowcount)

    async def spent_usd(
        self, since_ms: int, until_ms: int, purpose: Purpose | None = None
    ) -> Decimal:
        """Add up what counts within [since_ms, until_ms)."""
        keys = {"since": since_ms, "until": until_ms, "purpose": purpose and purpose.value}
        rows = await self._db.run(lambda c: c.execute(SPENT, keys).fetchall())
        return sum((Decimal(row["usd"]) for row in rows), ZERO)
