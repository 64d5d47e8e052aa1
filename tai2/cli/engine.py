"""`tai2 engine`: how good each reasoner was, by model and prompt version.

One call to the daemon, one table. A Brier score of 0.250 is a coin's.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from tai2.cli.help import WATCH, epilog
from tai2.cli.output import AsJson

if TYPE_CHECKING:
    from tai2.wire.engine import ScoreRow

_EXITS = (0, 2, 3, 6, 8)


def register(app: typer.Typer) -> None:
    """Add the verb."""
    end = epilog("tai2 engine", "tai2 engine --since 7d --json", exits=_EXITS)
    app.command("engine", rich_help_panel=WATCH, epilog=end)(engine)


def engine(
    *,
    since: Annotated[str, typer.Option(help="Time span or ISO time, such as 7d.")] = "30d",
    as_json: AsJson = False,
) -> None:
    """Show scores, cost and speed of every model and prompt."""
    from tai2.cli.output import CALL_TIMEOUT_S, print_json
    from tai2.cli.since import since_ms
    from tai2.cli.table import Column, render
    from tai2.client.connection import connect
    from tai2.view.text import safe
    from tai2.wire.engine import ENGINE, EngineParams
    from tai2.wire.method import NoParams
    from tai2.wire.status import STATUS

    with connect() as desk:
        start = since_ms(since, desk.call(STATUS, NoParams(), CALL_TIMEOUT_S).now_ms)
        reply = desk.call(ENGINE, EngineParams(since_ms=start), CALL_TIMEOUT_S)
    if as_json:
        print_json(reply)
        return
    cap = "" if reply.day_cap_usd is None else f" of ${reply.day_cap_usd}"
    spent = f"${reply.spent_today_usd}{cap} today"
    typer.echo(f"{safe(reply.reasoner)}  prompt {reply.prompt_hash}  {spent}")
    names = ("Reasoner", "Prompt", "Replies", "Failed", "Held", "Refused", "Sent", "Grounded")
    figures = ("Brier", "Bias", "Scored", "Cost/reply", "p50", "p95")
    columns = [Column(name, is_number=place > 1) for place, name in enumerate(names + figures)]
    typer.echo(render(columns, [_row(score) for score in reply.scores]))
    typer.echo("Brier 0.250 is a coin; bias above 0 says up too often.", err=True)


def _row(score: "ScoreRow") -> list[str]:
    from tai2.view.text import UNKNOWN, safe

    calibration = score.calibration
    grounded = f"{100 * score.verified // score.evidence}%" if score.evidence else UNKNOWN
    brier, bias = calibration.brier, calibration.bias
    cost = score.cost_usd / score.replies if score.replies else None
    return [
        safe(score.reasoner),
        score.prompt_hash or UNKNOWN,
        *(str(n) for n in (score.replies, score.failed, score.held, score.refused, score.sent)),
        grounded,
        UNKNOWN if brier is None else f"{brier:.3f}",
        UNKNOWN if bias is None else f"{bias:+.3f}",
        str(calibration.count),
        UNKNOWN if not cost else f"${cost:.4f}",
        f"{score.latency_p50_ms} ms",
        f"{score.latency_p95_ms} ms",
    ]
