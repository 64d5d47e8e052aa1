"""Sources and numbers of an answer are held against what tools returned."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tai2.ask.citations import check

OUTPUT = "[D-77] 2026-11-23T09:47:12.000Z BTC rsi=58.973 px=113409.6 cvd +1,250.5 fee=-0.05 n=21"
IDS = {"D-77": "D0177", "S-9f3c21": "9f3c21"}


def footer(answer: str) -> str:
    return check(answer, [OUTPUT], IDS).footer


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("RSI 58.97 [D-77].", "sources 1/1 ok · numbers 1/1 matched"),
        ("RSI 58.97 [D-77][D-77].", "sources 1/1 ok · numbers 1/1 matched"),
        ("See [D-77, S-9f3c21].", "sources 2/2 ok · no numbers"),
        ("See [D-78].", "sources 0/1 ok (D-78 not found) · no numbers"),
        ("No idea.", "no sources cited · no numbers"),
        ("At 113,409.6 [D-77].", "sources 1/1 ok · numbers 1/1 matched"),
        ("At 113,410 [D-77].", "sources 1/1 ok · numbers 1/1 matched"),
        ("At 113,411 [D-77].", "sources 1/1 ok · numbers 0/1 matched (113,411 not found)"),
        ("CVD 1250.5, 21 cycles [D-77]", "sources 1/1 ok · numbers 2/2 matched"),
        ("22 cycles [D-77]", "sources 1/1 ok · numbers 0/1 matched (22 not found)"),
        ("Fee −0.05 or 0.05 [D-77]", "sources 1/1 ok · numbers 1/1 matched"),
        ("At 2026-11-23T09:47:12Z and 09:30 [D-77]", "sources 1/1 ok · no numbers"),
        ("1. first [D-77]\n2) second", "sources 1/1 ok · no numbers"),
        ("[m5.rsi14] is 58.973 [D-77]", "sources 1/1 ok · numbers 1/1 matched"),
        (
            "1.1 2.2 3.3 4.4 5.5",
            "no sources cited · numbers 0/5 matched (1.1, 2.2, 3.3 and 2 more not found)",
        ),
    ],
)
def test_the_footer_says_what_was_found(answer: str, expected: str) -> None:
    assert footer(answer) == expected


def test_digits_of_times_and_ids_prove_nothing() -> None:
    assert "0/2 matched (47, 77 not found)" in footer("47 and 77 [D-77]")


def test_a_full_id_may_be_cited_too() -> None:
    full = "D01K9ZV3W4X5Y6Z7A8B9C0D1E2F"
    found = check(f"See [{full}].", [], {"D-C0D1E2F": full})
    assert found.citations[0].full_id == full


@pytest.mark.parametrize(
    ("answer", "is_verified"),
    [("21 [D-77]", True), ("21", False), ("21 [D-77] [D-1]", False), ("22 [D-77]", False)],
)
def test_verified_means_every_source_and_every_number(answer: str, is_verified: bool) -> None:
    assert check(answer, [OUTPUT], IDS).is_verified is is_verified


@given(st.text())
def test_any_answer_can_be_checked(answer: str) -> None:
    found = check(answer, [OUTPUT], IDS)
    assert len(found.unmatched) <= found.numbers
    assert "\n" not in found.footer
