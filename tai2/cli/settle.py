"""`tai2 settle`: a person's word on an order that can't be proven any more.

It shows what the exchange says first. The daemon refuses while proof is possible, and whatever
shows up later counts more than the word.
"""

from typing import Annotated

import typer

from tai2.cli.help import CONTROL, epilog
from tai2.cli.output import AsJson
from tai2.cli.two_steps import EXITS, Confirm, DryRun, Why, two_steps
from tai2.model.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the verb."""
    order = "t2main01ARZ3NDEKTSV4RRFFQ69G5FAV"
    end = epilog(
        f"tai2 settle {order} absent --dry-run",
        f'tai2 settle {order} filled --reason "seen in the app"',
        exits=EXITS,
    )
    app.command("settle", rich_help_panel=CONTROL, epilog=end)(settle)


def settle(
    order: Annotated[str, typer.Argument(metavar="ORDER", help="Its client id.")],
    said: Annotated[str, typer.Argument(metavar="absent|filled", help="What became of it.")],
    *,
    reason: Why = "by hand",
    confirm: Confirm = "",
    only_show: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Say what became of an order that has been in doubt for over two hours."""
    from tai2.model.ids import ClOrdId
    from tai2.wire.verbs import PrepareParams, Said, Verb

    if said not in set(Said):
        raise UsageError(f"{said!r:.40} isn't absent or filled", "tai2 settle ORDER absent")
    wanted = PrepareParams(
        verb=Verb.SETTLE, cl_ord_id=ClOrdId(order), said=Said(said), reason=reason
    )
    two_steps(wanted, confirm, only_show, as_json)
