"""The outbox: copies what the journal wrote to PostgreSQL, each row exactly once.

The supervisor runs it as a service; nothing on the way of an order waits for it. The journal's
triggers queue every changed row; a batch leaves the queue only after PostgreSQL has committed
it, and is sent again when that can't be known. It must never drop a row.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from tai2.failpoint import reach
from tai2.ports.clock import Clock
from tai2.store.journal.database import Database
from tai2.store.journal.rows import Row
from tai2.store.postgres import rows
from tai2.store.postgres.database import Outage, PgDatabase

log = structlog.get_logger()

BATCH: Final = 500
POLL_S: Final = 1.0
PAUSE_S: Final = (1.0, 15.0)
"""First and longest pause during an outage."""
DELIVERY_S: Final = 12.0
"""One batch in total: below the supervisor's patience."""

_HEAD: Final = "SELECT seq, kind FROM outbox ORDER BY seq LIMIT ?"
_DROP: Final = "DELETE FROM outbox WHERE seq <= ?"
_LAG: Final = (
    "SELECT count(*) AS n, (SELECT ts FROM outbox WHERE ts > 0 ORDER BY seq LIMIT 1) AS ts "
    "FROM outbox"
)


class Heart(Protocol):
    """What the supervisor wants to feel."""

    def beat(self) -> None:
        """Note progress."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxLag:
    """How far PostgreSQL is behind the journal."""

    rows: int
    age_ms: int | None
    """Since the oldest waiting row was written; None = nothing waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stream:
    """One kind of queued row: where it lies in the journal, where it goes."""

    kind: str
    source: str
    cells: Callable[[Row], rows.Cells]
    target: rows.Target

    def read(self, connection: sqlite3.Connection, last: int) -> list[rows.Cells]:
        """Return the queued rows up to a place in the queue, oldest first."""
        sql = (
            f"SELECT s.* FROM outbox q JOIN {self.source} "  # noqa: S608 - constants below
            "WHERE q.kind = ? AND q.seq <= ? ORDER BY q.seq"
        )
        return [self.cells(row) for row in connection.execute(sql, (self.kind, last))]


_STREAMS: Final = (
    _Stream(
        kind="reply",
        source="replies s ON s.decision_id = q.key",
        cells=rows.decision_cells,
        target=rows.DECISIONS,
    ),
    _Stream(
        kind="cycle",
        source="cycles s ON s.cycle_id = q.key",
        cells=rows.cycle_cells,
        target=rows.CYCLES,
    ),
    _Stream(
        kind="order",
        source="orders s ON s.cl_ord_id = q.key",
        cells=rows.order_cells,
        target=rows.ORDERS,
    ),
    _Stream(
        kind="trade",
        source="executed_trades s ON s.id = q.key",
        cells=rows.trade_cells,
        target=rows.TRADES,
    ),
    _Stream(
        kind="trip",
        source="round_trips s ON s.trip_id = q.key",
        cells=rows.trip_cells,
        target=rows.TRIPS,
    ),
    _Stream(
        kind="equity",
        source="equity s ON s.ts = CAST(q.key AS INTEGER)",
        cells=rows.equity_cells,
        target=rows.EQUITY,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """Rows that travel together."""

    last: int
    """Place of the newest in the queue, 0 when the queue is empty."""
    count: int
    parts: tuple[tuple[rows.Target, list[rows.Cells]], ...]


class Outbox:
    """A service: `await run(pulse)` delivers until it is cancelled."""

    def __init__(
        self, journal: Database, target: PgDatabase, clock: Clock, *, instance: str
    ) -> None:
        """Deliver from a journal to a database.

        Args:
            journal: Where rows wait.
            target: Where they go; it may be away for as long as it likes.
            clock: Paces polling and measures ages.
            instance: Written into every row: several desks may share one database.
        """
        self._journal = journal
        self._target = target
        self._clock = clock
        self._instance = instance
        self._lost_ms: int | None = None
        self._pause_s = PAUSE_S[0]

    @property
    def is_reachable(self) -> bool:
        """False from the first failure of an outage until a batch is delivered."""
        return self._lost_ms is None

    async def run(self, pulse: Heart) -> None:
        """Deliver until cancelled; an outage is waited out."""
        while True:
            pulse.beat()
            try:
                delivered = await self.deliver()
            except Outage as exc:
                self._note_outage(exc)
                await self._clock.sleep(self._pause_s)
                self._pause_s = min(self._pause_s * 2, PAUSE_S[1])
                continue
            if delivered:
                self._note_delivery()
            if delivered < BATCH:
                await self._clock.sleep(POLL_S)

    async def deliver(self) -> int:
        """Deliver one batch and return how many rows of the queue that settled.

        Raises:
            Outage: PostgreSQL can't be reached or refuses; everything still waits.
            JournalFailed: The queue can't be read or shortened.
        """
        batch = await self._journal.read(_next_batch)
        if batch.count == 0:
            return 0
        reach("outbox_read")
        async with asyncio.timeout(DELIVERY_S):
            await self._send(batch)
        reach("pg_committed")
        # A row that changed since has a new place behind `last`: it stays queued.
        await self._journal.run(lambda c: c.execute(_DROP, (batch.last,)).rowcount)
        reach("outbox_acked")
        return batch.count

    async def lag(self) -> OutboxLag:
        """Return what waits, from the journal alone."""
        row = await self._journal.read(lambda c: c.execute(_LAG).fetchone())
        age_ms = None if row["ts"] is None else max(self._clock.now_ms() - row["ts"], 0)
        return OutboxLag(rows=row["n"], age_ms=age_ms if row["n"] else None)

    async def _send(self, batch: _Batch) -> None:
        async with self._target.connection() as connection, connection.transaction():
            for target, cells in batch.parts:
                mine = [(*each, self._instance) for each in cells]
                await connection.executemany(target.insert, mine)

    def _note_outage(self, exc: BaseException) -> None:
        if self._lost_ms is None:
            self._lost_ms = self._clock.now_ms()
            log.warning("postgres_lost", reason=f"{type(exc).__name__}: {exc}")

    def _note_delivery(self) -> None:
        self._pause_s = PAUSE_S[0]
        if self._lost_ms is not None:
            outage_s = (self._clock.now_ms() - self._lost_ms) / 1000
            self._lost_ms = None
            log.info("postgres_back", outage_s=outage_s)


def _next_batch(connection: sqlite3.Connection) -> _Batch:
    head = connection.execute(_HEAD, (BATCH,)).fetchall()
    if not head:
        return _Batch(last=0, count=0, parts=())
    last, kinds = head[-1]["seq"], {row["kind"] for row in head}
    parts = tuple(
        (stream.target, stream.read(connection, last))
        for stream in _STREAMS
        if stream.kind in kinds
    )
    return _Batch(last=last, count=len(head), parts=parts)
