"""Requests to parse replies against: the facts of the specification's example."""

from decimal import Decimal

from tai2.model.decision import (
    Action,
    AllowedAction,
    DecisionRequest,
    Fact,
    Features,
    PositionEffect,
    SeriesFact,
)
from tai2.model.ids import CycleId, DecisionId, InstId, SnapshotId
from tai2.model.market import Bar
from tai2.model.money import QuoteAmt
from tai2.model.snapshot import Freshness

NUMBERS = {
    "acct.equity": ("10250.40", "USDT"),
    "m5.close": ("114207.5", ""),
    "m5.rsi14": ("58.973", ""),
    "h4.ema20_vs_50": ("+1.27", "%"),
    "oi.now": ("29909.7", "BTC"),
    "cost.round_trip": ("10.2", "bps"),
    "ob.mid": ("114207.4", ""),
    "ob.imb10": ("-0.31", ""),
}


def fact(metric: str, text: str, unit: str = "", freshness: Freshness = Freshness.FRESH) -> Fact:
    is_number = any(char.isdigit() for char in text)
    return Fact(
        metric=metric,
        text=text,
        number=Decimal(text) if is_number else None,
        unit=unit,
        age_ms=None if freshness is Freshness.MISSING else 400,
        freshness=freshness,
    )


def request_for(side: str = "FLAT", stale: str = "oi.now", blocked_by: str = "") -> DecisionRequest:
    """Return a request in which one fact is stale and now.last is missing."""
    facts = {metric: fact(metric, *printed) for metric, printed in NUMBERS.items()}
    facts[stale] = fact(stale, *NUMBERS[stale], freshness=Freshness.STALE)
    facts["pos.side"] = fact("pos.side", side)
    facts["now.last"] = fact("now.last", "MISSING", freshness=Freshness.MISSING)
    series = (
        SeriesFact(
            metric="m5.close", texts=("113912.5", "114022.0", "114207.5"), unit="", bar=Bar.M5
        ),
        SeriesFact(metric="m1.cvd", texts=("-3.1", "+40.2"), unit="BTC", bar=Bar.M1),
    )
    buy = AllowedAction(
        action=Action.BUY, effect=PositionEffect.OPEN, max_notional=QuoteAmt(Decimal("1300.50"))
    )
    return DecisionRequest(
        cycle_id=CycleId("c1"),
        decision_id=DecisionId("D-1043"),
        snapshot_id=SnapshotId("9f3c21"),
        inst_id=InstId("BTC-USDT-SWAP"),
        ts=1_763_890_200_000,
        features=Features(facts=facts, series=series),
        allowed=() if blocked_by else (buy,),
        blocked_by=blocked_by,
        horizon_min=60,
    )
