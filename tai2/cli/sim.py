"""`tai2 sim`: the OKX v5 simulator alone on a loopback port, for any OKX client.

It reads flags, starts the server and ends it on Ctrl-C or SIGTERM. The key that it takes
is the simulator's own, made up and worth nothing; a real one doesn't belong here.
"""

from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from tai2.cli.help import SERVICE, epilog
from tai2.cli.output import AsJson

if TYPE_CHECKING:
    from decimal import Decimal

    from tai2.sim.server.simulation import SimOptions

Listings = Literal["swaps", "all"]
_KEY_HELP: Final = "The simulator's own, made up."
_FAULT_HELP: Final = 'Turn a knob at the start, such as "gap_seq count=2"; repeatable.'
_WORD: Final = "sim"
"""Key, secret and passphrase unless others are given: it guards nothing."""


def register(app: typer.Typer) -> None:
    """Add the verb."""
    help_end = epilog(
        "tai2 sim --port 8700", "tai2 sim --market candles:btc.csv.gz --speed 60", exits=(0, 1, 2)
    )
    app.command("sim", rich_help_panel=SERVICE, epilog=help_end)(sim)


def sim(  # noqa: PLR0913 - one parameter a flag
    *,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="On loopback; 0 = any free.")] = 0,
    market: Annotated[
        str, typer.Option(help="synthetic, candles:FILE, recording:DIR.")
    ] = "synthetic",
    listings: Annotated[Listings, typer.Option(help="all = with spot and inverse.")] = "swaps",
    seed: Annotated[int, typer.Option(min=0, help="Of the market.")] = 7,
    speed: Annotated[str, typer.Option(help="Market minutes per minute.")] = "1",
    key: Annotated[str, typer.Option(help=_KEY_HELP)] = _WORD,
    secret: Annotated[str, typer.Option(help=_KEY_HELP)] = _WORD,
    passphrase: Annotated[str, typer.Option(help=_KEY_HELP)] = _WORD,
    fault: Annotated[list[str] | None, typer.Option(help=_FAULT_HELP)] = None,
    as_json: AsJson = False,
) -> None:
    """Run the OKX v5 simulator alone, for any OKX client."""
    import asyncio

    from tai2.sim.server.credentials import ApiKey
    from tai2.sim.server.simulation import SimOptions

    options = SimOptions(
        port=port,
        market=market,
        listings=listings,
        seed=seed,
        speed=_positive("--speed", speed),
        key=ApiKey(key=key, secret=secret, passphrase=passphrase),
        faults=tuple(fault or ()),
    )
    asyncio.run(_serve(options, as_json=as_json))


def _positive(flag: str, text: str) -> "Decimal":
    from tai2.model.errors import DataInvalid, UsageError
    from tai2.model.money import ZERO, dec

    try:
        number = dec(text)
    except DataInvalid as exc:
        raise UsageError(f"{flag}: {exc.message}", f"Such as {flag} 60") from exc
    if number <= ZERO:
        raise UsageError(f"{flag} must be above 0", f"Such as {flag} 60")
    return number


async def _serve(options: "SimOptions", *, as_json: bool) -> None:
    """Serve until a signal; a second Ctrl-C isn't needed."""
    import asyncio
    import signal

    from tai2.engine.clock import WallClock
    from tai2.sim.server.serve import serve

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await serve(options, WallClock(), stop, as_json=as_json)
