"""`tai2 db`: the schema of the PostgreSQL database that DATABASE_URL names.

It talks to the database itself, so it works without a daemon. Migrations only go forward,
and a database of a newer version is never touched.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from tai2.cli.help import SET_UP, epilog
from tai2.cli.output import AsJson

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tai2.store.postgres.database import PgDatabase
    from tai2.store.postgres.schema import Migrated, SchemaStatus

T = TypeVar("T")
Config = Annotated[Path | None, typer.Option(metavar="FILE", help="TOML file.")]
_EXITS = (0, 1, 2, 4, 78)


def register(app: typer.Typer) -> None:
    """Add the group of verbs."""
    from tai2.cli.help import GroupedHelp

    group = typer.Typer(rich_markup_mode=None, no_args_is_help=True, cls=GroupedHelp)
    status_end = epilog("tai2 db status", "tai2 db status --json", exits=_EXITS)
    migrate_end = epilog("tai2 db migrate", "tai2 db migrate --json", exits=_EXITS)
    group.command("status", rich_help_panel=SET_UP, epilog=status_end)(status)
    group.command("migrate", rich_help_panel=SET_UP, epilog=migrate_end)(migrate)
    app.add_typer(
        group, name="db", rich_help_panel=SET_UP, help="Look at and bring up the database's schema."
    )


def status(*, config: Config = None, as_json: AsJson = False) -> None:
    """Show which schema the database has and which this version wants."""
    from tai2.cli.output import print_json

    async def look(database: "PgDatabase") -> "SchemaStatus":
        return await database.status()

    found = _run(look, config)
    if as_json:
        print_json(found)
        return
    state = f"{found.pending} migrations wait: tai2 db migrate" if found.pending else "up to date"
    typer.echo(f"schema {found.version} of {found.newest}: {state}")


def migrate(*, config: Config = None, as_json: AsJson = False) -> None:
    """Bring the database to this version's schema."""
    from tai2.cli.output import print_json, say

    async def bring(database: "PgDatabase") -> "Migrated":
        return await database.migrate()

    done = _run(bring, config)
    if as_json:
        print_json(done)
        return
    typer.echo(f"schema {done.before} -> {done.after}")
    for notice in done.notices:
        say(notice)


def _run(work: "Callable[[PgDatabase], Awaitable[T]]", config: Path | None) -> T:
    import asyncio

    from tai2.model.errors import KeysRejected
    from tai2.settings.load import load

    settings = load(config, {})
    if settings.database_url is None:
        raise KeysRejected("no database is configured", "Set DATABASE_URL.")
    return asyncio.run(_with_database(settings.database_url.get_secret_value(), work))


async def _with_database(dsn: str, work: "Callable[[PgDatabase], Awaitable[T]]") -> T:
    from tai2.model.errors import HistoryUnavailable
    from tai2.store.postgres.database import Outage, PgDatabase

    database = PgDatabase(dsn)
    try:
        return await work(database)
    except Outage as exc:
        raise HistoryUnavailable(
            f"the database can't be reached: {type(exc).__name__}", "Check DATABASE_URL."
        ) from exc
    finally:
        await database.close()
