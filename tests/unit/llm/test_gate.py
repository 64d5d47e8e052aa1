"""The gate spares a call only when it knows that nothing has changed, and never decides."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tai2.llm.gate import GATED, GatedReasoner, GateRule
from tai2.model.decision import (
    Action,
    AllowedAction,
    DecisionRequest,
    Fact,
    Features,
    PositionEffect,
    Reply,
    ReplyFailed,
)
from tai2.model.ids import CycleId, DecisionId, SnapshotId
from tai2.model.money import QuoteAmt
from tai2.model.snapshot import Freshness
from tests.builders.market import INST, NOW

RULE = GateRule(atr_share=Decimal("0.5"), heartbeat_ms=900_000)
LAST = Reply(text="{}", reasoner="m", latency_ms=1, cost_usd=Decimal("0.01"))
FAILED = ReplyFailed(code="LLM_TIMEOUT", detail="", reasoner="m", latency_ms=1, cost_usd=Decimal(0))


class Counting:
    label = "m"

    def __init__(self, answer: Reply | ReplyFailed = LAST) -> None:
        self.calls, self._answer = 0, answer

    async def decide(self, request: DecisionRequest) -> Reply | ReplyFailed:
        self.calls += 1
        return self._answer


def asked(
    mid: str = "100", side: str = "FLAT", atr: str | None = "10", ts: int = NOW
) -> DecisionRequest:
    def fact(metric: str, text: str, number: Decimal | None) -> Fact:
        known = Freshness.FRESH if text != "MISSING" else Freshness.MISSING
        return Fact(metric=metric, text=text, number=number, unit="", age_ms=0, freshness=known)

    facts = {
        "ob.mid": fact("ob.mid", mid, Decimal(mid)),
        "pos.side": fact("pos.side", side, None),
        "m5.atr14": fact("m5.atr14", atr or "MISSING", Decimal(atr) if atr else None),
    }
    return DecisionRequest(
        cycle_id=CycleId("C"),
        decision_id=DecisionId("D"),
        snapshot_id=SnapshotId("s"),
        inst_id=INST,
        ts=ts,
        features=Features(facts=facts, series=()),
        allowed=(),
        blocked_by="",
        horizon_min=60,
    )


ROOM = AllowedAction(
    action=Action.BUY, effect=PositionEffect.OPEN, max_notional=QuoteAmt(Decimal(1))
)
CHANGES = {
    "price": asked("105"),
    "position": asked(side="LONG"),
    "room": replace(asked(), allowed=(ROOM,)),
    "halt": replace(asked(), blocked_by="HALTED"),
    "heartbeat": asked(ts=NOW + 900_000),
    "unknown volatility": asked(atr=None),
}


async def test_second_call_is_spared_while_nothing_changes() -> None:
    inner = Counting()
    gate = GatedReasoner(inner, RULE)
    assert await gate.decide(asked()) is LAST
    spared = await gate.decide(asked("104.9"))
    assert isinstance(spared, ReplyFailed)
    assert (spared.code, spared.cost_usd, inner.calls) == (GATED, 0, 1)


@pytest.mark.parametrize("later", CHANGES.values(), ids=CHANGES.keys())
async def test_any_change_asks_again(later: DecisionRequest) -> None:
    inner = Counting()
    gate = GatedReasoner(inner, RULE)
    await gate.decide(asked())
    assert await gate.decide(later) is LAST
    assert inner.calls == 2


async def test_small_moves_add_up_against_the_last_call() -> None:
    inner = Counting()
    gate = GatedReasoner(inner, RULE)
    for mid in ("100", "103", "106"):
        await gate.decide(asked(mid))
    assert inner.calls == 2


async def test_failed_call_spares_nothing() -> None:
    inner = Counting(FAILED)
    gate = GatedReasoner(inner, RULE)
    await gate.decide(asked())
    await gate.decide(asked())
    assert inner.calls == 2
