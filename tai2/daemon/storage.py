"""Opens what keeps things: the journal always, PostgreSQL and Redis where they are set.

Compose calls it. The journal is the truth; PostgreSQL gets copies through the outbox, Redis
only what can be derived. An outage of either must never delay or end trading.
"""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tai2.engine.service import OnEnd, Service
from tai2.ports.clock import Clock
from tai2.ports.history import History
from tai2.ports.journal import Journal
from tai2.ports.scores import Scores
from tai2.ports.spending import SpendLedger
from tai2.ports.state import StateService
from tai2.ports.thoughts import Thoughts
from tai2.settings.sections import Settings
from tai2.store.journal.ballast import Ballast
from tai2.store.journal.database import Database, FileDatabase
from tai2.store.journal.history import SqliteHistory
from tai2.store.journal.journal import SqliteJournal
from tai2.store.journal.scores import SqliteScores
from tai2.store.journal.spending import SqliteSpending
from tai2.store.journal.thoughts import SqliteThoughts
from tai2.store.memory import MemoryState
from tai2.wire.status import HealthRow

if TYPE_CHECKING:
    from tai2.store.postgres.outbox import Outbox
    from tai2.store.redis import RedisState

JOURNAL_NAME: Final = "journal.sqlite"
MEBIBYTE: Final = 2**20
TTL_INTERVALS: Final = 5
LEAST_TTL_S: Final = 3_600
LATE_MS: Final = 60_000
"""Rows that wait longer for PostgreSQL make the desk degraded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """What is kept, and the questions about it."""

    journal: Journal
    ballast: Ballast
    recent: History
    """The journal's own past: always there."""
    history: History
    """PostgreSQL's where it is set, else the journal's."""
    scores: Scores
    thoughts: Thoughts
    spending: SpendLedger
    state: StateService
    outbox: "Outbox | None"
    redis: "RedisState | None"

    def services(self) -> tuple[Service, ...]:
        """Return what runs beside the engine."""
        if self.outbox is None:
            return ()
        return (Service(name="outbox", work=self.outbox, on_end=OnEnd.RESTART),)

    async def health(self, now_ms: int) -> tuple[HealthRow, ...]:
        """Return how the outside stores do."""
        rows = []
        if self.outbox is not None:
            lag = await self.outbox.lag()
            detail = f"{lag.rows} rows wait, oldest {lag.age_ms} ms" if lag.rows else "up to date"
            is_ok = self.outbox.is_reachable and (lag.age_ms or 0) <= LATE_MS
            rows.append(HealthRow(part="postgres", ok=is_ok, detail=detail, since_ms=now_ms))
        if self.redis is not None:
            is_ok = self.redis.is_reachable
            detail = "reachable" if is_ok else "away: snapshots are kept in memory"
            rows.append(HealthRow(part="redis", ok=is_ok, detail=detail, since_ms=now_ms))
        return tuple(rows)


async def open_storage(
    settings: Settings, place: Path, clock: Clock, stack: AsyncExitStack
) -> Storage:
    """Open the journal in `place` and prepare the outside stores; neither is asked anything yet.

    Raises:
        Tai2Error: The journal can't be used, or an address is malformed.
    """
    ballast = Ballast(place, settings.journal_reserve_mib * MEBIBYTE)
    ballast.keep()
    database = FileDatabase(place / JOURNAL_NAME, ballast)
    stack.push_async_callback(database.close)
    recent = SqliteHistory(database)
    outbox, history = _postgres(settings, database, clock, stack) or (None, recent)
    redis = _redis(settings, clock, stack)
    return Storage(
        journal=SqliteJournal(database),
        ballast=ballast,
        recent=recent,
        history=history,
        scores=SqliteScores(database),
        thoughts=SqliteThoughts(database),
        spending=SqliteSpending(database),
        state=redis or MemoryState(),
        outbox=outbox,
        redis=redis,
    )


def _postgres(
    settings: Settings, journal: Database, clock: Clock, stack: AsyncExitStack
) -> "tuple[Outbox, History] | None":
    if settings.database_url is None:
        return None
    from tai2.store.postgres.database import PgDatabase
    from tai2.store.postgres.history import PgHistory
    from tai2.store.postgres.outbox import Outbox

    database = PgDatabase(settings.database_url.get_secret_value())
    stack.push_async_callback(database.close)
    outbox = Outbox(journal, database, clock, instance=settings.instance)
    return outbox, PgHistory(database, instance=settings.instance)


def _redis(settings: Settings, clock: Clock, stack: AsyncExitStack) -> "RedisState | None":
    if settings.redis_url is None:
        return None
    from tai2.store.redis import RedisState, connect_redis

    client = connect_redis(settings.redis_url.get_secret_value())
    ttl_s = max(int(settings.ws_update_interval) * TTL_INTERVALS, LEAST_TTL_S)
    state = RedisState(client, clock, instance=settings.instance, ttl_s=ttl_s)
    stack.push_async_callback(state.close)
    return state
