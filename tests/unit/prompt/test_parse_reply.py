"""Replies: every row of accept, mend and refuse, and that nothing ever raises."""

import copy
import json
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tai2.model.decision import Action, ClaimVerdict, Decision, NoDecision, PositionEffect
from tai2.prompt.extract import MAX_BYTES
from tai2.prompt.parse import parse_reply
from tai2.prompt.schema import decision_schema, schema_text
from tests.unit.prompt.prompt_requests import request_for

SHARED = Path(__file__).parents[3] / ".." / "shared" / "data"
BUY: dict[str, Any] = {
    "snapshot_id": "9f3c21",
    "symbol": "BTC-USDT-SWAP",
    "evidence": [
        {"metric": "m5.rsi14", "value": "58.973", "why": "room to rise"},
        {"metric": "[h4.ema20_vs_50]", "value": "+1.27 %", "why": "trend is up"},
    ],
    "counter_evidence": [{"metric": "ob.imb10", "value": "-0.31", "why": "offers are heavy"}],
    "justification": "Trend +1.27 is up and RSI 58.97 leaves room; stop at 113350.",
    "action": "BUY",
    "position_effect": "OPEN",
    "hold_reason": "NOT_HOLD",
    "amount": 600,
    "amount_unit": "QUOTE_NOTIONAL",
    "order_type": "MARKET",
    "limit_price": None,
    "stop_loss": 113350.0,
    "take_profit": 115600.0,
    "time_horizon_minutes": 60,
    "p_up": 0.56,
    "confidence": 0.44,
    "invalidation": [{"metric": "m5.close", "operator": "LT", "value": 113600}],
}
HOLD = BUY | {
    "action": "HOLD",
    "position_effect": "NONE",
    "hold_reason": "NO_EDGE",
    "amount": None,
    "order_type": "NONE",
    "stop_loss": None,
    "take_profit": None,
    "confidence": None,
    "invalidation": [],
}
SELL = BUY | {
    "action": "SELL",
    "stop_loss": 115600.0,
    "take_profit": 113350.0,
    "p_up": 0.44,
}


def buy(**changes: Any) -> str:
    return json.dumps(BUY | changes)


def hold(**changes: Any) -> str:
    return json.dumps(HOLD | changes)


def decided(text: str, side: str = "FLAT") -> Decision:
    outcome = parse_reply(text, request_for(side))
    assert isinstance(outcome, Decision), outcome
    return outcome


def refused(text: str, side: str = "FLAT") -> tuple[str, str]:
    outcome = parse_reply(text, request_for(side))
    assert isinstance(outcome, NoDecision), outcome
    return outcome.stage, outcome.code


def evidence(*quotes: tuple[str, str]) -> list[dict[str, str]]:
    return [{"metric": metric, "value": text, "why": "because"} for metric, text in quotes]


def test_a_clean_entry_is_a_decision_without_repairs() -> None:
    found = decided(buy())
    assert (found.action, found.effect) == (Action.BUY, PositionEffect.OPEN)
    assert (found.notional, found.stop_px, found.p_up) == (
        600,
        Decimal("113350.0"),
        Decimal("0.56"),
    )
    assert (found.repaired, found.ungrounded) == ((), ())
    assert [each.verdict for each in found.evidence] == [ClaimVerdict.VERIFIED] * 2


def test_a_clean_short_and_a_clean_hold_are_decisions() -> None:
    assert decided(json.dumps(SELL)).stop_px == Decimal("115600.0")
    assert decided(hold()).notional is None


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("\ufeff " + buy(), ""),
        ("```json\n" + buy() + "\n```", "code fence removed"),
        ("<think>{maybe}</think>\n" + buy(), "thinking removed"),
        ("Here it is: " + buy() + " Good luck!", "text around the object removed"),
        (buy(action="buy"), "action written BUY"),
        (buy(amount="600"), "amount unquoted"),
        (buy(limit_price="N/A"), "limit_price 'N/A' read as null"),
        (buy(mood="fine"), "1 unknown keys dropped: mood"),
        (hold(amount=5), "amount dropped: it means nothing with HOLD"),
        (hold(confidence=0.5), "confidence dropped: it means nothing with HOLD"),
    ],
)
def test_slips_of_form_are_mended_and_noted(text: str, note: str) -> None:
    assert decided(text).repaired == ((note,) if note else ())


@pytest.mark.parametrize(
    ("text", "stage", "code"),
    [
        ("", "completeness", "EMPTY"),
        (" \n", "completeness", "EMPTY"),
        ("no idea", "extract", "NO_OBJECT"),
        ('{"action":"BUY"', "extract", "UNBALANCED"),
        (buy()[:-1], "extract", "UNBALANCED"),
        (buy() + hold(), "extract", "TWO_OBJECTS"),
        ("[" + buy() + "]", "extract", "ARRAY_ROOT"),
        ("Sure: [" + buy() + "]", "extract", "ARRAY_ROOT"),
        ("{" * 9 + "}" * 9, "extract", "TOO_DEEP"),
        ("[" * 50_000, "extract", "TOO_LONG"),
        (buy() + " " * MAX_BYTES, "extract", "TOO_LONG"),
        (buy().replace("0.56", "NaN"), "parse", "NOT_FINITE"),
        (buy().replace("600", "Infinity"), "parse", "NOT_FINITE"),
        (buy().replace("600", "1e999"), "parse", "NUMBER_RANGE"),
        (buy().replace("600", "1e-999999999999999999999"), "parse", "NUMBER_RANGE"),
        (buy().replace("600", "6" * 5000), "parse", "NUMBER_RANGE"),
        (buy().replace('"amount": 600', '"amount": 600, "amount": 6'), "parse", "DUPLICATE_KEY"),
        (buy().replace("0.44,", "0.44, // sure\n"), "parse", "BAD_JSON"),
        (buy()[:-1] + ",}", "parse", "BAD_JSON"),
        (buy().replace("'", '"').replace('"amount"', "amount"), "parse", "BAD_JSON"),
        (buy(justification="\u001b[2J"), "parse", "CONTROL_CHARACTER"),
        (buy(justification="\ud800"), "parse", "CONTROL_CHARACTER"),
        ('{"action":"BUY"}', "schema", "MISSING_KEY"),
        (buy(amount="1,500"), "schema", "WRONG_TYPE"),
        (buy(amount="2k"), "schema", "WRONG_TYPE"),
        (buy(amount="5%"), "schema", "WRONG_TYPE"),
        (buy(amount="６００"), "schema", "WRONG_TYPE"),
        (buy(amount=True), "schema", "WRONG_TYPE"),
        (buy(p_up=None), "schema", "WRONG_TYPE"),
        (buy(p_up=55), "schema", "OUT_OF_RANGE"),
        (buy(confidence=-0.1), "schema", "OUT_OF_RANGE"),
        (buy(time_horizon_minutes=1.5), "schema", "WRONG_TYPE"),
        (buy(action="LONG"), "schema", "NOT_ALLOWED_WORD"),
        (buy(evidence="none"), "schema", "WRONG_TYPE"),
        (buy(evidence=BUY["evidence"] * 9), "schema", "TOO_MANY"),
        (buy(justification="x" * 2001), "schema", "TOO_LONG"),
        (buy(snapshot_id="old"), "semantic", "WRONG_SNAPSHOT"),
        (buy(symbol="ETH-USDT-SWAP"), "semantic", "WRONG_SYMBOL"),
        (hold(position_effect="CLOSE"), "semantic", "HOLD_CONTRADICTION"),
        (hold(hold_reason="NOT_HOLD"), "semantic", "HOLD_CONTRADICTION"),
        (buy(hold_reason="NO_EDGE"), "semantic", "HOLD_CONTRADICTION"),
        (buy(position_effect="NONE"), "semantic", "HOLD_CONTRADICTION"),
        (buy(time_horizon_minutes=0), "semantic", "HORIZON"),
        (buy(amount=None), "semantic", "AMOUNT"),
        (buy(amount=0), "semantic", "AMOUNT"),
        (buy(amount=-5), "semantic", "AMOUNT"),
        (buy(justification=" "), "semantic", "NO_JUSTIFICATION"),
        (buy(order_type="NONE"), "semantic", "ORDER_TYPE"),
        (buy(order_type="LIMIT"), "semantic", "ORDER_TYPE"),
        (buy(limit_price=114000), "semantic", "ORDER_TYPE"),
        (buy(order_type="LIMIT", limit_price=-1), "semantic", "ORDER_TYPE"),
        (buy(position_effect="INCREASE"), "semantic", "POSITION_EFFECT"),
        (buy(position_effect="CLOSE"), "semantic", "POSITION_EFFECT"),
        (buy(stop_loss=None), "semantic", "PROTECTION_MISSING"),
        (buy(take_profit="null"), "semantic", "PROTECTION_MISSING"),
        (buy(stop_loss=115000), "semantic", "PROTECTION_SIDE"),
        (buy(take_profit=114000), "semantic", "PROTECTION_SIDE"),
        (buy(action="SELL", p_up=0.4), "semantic", "PROTECTION_SIDE"),
        (buy(confidence=None), "semantic", "NO_CONFIDENCE"),
        (buy(p_up=0.49), "semantic", "SELF_CONTRADICTION"),
        (json.dumps(SELL | {"p_up": 0.51}), "semantic", "SELF_CONTRADICTION"),
        (
            buy(invalidation=[{"metric": "m9.x", "operator": "LT", "value": 1}]),
            "semantic",
            "INVALIDATION_METRIC",
        ),
        (
            buy(evidence=evidence(("m9.magic", "1.0"), *[("m5.rsi14", "58.973")] * 2)),
            "evidence",
            "FABRICATED_METRIC",
        ),
        (
            buy(counter_evidence=evidence(("m9.magic", "1.0"))),
            "evidence",
            "FABRICATED_METRIC",
        ),
        (buy(evidence=[]), "evidence", "TOO_FEW_VERIFIED"),
        (buy(evidence=[BUY["evidence"][0]] * 2), "evidence", "TOO_FEW_VERIFIED"),
        (buy(justification="RSI 61.2 says so."), "evidence", "UNGROUNDED_NUMBER"),
    ],
)
def test_what_is_wrong_is_refused_at_its_stage(text: str, stage: str, code: str) -> None:
    assert refused(text) == (stage, code)


@pytest.mark.parametrize(
    ("metric", "quote", "verdict"),
    [
        ("m5.rsi14", "58.973", ClaimVerdict.VERIFIED),
        ("m5.rsi14", "58.97", ClaimVerdict.ROUNDED),
        ("m5.rsi14", "59.0", ClaimVerdict.ROUNDED),
        ("m5.rsi14", "59", ClaimVerdict.FAILED),
        ("m5.rsi14", "58.99", ClaimVerdict.FAILED),
        ("m5.rsi14", "high", ClaimVerdict.FAILED),
        ("m5.close", "114000", ClaimVerdict.FAILED),
        ("m5.close", "114,207.5", ClaimVerdict.VERIFIED),
        ("m5.close", "114207.5", ClaimVerdict.VERIFIED),
        ("m5.close[-1]", "114022.0", ClaimVerdict.VERIFIED),
        ("m5.close[-9]", "114022.0", ClaimVerdict.FAILED),
        ("m1.cvd", "+40.2 BTC", ClaimVerdict.VERIFIED),
        ("ob.imb10", "\u22120.31", ClaimVerdict.VERIFIED),
        ("ob.imb10", "0.31", ClaimVerdict.FAILED),
        ("pos.side", "FLAT", ClaimVerdict.VERIFIED),
        ("acct.equity", "10250.40 USDT", ClaimVerdict.VERIFIED),
        ("oi.now", "29909.7", ClaimVerdict.FAILED),
        ("now.last", "MISSING", ClaimVerdict.FAILED),
    ],
)
def test_a_quote_is_judged_by_display_precision(
    metric: str, quote: str, verdict: ClaimVerdict
) -> None:
    found = decided(hold(evidence=evidence((metric, quote))))
    assert found.evidence[0].verdict is verdict


def test_a_failed_claim_is_dropped_when_two_others_stand() -> None:
    found = decided(buy(evidence=[*BUY["evidence"], *evidence(("m5.close", "114000"))]))
    assert [each.metric for each in found.evidence] == ["m5.rsi14", "h4.ema20_vs_50"]
    assert found.repaired == ("claim dropped: m5.close '114000'",)


@pytest.mark.parametrize("quote", ["59", "58.99"])
def test_a_trade_on_one_true_fact_is_refused(quote: str) -> None:
    lie = evidence(("m5.rsi14", quote), ("h4.ema20_vs_50", "+1.27"))
    assert refused(buy(evidence=lie)) == ("evidence", "TOO_FEW_VERIFIED")


def test_a_hold_needs_no_evidence_and_flags_its_numbers() -> None:
    found = decided(hold(evidence=[], justification="RSI 61.2, ema20 of 5m, wait 60 min, 7 in 9."))
    assert found.ungrounded == ("61.2", "7", "9")


@pytest.mark.parametrize(
    ("action", "effect", "side", "fits"),
    [
        ("BUY", "CLOSE", "SHORT", True),
        ("BUY", "REDUCE", "SHORT", True),
        ("SELL", "CLOSE", "LONG", True),
        ("SELL", "REDUCE", "LONG", True),
        ("BUY", "CLOSE", "LONG", False),
        ("SELL", "CLOSE", "FLAT", False),
        ("SELL", "REDUCE", "SHORT", False),
        ("BUY", "CLOSE", "MISSING", False),
    ],
)
def test_an_exit_fits_the_position(action: str, effect: str, side: str, fits: bool) -> None:
    plain = {"stop_loss": None, "take_profit": None, "confidence": None, "invalidation": []}
    text = json.dumps(BUY | plain | {"action": action, "position_effect": effect})
    assert isinstance(parse_reply(text, request_for(side)), Decision) is fits


def test_an_increase_fits_the_same_side_only() -> None:
    assert decided(buy(position_effect="INCREASE"), "LONG").is_entry
    assert refused(buy(position_effect="INCREASE"), "SHORT") == ("semantic", "POSITION_EFFECT")
    assert refused(buy(), "LONG") == ("semantic", "POSITION_EFFECT")


def test_an_exit_loses_its_stray_stop_and_stays_an_exit() -> None:
    found = decided(buy(position_effect="CLOSE", invalidation=[]), "SHORT")
    assert (found.stop_px, found.target_px, found.confidence) == (None, None, None)


def test_a_stale_mid_refuses_an_entry() -> None:
    outcome = parse_reply(buy(), request_for("FLAT", stale="ob.mid"))
    assert isinstance(outcome, NoDecision)
    assert outcome.code == "NO_MID"


@given(st.text(st.characters(codec=None), max_size=300))
def test_no_text_makes_it_raise(text: str) -> None:
    assert isinstance(parse_reply(text, request_for()), NoDecision)


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(codec=None), max_size=20),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
)


@settings(max_examples=200)
@given(st.sampled_from([BUY, HOLD, SELL]), st.data())
def test_no_mutated_reply_makes_it_raise(whole: dict[str, Any], data: st.DataObject) -> None:
    reply = copy.deepcopy(whole)
    for key in data.draw(st.lists(st.sampled_from(sorted(reply)), max_size=3)):
        reply[key] = data.draw(JUNK)
    if data.draw(st.booleans()):
        reply["evidence"] = [{"metric": data.draw(JUNK), "value": data.draw(JUNK), "why": "x"}]
    assert isinstance(parse_reply(json.dumps(reply), request_for()), Decision | NoDecision)


def test_no_damaged_bytes_make_it_raise() -> None:
    rng = random.Random(4)
    for _ in range(2000):
        chars = list(buy())
        for _ in range(rng.randint(1, 4)):
            chars[rng.randrange(len(chars))] = rng.choice('{}[]",:0123456789\\eE-+.nN \x00\u2028')
        assert isinstance(parse_reply("".join(chars), request_for()), Decision | NoDecision)


def test_hostile_strings_are_refused_quickly() -> None:
    texts = ["{" + '"\\' * 16_000, "{}" * 16_000, '{"a":' + "[" * 30_000, '{"' + '\\"' * 16_000]
    assert all(isinstance(parse_reply(text, request_for()), NoDecision) for text in texts)


@pytest.mark.skipif(not SHARED.exists(), reason="the specification is not beside the checkout")
def test_the_schema_is_the_specified_one_key_for_key() -> None:
    specified = (SHARED / "decision.schema.json").read_text()
    assert json.dumps(json.loads(schema_text())) == json.dumps(json.loads(specified))


def test_keys_are_generated_in_the_order_in_which_they_are_required() -> None:
    schema = decision_schema()
    assert list(schema["properties"]) == schema["required"]
