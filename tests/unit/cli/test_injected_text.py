"""Injected words in a decision or a trade stay words: in the table, in full, and in the CSV."""

import csv
import io
import re
from dataclasses import replace

import pytest

from tai2.cli import decisions
from tai2.client import trade_csv
from tai2.view.text import safe
from tai2.wire.codec import recast
from tai2.wire.past import TradeRow
from tests.builders.trades import trade
from tests.unit.ask.injections import INJECTIONS
from tests.unit.cli.conftest import CYCLE

UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


@pytest.mark.parametrize("planted", INJECTIONS)
def test_the_list_of_decisions_keeps_its_lines(
    planted: str, capsys: pytest.CaptureFixture[str]
) -> None:
    decisions._print_table((replace(CYCLE, justification=planted, reason=planted),))
    printed = capsys.readouterr().out
    assert len(printed.splitlines()) <= 3
    assert not UNSAFE.search(printed)


@pytest.mark.parametrize("planted", INJECTIONS)
def test_one_decision_in_full_keeps_its_lines(
    planted: str, capsys: pytest.CaptureFixture[str]
) -> None:
    decisions._print_one(replace(CYCLE, justification="x", detail="x"), as_json=False)
    lines = len(capsys.readouterr().out.splitlines())
    decisions._print_one(replace(CYCLE, justification=planted, detail=planted), as_json=False)
    printed = capsys.readouterr().out
    assert len(printed.splitlines()) == lines
    assert not UNSAFE.search(printed)


@pytest.mark.parametrize("planted", INJECTIONS)
def test_a_csv_row_stays_one_row_with_the_words_in_their_cell(planted: str) -> None:
    out = io.StringIO(newline="")
    row = recast(TradeRow, trade(0, llm_reasoning=planted))
    assert trade_csv.write_trades(out, [row]) == 1
    (found,) = csv.DictReader(io.StringIO(out.getvalue(), newline=""))
    assert found["llm_reasoning"].removeprefix("'") == safe(planted, keep_lines=True)
    assert not found["llm_reasoning"].startswith(("=", "+", "-", "@"))
    assert found["side"] == "buy"
    assert not UNSAFE.search(found["llm_reasoning"])
