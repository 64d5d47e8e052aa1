"""`tai2 logs`: the daemon's newest log records, and those that follow.

It reads the ring in the daemon's memory; older records are in the service's journal.
Fields may quote strangers, so every line is cleaned before it is printed.
"""

import re
from threading import Event
from typing import TYPE_CHECKING, Annotated, Final

import typer

from tai2.cli.help import WATCH, epilog
from tai2.cli.output import AsJson

if TYPE_CHECKING:
    from tai2.client.connection import Connection
    from tai2.wire.watch import LogRow

_POLL_S: Final = 0.5
_BATCH: Final = 500
_LEVELS: Final = ("debug", "info", "warning", "error")


def register(app: typer.Typer) -> None:
    """Add the verb."""
    help_end = epilog(
        "tai2 logs -f --level warning", "tai2 logs -n 500 --grep order", exits=(0, 2, 3, 6, 8, 130)
    )
    app.command("logs", rich_help_panel=WATCH, epilog=help_end)(logs)


def logs(
    *,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Wait for more.")] = False,
    limit: Annotated[int, typer.Option("-n", min=1, max=5_000, help="How many.")] = 50,
    level: Annotated[str | None, typer.Option(help="Lowest level: debug to error.")] = None,
    grep: Annotated[str | None, typer.Option(help="Only lines that match this pattern.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print log records, oldest first; with --json one object a line."""
    from tai2.client.connection import connect
    from tai2.model.errors import UsageError

    if level not in (None, *_LEVELS):
        raise UsageError(f"no such level: {level!r:.20}", f"One of {', '.join(_LEVELS)}.")
    pattern = _pattern(grep)
    with connect() as desk:
        seen = _print_since(desk, 0, limit, level, _Printer(pattern, as_json=as_json))
        pause = Event()
        while follow:
            pause.wait(_POLL_S)
            seen = _print_since(desk, seen, _BATCH, level, _Printer(pattern, as_json=as_json))


def _pattern(grep: str | None) -> re.Pattern[str]:
    from tai2.model.errors import UsageError

    try:
        return re.compile(grep or "", re.IGNORECASE)
    except re.error as exc:
        raise UsageError(
            f"--grep: {exc}", "Write a regular expression, such as order|fill."
        ) from exc


class _Printer:
    """Prints the records that match."""

    def __init__(self, pattern: re.Pattern[str], *, as_json: bool) -> None:
        self._pattern = pattern
        self._as_json = as_json

    def __call__(self, row: "LogRow") -> None:
        from tai2.cli.output import print_json
        from tai2.view.text import safe

        line = safe(_line(row))
        if not self._pattern.search(line):
            return
        if self._as_json:
            print_json(row, is_line=True)
        else:
            typer.echo(line)


def _print_since(
    desk: "Connection", after: int, limit: int, level: str | None, show: _Printer
) -> int:
    """Print what is newer than a sequence number and return the newest number seen."""
    from tai2.wire.watch import LOGS, LogsParams

    reply = desk.call(LOGS, LogsParams(after=after, limit=limit, level=level))
    for row in reply.lines:
        show(row)
    return max([after, reply.last_seq, *(row.seq for row in reply.lines)])


def _line(row: "LogRow") -> str:
    fields = " ".join(f"{name}={text}" for name, text in row.fields.items())
    return f"{row.ts} {row.level:<7} {row.event} {fields}".rstrip()
