"""`tai2 init`: asks a few questions and writes a commented configuration file.

On a terminal it asks for what no flag says; elsewhere flags and defaults count. It must never
ask for a secret nor take one: it says where they belong.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from tai2.cli.help import SET_UP, epilog
from tai2.cli.output import AsJson

if TYPE_CHECKING:
    from tai2.settings.sections import Settings

_KEYS: Final = ("OKX_API_KEY", "OKX_SECRET_KEY", "OKX_PASSPHRASE")
_QUESTIONS: Final = {
    "mode": "Mode: sim, paper, demo or real",
    "okx.region": "Where the account was opened: global, eea or us",
    "instruments": "Instruments, separated by commas",
    "ws_update_interval": "Seconds between decisions",
}
_NEEDS_PLACE: Final = ("paper", "demo", "real")
_NEEDS_KEY: Final = ("demo", "real")


def register(app: typer.Typer) -> None:
    """Add the verb."""
    end = epilog("tai2 init", "tai2 init --mode demo --region eea --interval 300", exits=(0, 2))
    app.command("init", rich_help_panel=SET_UP, epilog=end)(init)


def init(
    *,
    mode: Annotated[str | None, typer.Option(help="sim, paper, demo or real.")] = None,
    region: Annotated[str | None, typer.Option(help="global, eea or us.")] = None,
    instruments: Annotated[str | None, typer.Option(help="Separated by commas.")] = None,
    interval: Annotated[str | None, typer.Option(help="Seconds between decisions.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a commented configuration file, asking for what matters; never for a secret."""
    from tai2.cli.output import print_json
    from tai2.settings.first import filled, write
    from tai2.settings.load import load

    path = _place()
    if not force:
        _need_free(path)
    given = {
        "mode": mode,
        "okx.region": region,
        "instruments": instruments,
        "ws_update_interval": interval,
    }
    chosen = _chosen(given, is_talk=sys.stdin.isatty() and not as_json)
    text = filled(_literals(chosen))
    settings = write(text, path, lambda draft: load(draft, {}, {}), is_forced=force)
    steps = tuple(_steps(settings))
    if as_json:
        print_json({"path": str(path), "set": chosen, "next": steps})
        return
    typer.echo(f"Wrote {path}: every option with its default; set: {', '.join(chosen) or 'none'}.")
    for step in steps:
        typer.echo(step)


def _place() -> Path:
    """Return where this desk's file belongs: what the environment names, else the person's."""
    import os

    from tai2.settings.paths import config_home

    name = os.environ.get("TAI2_INSTANCE", "config")
    return Path(os.environ.get("TAI2_CONFIG") or config_home() / f"{name}.toml")


def _need_free(path: Path) -> None:
    """Refuse before anything is asked."""
    from tai2.model.errors import UsageError

    if path.exists():
        raise UsageError(f"{path} is there already", "Edit it, or write it anew with --force.")


def _chosen(given: dict[str, str | None], *, is_talk: bool) -> dict[str, str]:
    """Return what differs from the defaults, by the flags and, on a terminal, the answers."""
    from tai2.settings.sections import Settings

    defaults = {
        "mode": Settings.model_fields["mode"].default.value,
        "okx.region": "global",
        "instruments": ",".join(Settings.model_fields["instruments"].default),
        "ws_update_interval": str(Settings.model_fields["ws_update_interval"].default),
    }
    ask: Callable[[str, str], str] = _asked if is_talk else (lambda _key, default: default)
    chosen: dict[str, str] = {}
    for key, default in defaults.items():
        if key == "okx.region" and chosen.get("mode", defaults["mode"]) not in _NEEDS_PLACE:
            text = given[key] or default
        else:
            text = given[key] or ask(key, default)
        if text != default:
            chosen[key] = text
    return chosen


def _asked(key: str, default: str) -> str:
    return str(typer.prompt(_QUESTIONS[key], default=default, err=True)).strip()


def _literals(chosen: dict[str, str]) -> dict[str, str]:
    """Write the texts as TOML has them."""
    import json

    literals = {key: json.dumps(text) for key, text in chosen.items()}
    if "instruments" in chosen:
        literals["instruments"] = json.dumps(
            [one.strip() for one in chosen["instruments"].split(",")]
        )
    if "ws_update_interval" in chosen and chosen["ws_update_interval"].isdecimal():
        literals["ws_update_interval"] = chosen["ws_update_interval"]
    return literals


def _steps(settings: "Settings") -> "list[str]":
    """Return what to do next, in order."""
    from tai2.daemon.doctor.account import ACCEPTANCE

    steps = []
    if settings.mode.value in _NEEDS_KEY:
        keys = ", ".join(_KEYS)
        steps.append(
            f"Keys don't belong into it: set {keys} in the environment, or as credentials."
        )
    steps.append("OPENROUTER_API_KEY lets a language model decide; without it rules-v1 does.")
    if settings.mode.value == "real":
        steps.append(
            f'Real orders need your word: write accept_real_money = "{ACCEPTANCE}" below [okx].'
        )
    steps.append("Then: tai2 doctor, and when it is clean: tai2 run")
    return steps
