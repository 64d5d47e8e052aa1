"""`tai2 halt` and `pause`, and the verbs in two steps: `close`, `flatten`, `resume`.

Halting and pausing must need nothing but the word. The others show in numbers what would happen and
want a word for it: typed at the terminal or given by --confirm; without either they refuse.
"""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Final

import typer

from tai2.cli.help import CONTROL, epilog
from tai2.cli.output import AsJson
from tai2.model.errors import Refused

if TYPE_CHECKING:
    from tai2.wire.controls import ReasonParams, TradingStateReply
    from tai2.wire.method import Method
    from tai2.wire.verbs import CommitReply, PrepareParams, Ticket

_EXITS = (0, 1, 2, 3, 5, 6, 8)
COMMIT_S: Final = 55.0
"""Closing several positions takes its time."""
LEFT_OVER: Final = 1

Confirm = Annotated[str, typer.Option(metavar="WORD", help="The word, for scripts.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would happen, do nothing.")]
Why = Annotated[str, typer.Option(help="Why, for the journal.")]


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    ends: dict[Callable[..., None], tuple[str, str]] = {
        halt: ("tai2 halt", 'tai2 halt --reason "news at 14:30"'),
        pause: ("tai2 pause", 'tai2 pause --reason "out for lunch" --json'),
        resume: (
            'tai2 resume --reason "news is over"',
            "tai2 resume --reason checked --confirm y --json",
        ),
        flatten: ("tai2 flatten", "tai2 flatten --confirm flatten --json"),
        close: ("tai2 close BTC-USDT-SWAP", "tai2 close BTC-USDT-SWAP --dry-run"),
    }
    for verb, examples in ends.items():
        end = epilog(*examples, exits=_EXITS)
        app.command(verb.__name__, rich_help_panel=CONTROL, epilog=end)(verb)


def halt(*, reason: Why = "by hand", as_json: AsJson = False) -> None:
    """Stop all new orders now; stops at the exchange stay. Survives restarts."""
    from tai2.wire.controls import HALT

    _at_once(HALT, reason, as_json)


def pause(*, reason: Why = "by hand", as_json: AsJson = False) -> None:
    """Open nothing new until `tai2 resume`; open positions are still managed."""
    from tai2.wire.controls import PAUSE

    _at_once(PAUSE, reason, as_json)


def resume(
    *,
    reason: Annotated[str, typer.Option(help="Why it is safe again, for the journal.")],
    confirm: Confirm = "",
    only_show: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Allow trading again after a halt."""
    from tai2.wire.verbs import PrepareParams, Verb

    _two_steps(PrepareParams(verb=Verb.RESUME, reason=reason), confirm, only_show, as_json)


def flatten(
    *,
    reason: Why = "by hand",
    confirm: Confirm = "",
    only_show: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Halt, cancel our orders and close our positions at market."""
    from tai2.wire.verbs import PrepareParams, Verb

    _two_steps(PrepareParams(verb=Verb.FLATTEN, reason=reason), confirm, only_show, as_json)


def close(
    inst: Annotated[str, typer.Argument(metavar="INST", help="Such as BTC-USDT-SWAP.")],
    *,
    reason: Why = "by hand",
    confirm: Confirm = "",
    only_show: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Close our position on one instrument at market, reduce-only."""
    from tai2.model.ids import InstId
    from tai2.wire.verbs import PrepareParams, Verb

    wanted = PrepareParams(verb=Verb.CLOSE, inst_id=InstId(inst), reason=reason)
    _two_steps(wanted, confirm, only_show, as_json)


def _at_once(
    method: "Method[ReasonParams, TradingStateReply]",
    reason: str,
    as_json: bool,  # noqa: FBT001 - the flag as typed
) -> None:
    from tai2.cli.output import call, print_json
    from tai2.wire.controls import ReasonParams

    reply = call(method, ReasonParams(reason=reason))
    if as_json:
        print_json(reply)
    else:
        typer.echo(f"trading is {reply.trading_state.value}")


def _two_steps(wanted: "PrepareParams", confirm: str, only_show: bool, as_json: bool) -> None:  # noqa: FBT001 - flags as typed
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
