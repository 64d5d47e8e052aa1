"""`tai2 backup` and `tai2 restore`: the journal as one file, and back.

A backup may be taken while the desk runs; a restore needs it stopped, keeps the journal that
it replaces, and leaves the desk HALTED. Secrets are not in the journal, so not in a backup.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from tai2.cli.help import SET_UP, epilog
from tai2.cli.output import AsJson

if TYPE_CHECKING:
    from tai2.settings.sections import Settings
    from tai2.store.journal.backup import Contents

WORD: Final = "restore"
Config = Annotated[Path | None, typer.Option(metavar="FILE", help="TOML file.")]


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    backup_end = epilog("tai2 backup desk.backup", exits=(0, 1, 2))
    app.command("backup", rich_help_panel=SET_UP, epilog=backup_end)(backup)
    restore_end = epilog(
        "tai2 restore desk.backup",
        "tai2 restore desk.backup --confirm restore --json",
        exits=(0, 1, 2, 5, 74),
    )
    app.command("restore", rich_help_panel=SET_UP, epilog=restore_end)(restore)


def backup(
    target: Annotated[Path, typer.Argument(metavar="FILE", help="A new file.")],
    *,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Copy decisions, orders, trades, controls and prompts into one file; the desk may run."""
    from tai2.cli.output import print_json
    from tai2.settings.load import load
    from tai2.store.journal.backup import back_up

    copied = back_up(_journal(load(config, {})), target)
    if as_json:
        print_json(copied)
    else:
        typer.echo(f"{target}: {_told(copied)}")


def restore(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="What `tai2 backup` wrote.")],
    *,
    confirm: Annotated[
        str | None, typer.Option(metavar="WORD", help=f"Type {WORD} to answer the question.")
    ] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Put a backup in the journal's place; the desk must be stopped and will start HALTED."""
    from tai2.cli.output import print_json, say
    from tai2.daemon.lock import StateLock, open_state_dir
    from tai2.engine.clock import WallClock
    from tai2.settings.load import load
    from tai2.store.journal.backup import contents
    from tai2.store.journal.backup import restore as put_back

    settings = load(config, {})
    journal = _journal(settings)
    open_state_dir(journal.parent)
    lock = StateLock(_place(settings))
    try:
        incoming = contents(source)
        say(f"will put back: {_told(incoming)}")
        say(f"will replace:  {_replaced(journal)}")
        _confirm(confirm)
        kept = put_back(source, journal, WallClock().now_ms())
    finally:
        lock.close()
    if as_json:
        print_json({"restored": incoming, "kept": str(kept) if kept else None})
        return
    typer.echo(f"restored; the desk will start HALTED. The old journal: {kept or 'there was none'}")


def _place(settings: "Settings") -> Path:
    from tai2.settings.places import state_place

    return state_place(settings)


def _journal(settings: "Settings") -> Path:
    from tai2.daemon.compose import home_of
    from tai2.daemon.storage import JOURNAL_NAME

    return home_of(settings.mode, _place(settings)) / JOURNAL_NAME


def _told(held: "Contents") -> str:
    from tai2.view.text import utc_iso

    until = utc_iso(held.last_ms) if held.last_ms else "no cycle yet"
    return (
        f"{held.cycles:,} cycles until {until}, {held.orders:,} orders, {held.trades:,} trades, "
        f"controls {held.controls_version}, {held.size_bytes / 1e6:,.1f} MB"
    )


def _replaced(journal: Path) -> str:
    from tai2.model.errors import DataInvalid
    from tai2.store.journal.backup import contents

    try:
        return _told(contents(journal)) if journal.exists() else "nothing"
    except DataInvalid as exc:
        return exc.message


def _confirm(word: str | None) -> None:
    from tai2.model.errors import Refused

    if word is None and sys.stdin.isatty():
        word = typer.prompt(f"Type {WORD} to go on", default="", show_default=False, err=True)
    if word != WORD:
        raise Refused("not confirmed; nothing was changed", f"Answer with --confirm {WORD}.")
