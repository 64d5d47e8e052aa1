"""A chart's series as frames carry it: its end, its moving on, its holes."""

import pytest

from tai2.view.chart import CHART_BARS, ChartBar, extended, tail


def candles(*closes: float, start: int = 0) -> tuple[ChartBar, ...]:
    return tuple(ChartBar(start + n, 0, 9, 0, close, 1) for n, close in enumerate(closes))


@pytest.mark.parametrize(
    ("before", "after", "count"),
    [
        (candles(1, 2), candles(1, 2), 0),
        (candles(1, 2), candles(1, 3), 1),
        (candles(1, 2), candles(1, 2, 3), 1),
        (candles(1, 2), candles(1, 4, 3), 2),
        ((), candles(1), 1),
    ],
)
def test_a_chart_s_end_is_what_differs(
    before: tuple[ChartBar, ...], after: tuple[ChartBar, ...], count: int
) -> None:
    end = tail(before, after)
    assert end is not None
    assert len(end) == count
    assert extended(before, end) == after


def test_a_full_chart_moves_on_by_one_bar() -> None:
    bars = candles(*range(CHART_BARS + 1))
    assert tail(bars[:-1], bars[1:]) == bars[-1:]


def test_a_hole_that_is_filled_needs_the_whole_chart() -> None:
    before = (ChartBar(0, 0, 9, 0, 1, 1), ChartBar(2, 0, 9, 0, 1, 1))
    after = (ChartBar(1, 0, 9, 0, 1, 1), ChartBar(2, 0, 9, 0, 1, 1))
    assert tail(before, after) is None
