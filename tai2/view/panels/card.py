"""A card: a title, a few lines, and maybe a line in its lower edge.

LIVE is made of them. The terminal frames them, the web page gives each a box.
"""

from dataclasses import dataclass

from tai2.view.palette import Tone
from tai2.view.panels.line import EMPTY, Line, Span, line


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A titled box of few lines."""

    key: str
    """The same in every refresh."""
    title: Line
    lines: tuple[Line, ...]
    foot: Line = EMPTY
    section: str = ""
    """Section of the view whose age is that of the figures; "" = they are always current."""


def titled(text: str) -> Line:
    """Return a plain title."""
    return line(Span(text, Tone.DIM))
