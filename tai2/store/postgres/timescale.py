"""TimescaleDB where the server offers it: hypertables, compression and retention of old chunks.

Migrations call it last. Without the extension the tables stay plain and work the same;
it must never fail a migration, nor let anything delete a trade, an order or a point of equity.
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
    "ALTER TABLE cycles SET (timescaledb.compress, timescaledb.compress_segmentby = 'instance', "
    "timescaledb.compress_orderby = 'ts DESC, cycle_id DESC')"
)
_POLICIES: Final = (
    (
        "doesn't compress",
        (
            _COMPRESS,
            "SELECT add_compression_policy('cycles', INTERVAL '90 days', if_not_exists => TRUE)",
        ),
    ),
    (
        "doesn't drop old cycles",
        ("SELECT add_retention_policy('cycles', INTERVAL '3 years', if_not_exists => TRUE)",),
    ),
)
"""What it doesn't do when the statements fail (both need the Community edition).

Cycles only: they are the bulk and never change, and the journal keeps them all the same. Both
columns of their unique key but the segment's are in the order, so that a row that is delivered
again finds itself in a compressed chunk. Trades and equity stay as they are, for ever.
"""


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
    notices = []
    for lack, statements in _POLICIES:
        try:
            async with connection.transaction():
                for statement in statements:
                    await connection.execute(statement)
        except PostgresError as exc:
            notices.append(f"TimescaleDB {lack} here ({exc}).")
    return tuple(notices)
