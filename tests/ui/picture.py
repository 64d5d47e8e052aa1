"""Kept pictures: what a tab looks like, sign by sign and colour by colour.

A picture is the screen as a terminal gets it, so `cat FILE` shows it in colour. Plain text is
compared first, because its difference can be read. SVG snapshots were the alternative: they
change with each Textual release and their difference says nothing in a terminal.

Renew with TAI2_RENEW_PICTURES=1 and look at them before committing.
"""

import os
import re
from pathlib import Path

from rich.color import ColorType
from rich.segment import Segment
from rich.style import Style

from tai2.tui.app import Terminal

PLACE = Path(__file__).parent / "pictures"
_ESCAPE = re.compile("\x1b\\[[0-9;]*m")


def drawn(app: Terminal) -> str:
    """Return the screen as text with colours."""
    strips = app.screen._compositor.render_strips()
    return "".join("".join(map(_segment, strip)) + "\x1b[0m\n" for strip in strips)


def _segment(segment: Segment) -> str:
    return f"\x1b[0{_codes(segment.style)}m{segment.text}" if segment.style else segment.text


def _codes(style: Style) -> str:
    codes = ";1" if style.bold else ""
    for layer, color in ((38, style.color), (48, style.bgcolor)):
        if color is not None and color.type is ColorType.TRUECOLOR and color.triplet:
            codes += f";{layer};2;{color.triplet.red};{color.triplet.green};{color.triplet.blue}"
    return codes


def compare(name: str, seen: str) -> None:
    """Hold a picture against the kept one of that name."""
    file = PLACE / f"{name}.ansi"
    if os.environ.get("TAI2_RENEW_PICTURES"):
        file.write_text(seen)
    kept = file.read_text()
    assert plain(seen) == plain(kept)
    assert seen == kept, f"the colours of {name} have changed"


def plain(picture: str) -> list[str]:
    """Return a picture without its colours."""
    return [line.rstrip() for line in _ESCAPE.sub("", picture).splitlines()]
