"""`tai2 decisions`: what each cycle decided and why, newest first, or one in full.

It reads cycle records through the daemon. Justifications are a model's words: they are
cleaned before they reach a terminal and printed as data only.
"""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from tai2.cli.help import WATCH, epilog
from tai2.cli.output import AsJson

if TYPE_CHECKING:
    from tai2.wire.status import CycleRow

_SEARCHED: Final = 200
"""Newest cycles among which --id looks."""


def register(app: typer.Typer) -> None:
    """Add the verb."""
    help_end = epilog("tai2 decisions -n 5", "tai2 decisions --id 01K9… --raw")
    app.command("decisions", rich_help_panel=WATCH, epilog=help_end)(decisions)


def decisions(
    *,
    limit: Annotated[int, typer.Option("-n", min=1, max=_SEARCHED, help="How many.")] = 20,
    instrument: Annotated[str | None, typer.Option(help="Only this instrument.")] = None,
    decision_id: Annotated[str | None, typer.Option("--id", help="One decision in full.")] = None,
    raw: Annotated[bool, typer.Option("--raw", help="With --id: the reasoner's reply.")] = False,
    as_json: AsJson = False,
) -> None:
    """List decisions and their reasons, newest first."""
    from tai2.cli.output import call, print_json
    from tai2.model.errors import UsageError
    from tai2.model.ids import InstId
    from tai2.wire.past import CYCLES, CyclesParams

    if raw:
        if decision_id is None:
            raise UsageError("--raw needs --id", "Ids are in: tai2 decisions")
        _print_reply(decision_id, as_json=as_json)
        return
    inst_id = InstId(instrument) if instrument else None
    asked = CyclesParams(limit=_SEARCHED if decision_id else limit, inst_id=inst_id)
    cycles = call(CYCLES, asked).cycles
    if decision_id:
        _print_one(_find(cycles, decision_id), as_json=as_json)
    elif as_json:
        print_json({"cycles": cycles})
    else:
        _print_table(cycles)


def _find(cycles: "tuple[CycleRow, ...]", decision_id: str) -> "CycleRow":
    from tai2.model.errors import UsageError

    for row in cycles:
        if decision_id in (row.decision_id, row.cycle_id):
            return row
    raise UsageError(
        f"no decision {decision_id} among the newest {_SEARCHED} cycles",
        "Its words may still exist: add --raw",
    )


def _print_reply(decision_id: str, *, as_json: bool) -> None:
    from tai2.cli.output import call, print_json
    from tai2.model.ids import DecisionId
    from tai2.view.text import safe
    from tai2.wire.past import REPLY, ReplyParams

    reply = call(REPLY, ReplyParams(decision_id=DecisionId(decision_id)))
    if as_json:
        print_json(reply)
    else:
        typer.echo(safe(reply.text, keep_lines=True))


def _print_one(row: "CycleRow", *, as_json: bool) -> None:
    from tai2.cli.output import print_json
    from tai2.view.text import age, safe, utc_time
    from tai2.wire.codec import to_tree

    if as_json:
        print_json(row)
        return
    tree = to_tree(row)
    assert isinstance(tree, dict)
    shown = tree | {
        "ts": f"{utc_time(row.ts)} UTC",
        "duration_ms": age(row.duration_ms),
        "refusals": ", ".join(row.refusals),
    }
    for name, cell in shown.items():
        if cell not in ("", None):
            typer.echo(f"{name:<14} {safe(str(cell))}")


def _print_table(cycles: "tuple[CycleRow, ...]") -> None:
    from tai2.cli.table import Column, render
    from tai2.view.text import safe, utc_time

    if not cycles:
        typer.echo("No decisions yet. The next cycle: tai2 status")
        return
    headings = ("Time (UTC)", "Instrument", "Action", "Notional", "Outcome")
    columns = [Column(name, is_number=name == "Notional") for name in headings]
    columns += [Column("Reason"), Column("Decision"), Column("Why")]
    rows = [
        (
            utc_time(row.ts),
            *(safe(cell) for cell in (row.inst_id, row.action, row.notional, row.outcome)),
            safe(row.reason),
            safe(row.decision_id or ""),
            safe(row.justification or row.detail),
        )
        for row in cycles
    ]
    typer.echo(render(columns, rows))
