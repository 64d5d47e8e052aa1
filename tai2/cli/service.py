"""`tai2 run`: the daemon in the foreground, as a person or systemd starts it.

It turns flags into overrides of the settings and hands over. Secrets are never flags:
they come from the environment, a private file or systemd's credentials.
"""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from tai2.cli.help import SERVICE, epilog


def register(app: typer.Typer) -> None:
    """Add the verb."""
    help_end = epilog(
        "tai2 run",
        "tai2 run --mode paper --interval 60 --instruments BTC-USDT-SWAP,ETH-USDT-SWAP",
        exits=(0, 1, 2, 4, 78, 130),
    )
    app.command("run", rich_help_panel=SERVICE, epilog=help_end)(run)


def run(  # noqa: PLR0913 - one parameter a flag
    *,
    interval: Annotated[
        str | None, typer.Option(metavar="SECONDS", help="Seconds between decisions.")
    ] = None,
    mode: Annotated[
        str | None,
        typer.Option(metavar="MODE", help="sim, paper, demo or real; sim needs no network."),
    ] = None,
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="TOML file.")] = None,
    market: Annotated[
        str | None, typer.Option(help="Of the simulator: synthetic or candles:FILE.")
    ] = None,
    speed: Annotated[str | None, typer.Option(help="Market minutes per minute.")] = None,
    seed: Annotated[str | None, typer.Option(help="Of the synthetic market.")] = None,
    instruments: Annotated[
        str | None, typer.Option(metavar="A,B", help="Instruments to trade.")
    ] = None,
    socket: Annotated[Path | None, typer.Option(metavar="PATH", help="Unix socket.")] = None,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning or error.")] = None,
) -> None:
    """Run the trading desk until it is stopped (Ctrl-C or SIGTERM)."""
    from tai2.settings.load import load

    flags = {
        "ws_update_interval": interval,
        "mode": mode,
        "sim.market": market,
        "sim.speed": speed,
        "sim.seed": seed,
        "instruments": instruments,
        "socket": str(socket) if socket else None,
        "log_level": log_level,
    }
    overrides = {key: text for key, text in flags.items() if text is not None}
    settings = load(config, overrides)
    from tai2.daemon.run import main

    raise typer.Exit(main(settings, partial(load, config, overrides)))
