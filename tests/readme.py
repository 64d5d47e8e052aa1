"""The README's long tables, made from the program itself: `uv run python -m tests.readme`.

A test holds the README equal to them. Between a pair of marks nothing is written by hand.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from pydantic import BaseModel

from tai2.cli.app import app
from tai2.settings.sections import SECRETS, Settings

PLACE = Path(__file__).parents[1] / "README.md"


def commands() -> str:
    """Return a table of every command with its flags."""
    rows = [f"| `tai2 {name}` | {text} | {flags} |" for name, text, flags in _verbs(_root(), "")]
    return "\n".join(["| command | what it does | takes |", "|---|---|---|", *rows])


def options() -> str:
    """Return a table of every option with its default."""
    rows = [f"| `{name}` | {default} | {text} |" for name, default, text in _options(Settings, "")]
    return "\n".join(["| option | default | meaning |", "|---|---|---|", *rows])


TABLES = {"commands": commands, "options": options}


def renewed(text: str) -> str:
    """Return a README with its tables made anew."""
    for name, table in TABLES.items():
        mark = f"<!-- {name}: uv run python -m tests.readme -->"
        pattern = re.compile(rf"({re.escape(mark)}\n\n).*?(\n\n<!-- end -->)", re.DOTALL)
        made = table()
        text, count = pattern.subn(lambda found, made=made: found[1] + made + found[2], text)
        assert count == 1, f"the README has no place for {name}"
    return text


def _root() -> Any:
    return typer.main.get_command(app)


def _verbs(group: Any, prefix: str) -> Iterator[tuple[str, str, str]]:
    for name, command in group.commands.items():
        if command.hidden:
            continue
        if hasattr(command, "commands"):
            yield from _verbs(command, f"{prefix}{name} ")
            continue
        text = (command.help or "").split("\n\n", maxsplit=1)[0].replace("\n", " ").strip()
        yield prefix + name, _cell(text), ", ".join(_parameters(command))


def _parameters(command: Any) -> Iterator[str]:
    for one in command.params:
        if one.name == "help":
            continue
        if one.param_type_name == "argument":
            yield f"`{one.make_metavar(typer.Context(command))}`"
        else:
            yield f"`{max(one.opts, key=len)}`"


def _options(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, str, str]]:
    groups: list[tuple[str, type[BaseModel]]] = []
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            groups.append((name, kind))
        elif name not in SECRETS:
            yield prefix + name, _default(field.default), _cell(field.description or "")
    for name, kind in groups:
        yield from _options(kind, f"{prefix}{name}.")


def _default(given: object) -> str:
    if isinstance(given, tuple):
        given = ", ".join(map(str, given))
    if isinstance(given, bool):
        given = str(given).lower()
    return f"`{given}`" if str(given) else "empty"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PLACE.write_text(renewed(PLACE.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"{PLACE.name} renewed\n")
