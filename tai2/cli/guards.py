"""`tai2 guards`: every guard with its limit, what it measures now, and when it tripped last.

One call to the daemon, one table; those that would refuse an entry now come first. It must
say "unknown" for what can't be measured, never 0.
"""

from typing import TYPE_CHECKING

import typer

from tai2.cli.help import WATCH, epilog
from tai2.cli.output import AsJson

if TYPE_CHECKING:
    from tai2.wire.guards import GuardRow


def register(app: typer.Typer) -> None:
    """Add the verb."""
    end = epilog("tai2 guards", "tai2 guards --json", exits=(0, 2, 3, 6, 8))
    app.command("guards", rich_help_panel=WATCH, epilog=end)(guards)


def guards(*, as_json: AsJson = False) -> None:
    """Show every guard: limit, current value, distance, last trip."""
    from tai2.cli.output import call, print_json
    from tai2.cli.table import Column, render
    from tai2.view import text
    from tai2.wire.guards import GUARDS
    from tai2.wire.method import NoParams

    reply = call(GUARDS, NoParams())
    if as_json:
        print_json(reply)
        return
    why = f" ({text.safe(reply.state_reason)})" if reply.state_reason else ""
    typer.echo(f"trading is {reply.trading_state.value}{why}, set by {text.safe(reply.state_by)}")
    names = ("", "Guard", "Instrument", "Limit", "Now", "Distance", "Unit", "Last trip")
    columns = [Column(name, is_number=name in {"Limit", "Now", "Distance"}) for name in names]
    typer.echo(render(columns, [_cells(row) for row in reply.guards]))
    for row in reply.guards:
        if not row.ok:
            typer.echo(f"✗ {text.safe(row.name)} {text.safe(row.scope)}: {text.safe(row.why)}")


def _cells(row: "GuardRow") -> list[str]:
    from tai2.view import text

    tripped = "never" if row.last_trip_ms is None else text.utc_time(row.last_trip_ms)
    return [
        "✓" if row.ok else "✗",
        text.safe(row.name),
        text.safe(row.scope) or "account",
        text.figure(row.limit),
        text.figure(row.current),
        text.figure(row.distance),
        text.safe(row.unit),
        tripped,
    ]
