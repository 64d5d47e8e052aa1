"""`tai2 config`: read every option, change a control of the running daemon, find the file.

`get` and `set` ask the daemon, which decides what may change and how far.
It must never show or take a secret: those live in the environment only.
"""

from typing import Annotated

import typer

from tai2.cli.help import SET_UP, GroupedHelp, epilog
from tai2.cli.output import AsJson

_EXITS = (0, 2, 3, 5, 6, 8)


def register(app: typer.Typer) -> None:
    """Add the group of verbs."""
    group = typer.Typer(rich_markup_mode=None, no_args_is_help=True, cls=GroupedHelp)
    get_end = epilog("tai2 config get", "tai2 config get interval --json")
    set_end = epilog(
        "tai2 config set interval 60",
        "tai2 config set max_order_notional 50",
        exits=_EXITS,
    )
    path_end = epilog("tai2 config path", "$EDITOR $(tai2 config path)", exits=(0, 2))
    group.command("get", rich_help_panel=SET_UP, epilog=get_end)(get)
    group.command("set", rich_help_panel=SET_UP, epilog=set_end)(set_control)
    group.command("path", rich_help_panel=SET_UP, epilog=path_end)(path)
    app.add_typer(
        group, name="config", help="Read and change the configuration.", rich_help_panel=SET_UP
    )


def get(
    key: Annotated[str | None, typer.Argument(help="One option; all when left out.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Print options, their current text and where it comes from."""
    from tai2.cli.output import call, print_json
    from tai2.cli.table import Column, render
    from tai2.model.errors import UsageError
    from tai2.view.text import safe
    from tai2.wire.controls import CONFIG_GET
    from tai2.wire.method import NoParams

    reply = call(CONFIG_GET, NoParams())
    entries = [entry for entry in reply.entries if key in (None, entry.key)]
    if not entries:
        raise UsageError(f"no option is called {key!r}", "List them with: tai2 config get")
    if as_json:
        print_json({"version": reply.version, "entries": entries})
    elif key:
        typer.echo(safe(entries[0].current))
    else:
        rows = [(e.key, safe(e.current), safe(e.source), safe(e.default)) for e in entries]
        typer.echo(
            render([Column(name) for name in ("Option", "Current", "From", "Default")], rows)
        )


def set_control(
    key: Annotated[str, typer.Argument(help="The control to change.")],
    text: Annotated[str, typer.Argument(metavar="VALUE", help="Its new value.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Change a control of the running daemon, effective at once."""
    from tai2.cli.output import call, print_json
    from tai2.view.text import safe
    from tai2.wire.controls import CONFIG_SET, ConfigSetParams

    reply = call(CONFIG_SET, ConfigSetParams(key=key, text=text))
    if as_json:
        print_json(reply)
    else:
        typer.echo(f"{safe(reply.key)} = {safe(reply.current)} (version {reply.version})")


def path(*, as_json: AsJson = False) -> None:
    """Print the path of the configuration file."""
    import os

    from tai2.cli.output import print_json, say
    from tai2.settings.paths import config_home, find_config

    found = find_config(os.environ)
    place = found or config_home() / "config.toml"
    if as_json:
        print_json({"path": str(place), "exists": found is not None})
        return
    typer.echo(str(place))
    if found is None:
        say("There is no such file yet: defaults and the environment count.")
