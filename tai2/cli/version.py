"""`tai2 version`: which tai2, on which Python.

It asks nobody. It must work when everything else is broken.
"""

import typer

from tai2.cli.help import SET_UP, epilog
from tai2.cli.output import AsJson


def register(app: typer.Typer) -> None:
    """Add the verb."""
    help_end = epilog("tai2 version", "tai2 version --json", exits=(0,))
    app.command("version", rich_help_panel=SET_UP, epilog=help_end)(version)


def version(*, as_json: AsJson = False) -> None:
    """Print the version."""
    import platform
    from importlib import metadata

    from tai2.cli.output import print_json
    from tai2.wire.rpc import PROTOCOL

    number, python = metadata.version("tai2"), platform.python_version()
    if as_json:
        print_json({"version": number, "protocol": PROTOCOL, "python": python})
    else:
        typer.echo(f"tai2 {number} (protocol {PROTOCOL}, Python {python})")
