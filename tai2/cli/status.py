"""`tai2 status`: the desk at a glance, in one line and a few tables.

It prints what the daemon says and computes nothing. It must start fast: it is what
scripts and prompts call, so it imports no library beyond Typer.
"""

from typing import Final

import typer

from tai2.cli.help import WATCH, epilog
from tai2.cli.output import AsJson

DEGRADED: Final = 7


def register(app: typer.Typer) -> None:
    """Add the verb."""
    help_end = epilog("tai2 status", "tai2 status --json", exits=(0, 3, 6, 7, 8))
    app.command("status", rich_help_panel=WATCH, epilog=help_end)(status)


def status(*, as_json: AsJson = False) -> None:
    """Show mode, equity, positions, health and the next cycle."""
    from tai2.cli.output import call, print_json
    from tai2.wire.method import NoParams
    from tai2.wire.status import STATUS

    found = call(STATUS, NoParams())
    if as_json:
        print_json(found)
    else:
        from tai2.cli.status_text import lines

        for line in lines(found):
            typer.echo(line)
    if found.degraded:
        raise typer.Exit(DEGRADED)
