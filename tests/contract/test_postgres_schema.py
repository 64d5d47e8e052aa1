"""PostgreSQL's schema: created once, by one of many, and never behind a newer version."""

import asyncio

import asyncpg
import pytest
from structlog.testing import capture_logs

from tai2.model.errors import ConfigError, StartRefused
from tai2.store.postgres.database import PgDatabase
from tai2.store.postgres.schema import MIGRATIONS
from tests.fakes.postgres_server import AnyServer, execute

MISSION = {
    "id": "uuid",
    "timestamp": "timestamp with time zone",
    "symbol": "text",
    "side": "text",
    "price": "numeric",
    "amount": "numeric",
    "llm_reasoning": "text",
    "pnl": "numeric",
}


async def test_executed_trades_has_the_columns_of_the_mission(pg: PgDatabase) -> None:
    async with pg.connection() as connection:
        rows = await connection.fetch(
            "SELECT column_name, data_type FROM information_schema.columns "
            "WHERE table_name = 'executed_trades'"
        )
    assert {row["column_name"]: row["data_type"] for row in rows}.items() >= MISSION.items()


async def test_status_tells_what_is_pending_and_changes_nothing(pg: PgDatabase) -> None:
    assert (await pg.status()).pending == len(MIGRATIONS)
    assert (await pg.status()).version == 0
    await pg.migrate()
    assert (await pg.status()).pending == 0


async def test_second_migration_does_nothing(pg: PgDatabase) -> None:
    first, second = await pg.migrate(), await pg.migrate()
    assert (first.before, first.after) == (0, len(MIGRATIONS))
    assert (second.before, second.after) == (len(MIGRATIONS), len(MIGRATIONS))


async def test_daemons_that_migrate_at_once_migrate_once(
    pg_server: AnyServer, pg_name: str
) -> None:
    databases = [PgDatabase(pg_server.dsn(pg_name)) for _ in range(4)]
    done = await asyncio.gather(*(each.migrate() for each in databases))
    assert sorted(each.before for each in done) == [0] + [len(MIGRATIONS)] * 3


async def test_newer_schema_is_refused(pg: PgDatabase, pg_server: AnyServer, pg_name: str) -> None:
    await pg.migrate()
    await execute(pg_server.dsn(pg_name), "INSERT INTO tai2_schema (version) VALUES (99)")
    with pytest.raises(StartRefused, match="schema 99"):
        async with pg.connection():
            pass
    with pytest.raises(StartRefused, match="schema 99"):
        await pg.migrate()


async def test_plain_tables_are_noticed_once(pg: PgDatabase) -> None:
    with capture_logs() as logs:
        for _ in range(2):
            async with pg.connection() as connection:
                offered = await connection.fetchval(
                    "SELECT count(*) FROM pg_available_extensions WHERE name = 'timescaledb'"
                )
    notices = [line["text"] for line in logs if line["event"] == "postgres_notice"]
    if offered:
        pytest.skip("this server has TimescaleDB")
    assert notices == ["TimescaleDB isn't installed on the server: plain tables are used."]


async def test_migrated_schema_needs_no_right_to_create(
    pg: PgDatabase, pg_server: AnyServer, pg_name: str
) -> None:
    await pg.migrate()
    role = f"{pg_name}_desk"
    dsn = pg_server.dsn(pg_name)
    await execute(dsn, f"CREATE ROLE {role}")
    try:
        await execute(dsn, f"GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO {role}")
        await execute(dsn, f"ALTER DATABASE {pg_name} SET role = '{role}'")
        async with pg.connection() as connection:
            assert await connection.fetchval("SELECT current_user") == role
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute("CREATE TABLE public.no (x int)")
    finally:
        await pg.close()
        await execute(pg_server.admin_dsn, f"ALTER DATABASE {pg_name} RESET role")
        await execute(dsn, f"DROP OWNED BY {role}; DROP ROLE {role}")


@pytest.mark.parametrize("dsn", ["http://u:s3cret@host", "postgresql://u:s3cret@host:port/x"])
async def test_address_that_is_none_is_refused_without_quoting_it(dsn: str) -> None:
    with pytest.raises(ConfigError) as caught:
        await PgDatabase(dsn).status()
    assert "s3cret" not in caught.value.message + caught.value.hint
