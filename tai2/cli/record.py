"""`tai2 record`: keep what OKX sends about some instruments, for replays and simulations.

Without a key it follows public sockets, with one the account's pushes too. It places no order and
never keeps what it sends, hence no key and no signature. The disk that it may use is bounded; the
oldest parts go first.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from tai2.cli.help import SERVICE, epilog
from tai2.cli.output import AsJson

if TYPE_CHECKING:
    from tai2.okx.credentials import Credentials
    from tai2.okx.recorder import RecordingWriter
    from tai2.settings.sections import Settings

MEBIBYTE: Final = 1 << 20


def register(app: typer.Typer) -> None:
    """Add the verb."""
    help_end = epilog(
        "tai2 record okx-today",
        "tai2 record okx-today --instruments BTC-USDT-SWAP --seconds 3600 --max-mb 500",
        "tai2 record okx-today --public",
        exits=(0, 1, 2, 4, 130),
    )
    app.command("record", rich_help_panel=SERVICE, epilog=help_end)(record)


def record(  # noqa: PLR0913 - one parameter a flag
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where the parts go.")],
    *,
    instruments: Annotated[
        str | None, typer.Option(metavar="A,B", help="Instruments to follow.")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(min=0, help="Stop after so long; else at Ctrl-C.")
    ] = None,
    public: Annotated[
        bool, typer.Option("--public", help="Leave the account's pushes out, key or no key.")
    ] = False,
    part_mb: Annotated[int, typer.Option(min=1, help="Size of a part, in MiB.")] = 64,
    max_mb: Annotated[int, typer.Option(min=2, help="All parts together, in MiB.")] = 2_048,
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="TOML file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Record what OKX sends, raw and compressed, until stopped; with a key the account's too."""
    import asyncio

    from tai2.daemon.exchanges import own_key
    from tai2.okx.recorder import RecordingWriter
    from tai2.settings.load import load

    settings = load(config, {"instruments": instruments} if instruments else {})
    writer = RecordingWriter(directory, part_bytes=part_mb * MEBIBYTE, max_bytes=max_mb * MEBIBYTE)
    key = None if public else own_key(settings)
    typer.echo(f"recording {_what(settings, key)}; Ctrl-C ends it", err=True)
    asyncio.run(_run(settings, key, writer, seconds))
    written: dict[str, object] = {
        "account": key is not None,
        "frames": writer.frames,
        "bytes": writer.bytes_written,
        "parts": writer.parts,
        "directory": str(directory),
    }
    _report(written, as_json=as_json)


def _report(written: dict[str, object], *, as_json: bool) -> None:
    from tai2.cli.output import print_json

    if as_json:
        print_json(written)
    else:
        typer.echo(
            "{frames} frames in {parts} parts, {bytes} bytes, in {directory}".format(**written)
        )


def _what(settings: "Settings", key: "Credentials | None") -> str:
    kind = "public data and the account's pushes" if key else "public data"
    return f"{kind} of {', '.join(settings.instruments)}"


async def _run(
    settings: "Settings",
    key: "Credentials | None",
    writer: "RecordingWriter",
    seconds: float | None,
) -> None:
    """Record until a signal or the time is over, and write what is kept."""
    import asyncio
    import contextlib
    import signal

    from tai2.daemon.exchanges import okx_endpoints
    from tai2.engine.clock import WallClock
    from tai2.model.ids import InstId
    from tai2.okx.connect import connect
    from tai2.okx.recorder import record as follow
    from tai2.settings.sections import Mode

    clock = WallClock()
    here = okx_endpoints(settings, is_demo=settings.mode is Mode.DEMO)
    feed, venue = connect(here, key, clock, tap=writer.take)
    loop = asyncio.get_running_loop()
    inst_ids = [InstId(inst_id) for inst_id in settings.instruments]
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds) as limit:
                for number in (signal.SIGINT, signal.SIGTERM):
                    loop.add_signal_handler(number, lambda: limit.reschedule(0))
                await follow(feed, writer, inst_ids, clock, venue if key else None)
    finally:
        writer.flush()
        await feed.aclose()
