"""`tai2 models`: the models fit to trade, with what a day of decisions would cost.

One call to the daemon, which asks the model server for its list at most once an hour.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from tai2.cli.help import SET_UP, epilog
from tai2.cli.output import AsJson

if TYPE_CHECKING:
    from decimal import Decimal

    from tai2.wire.models import ModelRow

_EXITS = (0, 2, 3, 4, 6, 8)
_TIMEOUT_S = 60.0


def register(app: typer.Typer) -> None:
    """Add the verb."""
    end = epilog("tai2 models", "tai2 models deepseek --all --json", exits=_EXITS)
    app.command("models", rich_help_panel=SET_UP, epilog=end)(models)


def models(
    search: Annotated[str, typer.Argument(help="Part of the id.")] = "",
    *,
    show_all: Annotated[bool, typer.Option("--all", help="Unfit ones too, with why.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the models fit to trade, cheapest first."""
    from tai2.cli.output import call, print_json, say
    from tai2.cli.table import Column, render
    from tai2.view.text import safe
    from tai2.wire.models import MODELS, ModelsParams

    reply = call(MODELS, ModelsParams(search=search, is_fit_only=not show_all), _TIMEOUT_S)
    if as_json:
        print_json(reply)
        return
    names = ("", "Model", "Context", "$/M in", "$/M out", "$/day", "Against")
    columns = [Column(name, is_number=name not in ("", "Model", "Against")) for name in names]
    typer.echo(render(columns, [_row(row) for row in reply.models]))
    say(f"$/day: every {reply.interval_s.normalize():f} s, all instruments")
    if reply.warning:
        say(f"the list may be old: {safe(reply.warning)}")


def _row(row: "ModelRow") -> list[str]:
    from tai2.view.text import UNKNOWN, safe

    return [
        "*" if row.is_current else "",
        safe(row.model_id),
        UNKNOWN if row.context_tokens is None else str(row.context_tokens),
        _usd(row.prompt_usd_per_m),
        _usd(row.completion_usd_per_m),
        _usd(row.day_usd),
        safe("; ".join(row.against)),
    ]


def _usd(usd: "Decimal | None") -> str:
    from tai2.view.text import UNKNOWN

    return UNKNOWN if usd is None else f"{usd:.2f}"
