"""`tai2 metrics`: the desk's figures as Prometheus text, for monitoring and for the curious.

It asks over the socket, so it works without the HTTP port; the text is its own documentation.
"""

import typer

from tai2.cli.help import WATCH, epilog
from tai2.cli.output import AsJson


def register(app: typer.Typer) -> None:
    """Add the verb."""
    end = epilog("tai2 metrics", "tai2 metrics | grep equity")
    app.command("metrics", rich_help_panel=WATCH, epilog=end)(metrics)


def metrics(*, as_json: AsJson = False) -> None:
    """Print names, units and figures that a Prometheus would read."""
    from tai2.cli.output import call, print_json
    from tai2.wire.method import NoParams
    from tai2.wire.metrics import METRICS

    reply = call(METRICS, NoParams())
    if as_json:
        print_json(reply)
    else:
        typer.echo(reply.text, nl=False)
