"""The decision log and the why of one decision, as plain functions."""

from dataclasses import dataclass, replace
from decimal import Decimal

import pytest

from tai2.model.decision import ClaimVerdict, Evidence, Invalidation
from tai2.model.order import Order, OrderState
from tai2.view.palette import Tone
from tai2.view.panels import decisions, why
from tai2.view.panels.line import text_of
from tests.builders import market as m
from tests.builders.market import INST
from tests.builders.orders import intent
from tests.unit.ask.injections import INJECTIONS
from tests.unit.view.panel_text import UNSAFE, decision_row, said, thought

VERDICTS = {
    "hold": "- no edge",
    "sent": "✓ sent 80.00",
    "refused": "✗ no edge +1",
    "rejected": "✗ exchange said no edge",
    "not_sent": "✗ not sent: no edge",
    "unknown": "? outcome unknown: no edge",
    "no_decision": "! no edge",
    "stale": "! no edge",
}


@pytest.mark.parametrize("outcome", VERDICTS)
def test_every_outcome_has_a_glyph_and_words(outcome: str) -> None:
    assert decisions.verdict(decision_row(outcome=outcome)).text == VERDICTS[outcome]


def test_a_line_of_the_log_has_time_action_instrument_chance_and_verdict() -> None:
    (entry,) = decisions.entries([decision_row(0, "sent")], is_wide=False)
    assert text_of(entry.line) == "22:13 BUY  BTC   60% ✓ sent 80.00"


def test_a_wide_line_carries_the_words_behind_the_decision() -> None:
    (entry,) = decisions.entries([decision_row(0)], is_wide=True)
    assert text_of(entry.line).endswith("because")


def test_a_cycle_without_a_decision_is_an_error_not_a_hold() -> None:
    row = decision_row(outcome="no_decision", reason="LLM_TIMEOUT", action="", p_up="")
    (entry,) = decisions.entries([row], is_wide=False)
    assert text_of(entry.line).split()[1:] == ["ERR", "BTC", "–", "!", "llm", "timeout"]


@pytest.mark.parametrize(
    ("words", "outcome", "kept"),
    [
        ("", "all", [0, 1, 2, 3]),
        ("btc", "all", [0, 1, 2, 3]),
        ("eth", "all", []),
        ("", "refused", [2]),
        ("", "traded", [1]),
        ("", "failed", [3]),
        ("spread REFUSED", "all", [2]),
        ("btc d1", "all", [1]),
        ("no edge", "held", [0]),
    ],
)
def test_a_filter_needs_every_word_and_the_outcome(
    words: str, outcome: str, kept: list[int]
) -> None:
    kinds = ("hold", "sent", "refused", "no_decision")
    rows = [decision_row(n, kind) for n, kind in enumerate(kinds)]
    found = decisions.matching(rows, words, outcome)
    assert [rows.index(row) for row in found] == kept


def test_the_heading_says_what_the_filter_lets_through() -> None:
    assert decisions.title(3, 30, "refused", "btc") == "Decisions (3 of 30) · refused · / btc"


EVIDENCE = (
    Evidence(metric="m5.rsi14", quoted="61.2", why="rising", verdict=ClaimVerdict.VERIFIED),
    Evidence(metric="m5.vwap", quoted="99", why="above", verdict=ClaimVerdict.FAILED),
)


def test_why_marks_a_quote_that_was_never_printed() -> None:
    belief = replace(m.decision(), evidence=EVIDENCE)
    shown = said(why.why(decision_row(outcome="sent"), thought(decision=belief)))
    assert "evidence      ✓ m5.rsi14 61.2  rising" in shown
    assert "evidence      ✗ m5.vwap 99 (not what was printed)  above" in shown


def test_why_shows_against_invalidation_and_plan() -> None:
    limit = Invalidation(metric="m5.close", operator="LT", threshold=Decimal(66400))
    belief = replace(m.decision(), counter_evidence=EVIDENCE[:1], invalidation=(limit,))
    shown = said(why.why(decision_row(), thought(decision=belief)))
    assert "against       ✓ m5.rsi14" in shown
    assert "invalid if    m5.close < 66,400" in shown
    assert "plan          stop 99,000 · target 102,000 · horizon 1h00m" in shown


def test_why_names_model_provider_time_tokens_and_cost() -> None:
    shown = said(why.why(decision_row(reasoner="acme/quant-large"), thought()))
    assert "acme/quant-large · 2.3 s by Acme · ≈12 tok · $0.0041" in shown


def test_why_gives_each_guard_its_own_numbers() -> None:
    row = decision_row(outcome="refused", detail="spread 6.1 bps, limit 5; mid moved 0.4 %")
    shown = said(why.why(row, None))
    assert "guard         ✗ spread  spread 6.1 bps, limit 5" in shown
    assert "guard         ✗ price drift  mid moved 0.4 %" in shown


@dataclass(frozen=True)
class Standing:
    name: str
    ok: bool
    why: str
    scope: str = ""


def test_why_names_only_the_guards_that_would_refuse_now() -> None:
    guards = (
        Standing("cooldown", False, "12m of 15m", INST),
        Standing("duplicate", False, "just sent", "ETH-USDT-SWAP"),
        Standing("day_loss", True, "fine"),
    )
    shown = said(why.why(decision_row(), None, guards))
    assert "guard now     ✗ cooldown  12m of 15m" in shown
    assert "day loss" not in shown
    assert "duplicate" not in shown


def test_an_unknown_number_in_the_words_is_an_error() -> None:
    belief = replace(m.decision(), ungrounded=("77.7",))
    lines = why.why(decision_row(), thought(decision=belief))
    (found,) = [line for line in lines if "77.7" in text_of(line)]
    assert found[-1].tone is Tone.ERROR


def test_prompt_and_reply_are_shown_word_for_word() -> None:
    assert said(why.prompt(thought())).splitlines()[1:3] == ["You trade.", "Carefully."]
    assert said(why.reply(thought())).endswith('{"action": "BUY"}')


def test_a_reasoner_without_a_prompt_says_so() -> None:
    rules = thought(system="", user="", reasoner="rules-v1 (no LLM)")
    assert said(why.prompt(rules)) == "rules-v1 (no LLM) needs no prompt."


def test_an_order_shows_state_fill_cap_and_stop() -> None:
    order = Order(intent=intent(), state=OrderState.FILLED, acc_fill=intent().contracts)
    shown = said(why.orders(decision_row(outcome="sent"), thought(orders=(order,))))
    assert shown.startswith("entry ▲ BUY 0.1 contracts of BTC-USDT-SWAP")
    assert "filled        0.1 of 0.1" in shown
    assert "stop          99,000 · target 102,000" in shown


def test_no_order_says_why() -> None:
    assert said(why.orders(decision_row(), thought())) == "No order came of it: - no edge"


def test_the_difference_names_what_changed_only() -> None:
    before, after = decision_row(2), decision_row(1, "refused", reason="SPREAD")
    signs = [
        line
        for line in said(why.difference((before, None), (after, None))).splitlines()
        if line[:1] in "+-" and not line.startswith(("+++", "---"))
    ]
    assert signs == [
        "-outcome hold NO_EDGE",
        "-refused by nobody",
        "+outcome refused SPREAD",
        "+refused by SPREAD, PRICE_DRIFT",
    ]


@pytest.mark.parametrize("planted", INJECTIONS)
def test_planted_words_stay_words_on_every_side(planted: str) -> None:
    row = decision_row(justification=planted, reason=planted, detail=planted, reasoner=planted)
    full = thought(system=planted, user=planted, raw_reply=planted)
    sides = (
        *(entry.line for entry in decisions.entries([row], is_wide=True)),
        *why.why(row, full),
        *why.prompt(full),
        *why.reply(full),
        *why.difference((decision_row(5), None), (row, full)),
    )
    assert not any(UNSAFE.search(text_of(line)) or "\n" in text_of(line) for line in sides)
