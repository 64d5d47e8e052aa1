"""From tones to the terminal: the one place where a palette meets Textual.

Widgets hand in lines of panels or strips of the chart and get segments; styles are made
once. Text becomes segments as it is: markup must never be read here.
"""

from collections.abc import Iterable
from typing import Final

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.theme import Theme

from tai2.view.palette import BAND_TINT, GROUND, Tone, palette
from tai2.view.panels.line import Line
from tai2.view.plot.stroke import Ground, Strip, Stroke

Row = tuple[Segment, ...]
"""One line of the screen."""

_TONES: Final = {
    Stroke.TEXT: Tone.PLAIN,
    Stroke.STRONG: Tone.STRONG,
    Stroke.DIM: Tone.DIM,
    Stroke.GRID: Tone.BORDER,
    Stroke.UP: Tone.UP,
    Stroke.DOWN: Tone.DOWN,
    Stroke.LAST: Tone.WARN,
    Stroke.BAND: Tone.BAND,
    Stroke.VWAP: Tone.VWAP,
    Stroke.CVD: Tone.CVD,
    Stroke.FAST: Tone.STOCH_K,
    Stroke.SLOW: Tone.STOCH_D,
    Stroke.ENTRY: Tone.PLAIN,
    Stroke.STOP: Tone.DOWN,
    Stroke.TARGET: Tone.UP,
    Stroke.BUY: Tone.STRONG,
    Stroke.SELL: Tone.STRONG,
}


class Inks:
    """Styles of one palette."""

    def __init__(self, name: str) -> None:
        """Take the palette of that name."""
        inks = palette(name)
        self._name = name
        self._styles = {
            tone: Style(
                color=Color.parse(GROUND if ink.is_reverse else ink.hex),
                bgcolor=Color.parse(ink.hex) if ink.is_reverse else None,
                bold=ink.is_bold or None,
            )
            for tone, ink in inks.items()
        }
        self._tag = Style(color=Color.parse(GROUND), bgcolor=Color.parse(inks[Tone.WARN].hex))
        self._dim_tag = Style(color=Color.parse(GROUND), bgcolor=Color.parse(inks[Tone.DIM].hex))
        self._band = Style(bgcolor=Color.parse(BAND_TINT))
        self._plot: dict[tuple[Stroke, Ground, bool], Style] = {}

    def style(self, tone: Tone, *, is_dim: bool = False) -> Style:
        """Return a tone's style; dim = what is shown is old."""
        return self._styles[_faded(tone) if is_dim else tone]

    def line(self, line: Line, *, is_dim: bool = False) -> Row:
        """Return a panel's line."""
        return tuple(Segment(span.text, self.style(span.tone, is_dim=is_dim)) for span in line)

    def strip(self, strip: Strip, *, is_dim: bool = False) -> Row:
        """Return a row of the chart."""
        return tuple(
            Segment(span.text, self._stroke(span.stroke, span.ground, is_dim=is_dim))
            for span in strip
        )

    def _stroke(self, stroke: Stroke, ground: Ground, *, is_dim: bool) -> Style:
        key = (stroke, ground, is_dim)
        if (known := self._plot.get(key)) is not None:
            return known
        made = self.style(_TONES[stroke], is_dim=is_dim)
        if ground is Ground.TAG:
            made = self._dim_tag if is_dim else self._tag
        elif ground is Ground.BAND:
            made += self._band
        self._plot[key] = made
        return made

    def theme(self) -> Theme:
        """Return the palette as a theme, for the few widgets that are not ours."""
        inks = palette(self._name)
        return Theme(
            name="tai2",
            primary=inks[Tone.ACCENT].hex,
            secondary=inks[Tone.DIM].hex,
            warning=inks[Tone.WARN].hex,
            error=inks[Tone.ERROR].hex,
            success=inks[Tone.UP].hex,
            accent=inks[Tone.ACCENT].hex,
            foreground=inks[Tone.PLAIN].hex,
            background=GROUND,
            surface=GROUND,
            panel=BAND_TINT,
            dark=True,
            variables={
                "border": inks[Tone.BORDER].hex,
                "border-blurred": inks[Tone.BORDER].hex,
                "dim": inks[Tone.DIM].hex,
            },
        )


def _faded(tone: Tone) -> Tone:
    """Return what a tone becomes when its text is old: no colour may look current."""
    return tone if tone is Tone.BORDER else Tone.DIM


def plain(rows: Iterable[Row]) -> list[str]:
    """Return rows as text, for tests and for copying."""
    return ["".join(segment.text for segment in row) for row in rows]
