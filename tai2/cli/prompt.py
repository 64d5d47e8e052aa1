"""`tai2 prompt`: show, edit, compare and go back in what the model is told.

Each verb is one or two calls to the daemon. A new text goes in with the version that was
edited, so that two operators never overwrite each other.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tai2.cli.help import CONTROL, GroupedHelp, epilog
from tai2.cli.output import AsJson

if TYPE_CHECKING:
    from tai2.wire.prompts import VersionRow

_EXITS = (0, 2, 3, 5, 6, 8)
ForStrategy = Annotated[
    bool, typer.Option("--strategy", help="The strategy instead of the system prompt.")
]


def register(app: typer.Typer) -> None:
    """Add the group of verbs."""
    group = typer.Typer(rich_markup_mode=None, no_args_is_help=True, cls=GroupedHelp)
    show_end = epilog(
        "tai2 prompt show --instrument BTC-USDT-SWAP",
        "tai2 prompt show --instrument BTC-USDT-SWAP --json",
        exits=_EXITS,
    )
    edit_end = epilog(
        "tai2 prompt edit --strategy",
        "tai2 prompt edit --file my-prompt.txt",
        exits=_EXITS,
    )
    diff_end = epilog("tai2 prompt diff 3 7", "tai2 prompt diff 3 7 --strategy", exits=_EXITS)
    versions_end = epilog("tai2 prompt versions", "tai2 prompt versions --json", exits=_EXITS)
    revert_end = epilog("tai2 prompt revert 3", "tai2 prompt revert 3 --json", exits=_EXITS)
    for verb, end in (
        (show, show_end),
        (versions, versions_end),
        (diff, diff_end),
        (edit, edit_end),
        (revert, revert_end),
    ):
        group.command(verb.__name__, rich_help_panel=CONTROL, epilog=end)(verb)
    app.add_typer(
        group,
        name="prompt",
        rich_help_panel=CONTROL,
        help="Show and change what the model is told.",
    )


def show(
    *,
    instrument: Annotated[str, typer.Option(help="Whose decision.")],
    as_json: AsJson = False,
) -> None:
    """Print exactly what would be sent to the model now."""
    from tai2.cli.output import call, print_json, say
    from tai2.model.ids import InstId
    from tai2.view.text import safe
    from tai2.wire.prompts import PROMPT_SHOW, PromptParams

    reply = call(PROMPT_SHOW, PromptParams(inst_id=InstId(instrument)))
    if as_json:
        print_json(reply)
        return
    typer.echo(safe(reply.system, keep_lines=True).rstrip())
    typer.echo("")
    typer.echo(safe(reply.user, keep_lines=True).rstrip())
    cost = "price not known" if reply.cost_usd is None else f"about ${reply.cost_usd} a call"
    head = f"version {reply.version} · {reply.prompt_hash} · {reply.model}"
    say(f"{head} · ≈{reply.tokens} tokens · {cost}")


def versions(
    *,
    limit: Annotated[int, typer.Option("-n", min=1, help="How many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List versions of system prompt and strategy, newest first."""
    from tai2.cli.output import call, print_json
    from tai2.cli.table import Column, render
    from tai2.view.text import safe, utc_iso
    from tai2.wire.prompts import PROMPT_VERSIONS, VersionsParams

    reply = call(PROMPT_VERSIONS, VersionsParams(limit=limit))
    if as_json:
        print_json(reply)
        return
    columns = [
        Column("Version", is_number=True),
        *(Column(name, is_number=False) for name in ("Changed", "By", "Hash", "Model", "")),
    ]
    rows = [
        [
            str(row.version),
            utc_iso(row.changed_ms),
            safe(row.changed_by),
            row.prompt_hash,
            safe(row.model_id) or "default",
            "in force" if row.is_current else "",
        ]
        for row in reply.versions
    ]
    typer.echo(render(columns, rows))


def diff(
    old: Annotated[int, typer.Argument(help="Version before.")],
    new: Annotated[int, typer.Argument(help="Version after.")],
    *,
    strategy: ForStrategy = False,
) -> None:
    """Compare the texts of two versions."""
    import difflib

    from tai2.view.text import safe

    texts = {row.version: _text_of(row, strategy=strategy) for row in _all_versions()}
    before, after = (_pick(texts, version) for version in (old, new))
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), f"version {old}", f"version {new}", lineterm=""
    )
    for line in lines:
        typer.echo(safe(line))


def edit(
    *,
    strategy: ForStrategy = False,
    file: Annotated[
        str | None, typer.Option(metavar="FILE", help="Take the text from here; - = stdin.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Change the system prompt or the strategy, effective with the next decision."""
    from tai2.cli.output import call, print_json, say
    from tai2.wire.controls import CONFIG_GET, CONFIG_SET, ConfigSetParams
    from tai2.wire.method import NoParams

    version = call(CONFIG_GET, NoParams()).version
    text = _read(file) if file else _edited(_text_of(_current(), strategy=strategy))
    if text is None:
        say("nothing changed")
        return
    key = "strategy" if strategy else "system_prompt"
    reply = call(CONFIG_SET, ConfigSetParams(key=key, text=text, expected_version=version))
    if as_json:
        print_json(reply)
    else:
        typer.echo(f"{key}: {reply.current} (version {reply.version})")


def revert(
    version: Annotated[int, typer.Argument(help="Version whose texts to take.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Go back to the texts of an earlier version, as a new version."""
    from tai2.cli.output import call, print_json
    from tai2.wire.prompts import PROMPT_REVERT, RevertParams

    reply = call(PROMPT_REVERT, RevertParams(version=version))
    if as_json:
        print_json(reply)
    else:
        typer.echo(f"prompt {reply.prompt_hash} is in force (version {reply.version})")


def _all_versions() -> "tuple[VersionRow, ...]":
    from tai2.cli.output import call
    from tai2.wire.prompts import PROMPT_VERSIONS, VersionsParams

    return call(PROMPT_VERSIONS, VersionsParams(limit=1_000)).versions


def _current() -> "VersionRow":
    return next(row for row in _all_versions() if row.is_current)


def _text_of(row: "VersionRow", *, strategy: bool) -> str:
    return row.strategy if strategy else row.system_prompt


def _pick(texts: dict[int, str], version: int) -> str:
    from tai2.model.errors import UsageError

    if version not in texts:
        raise UsageError(f"no prompt changed at version {version}", "tai2 prompt versions")
    return texts[version]


def _read(file: str) -> str:
    from tai2.model.errors import UsageError

    if file == "-":
        return sys.stdin.read()
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise UsageError(f"can't read {file}: {exc}", "Give a text file, or - for stdin.") from exc


def _edited(text: str) -> str | None:
    """Let the person edit a text in $EDITOR; None = nothing changed."""
    from tai2.client.editor import edited
    from tai2.model.errors import Refused

    if not sys.stdin.isatty():
        raise Refused("there is no terminal to edit in", "Give the text with --file.")
    return edited(text)
