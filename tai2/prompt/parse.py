"""From a reasoner's raw text to a Decision, or to the reason why there is none.

The cycle calls `parse_reply` for every reply, whoever wrote it; the first refusal stops.
It must never raise, never trade on a doubt, and never put a number in a model's mouth.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from tai2.model.decision import (
    Action,
    Decision,
    DecisionRequest,
    Evidence,
    HoldReason,
    Invalidation,
    NoDecision,
    PositionEffect,
)
from tai2.model.money import Px, QuoteAmt
from tai2.prompt import claims
from tai2.prompt.extract import extract, read_json
from tai2.prompt.faults import Fault
from tai2.prompt.meaning import make_sense
from tai2.prompt.schema import decision_schema
from tai2.prompt.shape import fit

_OWN_FIGURES: Final = (
    "amount",
    "limit_price",
    "stop_loss",
    "take_profit",
    "time_horizon_minutes",
    "p_up",
    "confidence",
)


def parse_reply(text: str, request: DecisionRequest) -> Decision | NoDecision:
    """Check a reply in order: extract, parse, schema, semantic, evidence.

    Args:
        text: The reply as it came.
        request: What was asked; its features are the facts that evidence may cite.

    Returns:
        A Decision (with a note of each mended slip), or a NoDecision with stage, code, detail.
    """
    repairs: list[str] = []
    try:
        root = read_json(extract(text, repairs))
        reply = make_sense(fit(root, decision_schema(), "", repairs), request, repairs)
        return _decision(reply, request, repairs)
    except Fault as fault:
        return NoDecision(
            decision_id=request.decision_id,
            stage=fault.stage,
            code=fault.code,
            detail=fault.detail,
        )


def _decision(reply: Mapping[str, Any], request: DecisionRequest, repairs: list[str]) -> Decision:
    evidence, counter = _claims(reply, request, repairs)
    return Decision(
        decision_id=request.decision_id,
        snapshot_id=request.snapshot_id,
        inst_id=request.inst_id,
        action=Action(reply["action"]),
        effect=PositionEffect(reply["position_effect"]),
        hold_reason=HoldReason(reply["hold_reason"]),
        notional=None if reply["amount"] is None else QuoteAmt(reply["amount"]),
        limit_px=_px(reply["limit_price"]),
        stop_px=_px(reply["stop_loss"]),
        target_px=_px(reply["take_profit"]),
        horizon_min=int(reply["time_horizon_minutes"]),
        p_up=reply["p_up"],
        confidence=reply["confidence"],
        justification=reply["justification"],
        evidence=evidence,
        counter_evidence=counter,
        invalidation=_invalidation(reply),
        repaired=tuple(repairs),
        ungrounded=_ungrounded(reply, request),
    )


def _px(number: Decimal | None) -> Px | None:
    return None if number is None else Px(number)


def _claims(
    reply: Mapping[str, Any], request: DecisionRequest, repairs: list[str]
) -> tuple[tuple[Evidence, ...], tuple[Evidence, ...]]:
    """Judge what is quoted for and against; a HOLD keeps everything, a trade what is true."""
    evidence = claims.check(reply["evidence"], request.features)
    counter = claims.check(reply["counter_evidence"], request.features)
    if reply["action"] == Action.HOLD:
        return evidence, counter
    evidence = claims.kept(evidence, request.features, repairs)
    counter = claims.kept(counter, request.features, repairs)
    claims.require_enough(evidence)
    return evidence, counter


def _invalidation(reply: Mapping[str, Any]) -> tuple[Invalidation, ...]:
    return tuple(
        Invalidation(
            metric=claims.metric_id(each["metric"]),
            operator=each["operator"],
            threshold=each["value"],
        )
        for each in reply["invalidation"]
    )


def _ungrounded(reply: Mapping[str, Any], request: DecisionRequest) -> tuple[str, ...]:
    """Return the justification's numbers that come from nowhere; decimals refuse a trade."""
    own = [reply[key] for key in _OWN_FIGURES if reply[key] is not None]
    own += [each["value"] for each in reply["invalidation"]]
    found = claims.ungrounded(reply["justification"], request.features, own)
    decimals = [each for each in found if "." in each]
    if decimals and reply["action"] != Action.HOLD:
        raise Fault("evidence", "UNGROUNDED_NUMBER", f"{decimals[0]} was never printed")
    return found
