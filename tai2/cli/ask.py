"""`tai2 ask`: a question in plain words, answered from facts. It can't trade.

The daemon answers; this verb sends the words and prints the text. Whatever comes back
is cleaned before it reaches a terminal.
"""

import sys
from typing import Annotated, Final

import typer

from tai2.cli.help import ASK, epilog
from tai2.cli.output import AsJson

_TIMEOUT_S: Final = 60.0
_QUESTION_BYTES: Final = 4 * 1024


def register(app: typer.Typer) -> None:
    """Add the verb."""
    help_end = epilog(
        'tai2 ask "why no trade in the last hour?"', "echo 'why no BTC trade today?' | tai2 ask -"
    )
    app.command("ask", rich_help_panel=ASK, epilog=help_end)(ask)


def ask(
    question: Annotated[str, typer.Argument(help="The question; - reads it from stdin.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Ask why it did or didn't trade."""
    from tai2.cli.output import call, print_json
    from tai2.model.errors import UsageError
    from tai2.view.text import safe
    from tai2.wire.past import ASK as ASK_METHOD
    from tai2.wire.past import AskParams

    words = (sys.stdin.read(_QUESTION_BYTES + 1) if question == "-" else question).strip()
    if not words:
        raise UsageError("the question is empty", 'For example: tai2 ask "why no trade?"')
    if len(words.encode("utf-8", "replace")) > _QUESTION_BYTES:
        raise UsageError("the question is longer than 4 KiB", "Shorten it.")
    reply = call(ASK_METHOD, AskParams(question=words), _TIMEOUT_S)
    if as_json:
        print_json(reply)
    else:
        typer.echo(safe(reply.answer, keep_lines=True))
