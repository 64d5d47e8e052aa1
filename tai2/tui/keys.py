"""Every key of the terminal, once: bindings, footer, help and README come from this table.

A tab's bindings are the rows of its place. Prefixes of screen, tmux and mosh, Alt chords
and function keys must never be bound.
"""

from collections.abc import Iterable
from typing import Final

from textual.binding import Binding

from tai2.tui.key import Key, Place
from tai2.tui.page_keys import PAGE_KEYS
from tai2.tui.shell_keys import SHELL_KEYS
from tai2.tui.tab_keys import TAB_KEYS

KEYS: Final[tuple[Key, ...]] = (*SHELL_KEYS, *TAB_KEYS, *PAGE_KEYS)
LEFT_ALONE: Final = ("ctrl+a", "ctrl+b", "ctrl+circumflex_accent")
"""Prefixes of screen, tmux and mosh."""


def keys_of(*places: Place) -> tuple[Key, ...]:
    """Return the rows of some places, in the order of the table."""
    return tuple(key for key in KEYS if key.place in places)


def bindings(*places: Place) -> list[Binding]:
    """Return the bindings of some places for a widget's BINDINGS."""
    return [
        Binding(key.keys, key.action, key.label, show=False, id=key.id, tooltip=key.text)
        for key in keys_of(*places)
    ]


def markdown(keys: Iterable[Key] = KEYS) -> str:
    """Return the table for the README."""
    rows = [f"| `{key.shown}` | {key.place.value} | {key.text} |" for key in keys]
    return "\n".join(["| key | where | what it does |", "|---|---|---|", *rows])
