"""Loads the settings once: command line over environment over TOML over defaults.

Only the CLI and the composition root call it. It must name an unknown key and the nearest
valid one, read no secret from the TOML file, and never repeat a value in an error.
"""

import difflib
import os
import stat
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
)

from tai2.model.errors import ConfigError
from tai2.settings.paths import find_config
from tai2.settings.sections import SECRETS, Settings

Tree = dict[str, Any]
"""Nested options as a TOML file gives them."""

_NOT_OPTIONS: Final = frozenset({"TAI2_CONFIG", "TAI2_DEBUG", "TAI2_TESTING", "TAI2_FAILPOINT"})
"""Variables with our prefix that steer the program and aren't options."""
_OURS: Final = "Value error, "
"""What pydantic writes before a message of ours."""


def load(
    config: Path | None, overrides: Mapping[str, str], environ: Mapping[str, str] = os.environ
) -> Settings:
    """Return the frozen settings.

    Args:
        config: TOML file; None = $TAI2_CONFIG, the user's or the system's one where it exists.
        overrides: Dotted option → text from the command line, for example {"sim.seed": "7"}.
        environ: Environment to read.

    Raises:
        ConfigError: A key is unknown, a value malformed, a file unreadable or a secret in it.
    """
    path = config or find_config(environ)
    file_tree = read_toml(path) if path else {}
    flags = _tree(overrides)
    for origin, tree in ((str(path), file_tree), ("the command line", flags)):
        _check_keys(tree, origin)
    _check_environ(environ)
    return _build(_aliased(flags), _aliased(file_tree | _credentials(environ)), path)


def read_toml(path: Path) -> Tree:
    """Return the options of a TOML file.

    Raises:
        ConfigError: It can't be read, isn't TOML, or holds a secret.
    """
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise ConfigError(f"can't read {path}: {exc.strerror}", "Check --config.") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise ConfigError(
            f"{path} isn't valid TOML: {exc}", "config.example.toml shows how it looks."
        ) from exc
    if found := next((key.lower() for key in tree if key.lower() in SECRETS), None):
        raise ConfigError(
            f"{path} holds the secret {found}",
            f"Remove it there; set {found.upper()} in the environment or as a credential.",
        )
    return tree


def option_names(model: type[BaseModel] = Settings, prefix: str = "") -> Iterator[str]:
    """Yield every dotted option name, secrets left out."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from option_names(kind, f"{prefix}{name}.")
        elif name not in SECRETS:
            yield f"{prefix}{name}"


def _tree(dotted: Mapping[str, str]) -> Tree:
    tree: Tree = {}
    for key, text in dotted.items():
        *parents, leaf = key.split(".")
        node = tree
        for parent in parents:
            node = node.setdefault(parent, {})
        node[leaf] = text
    return tree


def _aliased(tree: Tree) -> Tree:
    """Call a field by its alias, as the environment does: else two sources don't meet."""
    fields = Settings.model_fields
    return {
        str(fields[key].validation_alias or key) if key in fields else key: node
        for key, node in tree.items()
    }


def _flat(tree: Tree, prefix: str = "") -> Iterator[str]:
    for key, node in tree.items():
        if isinstance(node, dict):
            yield from _flat(node, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"


def _check_keys(tree: Tree, origin: str) -> None:
    known = list(option_names())
    for key in _flat(tree):
        if key not in known:
            raise ConfigError(f"unknown option {key!r} in {origin}", _nearest(key, known))


def _check_environ(environ: Mapping[str, str]) -> None:
    known = [f"TAI2_{name.replace('.', '__').upper()}" for name in option_names()]
    for name in environ:
        if name.startswith("TAI2_") and name not in _NOT_OPTIONS and name not in known:
            raise ConfigError(f"unknown option {name!r} in the environment", _nearest(name, known))


def _nearest(key: str, known: list[str]) -> str:
    close = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    return f"Did you mean {close[0]!r}?" if close else "config.example.toml lists every option."


def _credentials(environ: Mapping[str, str]) -> Tree:
    """Read secrets that systemd passed as files; each must be readable by us alone."""
    directory = environ.get("CREDENTIALS_DIRECTORY")
    tree: Tree = {}
    for key in SECRETS if directory else ():
        path = Path(str(directory)) / key
        if not path.is_file():
            continue
        if _is_shared(path):
            raise ConfigError(f"credential {key} is readable by others", f"chmod 600 {path}")
        tree[key] = path.read_text(encoding="utf-8").strip()
    return tree


def _is_shared(path: Path) -> bool:
    """Tell whether others than the owner, and the user whom systemd named, may read a file.

    systemd lets the service's user in by an access list where the file system has them; the
    group's bits then show the list's mask and not the group's rights (acl(5)).
    """
    has_list = "system.posix_acl_access" in os.listxattr(path)
    return bool(stat.S_IMODE(path.stat().st_mode) & (0o007 if has_list else 0o077))


def _build(flags: Tree, file_tree: Tree, path: Path | None) -> Settings:
    class Layered(Settings):
        """The settings with their file and flags as sources."""

        @classmethod
        def settings_customise_sources(  # type: ignore[override] # passed by keyword
            cls, settings_cls: type[BaseSettings], **_unused: PydanticBaseSettingsSource
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            """Put flags before environment before file."""
            return (
                InitSettingsSource(settings_cls, init_kwargs=flags),
                EnvSettingsSource(settings_cls),
                InitSettingsSource(settings_cls, init_kwargs=file_tree),
            )

    try:
        return Layered()
    except ValidationError as exc:
        first = exc.errors(include_input=False, include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        hint = f"See {path} and the environment." if path else "See config.example.toml."
        raise ConfigError(f"option {key}: {first['msg'].removeprefix(_OURS)}", hint) from exc
