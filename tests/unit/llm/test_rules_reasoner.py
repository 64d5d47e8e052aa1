"""rules-v1: deterministic, honest about what is missing, and symmetric."""

import json
import random
from dataclasses import replace
from decimal import Decimal

import jsonschema
import pytest

from tai2.llm.rules import RulesReasoner, reply_text
from tai2.llm.votes import REQUIRED, RuleBook
from tai2.model.decision import (
    Action,
    AllowedAction,
    Decision,
    DecisionRequest,
    Fact,
    Features,
    HoldReason,
    PositionEffect,
)
from tai2.model.ids import CycleId, DecisionId, InstId, SnapshotId
from tai2.model.money import QuoteAmt
from tai2.model.snapshot import Freshness
from tai2.prompt.parse import parse_reply
from tai2.prompt.schema import decision_schema

BULLISH = {
    "acct.equity": "10000.00",
    "pos.side": "FLAT",
    "m5.ema20": "100.8",
    "m5.ema50": "99.8",
    "m5.ema20_vs_50": "+1.00",
    "m5.rsi14": "60.00",
    "m5.atr14": "0.50000",
    "m5.atr14_bps": "50.0",
    "h4.ema20": "101.0",
    "h4.ema50": "99.0",
    "h4.ema20_vs_50": "+2.02",
    "h4.atr14": "1.5000",
    "cvd.slope_z": "+1.50",
    "fund.rate": "0.0100",
    "oi.chg1h": "+0.40",
    "ob.mid": "100.0",
    "ob.imb10": "+0.30",
    "cost.round_trip": "10.2",
}
MIRRORED_SIGNS = ("m5.ema20_vs_50", "h4.ema20_vs_50", "cvd.slope_z", "fund.rate", "ob.imb10")
OTHER_SIDE = {"LONG": "SHORT", "SHORT": "LONG", "FLAT": "FLAT"}
EVERY = tuple(
    AllowedAction(action=action, effect=effect, max_notional=QuoteAmt(Decimal("1300.505")))
    for action in (Action.BUY, Action.SELL)
    for effect in (PositionEffect.OPEN, PositionEffect.CLOSE)
)


def fact(metric: str, text: str, freshness: Freshness = Freshness.FRESH) -> Fact:
    number = Decimal(text) if any(char.isdigit() for char in text) else None
    return Fact(metric=metric, text=text, number=number, unit="", age_ms=400, freshness=freshness)


def request_with(
    texts: dict[str, str],
    *,
    allowed: tuple[AllowedAction, ...] = EVERY,
    blocked_by: str = "",
    stale: str = "",
) -> DecisionRequest:
    facts = {
        metric: fact(metric, text, Freshness.STALE if metric == stale else Freshness.FRESH)
        for metric, text in texts.items()
    }
    return DecisionRequest(
        cycle_id=CycleId("c1"),
        decision_id=DecisionId("D-1"),
        snapshot_id=SnapshotId("9f3c21"),
        inst_id=InstId("BTC-USDT-SWAP"),
        ts=1_763_890_200_000,
        features=Features(facts=facts, series=()),
        allowed=() if blocked_by else allowed,
        blocked_by=blocked_by,
        horizon_min=60,
    )


def decided(request: DecisionRequest) -> Decision:
    outcome = parse_reply(reply_text(request, RuleBook()), request)
    assert isinstance(outcome, Decision), outcome
    assert outcome.repaired == ()
    assert outcome.ungrounded == ()
    return outcome


def mirrored(texts: dict[str, str]) -> dict[str, str]:
    """Turn a market upside down: trends, flow, book and funding flip, RSI reflects at 50."""
    turned = dict(texts)
    for name in ("m5", "h4"):
        turned[f"{name}.ema20"], turned[f"{name}.ema50"] = (
            texts[f"{name}.ema50"],
            texts[f"{name}.ema20"],
        )
    for metric in MIRRORED_SIGNS:
        turned[metric] = str(-Decimal(texts[metric]))
    turned["m5.rsi14"] = str(100 - Decimal(texts["m5.rsi14"]))
    turned["pos.side"] = OTHER_SIDE[texts["pos.side"]]
    return turned


def random_texts(rng: random.Random) -> dict[str, str]:
    def near(decimals: int, spread: float, centre: float = 0.0) -> str:
        return f"{rng.uniform(centre - spread, centre + spread):.{decimals}f}"

    return BULLISH | {
        "pos.side": rng.choice(["FLAT", "FLAT", "LONG", "SHORT"]),
        "acct.equity": near(2, 5000, 5100),
        "m5.ema20": near(1, 1, 100),
        "m5.ema50": near(1, 1, 100),
        "m5.ema20_vs_50": near(2, 2),
        "m5.rsi14": near(2, 50, 50),
        "m5.atr14": near(5, 0.4, 0.45),
        "m5.atr14_bps": near(1, 40, 45),
        "h4.ema20": near(1, 3, 100),
        "h4.ema50": near(1, 3, 100),
        "h4.ema20_vs_50": near(2, 3),
        "cvd.slope_z": near(2, 3),
        "fund.rate": near(4, 0.05),
        "oi.chg1h": near(2, 2),
        "ob.imb10": near(2, 1),
    }


def test_an_aligned_market_opens_with_stop_and_target() -> None:
    found = decided(request_with(BULLISH))
    assert (found.action, found.effect) == (Action.BUY, PositionEffect.OPEN)
    assert (found.stop_px, found.target_px) == (Decimal("99.2"), Decimal("101.2"))
    assert found.notional == Decimal("1300.50")
    assert [each.metric for each in found.evidence] == [
        "m5.ema20_vs_50",
        "h4.ema20_vs_50",
        "cvd.slope_z",
    ]
    assert found.counter_evidence[0].metric == "fund.rate"


def test_the_amount_risks_half_a_percent_at_the_stop() -> None:
    generous = tuple(replace(each, max_notional=QuoteAmt(Decimal(90_000))) for each in EVERY)
    found = decided(request_with(BULLISH, allowed=generous))
    assert found.notional == Decimal("6666.66")


def test_probabilities_stay_modest() -> None:
    found = decided(request_with(BULLISH))
    score = Decimal("0.30") + Decimal("0.20") + Decimal("0.15") + Decimal("0.03")
    score += Decimal("0.02") - Decimal("0.05") / 3
    assert found.p_up == (Decimal("0.5") + score / 10).quantize(Decimal("0.0001"))
    assert found.confidence == (Decimal("0.4") + score * 15 / 100).quantize(Decimal("0.0001"))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"cvd.slope_z": "-2.00", "ob.imb10": "-0.90"}, HoldReason.NO_EDGE),
        ({"h4.ema20": "98.9", "cvd.slope_z": "+2.00"}, HoldReason.MIXED_SIGNALS),
        ({"m5.atr14_bps": "10.0"}, HoldReason.COST_EXCEEDS_EDGE),
        ({"m5.atr14": "MISSING"}, HoldReason.STALE_OR_MISSING_DATA),
        ({"pos.side": "MISSING"}, HoldReason.STALE_OR_MISSING_DATA),
        ({"m5.atr14": "0.00000"}, HoldReason.STALE_OR_MISSING_DATA),
        ({"m5.atr14": "50.000"}, HoldReason.NO_EDGE),
        ({"pos.side": "LONG"}, HoldReason.POSITION_OK),
    ],
)
def test_each_reason_to_hold_is_reached(changes: dict[str, str], reason: HoldReason) -> None:
    assert decided(request_with(BULLISH | changes)).hold_reason is reason


@pytest.mark.parametrize(
    ("code", "reason"),
    [("COOLDOWN", HoldReason.COOLDOWN), ("HALTED", HoldReason.RISK_LIMIT)],
)
def test_a_block_is_a_hold_with_its_reason(code: str, reason: HoldReason) -> None:
    found = decided(request_with(BULLISH, blocked_by=code))
    assert found.hold_reason is reason
    assert code in found.justification


def test_an_entry_that_is_not_allowed_is_a_risk_limit() -> None:
    assert decided(request_with(BULLISH, allowed=EVERY[1:])).hold_reason is HoldReason.RISK_LIMIT


def test_an_exit_that_is_not_allowed_is_a_risk_limit() -> None:
    texts = BULLISH | {"pos.side": "SHORT"}
    assert decided(request_with(texts, allowed=())).hold_reason is HoldReason.RISK_LIMIT


@pytest.mark.parametrize("metric", [*REQUIRED, "pos.side"])
def test_a_stale_required_fact_is_never_traded_on(metric: str) -> None:
    found = decided(request_with(BULLISH, stale=metric))
    assert found.hold_reason is HoldReason.STALE_OR_MISSING_DATA
    assert metric in found.justification


@pytest.mark.parametrize("metric", ["oi.chg1h", "fund.rate"])
def test_what_takes_an_hour_to_know_may_be_missing(metric: str) -> None:
    texts = {name: text for name, text in BULLISH.items() if name != metric}
    assert decided(request_with(texts)).action is Action.BUY


def test_a_reversal_closes_the_position() -> None:
    found = decided(request_with(BULLISH | {"pos.side": "SHORT"}))
    assert (found.action, found.effect) == (Action.BUY, PositionEffect.CLOSE)
    assert found.notional == Decimal("1300.505")


def test_the_same_request_gives_the_same_bytes() -> None:
    texts = [reply_text(request_with(BULLISH), RuleBook()) for _ in range(2)]
    assert texts[0] == texts[1]


async def test_the_reasoner_answers_at_once_and_for_free() -> None:
    reply = await RulesReasoner().decide(request_with(BULLISH))
    assert reply.reasoner == RulesReasoner().label == "rules-v1 (no LLM)"
    assert (reply.latency_ms, reply.cost_usd) == (0, 0)
    assert reply.text == reply_text(request_with(BULLISH), RuleBook())


def test_every_reply_of_random_markets_is_a_decision() -> None:
    rng = random.Random(11)
    seen = {decided(request_with(random_texts(rng))).effect for _ in range(2000)}
    assert seen == {PositionEffect.OPEN, PositionEffect.CLOSE, PositionEffect.NONE}


def test_a_mirrored_market_gives_the_mirrored_decision() -> None:
    rng = random.Random(12)
    flip = {Action.BUY: Action.SELL, Action.SELL: Action.BUY, Action.HOLD: Action.HOLD}
    for _ in range(500):
        texts = random_texts(rng)
        straight, turned = decided(request_with(texts)), decided(request_with(mirrored(texts)))
        assert turned.action is flip[straight.action]
        assert (turned.effect, turned.hold_reason) == (straight.effect, straight.hold_reason)
        assert turned.p_up == 1 - straight.p_up
        assert turned.notional == straight.notional
        if straight.stop_px is not None and turned.stop_px is not None:
            assert straight.stop_px + turned.stop_px == 200


def test_the_weights_sum_to_one() -> None:
    book = RuleBook()
    weights = [book.trend, book.higher_trend, book.flow, book.book, book.funding]
    assert sum([*weights, book.interest, book.momentum]) == 1


@pytest.mark.parametrize("side", ["FLAT", "LONG", "SHORT", "MISSING"])
def test_replies_are_valid_by_somebody_elses_schema_checker(side: str) -> None:
    reply = json.loads(reply_text(request_with(BULLISH | {"pos.side": side}), RuleBook()))
    jsonschema.validate(reply, decision_schema())
    assert list(reply) == decision_schema()["required"]
