"""A changed stretch of a row is written alone, not from its widget's left edge.

The shell installs it once. Textual crops a partial repaint at its right end only: a clock at
the right of the header would rewrite the header, and two changes in a row their common
beginning twice. Over SSH that was three quarters of all bytes.
"""

from rich.console import Console
from rich.control import Control
from textual import _compositor


class Stretches(_compositor.ChopsUpdate):
    """A partial repaint that writes the cells of its spans."""

    def render_segments(self, console: Console) -> str:
        """Return what the terminal gets: for each stretch a jump and its cells."""
        written: list[str] = []
        for y, left, right in self.spans:
            places = zip(self.chop_ends[y], self.chops[y].items(), strict=False)
            for end, (x, strip) in places:
                start, stop = max(x, left), min(end, right)
                if strip is not None and start < stop:
                    cells = strip.crop(start - x, stop - x)
                    written += [Control.move_to(start, y).segment.text, cells.render(console)]
        return "".join(written)


def install() -> None:
    """Let Textual's compositor make these from now on."""
    # The compositor names the class by this global, there is no other place to say which.
    _compositor.ChopsUpdate = Stretches  # type: ignore[misc] # a subclass stands in
