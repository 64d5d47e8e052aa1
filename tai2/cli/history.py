"""`tai2 history`: fills, round trips, figures and tax rows, as text, as JSON or as a CSV file.

It pages through the daemon in constant memory. It must never overwrite a file unasked,
nor let a cell of foreign text start a formula.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TextIO

import typer

from tai2.cli.help import WATCH, epilog
from tai2.cli.output import AsJson

if TYPE_CHECKING:
    from tai2.cli.history_pages import Past

_SHOWN: Final = 50
_NOTHING: Final = 'No trades yet. Why: tai2 ask "why no trade?"'


def register(app: typer.Typer) -> None:
    """Add the verb."""
    help_end = epilog(
        "tai2 history --trips --since 7d --sort pnl",
        "tai2 history --tax --since 2026-01-01 --csv tax.csv",
        exits=(0, 1, 2, 3, 6, 8),
    )
    app.command("history", rich_help_panel=WATCH, epilog=help_end)(history)


Moment = Annotated[str | None, typer.Option(help="7d, 24h or an ISO time.")]
Csv = Annotated[Path | None, typer.Option(help="Write this CSV file; - is stdout.")]
Limit = Annotated[int | None, typer.Option("-n", min=1, help="How many; CSV takes all by default.")]


def history(  # noqa: PLR0913 - one parameter a flag
    *,
    since: Moment = None,
    until: Moment = None,
    symbol: Annotated[str | None, typer.Option(help="Only this instrument.")] = None,
    side: Annotated[str | None, typer.Option(help="Only buy or sell (trips: long, short).")] = None,
    mode: Annotated[str | None, typer.Option(help="Only sim, paper, demo or real.")] = None,
    sort: Annotated[str, typer.Option(help="time, pnl, notional; trips also held.")] = "time",
    ascending: Annotated[bool, typer.Option("--asc", help="Smallest or oldest first.")] = False,
    limit: Limit = None,
    trips: Annotated[bool, typer.Option("--trips", help="Positions from flat to flat.")] = False,
    stats: Annotated[bool, typer.Option("--stats", help="What the period earned.")] = False,
    tax: Annotated[bool, typer.Option("--tax", help="Rows for accounting tools.")] = False,
    csv: Csv = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the CSV file.")] = False,
    as_json: AsJson = False,
) -> None:
    """List executed trades, newest first; or round trips, figures, tax rows."""
    from tai2.cli.history_pages import Filters, past_of
    from tai2.client.connection import connect
    from tai2.model.errors import UsageError

    if csv is not None and as_json:
        raise UsageError("--csv and --json exclude each other", "Choose one.")
    if trips + stats + tax > 1:
        raise UsageError("--trips, --stats and --tax exclude each other", "Choose one.")
    filters = Filters(
        since=since, until=until, symbol=symbol, side=side, mode=mode, sort=sort,
        is_ascending=ascending,
    )  # fmt: skip
    filters.check()
    view = _trips if trips else _stats if stats else _tax if tax else _fills
    with connect() as desk:
        view(past_of(desk, filters), Wish(csv, limit, force=force, as_json=as_json))


class Wish:
    """In which form, and how much."""

    def __init__(
        self, target: Path | None, limit: int | None, *, force: bool, as_json: bool
    ) -> None:
        self.is_file = target is not None
        self.as_json = as_json
        self.limit = limit
        self._target = target or Path("-")
        self._force = force

    @property
    def shown(self) -> int:
        """Rows on a screen."""
        return self.limit or _SHOWN

    def export(self, write: Callable[[TextIO], int], what: str) -> None:
        """Write a CSV file and say how much it holds."""
        from tai2.cli.output import say
        from tai2.client.csv_file import replaced, to_stdout

        is_stdout = str(self._target) == "-"
        with to_stdout() if is_stdout else replaced(self._target, force=self._force) as out:
            count = write(out)
        if not is_stdout:
            say(f"{count} {what} written to {self._target}")


def _fills(past: "Past", wish: Wish) -> None:
    from tai2.cli.output import print_json, say
    from tai2.cli.trade_text import table, totals_line
    from tai2.client.trade_csv import write_trades

    if wish.is_file:
        wish.export(lambda out: write_trades(out, past.trades(wish.limit)), "trades")
        return
    found, totals = tuple(past.trades(wish.shown)), past.totals()
    if wish.as_json:
        print_json({"trades": found, "totals": totals})
    elif not found:
        typer.echo(_NOTHING)
    else:
        typer.echo(table(found))
        say(totals_line(totals, len(found)))


def _trips(past: "Past", wish: Wish) -> None:
    from tai2.cli.output import print_json, say
    from tai2.cli.trade_text import trip_table, trip_totals_line
    from tai2.client.trade_csv import write_trips

    if wish.is_file:
        wish.export(lambda out: write_trips(out, past.trips(wish.limit)), "round trips")
        return
    found, totals = tuple(past.trips(wish.shown)), past.trip_totals()
    if wish.as_json:
        print_json({"trips": found, "totals": totals})
    elif not found:
        typer.echo("No round trip yet: no position was closed.")
    else:
        typer.echo(trip_table(found))
        say(trip_totals_line(totals, len(found)))


def _stats(past: "Past", wish: Wish) -> None:
    from tai2.cli.output import print_json
    from tai2.cli.performance_text import lines, write_figures

    found = past.performance()
    if wish.is_file:
        wish.export(lambda out: write_figures(out, found), "figures")
    elif wish.as_json:
        print_json(found)
    else:
        typer.echo("\n".join(lines(found)))


def _tax(past: "Past", wish: Wish) -> None:
    """Write every row, oldest first: as CSV, or one JSON object a line."""
    from itertools import chain, islice

    from tai2.cli.output import print_json
    from tai2.cli.tax_csv import entries_of_trades, entries_of_trips, write_entries

    ordered = past.oldest_first()
    entries = islice(
        chain(entries_of_trades(ordered.trades(None)), entries_of_trips(ordered.trips(None))),
        wish.limit,
    )
    if not wish.as_json:
        wish.export(lambda out: write_entries(out, entries), "rows")
        return
    for entry in entries:
        print_json(entry, is_line=True)
