"""PostgreSQL's tables: forward-only migrations under an advisory lock.

`tai2 db migrate` and the first connection run them. A released migration must never be edited,
only followed by another; nothing here may drop or rewrite a row.
"""

from dataclasses import dataclass
from typing import Final

from asyncpg import Connection

from tai2.model.errors import StartRefused
from tai2.store.postgres.timescale import make_hypertables

LOCK: Final = 0x7461_6932
"""Advisory lock that serialises migrations ("tai2" in ASCII)."""

MIGRATIONS: Final = (
    """
    CREATE TABLE executed_trades (
      id uuid NOT NULL, timestamp timestamptz NOT NULL, symbol text NOT NULL, side text NOT NULL,
      price numeric NOT NULL, amount numeric NOT NULL, llm_reasoning text NOT NULL,
      pnl numeric NOT NULL, contracts numeric NOT NULL, notional numeric NOT NULL,
      fee numeric NOT NULL, fee_ccy text NOT NULL, ord_id text NOT NULL, cl_ord_id text,
      fill_id text COLLATE "C" NOT NULL, decision_id text, leg text NOT NULL,
      reasoner text NOT NULL, mode text NOT NULL, instance text NOT NULL, lag_ms bigint NOT NULL,
      UNIQUE (instance, mode, fill_id, timestamp)
    );
    CREATE INDEX trades_by_time ON executed_trades (instance, timestamp, fill_id);
    CREATE INDEX trades_by_symbol ON executed_trades (instance, symbol, timestamp, fill_id);
    CREATE INDEX trades_by_order ON executed_trades (instance, cl_ord_id);
    CREATE INDEX trades_by_id ON executed_trades (id);
    CREATE TABLE cycles (
      instance text NOT NULL, cycle_id text COLLATE "C" NOT NULL, decision_id text,
      inst_id text NOT NULL, ts timestamptz NOT NULL, duration_ms bigint NOT NULL,
      outcome text NOT NULL, reason text COLLATE "C" NOT NULL, reasoner text NOT NULL,
      action text NOT NULL, effect text NOT NULL, notional text NOT NULL, p_up text NOT NULL,
      cl_ord_id text NOT NULL, justification text NOT NULL, refusals text[] NOT NULL,
      detail text NOT NULL,
      UNIQUE (instance, cycle_id, ts)
    );
    CREATE INDEX cycles_by_time ON cycles (instance, ts, cycle_id);
    CREATE TABLE decisions (
      instance text NOT NULL, decision_id text NOT NULL, reasoner text NOT NULL,
      raw_reply text NOT NULL, is_failed boolean NOT NULL, justification text NOT NULL,
      decision text, latency_ms bigint NOT NULL, cost_usd numeric NOT NULL,
      PRIMARY KEY (instance, decision_id)
    );
    CREATE TABLE orders (
      instance text NOT NULL, cl_ord_id text NOT NULL, decision_id text NOT NULL,
      leg text NOT NULL, inst_id text NOT NULL, algo_cl_ord_id text, intent text NOT NULL,
      state text NOT NULL, ord_id text, sent_at timestamptz, expires_at timestamptz,
      acc_fill numeric NOT NULL, avg_px numeric, updated_at timestamptz, reason text NOT NULL,
      created_at timestamptz NOT NULL,
      PRIMARY KEY (instance, cl_ord_id)
    );
    CREATE INDEX orders_by_decision ON orders (instance, decision_id);
    CREATE TABLE equity (
      instance text NOT NULL, ts timestamptz NOT NULL, equity numeric NOT NULL,
      upnl numeric NOT NULL,
      PRIMARY KEY (instance, ts)
    );
    """,
    """
    CREATE TABLE round_trips (
      instance text NOT NULL, trip_id text COLLATE "C" NOT NULL, mode text NOT NULL,
      symbol text NOT NULL, side text NOT NULL, opened_at timestamptz NOT NULL,
      closed_at timestamptz, held_ms bigint, contracts numeric NOT NULL, amount numeric NOT NULL,
      entry_value numeric NOT NULL, exited numeric NOT NULL, exit_value numeric NOT NULL,
      entry_notional numeric NOT NULL, exit_notional numeric NOT NULL, pnl numeric NOT NULL,
      fees numeric NOT NULL, funding numeric NOT NULL, fills bigint NOT NULL, decision_id text,
      reasoner text NOT NULL, llm_reasoning text NOT NULL, ended_by text NOT NULL,
      is_turn boolean NOT NULL, is_void boolean NOT NULL,
      entry_px numeric GENERATED ALWAYS AS (entry_value / nullif(contracts, 0)) STORED,
      exit_px numeric GENERATED ALWAYS AS (exit_value / nullif(exited, 0)) STORED,
      net_pnl numeric GENERATED ALWAYS AS (pnl + fees + funding) STORED,
      PRIMARY KEY (instance, trip_id)
    );
    CREATE INDEX trips_by_time ON round_trips (instance, closed_at, trip_id);
    CREATE INDEX trips_by_symbol ON round_trips (instance, symbol, closed_at, trip_id);
    CREATE INDEX trips_by_mode ON round_trips (instance, mode, closed_at, trip_id);
    CREATE INDEX trips_by_pnl ON round_trips (instance, net_pnl, closed_at, trip_id);
    CREATE INDEX trips_by_notional ON round_trips (instance, entry_notional, closed_at, trip_id);
    CREATE INDEX trips_by_held ON round_trips (instance, held_ms, closed_at, trip_id);
    CREATE INDEX trades_by_mode ON executed_trades (instance, mode, timestamp, fill_id);
    CREATE INDEX trades_by_pnl ON executed_trades (instance, pnl, timestamp, fill_id);
    CREATE INDEX trades_by_notional ON executed_trades (instance, notional, timestamp, fill_id);
    """,
    """
    CREATE INDEX trades_by_side ON executed_trades (instance, side, timestamp, fill_id);
    CREATE INDEX trades_by_symbol_pnl
      ON executed_trades (instance, symbol, pnl, timestamp, fill_id);
    CREATE INDEX trades_by_symbol_notional
      ON executed_trades (instance, symbol, notional, timestamp, fill_id);
    CREATE INDEX trips_by_side ON round_trips (instance, side, closed_at, trip_id);
    CREATE INDEX trips_by_symbol_pnl
      ON round_trips (instance, symbol, net_pnl, closed_at, trip_id);
    CREATE INDEX trips_by_symbol_notional
      ON round_trips (instance, symbol, entry_notional, closed_at, trip_id);
    CREATE INDEX trips_by_symbol_held
      ON round_trips (instance, symbol, held_ms, closed_at, trip_id);
    """,
)
"""Migration n brings the schema from version n to n + 1."""

_VERSIONS: Final = """
    CREATE TABLE IF NOT EXISTS tai2_schema (
      version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now()
    )
"""
_EXISTS: Final = "SELECT to_regclass('tai2_schema') IS NOT NULL"
_VERSION: Final = "SELECT coalesce(max(version), 0) FROM tai2_schema"


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaStatus:
    """Which schema a database has."""

    version: int
    """0 = no table of ours yet."""
    newest: int
    """The version that this tai2 writes."""

    @property
    def pending(self) -> int:
        """Migrations that wait; negative when a newer tai2 has been here."""
        return self.newest - self.version


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated:
    """What a migration did."""

    before: int
    after: int
    notices: tuple[str, ...]
    """One sentence each for the operator; empty when TimescaleDB took every table."""


async def status(connection: Connection) -> SchemaStatus:
    """Read a database's schema version; changes nothing."""
    exists = await connection.fetchval(_EXISTS)
    version = await connection.fetchval(_VERSION) if exists else 0
    return SchemaStatus(version=version, newest=len(MIGRATIONS))


async def migrate(connection: Connection) -> Migrated:
    """Bring a database to this version's schema; safe to run from several processes.

    Raises:
        StartRefused: The database was written by a newer version of tai2.
        asyncpg.PostgresError: The server refuses, for example for want of rights.
    """
    async with connection.transaction():
        await connection.execute("SET LOCAL lock_timeout = '30s'; SET LOCAL statement_timeout = 0")
        await connection.execute(f"SELECT pg_advisory_xact_lock({LOCK})", timeout=35)
        found = await status(connection)
        if found.pending < 0:
            raise newer(found)
        await connection.execute(_VERSIONS)
        for number, script in enumerate(MIGRATIONS[found.version :], start=found.version + 1):
            await connection.execute(script, timeout=600)
            await connection.execute("INSERT INTO tai2_schema (version) VALUES ($1)", number)
        notices = await make_hypertables(connection)
    return Migrated(before=found.version, after=len(MIGRATIONS), notices=notices)


def newer(found: SchemaStatus) -> StartRefused:
    """Return the refusal of a database that a newer tai2 wrote."""
    return StartRefused(
        f"PostgreSQL has schema {found.version}, this tai2 knows up to {found.newest}",
        "Start the newer tai2 that wrote it, or name another database.",
    )
