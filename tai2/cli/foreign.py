"""`tai2 adopt` and `ignore`: what becomes of a position that somebody else holds here.

Until a person has said so, it locks its instrument. Both ask in numbers first and can be undone;
the daemon decides, nothing is computed here.
"""

from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer

from tai2.cli.help import CONTROL, epilog
from tai2.cli.output import AsJson
from tai2.cli.two_steps import EXITS, Confirm, DryRun, Why, two_steps
from tai2.model.errors import UsageError

Inst = Annotated[str, typer.Argument(metavar="INST", help="Such as BTC-USDT-SWAP.")]
Undo = Annotated[bool, typer.Option("--undo", help="Take it back.")]


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    end = epilog(
        "tai2 adopt BTC-USDT-SWAP --stop-pct 2", "tai2 adopt BTC-USDT-SWAP --undo", exits=EXITS
    )
    app.command("adopt", rich_help_panel=CONTROL, epilog=end)(adopt)
    end = epilog(
        "tai2 ignore SOL-USDT-SWAP", "tai2 ignore SOL-USDT-SWAP --undo --confirm y", exits=EXITS
    )
    app.command("ignore", rich_help_panel=CONTROL, epilog=end)(ignore)


def adopt(  # noqa: PLR0913 - one parameter a flag
    inst: Inst,
    *,
    stop_pct: Annotated[
        str | None, typer.Option(metavar="PERCENT", help="How far from the mark its stop lies.")
    ] = None,
    undo: Undo = False,
    reason: Why = "by hand",
    confirm: Confirm = "",
    only_show: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take over somebody else's position: it gets a stop and is guarded as ours."""
    from tai2.model.ids import InstId
    from tai2.wire.verbs import PrepareParams, Verb

    wanted = PrepareParams(
        verb=Verb.RELEASE if undo else Verb.ADOPT,
        inst_id=InstId(inst),
        stop_pct=_percent(stop_pct),
        reason=reason,
    )
    two_steps(wanted, confirm, only_show, as_json)


def ignore(
    inst: Inst,
    *,
    undo: Undo = False,
    reason: Why = "by hand",
    confirm: Confirm = "",
    only_show: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Acknowledge somebody else's position: it stays theirs and locks nothing."""
    from tai2.model.ids import InstId
    from tai2.wire.verbs import PrepareParams, Verb

    verb = Verb.HEED if undo else Verb.IGNORE
    wanted = PrepareParams(verb=verb, inst_id=InstId(inst), reason=reason)
    two_steps(wanted, confirm, only_show, as_json)


def _percent(typed: str | None) -> Decimal | None:
    if typed is None:
        return None
    try:
        percent = Decimal(typed)
    except InvalidOperation:
        percent = Decimal("NaN")
    if not percent.is_finite():
        raise UsageError(f"--stop-pct {typed!r:.40} isn't a number", "Such as 2 or 1.5.")
    return percent
