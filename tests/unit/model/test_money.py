"""Decimals come from plain ASCII text only, and rounding never adds."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tai2.model.errors import DataInvalid
from tai2.model.money import ceil_to, dec, dec_or_none, floor_to, plain, trimmed

BAD = ["", " 1", "1 ", "1e5", "1E+9", "NaN", "Infinity", "１２", "٣", "1_000", "+1", ".5", "5.",
       "0x10", "1,000", "--1", "1\u00a0"]  # fmt: skip


@pytest.mark.parametrize("text", BAD)
def test_anything_but_plain_ascii_digits_is_refused(text: str) -> None:
    with pytest.raises(DataInvalid):
        dec(text)


@pytest.mark.parametrize("number", [1.5, True, None, Decimal(1)])
def test_other_types_are_refused(number: object) -> None:
    with pytest.raises(DataInvalid):
        dec(number)  # type: ignore[arg-type]


def test_text_survives_the_round_trip_with_its_zeros() -> None:
    assert plain(dec("63913.0")) == "63913.0"
    assert plain(dec("0.00000001")) == "0.00000001"
    assert trimmed(dec("0.50")) == "0.5"
    assert trimmed(dec("-0.00")) == "0"
    assert trimmed(dec("100")) == "100"


def test_empty_text_means_not_applicable() -> None:
    assert dec_or_none("") is None
    assert dec_or_none(None) is None
    assert dec_or_none("2") == 2


STEPS = st.sampled_from([Decimal("0.01"), Decimal("0.1"), Decimal(1), Decimal("0.00000001")])
NUMBERS = st.decimals(min_value=-(10**6), max_value=10**6, places=8)


@given(NUMBERS, STEPS)
def test_floor_and_ceil_enclose_the_number_within_one_step(number: Decimal, step: Decimal) -> None:
    low, high = floor_to(number, step), ceil_to(number, step)
    assert low <= number <= high
    assert high - low in (0, step)
    assert low % step == 0
