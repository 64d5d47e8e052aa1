"""Colours by meaning: what a tone looks like in each palette.

Panels name a tone, faces ask here for its ink. A tone always comes with a word, sign or
glyph; colour alone must never carry a meaning.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Tone(StrEnum):
    """What a piece of text means. Up and down are directions of money or price only."""

    PLAIN = "plain"
    DIM = "dim"
    STRONG = "strong"
    """A title or the figure that matters most."""
    UP = "up"
    DOWN = "down"
    WARN = "warn"
    ERROR = "error"
    ACCENT = "accent"
    """A key, a link, what is selected."""
    SIM = "sim"
    """Mode chips: SIM, PAPER, DEMO, REAL."""
    PAPER = "paper"
    DEMO = "demo"
    REAL = "real"
    BAND = "band"
    """Bollinger Bands."""
    VWAP = "vwap"
    CVD = "cvd"
    STOCH_K = "stoch_k"
    STOCH_D = "stoch_d"
    BORDER = "border"
    CHOSEN = "chosen"
    """The tab that is shown, the word that the cursor is on: drawn reversed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ink:
    """How a tone is drawn."""

    hex: str
    """#rrggbb on a dark ground."""
    ansi: int
    """Nearest of the 256 terminal colours."""
    light: str
    """#rrggbb on a light ground (web)."""
    is_bold: bool = False
    is_reverse: bool = False
    """Drawn as a chip: ground and text change places."""


Palette = Mapping[Tone, Ink]

GROUND: Final = "#0d1117"
"""Dark ground that the contrasts are measured against."""
BAND_TINT: Final = "#161d27"
CURSOR_TINT: Final = "#1f3a5f"
"""Ground of the row under a cursor."""

_BLUE: Final = Ink(hex="#56b4e9", ansi=74, light="#0072b2")
_ORANGE: Final = Ink(hex="#e69f00", ansi=178, light="#9a6700")
_GREEN: Final = Ink(hex="#2ebd85", ansi=35, light="#0a7d51")
_RED: Final = Ink(hex="#f6465d", ansi=203, light="#c4183c")
_TEXT: Final = Ink(hex="#e6edf3", ansi=255, light="#1f2328")

_BASE: Final[dict[Tone, Ink]] = {
    Tone.PLAIN: _TEXT,
    Tone.DIM: Ink(hex="#8b949e", ansi=246, light="#59636e"),
    Tone.STRONG: Ink(hex="#ffffff", ansi=231, light="#000000", is_bold=True),
    Tone.UP: _BLUE,
    Tone.DOWN: _ORANGE,
    Tone.WARN: Ink(hex="#f0e442", ansi=221, light="#7a6a00"),
    Tone.ERROR: Ink(hex="#d55e00", ansi=166, light="#b34700", is_bold=True),
    Tone.ACCENT: Ink(hex="#79c0ff", ansi=117, light="#0969da"),
    Tone.SIM: Ink(hex="#009e73", ansi=36, light="#00704f", is_bold=True, is_reverse=True),
    Tone.PAPER: Ink(hex="#56b4e9", ansi=74, light="#0072b2", is_bold=True, is_reverse=True),
    Tone.DEMO: Ink(hex="#8b949e", ansi=246, light="#59636e", is_bold=True, is_reverse=True),
    Tone.REAL: Ink(hex="#d55e00", ansi=166, light="#b34700", is_bold=True, is_reverse=True),
    Tone.BAND: Ink(hex="#6e7681", ansi=242, light="#8c959f"),
    Tone.VWAP: Ink(hex="#cc79a7", ansi=175, light="#a34d7e"),
    Tone.CVD: Ink(hex="#009e73", ansi=36, light="#00704f"),
    Tone.STOCH_K: Ink(hex="#56b4e9", ansi=74, light="#0072b2"),
    Tone.STOCH_D: Ink(hex="#e69f00", ansi=178, light="#9a6700"),
    Tone.BORDER: Ink(hex="#30363d", ansi=237, light="#d1d9e0"),
    Tone.CHOSEN: Ink(hex="#e6edf3", ansi=255, light="#1f2328", is_bold=True, is_reverse=True),
}


def _grey(tone: Tone, ink: Ink) -> Ink:
    """Return the ink without hue: weight and reversal keep telling it apart."""
    quiet = {Tone.DIM: _BASE[Tone.DIM], Tone.BORDER: _BASE[Tone.BORDER], Tone.BAND: ink}
    base = quiet.get(tone, _TEXT)
    is_loud = tone in (Tone.UP, Tone.WARN, Tone.ERROR)
    return Ink(
        hex=base.hex,
        ansi=base.ansi,
        light=base.light,
        is_bold=ink.is_bold or is_loud,
        is_reverse=ink.is_reverse or tone is Tone.ERROR,
    )


PALETTES: Final[Mapping[str, Palette]] = {
    "cb": _BASE,
    "green-up": _BASE | {Tone.UP: _GREEN, Tone.DOWN: _RED},
    "red-up": _BASE | {Tone.UP: _RED, Tone.DOWN: _GREEN},
    "mono": {tone: _grey(tone, ink) for tone, ink in _BASE.items()},
}
"""By name: cb (colour-blind safe, the default), green-up, red-up, mono."""
DEFAULT: Final = "cb"


def palette(name: str = DEFAULT) -> Palette:
    """Return a palette by name; an unknown name gives the default one."""
    return PALETTES.get(name, PALETTES[DEFAULT])
