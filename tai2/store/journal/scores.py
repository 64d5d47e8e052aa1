"""Reasoners' records as the journal knows them: ports.scores.Scores over SQLite.

The engine handler reads through it. Percentiles and calibration are computed here from the
rows of the window; it must stay read-only.
"""

from collections.abc import Sequence
from decimal import Decimal
from itertools import groupby
from typing import Final

from tai2.model.forecast import calibrate
from tai2.model.money import ZERO
from tai2.ports.scores import ReasonerScore
from tai2.store.journal.database import Database
from tai2.store.journal.rows import Row

REPLIES: Final = """
    SELECT r.reasoner, r.prompt_hash, c.outcome, r.cost_usd, r.latency_ms, r.evidence, r.verified
    FROM cycles c JOIN replies r ON r.decision_id = c.decision_id
    WHERE c.ts >= ? AND c.reason != 'GATED' ORDER BY r.reasoner, r.prompt_hash
"""
SCORED: Final = """
    SELECT reasoner, prompt_hash, p_up, went_up FROM forecasts
    WHERE ts >= ? AND went_up IS NOT NULL
"""
_SENT: Final = ("sent", "rejected", "unknown")

Key = tuple[str, str]


class SqliteScores:
    """ports.scores.Scores."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def scores(self, since_ms: int) -> tuple[ReasonerScore, ...]:
        """Return every reasoner and prompt used since a time, most used first."""
        replies = await self._db.run(lambda c: c.execute(REPLIES, (since_ms,)).fetchall())
        scored = await self._db.run(lambda c: c.execute(SCORED, (since_ms,)).fetchall())
        forecasts: dict[Key, list[tuple[Decimal, Decimal]]] = {}
        for row in scored:
            pair = (Decimal(row["p_up"]), Decimal(row["went_up"]))
            forecasts.setdefault(_key(row), []).append(pair)
        found = [
            _score(key, list(rows), forecasts.get(key, [])) for key, rows in groupby(replies, _key)
        ]
        return tuple(sorted(found, key=lambda one: (-one.replies, one.reasoner)))


def _key(row: Row) -> Key:
    return (row["reasoner"], row["prompt_hash"])


def _score(
    key: Key, rows: Sequence[Row], forecasts: Sequence[tuple[Decimal, Decimal]]
) -> ReasonerScore:
    def count(*outcomes: str) -> int:
        return sum(row["outcome"] in outcomes for row in rows)

    latencies = sorted(row["latency_ms"] for row in rows)
    return ReasonerScore(
        reasoner=key[0],
        prompt_hash=key[1],
        replies=len(rows),
        failed=count("no_decision"),
        held=count("hold"),
        refused=count("refused"),
        sent=count(*_SENT),
        cost_usd=sum((Decimal(row["cost_usd"]) for row in rows), ZERO),
        latency_p50_ms=_percentile(latencies, 50),
        latency_p95_ms=_percentile(latencies, 95),
        evidence=sum(row["evidence"] for row in rows),
        verified=sum(row["verified"] for row in rows),
        calibration=calibrate(forecasts),
    )


def _percentile(ordered: Sequence[int], percent: int) -> int:
    """Return the nearest-rank percentile of at least one rising number."""
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(rank, 1) - 1]
