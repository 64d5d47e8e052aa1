"""`tai2 halt` and `pause`, and the verbs in two steps: `close`, `flatten`, `resume`.

Halting and pausing must need nothing but the word. The others show in numbers what would happen and
want a word for it: typed at the terminal or given by --confirm; without either they refuse.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from tai2.cli.help import CONTROL, epilog
from tai2.cli.output import AsJson
from tai2.cli.two_steps import EXITS, Confirm, DryRun, Why, two_steps

if TYPE_CHECKING:
    from tai2.wire.controls import ReasonParams, TradingStateReply
    from tai2.wire.method import Method


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
        end = epilog(*examples, exits=EXITS)
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

    two_steps(PrepareParams(verb=Verb.RESUME, reason=reason), confirm, only_show, as_json)


def flatten(
    *,
    reason: Why = "by hand",
    confirm: Confirm = "",
    only_show: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Halt, cancel our orders and close our positions at market."""
    from tai2.wire.verbs import PrepareParams, Verb

    two_steps(PrepareParams(verb=Verb.FLATTEN, reason=reason), confirm, only_show, as_json)


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
    two_steps(wanted, confirm, only_show, as_json)


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
