"""Whatever the order of arrival and however often: one legal history has one final record."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tai2.model.ids import OrdId
from tai2.model.instrument import Side
from tai2.model.money import Contracts, Px
from tai2.model.order import Order, OrderState, OrderUpdate, merge
from tests.builders.market import INST, NOW
from tests.builders.orders import intent

SIZE = 10
START = Order(intent=intent(contracts=Contracts(Decimal(SIZE))), state=OrderState.ACKED)


def update(state: OrderState, acc: int, at: int, source: str = "") -> OrderUpdate:
    return OrderUpdate(
        inst_id=INST,
        ord_id=OrdId("9"),
        cl_ord_id=START.intent.cl_ord_id,
        algo_cl_ord_id=None,
        side=Side.BUY,
        state=state,
        contracts=Contracts(Decimal(SIZE)),
        acc_fill=Contracts(Decimal(acc)),
        avg_px=Px(Decimal(100 + acc)) if acc else None,
        limit_px=None,
        reduce_only=False,
        cancel_source=source,
        u_time=NOW + at,
        fill=None,
    )


@st.composite
def histories(draw: st.DrawFn) -> list[OrderUpdate]:
    """Live, some partial fills, then filled, or cancelled with perhaps a late fill; or cut off."""
    fills = sorted(draw(st.sets(st.integers(1, SIZE - 1), max_size=5)))
    events = [update(OrderState.LIVE, 0, 0)]
    events += [update(OrderState.PARTIAL, acc, 1 + n) for n, acc in enumerate(fills)]
    last = fills[-1] if fills else 0
    match draw(st.sampled_from(["filled", "cancelled", "late", "open"])):
        case "filled":
            events.append(update(OrderState.FILLED, SIZE, 50))
        case "cancelled":
            events.append(update(OrderState.CANCELED, last, 50, "1"))
        case "late":
            events.append(update(OrderState.CANCELED, last, 50, "1"))
            late = draw(st.integers(last + 1, SIZE))
            state = draw(st.sampled_from([OrderState.CANCELED, OrderState.PARTIAL]))
            events.append(update(state, late, 60, "1" if state is OrderState.CANCELED else ""))
        case _:
            pass
    return events


def folded(events: list[OrderUpdate], start: Order = START) -> Order:
    order = start
    for one in events:
        order = merge(order, one)
    return order


@given(st.data(), histories())
def test_any_permutation_and_duplication_gives_the_same_record(
    data: st.DataObject, history: list[OrderUpdate]
) -> None:
    again = data.draw(st.lists(st.sampled_from(history), max_size=6))
    shuffled = data.draw(st.permutations(history + again))
    assert folded(list(shuffled)) == folded(history)


@given(st.data(), histories())
def test_filled_size_never_shrinks_and_an_end_is_never_taken_back(
    data: st.DataObject, history: list[OrderUpdate]
) -> None:
    order = START
    for one in data.draw(st.permutations(history)):
        before, order = order, merge(order, one)
        assert order.acc_fill >= before.acc_fill
        assert order.state.is_terminal or not before.state.is_terminal
        assert order.u_time >= before.u_time


@given(histories())
def test_a_denied_order_that_shows_life_is_as_if_it_had_been_known(
    history: list[OrderUpdate],
) -> None:
    absent = replace(START, state=OrderState.ABSENT, reason="the exchange doesn't know it")
    assert folded(history, absent) == folded(history)
