"""`tai2 watch`: the desk as it moves, a line of text an event, or its frames as NDJSON.

It holds a session like the terminal does. With --json the frames of the watch are printed as
they come: such a file is a recording that `tai2 tui --replay` plays.
"""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from tai2.cli.help import WATCH, epilog
from tai2.cli.output import AsJson

if TYPE_CHECKING:
    from tai2.client.session import Session

_SPOKEN: Final = ("meta", "positions", "health", "tickers", "decision", "fill")
"""What is watched for text; tickers only for the decimals of prices."""


def register(app: typer.Typer) -> None:
    """Add the verb."""
    help_end = epilog(
        "tai2 watch",
        "tai2 watch --json > desk.ndjson",
        "tai2 watch --json --topic log",
        exits=(0, 2, 3, 8, 130),
    )
    app.command("watch", rich_help_panel=WATCH, epilog=help_end)(watch)


def watch(
    *,
    topic: Annotated[
        list[str] | None, typer.Option(help="Only this: a section, log, decision, fill, chart:…")
    ] = None,
    max_hz: Annotated[float, typer.Option("--hz", min=0.1, max=20.0, help="At most.")] = 2.0,
    limit: Annotated[int, typer.Option("-n", min=0, help="Stop after so many; 0 = never.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Follow the desk: decisions, fills, positions, states; with --json every frame."""
    import asyncio

    from tai2.client.session import Session
    from tai2.view.state import SECTIONS

    wanted = topic or ((*SECTIONS, "decision", "fill") if as_json else _SPOKEN)
    asyncio.run(_follow(Session(topics=wanted, max_hz=max_hz), limit, as_json=as_json))


async def _follow(session: "Session", limit: int, *, as_json: bool) -> None:
    """Print until interrupted, or until so many lines.

    Raises:
        DaemonNotRunning: Nobody answered the first time.
        ProtocolMismatch: The daemon is of another version.
    """
    import asyncio

    from tai2.cli.watch_text import Teller
    from tai2.client.recording import line_of
    from tai2.model.errors import Tai2Error

    teller = Teller(session, limit)
    if as_json:
        session.tap(lambda frame: teller.say(line_of(frame)))
    try:
        async with asyncio.TaskGroup() as group:
            running = group.create_task(session.run(), name="session")
            while not teller.is_done:
                teller.hear(await session.changes(), is_silent=as_json)
            running.cancel()
    except* Tai2Error as group_of_one:
        raise group_of_one.exceptions[0] from None
