"""Every row of the exchange's code table, and what each means for orders, cancels and reads."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tai2.model.order import Accepted, Rejected, Unknown
from tai2.model.reaction import Reaction
from tai2.okx import codes
from tai2.okx.answer import Answer, read_answer
from tai2.okx.codes import Reading, classify_cancel, classify_submit, judge_read
from tai2.okx.reactions import ROWS, codes_with, reaction

MINE = "t2a0000000001"
SPECIFICATION = Path(__file__).parents[4] / "shared" / "okx-v5.md"
EVERY = [code for row in ROWS for code in row.each()]

ON_SUBMIT = {
    Reaction.QUERY: "50001 50004 50013 50026 51054 51149 50042 50071 51016 51065 51068 51011 51603",
    Reaction.WAIT: "50011 50061 50040",
    Reaction.CLOCK: "50036 50037 50102 50112",
    Reaction.FIX: "50000 50002 50014 51000 51111 51121 51150 51148 51171 51100 51333 54036 50115",
    Reaction.REPRICE: "51004_1000 51005 51006 51007 51008_1001 51020 51046 51109 51138 51279 54031",
    Reaction.BENIGN: "51023 51043 51058 51169",
    Reaction.CLEAR: "51025 51102 51103 51112 51115 51174 59000 59107",
    Reaction.HALT: "50101 50105 50110 50113 50119 50120 50007 50028 51010 51024 54008",
    Reaction.BLOCK: "50033 50018 51001 51021 51022 51027 51155 54072",
}
"""Examples of every kind, written by hand."""


def answered(code: str, status: int = 200) -> Answer:
    body = f'{{"code":"{code}","msg":"told to","data":[]}}'
    return read_answer(status, body.encode())


def refused_item(code: str) -> Answer:
    code, _, sub = code.partition("_")
    item = f'{{"clOrdId":"{MINE}","ordId":"","sCode":"{code}","sMsg":"m","subCode":"{sub}"}}'
    return read_answer(200, f'{{"code":"1","msg":"","data":[{item}]}}'.encode())


def test_no_code_stands_in_two_rows() -> None:
    assert sorted(EVERY) == sorted(set(EVERY))


@pytest.mark.parametrize(
    ("code", "expected"),
    [(code, kind) for kind, listed in ON_SUBMIT.items() for code in listed.split()],
)
def test_submit_code_asks_for_its_reaction(code: str, expected: Reaction) -> None:
    assert reaction(code, is_submit=True) is expected


def test_unknown_code_has_no_reaction_and_leaves_an_order_unknown() -> None:
    assert reaction("59999", is_submit=True) is None
    assert isinstance(classify_submit(refused_item("59999"), MINE), Unknown)


@pytest.mark.parametrize("code", EVERY)
def test_order_refused_with_a_code_is_unknown_or_tells_its_reaction(code: str) -> None:
    outcome = classify_submit(refused_item(code), MINE)
    asks = reaction(code, is_submit=True)
    is_about_others = code in codes.GONE or asks in (Reaction.QUERY, Reaction.RETRY)
    if is_about_others:
        assert isinstance(outcome, Unknown)
    else:
        assert isinstance(outcome, Rejected)
        assert (outcome.code, outcome.reaction) == (code, asks)


@pytest.mark.parametrize("code", EVERY)
def test_cancel_refused_with_a_code_is_gone_repeatable_or_refused(code: str) -> None:
    outcome = classify_cancel(refused_item(code))
    match reaction(code, is_submit=False):
        case Reaction.RETRY | Reaction.WAIT:
            assert isinstance(outcome, Unknown)
        case _ if code in codes.GONE:
            assert isinstance(outcome, Accepted)
        case asks:
            assert isinstance(outcome, Rejected)
            assert outcome.reaction is asks


@pytest.mark.parametrize("code", EVERY)
def test_read_refused_with_a_code_is_repeated_only_where_that_is_safe(code: str) -> None:
    expected = {
        Reaction.RETRY: Reading.RETRY,
        Reaction.WAIT: Reading.WAIT,
    }.get(reaction(code, is_submit=False) or Reaction.FIX, Reading.REFUSED)
    if code in codes.KEYS:
        expected = Reading.KEYS_REJECTED
    if code in codes.CLOCK:
        expected = Reading.MEASURE_CLOCK
    assert judge_read(answered(code)) is expected


def test_key_codes_halt() -> None:
    assert codes_with(Reaction.HALT, is_submit=True) >= codes.KEYS


def test_nothing_that_may_have_happened_is_ever_a_refusal() -> None:
    doubtful = codes_with(Reaction.QUERY, Reaction.RETRY, is_submit=True)
    assert not doubtful & (codes.REFUSED | codes.REFUSED_IF_ABSENT)


LETTERS = {
    "R": Reaction.RETRY,
    "Q": Reaction.QUERY,
    "W": Reaction.WAIT,
    "T": Reaction.CLOCK,
    "F": Reaction.FIX,
    "P": Reaction.REPRICE,
    "I": Reaction.BENIGN,
    "C": Reaction.CLEAR,
    "H": Reaction.HALT,
    "X": Reaction.BLOCK,
}


def specified() -> Iterator[tuple[str, frozenset[Reaction]]]:
    """Yield each code of the specification's table with every reaction that it names."""
    text = SPECIFICATION.read_text(encoding="utf-8")
    table = text.split("### 3.3")[1].split("Default rule")[0]
    for line in table.splitlines():
        if not re.match(r"\| \**\d", line):
            continue
        _, left, meaning, right, _ = line.split("|")
        named = frozenset(LETTERS[word] for word in re.findall(r"\b[RQWTFPICHX]\b", right))
        bare = re.sub(r"\(\d+\)|_xxxx|\(cancel[^)]*\)|\(margin[^)]*\)", "", left)
        for first, last in re.findall(r"(\d{5})(?:–(\d{5}))?", bare):
            for code in range(int(first), int(last or first) + 1):
                yield str(code), named or frozenset(Reaction)
        assert meaning


@pytest.mark.skipif(not SPECIFICATION.exists(), reason="the specification is not here")
def test_every_code_of_the_specification_has_a_reaction_that_it_names() -> None:
    missing, other = [], []
    for code, named in specified():
        found = {reaction(code, is_submit=False), reaction(code, is_submit=True)}
        if None in found:
            missing.append(code)
        elif not found & named:
            other.append((code, found, named))
    assert (missing, other) == ([], [])
