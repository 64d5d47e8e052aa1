"""Forecasts in the journal: ports.journal.ForecastJournal over SQLite.

The journal inherits it. A forecast is closed once and its score never changes.
"""

from decimal import Decimal
from typing import Final

from tai2.model.forecast import Forecast, Outcome
from tai2.model.ids import DecisionId, InstId
from tai2.model.money import Px, plain
from tai2.store.journal.database import Database
from tai2.store.journal.rows import Row

SAVE: Final = """
    INSERT INTO forecasts (decision_id, inst_id, reasoner, prompt_hash, ts, due_ms, mid, p_up)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
CLOSE: Final = """
    UPDATE forecasts SET is_closed = 1, due_mid = ?, went_up = ?
    WHERE decision_id = ? AND is_closed = 0
"""
SCORED: Final = """
    SELECT p_up, went_up FROM forecasts WHERE went_up IS NOT NULL ORDER BY ts DESC LIMIT ?
"""
OPEN: Final = "SELECT * FROM forecasts WHERE is_closed = 0 ORDER BY ts, decision_id"


class SqliteForecasts:
    """ports.journal.ForecastJournal."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def save_forecast(self, forecast: Forecast) -> None:
        """Keep a forecast until it is due."""
        row = (
            forecast.decision_id,
            forecast.inst_id,
            forecast.reasoner,
            forecast.prompt_hash,
            forecast.ts,
            forecast.due_ms,
            plain(forecast.mid),
            plain(forecast.p_up),
        )
        await self._db.run(lambda connection: connection.execute(SAVE, row).rowcount)

    async def save_outcome(self, decision_id: DecisionId, outcome: Outcome | None) -> None:
        """Close a forecast, scored or not."""
        mid = plain(outcome.mid) if outcome else None
        went_up = plain(outcome.went_up) if outcome else None
        row = (mid, went_up, decision_id)
        await self._db.run(lambda connection: connection.execute(CLOSE, row).rowcount)

    async def open_forecasts(self) -> tuple[Forecast, ...]:
        """Return the forecasts that aren't closed, oldest first."""
        return await self._db.run(lambda c: tuple(map(_forecast, c.execute(OPEN))))

    async def scored_forecasts(self, limit: int) -> tuple[tuple[Decimal, Decimal], ...]:
        """Return (p_up, went_up) of the newest scored forecasts, oldest first."""
        rows = await self._db.run(lambda c: c.execute(SCORED, (limit,)).fetchall())
        return tuple((Decimal(row["p_up"]), Decimal(row["went_up"])) for row in reversed(rows))


def _forecast(row: Row) -> Forecast:
    return Forecast(
        decision_id=DecisionId(row["decision_id"]),
        inst_id=InstId(row["inst_id"]),
        reasoner=row["reasoner"],
        prompt_hash=row["prompt_hash"],
        ts=row["ts"],
        due_ms=row["due_ms"],
        mid=Px(Decimal(row["mid"])),
        p_up=Decimal(row["p_up"]),
    )
