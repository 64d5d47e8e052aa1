"""Records must come back from JSON as they were, or be refused by name."""

import json
from dataclasses import fields
from decimal import Decimal

import pytest

from tai2.model.account import Position
from tai2.model.errors import DataInvalid, UsageError
from tai2.model.events import CycleRecord
from tai2.model.ids import InstId
from tai2.model.money import Contracts, Px, QuoteAmt
from tai2.model.performance import TripTotals
from tai2.model.trade import ExecutedTrade
from tai2.ports.history import Funnel, TradeQuery, TradeTotals
from tai2.wire import controls, past, performance, status, watch
from tai2.wire.codec import from_tree, recast, to_tree
from tai2.wire.method import Access, bind
from tai2.wire.methods import METHODS, SNAPSHOT

POSITION = Position(
    inst_id=InstId("BTC-USDT-SWAP"),
    contracts=Contracts(Decimal("-1.50")),
    avg_px=Px(Decimal("66420.0")),
    mark_px=None,
    upnl=QuoteAmt(Decimal("0.00")),
    lever=Decimal(2),
    liq_px=None,
    margin_mode="cross",
    opened_ms=1,
    ts_event=2,
    ts_recv=3,
)


def test_a_position_survives_the_journey_with_its_zeros() -> None:
    there = json.dumps(to_tree(POSITION))
    back = from_tree(Position, json.loads(there))
    assert back == POSITION
    assert str(back.contracts) == "-1.50"


@pytest.mark.parametrize(
    ("row", "source"),
    [
        (status.CycleRow, CycleRecord),
        (past.TradeRow, ExecutedTrade),
        (past.FunnelRow, Funnel),
        (past.TotalsRow, TradeTotals),
        (past.TradesParams, TradeQuery),
        (performance.TripTotalsRow, TripTotals),
    ],
)
def test_a_row_has_the_fields_of_what_it_carries(row: type, source: type) -> None:
    names = [field.name for field in fields(row) if field.name != "with_totals"]
    assert names == [field.name for field in fields(source)]


@pytest.mark.parametrize(
    ("tree", "place"),
    [
        ([], "CyclesParams: expected dict"),
        ({"limit": "5"}, "CyclesParams.limit: expected int"),
        ({"limit": True}, "CyclesParams.limit: expected int"),
        ({"limit": 1.0}, "CyclesParams.limit: expected int"),
        ({"limt": 5}, "CyclesParams: unknown key 'limt'"),
        ({"inst_id": 5}, "CyclesParams.inst_id: expected str"),
    ],
)
def test_params_that_do_not_fit_are_named(tree: object, place: str) -> None:
    with pytest.raises(DataInvalid, match=place):
        from_tree(past.CyclesParams, tree, is_closed=True)


def test_a_missing_field_without_default_is_named() -> None:
    with pytest.raises(DataInvalid, match="question is missing"):
        from_tree(past.AskParams, {})


def test_a_newer_daemon_may_say_more() -> None:
    tree = {"trading_state": "halted", "since_ms": 5}
    assert from_tree(controls.TradingStateReply, tree).trading_state.value == "halted"


def test_an_unknown_enum_is_refused() -> None:
    with pytest.raises(DataInvalid, match="trading_state"):
        from_tree(controls.TradingStateReply, {"trading_state": "asleep"})


def test_money_as_a_json_number_is_refused() -> None:
    tree = {"fills": 1, "pnl": 1.5, "fees": "0", "notional": "0"}
    with pytest.raises(DataInvalid, match="pnl: expected str"):
        from_tree(past.TotalsRow, tree)


def test_a_pair_must_be_a_pair() -> None:
    row = {"since_ms": 0, "until_ms": 1, "cycles": 1, "stale": 1, "sent": 0, "not_sent": 0}
    row |= {"filled": 0, "refused": [], "no_decision": []}
    assert from_tree(past.FunnelRow, row | {"held": [["A", 5]]}).held == (("A", 5),)
    with pytest.raises(DataInvalid, match="expected 2 items"):
        from_tree(past.FunnelRow, row | {"held": [["A"]]})


def test_a_model_record_becomes_a_row() -> None:
    totals = TradeTotals(fills=1, pnl=Decimal("-2.0"), fees=Decimal(0), notional=Decimal(5))
    assert recast(past.TotalsRow, totals).pnl == Decimal("-2.0")


async def test_a_bound_handler_gets_its_record() -> None:
    async def handler(params: watch.SnapshotParams) -> watch.SnapshotReply:
        return watch.SnapshotReply(snapshot={"of": params.inst_id})

    call = bind(SNAPSHOT, handler)
    assert await call({"inst_id": "BTC"}) == {"snapshot": {"of": "BTC"}}
    with pytest.raises(UsageError, match=r"snapshot: SnapshotParams: inst_id is missing"):
        await call({})


def test_only_these_methods_change_anything() -> None:
    control = {name for name, method in METHODS.items() if method.access is Access.CONTROL}
    assert control == {"config.set", "halt", "pause", "prepare", "commit", "prompt.revert"}
