"""Numbers must read the same everywhere and strangers' text must stay text."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tai2.view import text


@pytest.mark.parametrize(
    ("wild", "tame"),
    [
        ("plain", "plain"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("a\x1b]52;c;ZXZpbA==\x07b", "ab"),
        ("a\x1b]0;title\x1b\\b", "ab"),
        ("\x9b31mx", "x"),
        ("abc\u202edef\u2066", "abcdef"),
        ("zero\u200bwidth", "zerowidth"),
        ("two\nlines\r\nthree", "two lines three"),
        ("back\x08space\x00", "backspace"),
        ("Ünïcödé 价格 ▲", "Ünïcödé 价格 ▲"),
    ],
)
def test_safe_text_keeps_words_and_drops_commands(wild: str, tame: str) -> None:
    assert text.safe(wild) == tame


@given(st.text())
def test_safe_text_is_printable_and_stays_so(wild: str) -> None:
    tame = text.safe(wild)
    assert all(c.isprintable() or c.isspace() for c in tame)
    assert not set(tame) & set("\x1b\x9b\n\r\u202e\u2066")
    assert text.safe(tame) == tame


def test_lines_are_kept_on_request() -> None:
    assert text.safe("a\nb\r\nc", keep_lines=True) == "a\nb\nc"


@given(st.text(), st.integers(0, 30))
def test_clipped_text_fits(wild: str, columns: int) -> None:
    assert text.width(text.clip(text.safe(wild), columns)) <= columns


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        ("84.2", "▲+84.20"),
        ("-8", "▼-8.00"),
        ("0", "•0.00"),
        ("-0.00001", "•0.00"),
        ("-0.3312", "▼-0.3312"),
        ("1234567.891", "▲+1,234,567.89"),
    ],
)
def test_gains_and_losses_carry_sign_and_glyph(amount: str, written: str) -> None:
    assert text.pnl(Decimal(amount)) == written


def test_unknown_is_neither_zero_nor_nan() -> None:
    shown = {text.pnl(None), text.money(None), text.percent(None), text.number(None)}
    assert shown == {"–"}


def test_money_has_two_decimals_or_four() -> None:
    assert text.money(Decimal("10030.1")) == "10,030.10"
    assert text.money(Decimal("0.51239")) == "0.5124"
    assert text.money(Decimal(0)) == "0.00"


def test_a_computed_price_gets_the_decimals_of_a_quoted_one() -> None:
    assert text.price_like(Decimal("18279.3859690303"), Decimal("180.19")) == "18,279.39"
    assert text.price_like(None, Decimal("180.19")) == "–"
    assert text.price_like(Decimal("1.25"), None) == "1.25"


def test_percent_is_signed() -> None:
    assert text.percent(Decimal("0.0085")) == "+0.85%"
    assert text.percent(Decimal("-0.000031"), 4) == "-0.0031%"
    assert text.percent(Decimal(0)) == "0.00%"


@pytest.mark.parametrize(
    ("age_ms", "written"),
    [
        (None, "–"),
        (0, "0s"),
        (40, "0s"),
        (450, "0.4s"),
        (14_900, "14s"),
        (200_000, "3m20s"),
        (8_040_000, "2h14m"),
        (442_800_000, "5d3h"),
    ],
)
def test_ages_are_short(age_ms: int | None, written: str) -> None:
    assert text.age(age_ms) == written


def test_countdowns_look_like_clocks() -> None:
    shown = [text.countdown(ms) for ms in (42_900, 725_000, 3_723_000, -5)]
    assert shown == ["0:42", "12:05", "1:02:03", "0:00"]


def test_instants_are_written_in_utc_with_milliseconds() -> None:
    assert text.utc_iso(1_795_427_232_007) == "2026-11-23T09:47:12.007Z"


def test_times_are_utc_wherever_the_machine_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "XST-3")
    time.tzset()
    assert text.utc_time(1_795_427_232_007) == "2026-11-23 09:47:12"
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("3.0000", "3"),
        ("0.30", "0.3"),
        ("1000", "1,000"),
        ("0.0000", "0"),
        ("-198.8210", "-198.821"),
    ],
)
def test_figures_carry_no_zeros_that_say_nothing(told: str, shown: str) -> None:
    assert text.figure(Decimal(told)) == shown
    assert text.figure(None) == "–"
