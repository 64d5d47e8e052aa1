"""`tai2 web`: the desk in a browser, in a process of its own.

It is a client of the running desk's socket; starting and ending it never touches trading.
"""

import os
from pathlib import Path
from typing import Annotated

import typer

from tai2.cli.help import SERVICE, epilog


def register(app: typer.Typer) -> None:
    """Add the verb."""
    end = epilog("tai2 web", "tai2 web --uds /run/tai2/web.sock", exits=(0, 1, 2, 78, 130))
    app.command("web", rich_help_panel=SERVICE, epilog=end)(web)


def web(
    *,
    port: Annotated[str | None, typer.Option(help="TCP port on 127.0.0.1, 0 = any.")] = None,
    uds: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Listen on a Unix socket instead.")
    ] = None,
    control: Annotated[
        bool, typer.Option("--control", help="Allow changes; halt is always possible.")
    ] = False,
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="TOML file.")] = None,
) -> None:
    """Serve the desk's page until stopped; prints its address, which carries the token."""
    from tai2.engine.clock import WallClock
    from tai2.model.errors import UsageError
    from tai2.settings.load import load
    from tai2.settings.places import state_place

    flags = {"web.port": port, "web.uds": str(uds) if uds else None}
    flags |= {"web.control": "true" if control else None}
    settings = load(config, {key: text for key, text in flags.items() if text is not None})
    try:
        from tai2.web.serve import WebPlan, main
    except ImportError as exc:
        raise UsageError(
            "the web page needs NiceGUI, which isn't installed", "uv tool install 'tai2[web]'"
        ) from exc
    clock = WallClock()
    main(
        WebPlan(
            options=settings.web,
            state_dir=state_place(settings),
            announce=_announce,
            now_s=lambda: clock.now_ms() / 1000,
            heart=clock,
        )
    )


def _announce(address: str) -> None:
    """Print the address; to a system's journal without its token, which others may read there."""
    bare, _, token = address.partition("?")
    is_kept = "JOURNAL_STREAM" in os.environ
    typer.echo(f"{bare} (the token is in the state directory)" if token and is_kept else address)
