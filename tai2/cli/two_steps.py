"""A dangerous verb at the command line: show the ticket in numbers, ask for the word, commit.

`close`, `flatten`, `resume`, `adopt`, `ignore` and `settle` go through it. Without a terminal and
without the word it must refuse.
"""

import sys
from typing import TYPE_CHECKING, Annotated, Final

import typer

from tai2.model.errors import Refused

if TYPE_CHECKING:
    from tai2.wire.verbs import CommitReply, PrepareParams, Ticket

COMMIT_S: Final = 55.0
"""Closing several positions takes its time."""
LEFT_OVER: Final = 1
EXITS: Final = (0, 1, 2, 3, 5, 6, 8)

Confirm = Annotated[str, typer.Option(metavar="WORD", help="The word, for scripts.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would happen, do nothing.")]
Why = Annotated[str, typer.Option(help="Why, for the journal.")]


def two_steps(wanted: "PrepareParams", confirm: str, only_show: bool, as_json: bool) -> None:  # noqa: FBT001 - flags as typed
    """Prepare a verb, have it confirmed, carry it out and tell what came of it.

    Raises:
        Refused: There is no terminal, or another word was typed.
        Exit: With 1 when something is left.
    """
    from tai2.cli.output import CALL_TIMEOUT_S, print_json
    from tai2.client.connection import connect
    from tai2.wire.verbs import COMMIT, PREPARE, CommitParams

    with connect() as desk:
        ticket = desk.call(PREPARE, wanted, CALL_TIMEOUT_S)
        if only_show:
            if as_json:
                print_json(ticket)
            else:
                _show(ticket, is_talk=False)
            return
        word = confirm or _asked(ticket)
        reply = desk.call(COMMIT, CommitParams(ticket=ticket.ticket, typed=word), COMMIT_S)
    if as_json:
        print_json(reply)
    else:
        _tell(reply)
    if not reply.is_done:
        raise typer.Exit(LEFT_OVER)


def _asked(ticket: "Ticket") -> str:
    """Show the ticket and return what the person types.

    Raises:
        Refused: There is no terminal, or another word was typed.
    """
    _show(ticket, is_talk=True)
    again = f"tai2 {ticket.verb.value} … --confirm {ticket.typed}"
    if not sys.stdin.isatty():
        raise Refused("not confirmed: no terminal to ask at", again)
    typed = str(typer.prompt(ticket.question, default="", show_default=False, err=True))
    if typed.strip().lower() != ticket.typed:
        raise Refused("not confirmed: nothing was done", f"The word is: {ticket.typed}")
    return typed


def _show(ticket: "Ticket", *, is_talk: bool) -> None:
    from tai2.view.text import safe

    what = f" {ticket.inst_id}" if ticket.inst_id else ""
    typer.echo(f"{ticket.verb.value}{safe(what)}:", err=is_talk)
    for line in ticket.summary.lines:
        typer.echo(f"  {safe(line)}", err=is_talk)


def _tell(reply: "CommitReply") -> None:
    from tai2.view.text import safe

    for line in reply.lines:
        typer.echo(safe(line))
