"""The command line: the list of verbs, and the one place that prints errors.

`tai2.__main__` calls `run`; each verb lives in its own file and imports what it needs itself.
It must never show a traceback for bad input, nor mix words into stdout.
"""

import json
import os
import re
import sys
from typing import Annotated, Final, cast

import typer

from tai2.cli import (
    ask,
    backup,
    config,
    control,
    db,
    decisions,
    doctor,
    engine,
    foreign,
    guards,
    history,
    init,
    logs,
    metrics,
    models,
    notify,
    panic,
    prompt,
    record,
    replay,
    service,
    settle,
    sim,
    snapshot,
    status,
    tui,
    version,
    watch,
    web,
)
from tai2.cli.help import GroupedHelp
from tai2.model.errors import Tai2Error, UsageError

INTERRUPTED: Final = 130
INSTANCE: Final = "--instance"
_Misuse = cast("type[typer.BadParameter]", typer.BadParameter.mro()[1])
"""A wrong word or flag: Typer exports only the children of this class."""
_CONTEXT: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

app = typer.Typer(
    name="tai2",
    cls=GroupedHelp,
    rich_markup_mode=None,
    add_completion=True,
    invoke_without_command=True,
    context_settings=_CONTEXT,
    epilog="\b\nStart:  tai2 run\nLook:   tai2 status\nStop:   tai2 halt",
)


@app.callback()
def main(
    context: typer.Context,
    *,
    instance: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Which desk: each has its own state, socket and orders (main)."
        ),
    ] = None,
    show_version: Annotated[
        bool, typer.Option("--version", "-V", help="Print the version and exit.")
    ] = False,
) -> None:
    """An LLM trading desk for OKX that you can leave running."""
    if instance is not None:
        os.environ["TAI2_INSTANCE"] = _checked(instance)
    if show_version:
        version.version(as_json=False)
    elif context.invoked_subcommand is None:
        if sys.stdin.isatty() and sys.stdout.isatty():
            tui.attach_alone()
        else:
            typer.echo(context.get_help())


for _module in (
    *(status, tui, watch, snapshot, decisions, history, guards, engine, logs, metrics),
    *(
        ask,
        control,
        panic,
        foreign,
        settle,
        prompt,
        models,
        init,
        config,
        db,
        notify,
        doctor,
        backup,
        service,
        web,
        sim,
        record,
        replay,
        version,
    ),
):
    _module.register(app)


def run(argv: list[str] | None = None) -> int:
    """Run one command line and return its exit code.

    Args:
        argv: Words behind the program's name; None = those of this process.
    """
    words = sys.argv[1:] if argv is None else argv
    try:
        return _flushed(_dispatched(_instance_first(words)))
    except Tai2Error as exc:
        _print_error(exc, is_json="--json" in words)
        return exc.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as exc:  # the one place where a bug becomes one line
        if os.environ.get("TAI2_DEBUG"):
            raise
        name = type(exc).__name__
        _say(f"tai2: internal error ({name}); run with TAI2_DEBUG=1 for the traceback")
        return 1


def _checked(instance: str) -> str:
    """Return a name that settings, paths and the exchange take alike.

    Raises:
        UsageError: It isn't one.
    """
    if not re.fullmatch(r"[a-z0-9]{1,4}", instance):
        hint = "At most four of a to z and 0 to 9, for example: --instance b"
        raise UsageError(f"no name of an instance: {instance!r:.20}", hint)
    return instance


def _instance_first(words: list[str]) -> list[str]:
    """Move --instance NAME to the front, so that it may stand behind any verb too."""
    for at, word in enumerate(words):
        taken = 2 if word == INSTANCE else 1 if word.startswith(f"{INSTANCE}=") else 0
        if taken:
            return words[at : at + taken] + words[:at] + words[at + taken :]
        if word == "--":
            break
    return words


def _dispatched(words: list[str]) -> int:
    """Run a verb and return its exit code.

    Raises:
        UsageError: A word or a flag is wrong.
    """
    command = typer.main.get_command(app)
    try:
        code = command.main(args=words, prog_name="tai2", standalone_mode=False)
    except SystemExit as done:
        code = done.code
    except _Misuse as exc:
        message = exc.format_message()
        if "\n" in message:  # a group without a verb: its help
            exc.show()
            return exc.exit_code
        path = exc.ctx.command_path if exc.ctx else "tai2"
        raise UsageError(message.rstrip("."), f"See: {path} --help") from exc
    return code if isinstance(code, int) else 0


def _flushed(code: int) -> int:
    """Write out what is buffered; a reader that left early is no error."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())
        os.close(nothing)
    return code


def _print_error(error: Tai2Error, *, is_json: bool) -> None:
    from tai2.view.text import safe

    if is_json:
        tree = {
            "error": error.message,
            "hint": error.hint,
            "exit_code": error.exit_code,
            "kind": type(error).__name__,
        }
        _say(json.dumps(tree))
        return
    _say(f"tai2: {safe(error.message)}")
    if error.hint:
        _say(f"  hint: {safe(error.hint)}")


def _say(line: str) -> None:
    typer.echo(line, err=True)
