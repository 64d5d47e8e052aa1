"""A partial repaint writes the cells that changed, where they stand, and nothing beside them."""

import pytest
from rich.console import Console
from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip

from tai2.tui.stretches import Stretches
from tests.ui.desks import StillDesk, full_state
from tests.ui.screens import shown

PLAIN = Console(color_system=None, force_terminal=True, width=20)
ROW = {0: Strip([Segment("abc"), Segment("defgh")], 8), 8: Strip([Segment("ijkl")], 4)}
"""Two widgets side by side."""


def written(*spans: tuple[int, int, int]) -> str:
    return Stretches([ROW, ROW], list(spans), [[8, 12], [8, 12]]).render_segments(PLAIN)


@pytest.mark.parametrize(
    ("span", "said"),
    [
        ((0, 2, 5), "\x1b[1;3Hcde"),
        ((0, 0, 8), "\x1b[1;1Habcdefgh"),
        ((0, 9, 11), "\x1b[1;10Hjk"),
        ((1, 7, 9), "\x1b[2;8Hh\x1b[2;9Hi"),
        ((0, 12, 15), ""),
    ],
)
def test_a_stretch_is_written_alone(span: tuple[int, int, int], said: str) -> None:
    assert written(span) == said


def test_two_stretches_of_a_row_have_no_common_beginning() -> None:
    assert written((0, 1, 2), (0, 10, 12)) == "\x1b[1;2Hb\x1b[1;11Hkl"


def test_what_nobody_shows_is_not_written() -> None:
    hidden = Stretches([{0: None, 8: ROW[8]}], [(0, 0, 12)], [[8, 12]])
    assert hidden.render_segments(PLAIN) == "\x1b[1;9Hijkl"


async def test_a_terminal_repaints_with_it() -> None:
    async with shown(StillDesk(full_state())) as terminal:
        await terminal.look()
        compositor = terminal.app.screen._compositor
        compositor._dirty_regions = {Region(3, 0, 4, 1)}
        update = compositor.render_partial_update()
    assert isinstance(update, Stretches)
