"""The merge rule: whatever the order of arrival, our record ends where the venue is."""

from dataclasses import replace
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tai2.model.ids import AlgoClOrdId, ClOrdId, DecisionId, InstId, OrdId
from tai2.model.instrument import Side
from tai2.model.money import Contracts, Px, QuoteAmt
from tai2.model.order import (
    Leg,
    Order,
    OrderIntent,
    OrderState,
    OrderUpdate,
    StopPlan,
    merge,
)

STOP = StopPlan(
    algo_cl_ord_id=AlgoClOrdId("s2main1"), stop_px=Px(Decimal(90)), target_px=Px(Decimal(120))
)


def intent(leg: Leg = Leg.ENTRY, stop: StopPlan | None = STOP, sz: str = "3") -> OrderIntent:
    return OrderIntent(
        cl_ord_id=ClOrdId("t2main1"),
        decision_id=DecisionId("D1"),
        leg=leg,
        inst_id=InstId("BTC-USDT-SWAP"),
        side=Side.BUY,
        contracts=Contracts(Decimal(sz)),
        limit_px=Px(Decimal(100)),
        reduce_only=leg is not Leg.ENTRY,
        stop=stop,
        notional=QuoteAmt(Decimal(3)),
        created_ms=1,
    )


def update(state: OrderState, acc: str, u_time: int) -> OrderUpdate:
    return OrderUpdate(
        inst_id=InstId("BTC-USDT-SWAP"),
        ord_id=OrdId("9"),
        cl_ord_id=ClOrdId("t2main1"),
        algo_cl_ord_id=None,
        side=Side.BUY,
        state=state,
        contracts=Contracts(Decimal(3)),
        acc_fill=Contracts(Decimal(acc)),
        avg_px=Px(Decimal(100)) if Decimal(acc) else None,
        limit_px=Px(Decimal(100)),
        reduce_only=False,
        cancel_source="14" if state is OrderState.CANCELED else "",
        u_time=u_time,
        fill=None,
    )


LIVE = update(OrderState.LIVE, "0", 10)
FIRST = update(OrderState.PARTIAL, "1", 20)
SECOND = update(OrderState.PARTIAL, "2", 30)
DONE = update(OrderState.FILLED, "3", 40)
REST_CANCELED = update(OrderState.CANCELED, "2", 31)


def fold(updates: tuple[OrderUpdate, ...]) -> Order:
    order = Order(intent=intent(), state=OrderState.SENDING)
    for each in updates:
        order = merge(order, each)
    return order


@pytest.mark.parametrize("updates", list(permutations((LIVE, FIRST, SECOND, DONE))))
def test_any_arrival_order_ends_filled(updates: tuple[OrderUpdate, ...]) -> None:
    order = fold(updates)
    assert (order.state, order.acc_fill) == (OrderState.FILLED, Decimal(3))


@pytest.mark.parametrize("updates", list(permutations((LIVE, FIRST, SECOND, REST_CANCELED))))
def test_any_arrival_order_ends_cancelled_with_its_fills(
    updates: tuple[OrderUpdate, ...],
) -> None:
    order = fold(updates)
    assert (order.state, order.acc_fill, order.reason) == (OrderState.CANCELED, Decimal(2), "14")


@given(st.lists(st.sampled_from((LIVE, FIRST, SECOND, DONE)), max_size=12))
def test_filled_quantity_never_shrinks_and_terminal_never_regresses(
    updates: list[OrderUpdate],
) -> None:
    order = Order(intent=intent(), state=OrderState.UNKNOWN)
    for each in updates:
        merged = merge(order, each)
        assert merged.acc_fill >= order.acc_fill
        assert merged.state.is_terminal or not order.state.is_terminal
        order = merged


def test_duplicate_changes_nothing() -> None:
    once = fold((LIVE, FIRST))
    assert merge(once, FIRST) == once


def test_late_fill_after_cancel_is_counted_without_reviving_the_order() -> None:
    order = fold((update(OrderState.CANCELED, "1", 20), update(OrderState.PARTIAL, "2", 25)))
    assert (order.state, order.acc_fill) == (OrderState.CANCELED, Decimal(2))


def test_order_settled_as_absent_comes_back_when_the_venue_shows_it() -> None:
    absent = Order(intent=intent(), state=OrderState.ABSENT)
    assert merge(absent, DONE).state is OrderState.FILLED


def test_entry_without_a_stop_cannot_exist() -> None:
    with pytest.raises(ValueError, match="entry needs a stop"):
        intent(stop=None)


def test_exit_must_be_reduce_only_and_carries_no_stop() -> None:
    with pytest.raises(ValueError, match="only an entry"):
        intent(leg=Leg.EXIT)
    assert intent(leg=Leg.EXIT, stop=None).reduce_only


def test_order_without_size_cannot_exist() -> None:
    with pytest.raises(ValueError, match="positive size"):
        intent(sz="0")


def test_unknown_order_counts_with_its_whole_size() -> None:
    unknown = Order(intent=intent(), state=OrderState.UNKNOWN)
    assert unknown.open_contracts == Decimal(3)
    assert fold((REST_CANCELED,)).open_contracts == 0


def test_exit_that_may_open_cannot_exist() -> None:
    exit_ = intent(leg=Leg.EXIT, stop=None)
    with pytest.raises(ValueError, match="reduce-only"):
        replace(exit_, reduce_only=False)


def test_adopted_position_carries_a_plan_and_its_release_only_reduces() -> None:
    plan = replace(STOP, target_px=None)
    assert intent(Leg.ADOPTED, plan).stop == plan
    with pytest.raises(ValueError, match="needs a stop"):
        intent(Leg.ADOPTED, None)
    assert intent(Leg.RELEASED, None).reduce_only
