"""What a key of the terminal is: its name, its keys, its action and where it works.

The tables `shell_keys` and `tab_keys` hold them all, `keys` joins them. Letters that change
anything are capitals; no bare letter trades. A key's id is stable: tests and users name it.
"""

from dataclasses import dataclass
from enum import StrEnum


class Place(StrEnum):
    """Where a key works."""

    EVERYWHERE = "everywhere"
    LIST = "lists"
    """Any list, table or log with a cursor."""
    LIVE = "LIVE"
    TA = "TA"
    ENGINE = "ENGINE"
    HISTORY = "HISTORY"
    DEBUG = "DEBUG"
    CFG = "CFG"


@dataclass(frozen=True, slots=True)
class Key:
    """One action and the keys that do it."""

    id: str
    keys: str
    """As Textual writes them, comma-separated."""
    shown: str
    """As a person reads them."""
    action: str
    label: str
    """One word for the footer."""
    text: str
    """One sentence for the help."""
    place: Place = Place.EVERYWHERE
    rank: int = 0
    """In the footer: 1 = always, 2 = where there is room, 0 = only in the help."""
