"""`tai2 ask`: a question in plain words, answered from facts. It can't trade.

The daemon answers; this verb sends the words and prints the text. Whatever comes back
is cleaned before it reaches a terminal.
"""

import sys
from typing import TYPE_CHECKING, Annotated, Final

import typer

from tai2.cli.help import ASK, epilog
from tai2.cli.output import AsJson

if TYPE_CHECKING:
    from tai2.wire.past import AskEvent, AskReply

_TIMEOUT_S: Final = 90.0
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
    from tai2.cli.output import print_json
    from tai2.client.connection import connect
    from tai2.model.errors import UsageError
    from tai2.wire.past import ASK as ASK_METHOD
    from tai2.wire.past import AskParams

    words = (sys.stdin.read(_QUESTION_BYTES + 1) if question == "-" else question).strip()
    if not words:
        raise UsageError("the question is empty", 'For example: tai2 ask "why no trade?"')
    if len(words.encode("utf-8", "replace")) > _QUESTION_BYTES:
        raise UsageError("the question is longer than 4 KiB", "Shorten it.")
    printer = _Printer(is_silent=as_json)
    with connect() as desk:
        reply = desk.stream(ASK_METHOD, AskParams(question=words), printer.take, _TIMEOUT_S)
    if as_json:
        print_json(reply)
    else:
        printer.close(reply)


class _Printer:
    """Prints an answer as it comes: words to stdout, look-ups to stderr."""

    def __init__(self, *, is_silent: bool) -> None:
        self._is_silent = is_silent
        self._is_open = False
        self._has_words = False

    def take(self, event: "AskEvent") -> None:
        """Print one event."""
        from tai2.cli.output import say
        from tai2.view.text import safe
        from tai2.wire.past import AskStep

        if self._is_silent:
            return
        text = safe(event.text, keep_lines=True)
        if event.step is AskStep.FACTS:
            typer.echo(text)
        elif event.step is AskStep.DELTA:
            if not self._has_words:
                typer.echo("")
            typer.echo(text, nl=False)
            self._has_words, self._is_open = True, not text.endswith("\n")
        elif event.step is AskStep.LOOKING:
            self._end_line()
            say(f"looking at {safe(event.text)}")

    def close(self, reply: "AskReply") -> None:
        """Print what remains: the words if they didn't stream, the check, the failure."""
        from tai2.cli.output import say
        from tai2.view.text import safe

        explanation = reply.explanation
        if explanation is not None:
            if not self._has_words:
                typer.echo(f"\n{safe(explanation.text, keep_lines=True)}")
            self._end_line()
            typer.echo(
                f"— {safe(explanation.footer)} · {safe(explanation.model)} "
                f"· ${explanation.cost_usd:.4f}"
            )
        if reply.failure:
            self._end_line()
            say(f"no explanation: {safe(reply.failure)}")

    def _end_line(self) -> None:
        if self._is_open:
            typer.echo("")
        self._is_open = False
