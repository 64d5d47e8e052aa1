"""The ids that rules-v1 asks for are the ids that features print."""

from decimal import Decimal
from typing import Any

from tai2.indicators.features import Costs, features
from tai2.llm.rules import reply_text
from tai2.llm.votes import REQUIRED, RuleBook
from tai2.model.decision import Decision, DecisionRequest, HoldReason
from tai2.model.ids import CycleId, DecisionId, InstId, SnapshotId
from tai2.model.instrument import InstKind, Instrument
from tai2.model.snapshot import Aged, Freshness, Snapshot
from tai2.prompt.parse import parse_reply
from tai2.prompt.render import user_message

BLIND: Aged[Any] = Aged(
    value=None, ts_event=None, ts_recv=None, age_ms=None, freshness=Freshness.MISSING
)
SPOT = Instrument(
    inst_id=InstId("BTC-USDT"),
    kind=InstKind.SPOT,
    base_ccy="BTC",
    quote_ccy="USDT",
    settle_ccy="USDT",
    ct_val=Decimal(1),
    tick_sz=Decimal("0.1"),
    lot_sz=Decimal("0.00001"),
    min_sz=Decimal("0.00001"),
    max_lmt_sz=None,
    max_mkt_sz=None,
    lever_max=None,
    is_live=True,
)


def blind_request() -> DecisionRequest:
    snapshot = Snapshot(
        snapshot_id=SnapshotId("s1"),
        inst_id=SPOT.inst_id,
        ts=1_763_890_200_000,
        book=BLIND,
        ticker=BLIND,
        mark=BLIND,
        funding=BLIND,
        open_interest=BLIND,
        oi_change_1h=None,
        liquidations=(),
        technical=(),
        flow=BLIND,
        balance=BLIND,
        position=BLIND,
    )
    return DecisionRequest(
        cycle_id=CycleId("c1"),
        decision_id=DecisionId("D-1"),
        snapshot_id=snapshot.snapshot_id,
        inst_id=SPOT.inst_id,
        ts=snapshot.ts,
        features=features(snapshot, Costs(instrument=SPOT, taker=Decimal("0.001"))),
        allowed=(),
        blocked_by="",
        horizon_min=60,
    )


def test_every_required_fact_is_printed_even_when_missing() -> None:
    printed = blind_request().features.facts
    assert {*REQUIRED, "pos.side", "oi.chg1h", "fund.rate"} <= set(printed)
    assert "[m5.atr14] MISSING" in user_message(blind_request())


def test_a_blind_snapshot_is_held_and_says_what_is_missing() -> None:
    request = blind_request()
    found = parse_reply(reply_text(request, RuleBook()), request)
    assert isinstance(found, Decision)
    assert found.hold_reason is HoldReason.STALE_OR_MISSING_DATA
    assert all(metric in found.justification for metric in REQUIRED)
