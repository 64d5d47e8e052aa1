"""What a reasoner may choose: never more than the gate lets through, always with a reason."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tai2.model.controls import TradingState
from tai2.model.decision import Action, PositionEffect
from tai2.model.ids import AlgoClOrdId, ClOrdId
from tai2.model.maintenance import Stage
from tai2.model.money import Contracts, QuoteAmt
from tai2.model.order import Order, OrderState
from tai2.model.verdict import Allow
from tai2.risk import specimen
from tai2.risk.allowance import Allowance, allowance
from tai2.risk.case import Exposure
from tai2.risk.gate import IntentIds, judge
from tests.builders import market as m
from tests.builders.orders import intent
from tests.unit.risk.test_gate import CALM, case

FLAT = Exposure(
    position=Contracts(Decimal(0)),
    foreign=Contracts(Decimal(0)),
    pending=Contracts(Decimal(0)),
    total_notional=QuoteAmt(Decimal(0)),
    unknown_orders=(),
    working_orders=0,
    lever=Decimal(2),
    account_trouble="",
    maintenance=Stage.NONE,
)


def room(exposure: Exposure = FLAT, **changes: object) -> Allowance:
    state = changes.pop("state", TradingState.ACTIVE)
    controls = m.controls(trading_state=state)
    asked = {name: changes.pop(name) for name in ("pace", "condition") if name in changes}
    return allowance(case(exposure, snapshot=m.snapshot(**changes), controls=controls, **asked))


def effects(found: Allowance) -> list[tuple[str, str]]:
    return [(one.action.value, one.effect.value) for one in found.actions]


def test_flat_and_active_may_open_either_way() -> None:
    found = room()
    assert effects(found) == [("BUY", "OPEN"), ("SELL", "OPEN")]
    assert (found.actions[0].max_notional, found.blocked_by) == (100, "")


@pytest.mark.parametrize(
    ("held", "entry", "leaving"), [("0.1", "BUY", "SELL"), ("-0.1", "SELL", "BUY")]
)
def test_holder_may_add_or_leave_but_never_flip(held: str, entry: str, leaving: str) -> None:
    found = room(replace(FLAT, position=Contracts(Decimal(held))))
    assert effects(found) == [(leaving, "REDUCE"), (leaving, "CLOSE"), (entry, "INCREASE")]


def test_reducing_leaves_only_the_way_out() -> None:
    held = replace(FLAT, position=Contracts(Decimal("0.1")))
    assert effects(room(held, state=TradingState.REDUCING)) == [
        ("SELL", "REDUCE"),
        ("SELL", "CLOSE"),
    ]
    assert room(state=TradingState.REDUCING) == Allowance(actions=(), blocked_by="REDUCING")


UNKNOWN = replace(FLAT, unknown_orders=(Order(intent=intent(), state=OrderState.UNKNOWN),))
BLOCKED = {
    "HALTED": (FLAT, {"state": TradingState.HALTED}),
    "UNKNOWN_ORDER": (UNKNOWN, {}),
    "MAINTENANCE": (replace(FLAT, maintenance=Stage.ANNOUNCED), {}),
    "STALE_DATA": (FLAT, {"book": m.missing()}),
    "SIZE_CAPS": (FLAT, {"balance": m.missing()}),
}


@pytest.mark.parametrize("code", BLOCKED)
def test_nothing_allowed_says_why(code: str) -> None:
    exposure, changes = BLOCKED[code]
    assert room(exposure, **changes) == Allowance(actions=(), blocked_by=code)


def test_unknown_position_blocks_everything() -> None:
    assert room(replace(FLAT, position=None)).blocked_by == "STALE_DATA"


def test_unknown_total_and_full_caps_leave_no_entry() -> None:
    assert room(replace(FLAT, total_notional=None)).blocked_by == "SIZE_CAPS"
    assert room(replace(FLAT, pending=Contracts(Decimal(1)))).blocked_by == "SIZE_CAPS"


def test_allowed_maximum_passes_the_gate_unshrunk() -> None:
    wish = room().actions[0].max_notional
    wished = m.decision(action=Action.BUY, effect=PositionEffect.OPEN, notional=wish)
    ids = IntentIds(cl_ord_id=ClOrdId("t2a"), algo_cl_ord_id=AlgoClOrdId("s2a"))
    verdict = judge(case(decision=wished), ids)
    assert isinstance(verdict, Allow)
    assert verdict.shrunk_from == ""


def test_maintenance_leaves_a_holder_the_way_out_until_it_begins() -> None:
    held = replace(FLAT, position=Contracts(Decimal("0.1")), maintenance=Stage.NEAR)
    assert effects(room(held)) == [("SELL", "REDUCE"), ("SELL", "CLOSE")]
    ongoing = replace(held, maintenance=Stage.ONGOING)
    assert room(ongoing) == Allowance(actions=(), blocked_by="MAINTENANCE")


RESTING = replace(CALM, settled_ms=m.NOW)
BUSY = replace(CALM, in_flight=3)
LOSING = replace(specimen.clean(m.limits()).condition, losing_streak=99)
PAUSED = {
    "COOLDOWN": {"pace": RESTING},
    "IN_FLIGHT_TOTAL": {"pace": BUSY},
    "LOSING_STREAK": {"condition": LOSING},
}


@pytest.mark.parametrize("code", PAUSED)
def test_what_refuses_every_entry_for_a_while_isnt_offered(code: str) -> None:
    assert room(**PAUSED[code]) == Allowance(actions=(), blocked_by=code)
    held = replace(FLAT, position=Contracts(Decimal("0.1")))
    assert effects(room(held, **PAUSED[code])) == [("SELL", "REDUCE"), ("SELL", "CLOSE")]


@pytest.mark.parametrize("unknown", ["pace", "condition"])
def test_an_unknown_past_offers_no_entry(unknown: str) -> None:
    assert room(**{unknown: None}).actions == ()
