"""`tai2 halt` and `tai2 resume`: stop trading at once, start it again with a reason.

Both are one call to the daemon. Halting must need nothing but the word; resuming needs
a reason, which stands in the journal beside who asked.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from tai2.cli.help import CONTROL, epilog
from tai2.cli.output import AsJson

if TYPE_CHECKING:
    from tai2.wire.controls import ReasonParams, TradingStateReply
    from tai2.wire.method import Method

_EXITS = (0, 2, 3, 5, 6, 8)


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    halt_end = epilog("tai2 halt", 'tai2 halt --reason "news at 14:30"', exits=_EXITS)
    resume_end = epilog(
        'tai2 resume --reason "news is over"', "tai2 resume --reason checked --json", exits=_EXITS
    )
    app.command("halt", rich_help_panel=CONTROL, epilog=halt_end)(halt)
    app.command("resume", rich_help_panel=CONTROL, epilog=resume_end)(resume)


def halt(
    *,
    reason: Annotated[str, typer.Option(help="Why, for the journal.")] = "by hand",
    as_json: AsJson = False,
) -> None:
    """Stop all new orders now; stops at the exchange stay. Survives restarts."""
    from tai2.wire.controls import HALT

    _change(HALT, reason, as_json=as_json)


def resume(
    *,
    reason: Annotated[str, typer.Option(help="Why it is safe again, for the journal.")],
    as_json: AsJson = False,
) -> None:
    """Allow trading again after a halt."""
    from tai2.wire.controls import RESUME

    _change(RESUME, reason, as_json=as_json)


def _change(
    method: "Method[ReasonParams, TradingStateReply]", reason: str, *, as_json: bool
) -> None:
    from tai2.cli.output import call, print_json
    from tai2.wire.controls import ReasonParams

    reply = call(method, ReasonParams(reason=reason))
    if as_json:
        print_json(reply)
    else:
        typer.echo(f"trading is {reply.trading_state.value}")
