"""`tai2 history`: executed trades as a table, as JSON or as a CSV file for the tax office.

It pages through the daemon in constant memory. It must never overwrite a file unasked,
nor let a cell of foreign text start a formula.
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from tai2.cli.help import WATCH, epilog
from tai2.cli.output import AsJson

if TYPE_CHECKING:
    from tai2.client.connection import Connection
    from tai2.wire.past import TotalsRow, TradeRow, TradesParams

_PAGE: Final = 200
_SHOWN: Final = 50


def register(app: typer.Typer) -> None:
    """Add the verb."""
    help_end = epilog(
        "tai2 history --since 7d --symbol BTC-USDT-SWAP",
        "tai2 history --csv trades.csv",
        exits=(0, 1, 2, 3, 6, 8),
    )
    app.command("history", rich_help_panel=WATCH, epilog=help_end)(history)


def history(  # noqa: PLR0913 - one parameter a flag
    *,
    since: Annotated[str | None, typer.Option(help="7d, 24h or an ISO time.")] = None,
    symbol: Annotated[str | None, typer.Option(help="Only this instrument.")] = None,
    side: Annotated[str | None, typer.Option(help="Only buy or sell.")] = None,
    limit: Annotated[
        int | None, typer.Option("-n", min=1, help="How many; CSV takes all by default.")
    ] = None,
    csv: Annotated[Path | None, typer.Option(help="Write this CSV file; - is stdout.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the CSV file.")] = False,
    as_json: AsJson = False,
) -> None:
    """List executed trades, newest first."""
    from tai2.cli.since import since_ms
    from tai2.client.connection import connect
    from tai2.model.errors import UsageError

    if csv is not None and as_json:
        raise UsageError("--csv and --json exclude each other", "Choose one.")
    if side not in (None, "buy", "sell"):
        raise UsageError(f"no such side: {side!r:.20}", "--side buy or --side sell")
    if since is not None:
        since_ms(since, now_ms=0)
    with connect() as desk:
        query = _query(desk, since, symbol, side)
        if csv is not None:
            _export(desk, query, csv, limit, force=force)
        else:
            _show(desk, query, limit or _SHOWN, as_json=as_json)


def _query(
    desk: "Connection", since: str | None, symbol: str | None, side: str | None
) -> "TradesParams":
    from tai2.cli.since import since_ms
    from tai2.model.ids import InstId
    from tai2.wire.method import NoParams
    from tai2.wire.past import TradesParams
    from tai2.wire.status import STATUS

    start = since_ms(since, desk.call(STATUS, NoParams()).now_ms) if since else 0
    inst_id = InstId(symbol) if symbol else None
    return TradesParams(since_ms=start, symbol=inst_id, side=side, limit=_PAGE)


def _pages(desk: "Connection", query: "TradesParams") -> Iterator["TradeRow"]:
    """Yield every trade that matches, one page in memory at a time."""
    from dataclasses import replace

    from tai2.wire.past import TRADES

    query = replace(query, with_totals=False)
    while True:
        page = desk.call(TRADES, query)
        yield from page.trades
        if page.next is None:
            return
        query = replace(query, after=page.next)


def _totals(desk: "Connection", query: "TradesParams") -> "TotalsRow":
    from dataclasses import replace

    from tai2.model.errors import ProtocolMismatch
    from tai2.wire.past import TRADES

    totals = desk.call(TRADES, replace(query, limit=1)).totals
    if totals is None:
        raise ProtocolMismatch("the daemon sent no totals", "Restart the daemon.")
    return totals


def _export(
    desk: "Connection", query: "TradesParams", target: Path, limit: int | None, *, force: bool
) -> None:
    from tai2.cli.csv_file import replaced, to_stdout
    from tai2.cli.output import say
    from tai2.cli.trade_csv import write

    is_stdout = str(target) == "-"
    with to_stdout() if is_stdout else replaced(target, force=force) as out:
        count = write(out, islice(_pages(desk, query), limit))
    if not is_stdout:
        say(f"{count} trades written to {target}")


def _show(desk: "Connection", query: "TradesParams", limit: int, *, as_json: bool) -> None:
    from tai2.cli.output import print_json, say
    from tai2.cli.trade_text import table, totals_line

    trades = tuple(islice(_pages(desk, query), limit))
    totals = _totals(desk, query)
    if as_json:
        print_json({"trades": trades, "totals": totals})
    elif not trades:
        typer.echo('No trades yet. Why: tai2 ask "why no trade?"')
    else:
        typer.echo(table(trades))
        say(totals_line(totals, len(trades)))
