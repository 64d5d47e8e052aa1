"""The doctor's look at what keeps things: journal, PostgreSQL, Redis, and the notice channels.

It reads the journal beside a running desk and connects to the servers once; it never migrates.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from tai2.daemon.doctor.finding import Finding, fail, ok, skipped, tried, warn
from tai2.daemon.notices.service import channels_of
from tai2.daemon.storage import JOURNAL_NAME
from tai2.settings.sections import Settings
from tai2.store.journal.backup import contents

REDIS_S: Final = 3.0


async def store_findings(
    settings: Settings, home: Path, *, offline: bool
) -> AsyncIterator[Finding]:
    """Yield the state of everything that stores or sends.

    Args:
        settings: The options.
        home: Where the mode keeps its journal.
        offline: True connects to nothing.
    """
    yield await tried("journal", lambda: _journal(home / JOURNAL_NAME))
    if settings.database_url is None:
        yield skipped("postgres", "DATABASE_URL isn't set; the journal keeps history")
    elif not offline:
        yield await tried("postgres", lambda: _postgres(settings))
    if settings.redis_url is None:
        yield skipped("redis", "REDIS_URL isn't set; snapshots are kept in memory")
    elif not offline:
        yield await tried("redis", lambda: _redis(settings))
    yield await tried("notices", lambda: _notices(settings))


async def _journal(path: Path) -> Finding:
    if not path.exists():  # noqa: ASYNC240 - a look at a local directory
        return skipped("journal", "made at the first start")
    held = contents(path)
    seen = f"schema {held.schema}, {held.cycles:,} cycles, {held.size_bytes / 1e6:,.1f} MB"
    return ok("journal", seen)


async def _postgres(settings: Settings) -> Finding:
    from tai2.store.postgres.database import Outage, PgDatabase

    assert settings.database_url is not None
    database = PgDatabase(settings.database_url.get_secret_value())
    try:
        found = await database.status()
    except Outage as exc:
        cure = "Start the server or correct DATABASE_URL; until then rows wait in the journal."
        return fail("postgres", f"can't be reached: {type(exc).__name__}", cure)
    finally:
        await database.close()
    if found.pending:
        seen = f"schema {found.version}, {found.pending} migrations wait"
        return warn("postgres", seen, "tai2 db migrate")
    return ok("postgres", f"schema {found.version}")


async def _redis(settings: Settings) -> Finding:
    from redis.exceptions import RedisError

    from tai2.store.redis import connect_redis

    assert settings.redis_url is not None
    client = connect_redis(settings.redis_url.get_secret_value())
    try:
        async with asyncio.timeout(REDIS_S):
            await client.exists(f"tai2:{settings.instance}:snapshot:none")
    except (RedisError, OSError, TimeoutError) as exc:
        cure = "Start the server or correct REDIS_URL; until then snapshots stay in memory."
        return fail("redis", f"can't be reached: {type(exc).__name__}", cure)
    finally:
        await client.aclose()
    return ok("redis", "answers")


async def _notices(settings: Settings) -> Finding:
    async with AsyncExitStack() as stack:
        names = [channel.name for channel in channels_of(settings, stack)]
    if names:
        return ok("notices", f"{', '.join(names)} (try them: tai2 notify test)")
    return skipped("notices", "NOTIFY_URL isn't set: an absent owner hears nothing")
