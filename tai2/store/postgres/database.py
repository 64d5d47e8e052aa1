"""The pool of connections to PostgreSQL, opened when first needed and checked for its schema.

Outbox and history borrow connections from it. Every wait has an end: a server that hangs is
an outage, and an outage must never hold up the daemon's start or its cycles.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import asyncpg
import structlog

from tai2.model.errors import ConfigError
from tai2.store.postgres.schema import Migrated, SchemaStatus, migrate, newer, status

log = structlog.get_logger()

Outage = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
"""What a server that is gone, full, read-only or hung makes asyncpg raise (timeouts too)."""

ACQUIRE_S: Final = 3.0
COMMAND_S: Final = 5.0
CLOSE_S: Final = 3.0
POOL: Final = (0, 4)
"""No connection is kept for its own sake: asyncpg would restore it all through an outage, in
the background, with a traceback in the log for each try."""
_SERVER: Final = {
    "application_name": "tai2",
    "statement_timeout": "5s",
    "lock_timeout": "2s",
    "synchronous_commit": "on",
    "TimeZone": "UTC",
}


class PgDatabase:
    """A database that may come and go."""

    def __init__(self, dsn: str) -> None:
        """Remember where the server is; nothing is sent yet.

        Raises:
            ConfigError: The address can't be understood.
        """
        if not dsn.startswith(("postgresql://", "postgres://")):
            # The address isn't quoted: it may carry a password.
            raise ConfigError(
                "DATABASE_URL can't be understood", "Write postgresql://user:password@host/tai2"
            )
        self._dsn = dsn
        self._pool: asyncpg.Pool | None = None
        self._opening = asyncio.Lock()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        """Borrow a connection to a database that has this version's schema.

        Raises:
            Outage: The server can't be reached in time.
            StartRefused: A newer tai2 has migrated the database.
            ConfigError: The address can't be understood.
        """
        pool = self._pool or await self._open()
        async with pool.acquire(timeout=ACQUIRE_S) as connection:
            yield connection

    async def status(self) -> SchemaStatus:
        """Read the schema version without migrating."""
        connection = await self._connect()
        try:
            return await status(connection)
        finally:
            await _close(connection)

    async def migrate(self) -> Migrated:
        """Bring the schema up to date; idempotent."""
        connection = await self._connect()
        try:
            return await migrate(connection)
        finally:
            await _close(connection)

    async def close(self) -> None:
        """Close every connection, hung ones by force."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        try:
            async with asyncio.timeout(CLOSE_S):
                await pool.close()
        except TimeoutError:
            pool.terminate()

    async def _open(self) -> asyncpg.Pool:
        async with self._opening:
            if self._pool is None:
                await self._prepare()
                least, most = POOL
                self._pool = await asyncpg.create_pool(
                    self._dsn,
                    min_size=least,
                    max_size=most,
                    timeout=ACQUIRE_S,
                    command_timeout=COMMAND_S,
                    server_settings=_SERVER,
                )
            return self._pool

    async def _prepare(self) -> None:
        """Migrate unless the schema is current, so that a role without DDL rights will do."""
        found = await self.status()
        if found.pending < 0:
            raise newer(found)
        if found.pending > 0:
            done = await self.migrate()
            log.info("postgres_migrated", before=done.before, after=done.after)
            for notice in done.notices:
                log.warning("postgres_notice", text=notice)

    async def _connect(self) -> asyncpg.Connection:
        try:
            return await asyncpg.connect(
                self._dsn, timeout=ACQUIRE_S, command_timeout=COMMAND_S, server_settings=_SERVER
            )
        except (ValueError, asyncpg.ClientConfigurationError) as exc:
            raise ConfigError(
                "DATABASE_URL can't be understood", "Write postgresql://user:password@host/tai2"
            ) from exc


async def _close(connection: asyncpg.Connection) -> None:
    try:
        await connection.close(timeout=CLOSE_S)
    except Outage:
        connection.terminate()
