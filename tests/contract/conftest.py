"""Real servers for the contract suites, and soak tests only when they are asked for."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tai2.store.postgres.database import PgDatabase
from tests.fakes.postgres_server import (
    AnyServer,
    PostgresServer,
    create_database,
    drop_database,
    open_server,
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "soak" in str(config.getoption("-m")):
        return
    for item in items:
        if item.get_closest_marker("soak"):
            item.add_marker(pytest.mark.skip(reason="long: select it with -m soak"))


@pytest.fixture(scope="session")
def pg_server() -> Iterator[AnyServer]:
    server = open_server()
    yield server
    server.close()


@pytest.fixture
def own_pg(pg_server: AnyServer) -> PostgresServer:
    """A server whose processes a test may hurt."""
    if not isinstance(pg_server, PostgresServer):
        pytest.skip("DATABASE_URL's server isn't ours to hurt")
    return pg_server


@pytest.fixture
async def pg_name(pg_server: AnyServer) -> AsyncIterator[str]:
    """An empty database."""
    name = await create_database(pg_server)
    yield name
    await drop_database(pg_server, name)


@pytest.fixture
async def pg(pg_server: AnyServer, pg_name: str) -> AsyncIterator[PgDatabase]:
    database = PgDatabase(pg_server.dsn(pg_name))
    yield database
    await database.close()
