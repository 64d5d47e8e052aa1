"""`tai2 panic`: halt, cancel and close without the daemon, be it dead, hung or gone mad.

It halts first and asks later: the latch and the cancels need no word, closing positions does.
It talks to the exchange with the desk's own keys and must never touch what isn't the desk's.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from tai2.cli.help import CONTROL, epilog
from tai2.cli.output import AsJson
from tai2.model.errors import Refused, Tai2Error

if TYPE_CHECKING:
    from contextlib import AsyncExitStack

    from tai2.daemon.exchanges import OpenExchange
    from tai2.daemon.panic.deed import Closing
    from tai2.daemon.panic.scene import Place
    from tai2.settings.sections import Settings
    from tai2.store.latch import LatchWriter
    from tai2.wire.verbs import ClosedRow, Summary

WORD: Final = "panic"
LEFT_OVER: Final = 1
_STILL: Final = "Trading is halted all the same; stops at the exchange stay. Run it again."


@dataclass(frozen=True, slots=True, kw_only=True)
class PanicReply:
    """What was done, by the exchange's word."""

    mode: str
    daemon: str
    """Who holds the desk; "" = nobody."""
    trading_state: str
    """halted, or "" when it was only looked at."""
    cancelled: int
    """Resting orders of ours that are gone."""
    in_doubt: int
    """Orders of ours that may still work."""
    summary: "Summary | None"
    """What there was to close; None where nothing is at an exchange."""
    closed: "tuple[ClosedRow, ...]"
    is_done: bool
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """The command line as typed."""

    reason: str
    yes: bool
    only_show: bool


def register(app: typer.Typer) -> None:
    """Add the verb."""
    end = epilog(
        "tai2 panic",
        'tai2 panic --yes --reason "model gone mad" --json',
        exits=(0, 1, 2, 4, 5, 74, 130),
    )
    app.command("panic", rich_help_panel=CONTROL, epilog=end)(panic)


def panic(
    *,
    reason: Annotated[str, typer.Option(help="Why, for the journal.")] = "by hand",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Close positions unasked.")] = False,
    only_show: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen, do nothing.")
    ] = False,
    mode: Annotated[
        str | None, typer.Option(help="Instead of the mode in which the desk last ran.")
    ] = None,
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="TOML file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Halt, cancel our orders and close our positions, with the daemon dead or hung."""
    import asyncio

    from tai2 import log as logs
    from tai2.cli.output import print_json
    from tai2.view.text import safe

    logs.configure(logs.LogRing(capacity=100), level="critical")
    wish = _Wish(reason=reason, yes=yes, only_show=only_show)
    reply = asyncio.run(_panicked(*_settings(mode, config), wish))
    if as_json:
        print_json(reply)
    else:
        for line in reply.lines:
            typer.echo(safe(line))
    if not reply.is_done:
        raise typer.Exit(LEFT_OVER)


def _settings(mode: str | None, config: Path | None) -> "tuple[Settings, Path]":
    """Return the settings in the mode of the desk's last start, and its directory."""
    from tai2.cli.output import say
    from tai2.daemon.lock import last_mode, open_state_dir
    from tai2.settings.load import load
    from tai2.settings.places import state_place

    settings = load(config, {"mode": mode} if mode else {})
    directory = state_place(settings)
    open_state_dir(directory)
    last = None if mode else last_mode(directory)
    if last and last != settings.mode.value:
        settings = load(config, {"mode": last})
        say(f"the desk last ran in mode {last}")
    return settings, directory


async def _panicked(settings: "Settings", directory: Path, wish: _Wish) -> PanicReply:
    from contextlib import AsyncExitStack

    from tai2.cli.output import say
    from tai2.daemon.panic.scene import take_place
    from tai2.engine.clock import WallClock
    from tai2.store.latch import LatchWriter

    async with AsyncExitStack() as stack:
        place = take_place(settings, directory, stack)
        if wish.only_show:
            return await _beside(place, wish, None, stack)
        writer = LatchWriter(place.home, wish.reason, WallClock().now_ms())
        stack.callback(writer.close)
        say(f"{settings.mode.value}: trading is halted" + _daemon(place))
        try:
            return await _beside(place, wish, writer, stack)
        except Refused:
            raise
        except Tai2Error as exc:
            exc.hint = f"{exc.hint} {_STILL}".strip()
            raise


def _daemon(place: "Place") -> str:
    return f"; {place.holder}, it needn't answer" if place.holder else "; no daemon is running"


async def _beside(
    place: "Place", wish: _Wish, writer: "LatchWriter | None", stack: "AsyncExitStack"
) -> PanicReply:
    """Go to the exchange, where there is one outside of the daemon."""
    from tai2.daemon.compose import open_to_look
    from tai2.engine.clock import WallClock

    exchange = open_to_look(place.settings, WallClock(), stack)
    if exchange is None or not exchange.has_key:
        note = "nothing of ours is at an exchange: the daemon itself plays it"
        return _reply(place, None, lines=(note, "close play positions: tai2 flatten"))
    return await _at(exchange, place, wish, writer)


async def _at(
    exchange: "OpenExchange", place: "Place", wish: _Wish, writer: "LatchWriter | None"
) -> PanicReply:
    from tai2.cli.output import say
    from tai2.daemon.panic.deed import cancel_resting, panicking

    gone, left = 0, 0
    if writer is not None:
        gone, left = await cancel_resting(exchange.venue, place.settings.instance)
        say(f"cancelled {gone} resting order(s)" + (f"; {left} may still work" if left else ""))
    async with panicking(place, exchange, writer) as desk:
        found = desk.summary()
        if writer is None:
            return _reply(place, found, lines=found.lines)
        if found.positions or found.orders:
            _confirm(found, wish)
        closing = await desk.close(say)
        return _reply(place, found, closing, gone=gone, left=left)


def _confirm(found: "Summary", wish: _Wish) -> None:
    """Show what would be closed and return when the person wants it.

    Raises:
        Refused: There is no terminal, or another word was typed.
    """
    from tai2.cli.output import say
    from tai2.view.text import safe

    for line in found.lines:
        say(f"  {safe(line)}")
    if wish.yes:
        return
    if not sys.stdin.isatty():
        raise Refused("halted; nothing was closed: no terminal to ask at", "tai2 panic --yes")
    typed = str(typer.prompt(f"Type {WORD} to close", default="", show_default=False, err=True))
    if typed.strip().lower() != WORD:
        raise Refused("halted; nothing was closed", f"The word is: {WORD}")


def _reply(
    place: "Place",
    found: "Summary | None",
    closing: "Closing | None" = None,
    *,
    gone: int = 0,
    left: int = 0,
    lines: tuple[str, ...] = (),
) -> PanicReply:
    from tai2.store.latch import FileLatch

    in_doubt = left + (closing.in_doubt if closing else 0)
    return PanicReply(
        mode=place.settings.mode.value,
        daemon=place.holder,
        trading_state="halted" if FileLatch(place.home).is_set() else "",
        cancelled=gone,
        in_doubt=in_doubt,
        summary=found,
        closed=closing.closed if closing else (),
        is_done=not left and (closing is None or closing.is_done),
        lines=closing.lines if closing else lines,
    )
