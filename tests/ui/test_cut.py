"""A row is exactly as wide as its place, and one that lost words says so."""

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.strip import Strip

from tai2.tui.board import Board
from tai2.tui.cut import fitted


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("abc", "abc   "),
        ("abcdef", "abcdef"),
        ("abcdefg", "abcde…"),
        ("abcdef   ", "abcdef"),
        ("漢字漢字", "漢字 …"),
    ],
)
def test_a_row_fits(text: str, shown: str) -> None:
    made = fitted(Strip([Segment(text)]), 6, Style.null())
    assert made.text == shown
    assert made.cell_length == 6


def test_the_sign_has_the_style_of_what_it_cuts() -> None:
    bold = Style(bold=True)
    made = fitted(Strip([Segment("plain "), Segment("important", bold)]), 10, Style.null())
    assert list(made)[-1] == Segment("…", bold)


class Told(Board):
    """A board that keeps what it asked to be painted."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Region] = []

    def refresh(self, *regions: Region, **flags: bool) -> "Told":
        self.asked += regions
        return super().refresh(*regions, **flags)


class Bare(App[None]):
    """One board."""

    def compose(self) -> ComposeResult:
        yield Told()


@pytest.mark.parametrize("texts", [("abcdef", "abcd"), ("abcd", "abcdef")])
async def test_where_the_sign_comes_or_goes_the_row_is_painted_anew(texts: tuple[str, str]) -> None:
    app = Bare()
    async with app.run_test(size=(4, 1)):
        board = app.query_one(Told)
        for text in texts:
            board.asked.clear()
            board.show([(Segment(text),)])
        assert Region(0, 0, 4, 1) in board.asked


async def test_only_the_cells_that_differ_are_painted_anew() -> None:
    app = Bare()
    async with app.run_test(size=(9, 1)):
        board = app.query_one(Told)
        board.show([(Segment("last 66.5"),)])
        board.asked.clear()
        board.show([(Segment("last 67.5"),)])
        assert board.asked == [Region(6, 0, 1, 1)]
