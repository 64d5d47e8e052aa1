"""A row on its way to the screen: filled to its width, or cut with a sign that it was.

Boards and lists paint with it. A figure that lost a digit at the edge must never look whole.
"""

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip


def fitted(strip: Strip, columns: int, ground: Style) -> Strip:
    """Return the strip in exactly so many columns; … stands where words were lost."""
    if strip.cell_length <= columns or not strip.crop(columns).text.strip():
        return strip.adjust_cell_length(columns, ground)
    kept = list(strip.crop(0, columns - 1))
    return Strip([*kept, Segment("…", kept[-1].style if kept else ground)], columns)
