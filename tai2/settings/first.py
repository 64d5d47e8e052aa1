"""Writes a person's first configuration file: every option with its help, a few of them set.

`tai2 init` calls it. The text must load to just what was asked for, hold no secret, and never
take the place of a file that is there.
"""

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from tai2.model.errors import ConfigError, UsageError
from tai2.settings.example import render
from tai2.settings.sections import Settings


def filled(chosen: Mapping[str, str]) -> str:
    """Return the example with these options set.

    Args:
        chosen: Dotted option → TOML literal, such as {"mode": '"demo"'}.
    """
    lines, section = [], ""
    for line in render().splitlines():
        if line.startswith("["):
            section = f"{line[1:-1]}."
        name, is_option, _default = line.removeprefix("#").partition(" = ")
        literal = chosen.get(section + name) if is_option and line.startswith("#") else None
        lines.append(f"{name} = {literal}" if literal is not None else line)
    return "\n".join(lines) + "\n"


def write(text: str, path: Path, read: Callable[[Path], Settings], *, is_forced: bool) -> Settings:
    """Put the file there, for its owner only, whole or not at all; return what it says.

    Args:
        text: Of the file.
        path: Where it belongs.
        read: Loads a file as the next start would.
        is_forced: True lets it take the place of another.

    Raises:
        UsageError: There is one already.
        ConfigError: It says something that can't be, or can't be written.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".config-", suffix=".toml", dir=path.parent)
    except OSError as exc:
        raise ConfigError(
            f"can't write into {path.parent}: {exc.strerror}", "Name another file: --config FILE"
        ) from exc
    draft = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
        settings = _loaded(draft, read)
        _place(draft, path, is_forced=is_forced)
    finally:
        draft.unlink(missing_ok=True)
    return settings


def _loaded(draft: Path, read: Callable[[Path], Settings]) -> Settings:
    """Return what a draft says.

    Raises:
        ConfigError: It says something that can't be.
    """
    try:
        return read(draft)
    except ConfigError as exc:
        raise ConfigError(exc.message, "Nothing was written.") from exc


def _place(draft: Path, path: Path, *, is_forced: bool) -> None:
    if is_forced:
        draft.replace(path)
        return
    try:
        path.hardlink_to(draft)
    except FileExistsError as exc:
        raise UsageError(
            f"{path} is there already", "Edit it, or write it anew with --force."
        ) from exc
