"""`tai2 logs`: the daemon's newest log records, and those that follow.

It reads the ring in the daemon's memory, and the log file for what is older or when no daemon
runs. Fields may quote strangers, so every line is cleaned before it is printed.
"""

import re
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated, Final

import typer

from tai2.cli.help import WATCH, epilog
from tai2.cli.output import AsJson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tai2.client.connection import Connection
    from tai2.wire.watch import LogRow

_POLL_S: Final = 0.5
_BATCH: Final = 500
_SHOWN: Final = 50
_LEVELS: Final = ("debug", "info", "warning", "error")


def register(app: typer.Typer) -> None:
    """Add the verb."""
    help_end = epilog(
        "tai2 logs -f --level warning",
        "tai2 logs --since 2h --grep order",
        exits=(0, 2, 3, 6, 8, 130),
    )
    app.command("logs", rich_help_panel=WATCH, epilog=help_end)(logs)


def logs(
    *,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Wait for more.")] = False,
    limit: Annotated[
        int | None, typer.Option("-n", min=1, max=5_000, help="How many (50, or all since).")
    ] = None,
    level: Annotated[str | None, typer.Option(help="Lowest level: debug to error.")] = None,
    since: Annotated[
        str | None, typer.Option(metavar="WHEN", help="From the log file: 2h, or an ISO time.")
    ] = None,
    grep: Annotated[str | None, typer.Option(help="Only lines that match this pattern.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print log records, oldest first; with --json one object a line."""
    from tai2.client.connection import connect
    from tai2.model.errors import DaemonNotRunning, UsageError

    if level not in (None, *_LEVELS):
        raise UsageError(f"no such level: {level!r:.20}", f"One of {', '.join(_LEVELS)}.")
    choice = _Choice(_LEVELS.index(level or _LEVELS[0]), _pattern(grep), _moment(since))
    show = _printer(as_json=as_json)
    try:
        desk = connect()
    except DaemonNotRunning as gone:
        path = _log_file()
        if follow or path is None or not path.exists():
            raise
        typer.echo(f"{gone.message}; from {path}:", err=True)
        _show_last(_of_file(path, choice), limit, since, show)
        return
    with desk:
        path = _log_file() if since is not None else None
        kept = [*(_of_file(path, choice) if path else ())]
        last = kept[-1].ts if kept else ""
        newer, seen = _of_ring(desk, 0, choice)
        _show_last([*kept, *(row for row in newer if row.ts > last)], limit, since, show)
        while follow:
            newer, seen = _of_ring(desk, seen, choice, _POLL_S)
            for row in newer:
                show(row)


@dataclass(frozen=True, slots=True)
class _Choice:
    """Which records are wanted."""

    level: int
    pattern: re.Pattern[str]
    since: str
    """ISO 8601, UTC, as records have it; "" = from the first."""

    def takes(self, row: "LogRow") -> bool:
        from tai2.view.text import safe

        level = _LEVELS.index(row.level) if row.level in _LEVELS else len(_LEVELS)
        if level < self.level or row.ts < self.since:
            return False
        return self.pattern.search(safe(_line(row))) is not None


def _moment(since: str | None) -> str:
    """Return a time as records are stamped."""
    from datetime import UTC, datetime

    from tai2.cli.since import since_ms
    from tai2.engine.clock import WallClock

    if since is None:
        return ""
    moment_s = since_ms(since, WallClock().now_ms()) / 1_000
    return datetime.fromtimestamp(moment_s, UTC).isoformat(timespec="microseconds")[:-6]


def _log_file() -> Path | None:
    from tai2.settings.load import load
    from tai2.settings.places import log_place

    return log_place(load(None, {}))


def _pattern(grep: str | None) -> re.Pattern[str]:
    from tai2.model.errors import UsageError

    try:
        return re.compile(grep or "", re.IGNORECASE)
    except re.error as exc:
        raise UsageError(
            f"--grep: {exc}", "Write a regular expression, such as order|fill."
        ) from exc


def _printer(*, as_json: bool) -> "Callable[[LogRow], None]":
    from tai2.cli.output import print_json
    from tai2.view.text import safe

    def show(row: "LogRow") -> None:
        if as_json:
            print_json(row, is_line=True)
        else:
            typer.echo(safe(_line(row)))

    return show


def _show_last(
    rows: "Iterable[LogRow]", limit: int | None, since: str | None, show: "Callable[[LogRow], None]"
) -> None:
    """Print the newest of them: as many as asked for, else a screenful, or all since a time."""
    most = limit or (None if since is not None else _SHOWN)
    for row in deque(rows, maxlen=most):
        show(row)


def _of_file(path: Path, choice: _Choice) -> "Iterator[LogRow]":
    from tai2.daemon.log_file import read_lines
    from tai2.wire.watch import LogRow

    for line in read_lines(path):
        row = LogRow(
            seq=line.seq, ts=line.ts, level=line.level, event=line.event, fields=line.fields
        )
        if choice.takes(row):
            yield row


def _of_ring(
    desk: "Connection", after: int, choice: _Choice, pause_s: float = 0
) -> "tuple[list[LogRow], int]":
    """Return, after a pause, what is newer than a sequence number, and the newest number."""
    from tai2.wire.watch import LOGS, LogsParams

    Event().wait(pause_s)
    reply = desk.call(LOGS, LogsParams(after=after, limit=_BATCH, level=_LEVELS[choice.level]))
    rows = [row for row in reply.lines if choice.takes(row)]
    return rows, max([after, reply.last_seq, *(row.seq for row in reply.lines)])


def _line(row: "LogRow") -> str:
    fields = " ".join(f"{name}={text}" for name, text in row.fields.items())
    return f"{row.ts} {row.level:<7} {row.event} {fields}".rstrip()
