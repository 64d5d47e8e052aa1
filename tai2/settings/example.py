"""Writes config.example.toml from the options themselves, so that the two can't differ.

A test pins the file in the repository to this output; run `python -m tai2.settings.example`
to write it anew. It must list every option with its help and its default, commented out.
"""

import sys
from collections.abc import Iterator

from pydantic import BaseModel

from tai2.settings.sections import SECRETS, Settings

_HEAD = """\
# tai2 configuration. Every line shows its default; remove its "#" to change one.
# Place: ~/.config/tai2/config.toml, /etc/tai2/config.toml, or --config FILE.
# The command line beats the environment (TAI2_SECTION__FIELD), which beats this file.
# Secrets never stand here: OKX_API_KEY, OKX_SECRET_KEY, OKX_PASSPHRASE, OPENROUTER_API_KEY,
# DATABASE_URL, REDIS_URL and NOTIFY_URL come from the environment or systemd credentials.
"""


def render() -> str:
    """Return the text of config.example.toml."""
    return _HEAD + "\n".join(_section(Settings, "")) + "\n"


def _section(model: type[BaseModel], name: str) -> Iterator[str]:
    yield f"\n[{name}]" if name else ""
    groups: list[tuple[str, type[BaseModel]]] = []
    for key, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            groups.append((key, kind))
        elif key not in SECRETS:
            yield f"# {field.description}"
            yield f"#{key} = {_literal(field.default)}"
    for key, kind in groups:
        yield from _section(kind, key)


def _literal(default: object) -> str:
    if isinstance(default, tuple):
        return "[" + ", ".join(f'"{entry}"' for entry in default) + "]"
    if isinstance(default, bool):
        return str(default).lower()
    return f'"{default}"' if isinstance(default, str) else str(default)


if __name__ == "__main__":
    sys.stdout.write(render())
