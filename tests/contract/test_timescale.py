"""The branch with TimescaleDB, against an extension of that name that only notes its calls."""

from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tai2.store.postgres.database import PgDatabase
from tests.fakes.postgres_server import PostgresServer, execute

CONTROL = "comment = 'notes its calls'\ndefault_version = '1.0'\nrelocatable = true\n"
SCRIPT = """
    CREATE TABLE calls (relation text, time_column text, width interval);
    CREATE FUNCTION create_hypertable(relation regclass, time_column_name name,
        chunk_time_interval interval, if_not_exists boolean, migrate_data boolean) RETURNS void
      LANGUAGE sql AS 'INSERT INTO calls VALUES ($1::text, $2::text, $3)';
    CREATE FUNCTION add_retention_policy(relation regclass, drop_after interval,
        if_not_exists boolean) RETURNS void
      LANGUAGE sql AS 'INSERT INTO calls VALUES ($1::text, ''kept'', $2)';
"""
BROKEN = "CREATE FUNCTION create_hypertable() RETURNS void LANGUAGE sql AS '';"


@pytest.fixture
async def offer(own_pg: PostgresServer, pg_name: str) -> AsyncIterator[Path]:
    """A directory in which the server looks for extensions."""
    with TemporaryDirectory(prefix="tai2-ext-") as name:
        place = Path(name) / "extension"
        place.mkdir()
        for each in (place.parent, place):
            each.chmod(0o755)
        (place / "timescaledb.control").write_text(CONTROL)
        path = f"ALTER DATABASE {pg_name} SET extension_control_path = '{name}:$system'"
        await execute(own_pg.admin_dsn, path)
        yield place


async def test_time_series_become_hypertables_where_the_extension_is_offered(
    offer: Path, pg: PgDatabase
) -> None:
    (offer / "timescaledb--1.0.sql").write_text(SCRIPT)
    migrated = await pg.migrate()
    async with pg.connection() as connection:
        rows = await connection.fetch("SELECT relation, time_column FROM calls")
        kept = await connection.fetchval("SELECT width FROM calls WHERE time_column = 'kept'")
    assert {tuple(row) for row in rows} == {
        ("executed_trades", "timestamp"),
        ("cycles", "ts"),
        ("equity", "ts"),
        ("cycles", "kept"),
    }
    assert kept.days == 3 * 365
    # A plain server doesn't know the options of compression: that part says so and no more.
    assert [notice[:32] for notice in migrated.notices] == ["TimescaleDB doesn't compress her"]


async def test_extension_that_fails_leaves_plain_tables_and_a_notice(
    offer: Path, pg: PgDatabase
) -> None:
    (offer / "timescaledb--1.0.sql").write_text(BROKEN)
    migrated = await pg.migrate()
    assert [notice[:25] for notice in migrated.notices] == ["TimescaleDB can't be used"]
    async with pg.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM executed_trades") == 0


async def test_every_unique_key_of_a_time_series_includes_its_time(pg: PgDatabase) -> None:
    await pg.migrate()
    sql = """
        SELECT t.relname, array_agg(a.attname) AS columns FROM pg_index i
        JOIN pg_class t ON t.oid = i.indrelid
        JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY(i.indkey)
        WHERE i.indisunique AND t.relname IN ('executed_trades', 'cycles', 'equity')
        GROUP BY t.relname, i.indexrelid
    """
    async with pg.connection() as connection:
        rows = await connection.fetch(sql)
    assert len(rows) == 3
    assert all({"ts", "timestamp"} & set(row["columns"]) for row in rows)
