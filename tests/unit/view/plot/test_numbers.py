"""An axis writes short, exact and never NaN."""

import pytest

from tai2.view.plot.numbers import price, short, time_label


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        (None, "–"),
        (float("nan"), "–"),
        (float("inf"), "–"),
        (0.0, "0"),
        (0.42, "0.42"),
        (88.4, "88"),
        (-376.0, "-376"),
        (2_310.0, "2.31K"),
        (2_310_000_000.0, "2.31B"),
        (-1_500_000.0, "-1.5M"),
        (1e300 / 10, "1.0e+299"),
    ],
)
def test_short_figures(figure: float | None, text: str) -> None:
    assert short(figure) == text


def test_prices_have_their_decimals() -> None:
    assert price(66_671.0, 1) == "66,671.0"
    assert price(0.1, -2) == "0"
    assert price(float("nan"), 1) == "–"


@pytest.mark.parametrize(
    ("ts", "text"),
    [
        (0, "01-01"),
        (1_763_856_000_000, "11-23"),
        (1_763_856_000_000 + 9 * 3_600_000 + 45 * 60_000, "09:45"),
        (1_709_164_800_000, "02-29"),
        (-86_400_000, "12-31"),
    ],
)
def test_times_are_utc_and_midnight_is_a_date(ts: int, text: str) -> None:
    assert time_label(ts) == text
