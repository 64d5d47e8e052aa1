"""A refresh repaints what changed and little else."""

from hypothesis import given
from hypothesis import strategies as st

from tai2.view.plot.build import build
from tai2.view.plot.diff import changed
from tai2.view.plot.stroke import Frame, Span, Stroke
from tests.unit.view.plot.drawn import series, ticked

strips = st.lists(st.sampled_from(["a", "b", " "]), min_size=30, max_size=30).map(
    lambda signs: tuple(Span(sign, Stroke.UP if sign == "b" else Stroke.TEXT) for sign in signs)
)
frames = st.lists(strips, min_size=4, max_size=4).map(tuple)


def cells(frame: Frame) -> list[list[tuple[str, Stroke]]]:
    return [[(sign, span.stroke) for span in strip for sign in span.text] for strip in frame]


@given(before=frames, after=frames)
def test_repainting_the_stretches_gives_the_new_frame(before: Frame, after: Frame) -> None:
    shown, wanted = cells(before), cells(after)
    for row, col, columns in changed(before, after) or []:
        shown[row][col : col + columns] = wanted[row][col : col + columns]
    assert shown == wanted


def test_equal_frames_need_nothing() -> None:
    frame = build(series(), 120, 35)
    assert changed(frame, build(series(), 120, 35)) == []


def test_another_extent_needs_everything() -> None:
    assert changed(build(series(), 60, 20), build(series(), 61, 20)) is None
    assert changed(build(series(), 60, 20), build(series(), 60, 21)) is None


def test_a_tick_of_the_last_bar_repaints_a_few_cells() -> None:
    before, after = series(), ticked(series())
    stretches = changed(build(before, 120, 35), build(after, 120, 35))
    assert stretches
    assert sum(columns for _row, _col, columns in stretches) < 300


def test_near_changes_are_one_stretch_and_far_ones_two() -> None:
    def strip(*at: int) -> Frame:
        return ((Span("".join("x" if col in at else "." for col in range(60))),),)

    assert changed(strip(), strip(3, 7)) == [(0, 3, 5)]
    assert changed(strip(), strip(3, 40)) == [(0, 3, 1), (0, 40, 1)]
