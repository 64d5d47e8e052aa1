"""`tai2 tui`: attach a terminal to the running desk. `tai2 demo`: show one from nothing.

Both only turn flags into options; Textual is imported when a terminal is really attached.
Leaving ends the terminal, never the daemon; a demo takes its own daemon with it.
"""

from pathlib import Path
from typing import Annotated

import typer

from tai2.cli.help import WATCH, epilog

_EXITS = (0, 2, 3, 6, 8)


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    tui_end = epilog("tai2 tui", "tai2 tui --readonly --tab TA", "tai2 tui --plain", exits=_EXITS)
    app.command("tui", rich_help_panel=WATCH, epilog=tui_end)(tui)
    demo_end = epilog("tai2 demo", "tai2 demo --interval 10", exits=(0, 1, 2))
    app.command("demo", rich_help_panel=WATCH, epilog=demo_end)(demo)


def tui(
    *,
    readonly: Annotated[
        bool, typer.Option("--readonly", help="Look only: no halt, no close, no change.")
    ] = False,
    tab: Annotated[str, typer.Option(help="LIVE, TA, ENGINE, HISTORY, DEBUG or CFG.")] = "LIVE",
    plain: Annotated[
        bool, typer.Option("--plain", help="No boxes, ASCII signs, no motion.")
    ] = False,
    replay: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Play back a recorded watch instead.")
    ] = None,
    palette: Annotated[str, typer.Option(help="cb, green-up, red-up or mono.")] = "cb",
    glyphs: Annotated[str, typer.Option(help="Of the chart: box, hollow or ascii.")] = "box",
) -> None:
    """Attach a terminal: money, chart, decisions, history, logs, settings. q detaches."""
    from tai2.tui.attach import attach
    from tai2.tui.options import Options

    options = Options(
        tab=tab.upper(),
        is_readonly=readonly,
        is_plain=plain,
        is_replay=replay is not None,
        palette=palette,
        glyphs=glyphs,
    )
    if said := attach(options, recording=replay):
        typer.echo(said, err=True)


def attach_alone() -> None:
    """Attach as a bare `tai2` on a terminal does."""
    tui()


def demo(
    *,
    interval: Annotated[str, typer.Option(metavar="SECONDS", help="Between decisions.")] = "5",
    speed: Annotated[str, typer.Option(help="Market minutes per minute.")] = "20",
) -> None:
    """Show a desk at work: its own daemon on the simulator, gone when you leave."""
    from tai2.cli.throwaway import throwaway_desk
    from tai2.tui.attach import attach
    from tai2.tui.options import Options

    with throwaway_desk("--interval", interval, "--speed", speed) as environ:
        attach(Options(), environ)
    typer.echo("The demo is over; its daemon and its files are gone.", err=True)
