"""A kept picture of the terminal as SVG, for whoever reads the README without a terminal.

It refers to nothing outside: no font, no address.
"""

import io
import re
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

_DARK: Final = (13, 17, 23)
_BRIGHT: Final = (230, 237, 243)
_BLUE: Final = (86, 180, 233)
THEME: Final = TerminalTheme(
    _DARK,
    _BRIGHT,
    [_DARK, (213, 94, 0), (0, 158, 115), (230, 159, 0), _BLUE, (204, 121, 167), _BLUE, _BRIGHT],
)
_FONTS: Final = re.compile(r"\s*@font-face \{.*?\n    \}", re.DOTALL)


def as_svg(picture: Path, title: str) -> str:
    """Return a picture of escape sequences as one SVG document."""
    lines = picture.read_text(encoding="utf-8").splitlines()
    columns = int(picture.stem.rpartition("-")[2].partition("x")[0])
    console = Console(
        record=True,
        width=columns,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        legacy_windows=False,
    )
    for line in lines:
        console.print(Text.from_ansi(line), no_wrap=True, overflow="crop", crop=True)
    svg = console.export_svg(title=title, theme=THEME, unique_id=picture.stem)
    plain = _FONTS.sub("", svg).replace("Fira Code, monospace", "monospace")
    return "\n".join(line.rstrip() for line in plain.splitlines()) + "\n"
