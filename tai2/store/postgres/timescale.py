"""TimescaleDB where the server offers it: hypertables, and compression of old chunks.

Migrations call it last. Without the extension the tables stay plain and work the same;
it must never fail a migration, nor set up anything that deletes rows.
"""

from typing import Final

from asyncpg import Connection, PostgresError

HYPERTABLES: Final = (("executed_trades", "timestamp"), ("cycles", "ts"), ("equity", "ts"))
"""Table and its time column, which is part of every unique key (TimescaleDB demands it)."""

_OFFERED: Final = "SELECT count(*) > 0 FROM pg_available_extensions WHERE name = 'timescaledb'"
_CREATE: Final = "CREATE EXTENSION IF NOT EXISTS timescaledb"
_HYPERTABLE: Final = (
    "SELECT create_hypertable($1::text::regclass, $2::text::name, "
    "chunk_time_interval => INTERVAL '30 days', if_not_exists => TRUE, migrate_data => TRUE)"
)
_COMPRESS: Final = (
    "ALTER TABLE cycles SET (timescaledb.compress, timescaledb.compress_segmentby = 'instance')",
    "SELECT add_compression_policy('cycles', INTERVAL '90 days', if_not_exists => TRUE)",
)
"""Cycles only: they are the bulk and never change; trades and equity stay as they are."""


async def make_hypertables(connection: Connection) -> tuple[str, ...]:
    """Turn the time series into hypertables if the extension is there; idempotent.

    Returns:
        Notices for the operator: what stays plain and why. Nothing is ever lost by it.
    """
    if not await connection.fetchval(_OFFERED):
        return ("TimescaleDB isn't installed on the server: plain tables are used.",)
    try:
        async with connection.transaction():
            await connection.execute(_CREATE)
            for table, column in HYPERTABLES:
                await connection.execute(_HYPERTABLE, table, column)
    except PostgresError as exc:
        return (f"TimescaleDB can't be used ({exc}): plain tables are used.",)
    try:
        async with connection.transaction():
            for statement in _COMPRESS:
                await connection.execute(statement)
    except PostgresError as exc:
        return (f"TimescaleDB doesn't compress here ({exc}).",)
    return ()
