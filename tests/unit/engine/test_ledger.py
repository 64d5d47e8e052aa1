"""The ledger's edges: evidence against a settled order, fills of others, races with proofs."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tai2.engine.attribution import Attribution
from tai2.engine.bus import Bus
from tai2.engine.clock import StepClock
from tai2.engine.exposure import pending_entries
from tai2.engine.holdings import Holdings
from tai2.engine.ledger import Ledger
from tai2.model.ids import ClOrdId, InstId, OrdId
from tai2.model.instrument import Side
from tai2.model.money import Contracts, Px
from tai2.model.order import (
    Accepted,
    Leg,
    NotSent,
    Order,
    OrderState,
    OrderUpdate,
    Outcome,
    Rejected,
    Unknown,
)
from tai2.model.panic import Panic
from tai2.store.journal.database import MemoryDatabase
from tai2.store.journal.journal import SqliteJournal
from tai2.store.memory import MemoryLatch
from tests.builders.market import INST, NOW, swap
from tests.builders.orders import STOP, intent, watch
from tests.builders.trades import fill

LOST = ClOrdId("t2main9999999999999999999999999")
MOVES: list[tuple[InstId, int]] = []


@pytest.fixture
def journal() -> SqliteJournal:
    MOVES.clear()
    return SqliteJournal(MemoryDatabase())


@pytest.fixture
def ledger(journal: SqliteJournal) -> Ledger:
    attribution = Attribution(journal, {INST: swap()}, StepClock(NOW), "sim")
    listeners = watch(journal, lambda *moved: MOVES.append(moved))
    return Ledger(journal, attribution, Holdings(), Bus(), listeners)


def update(state: OrderState, acc: str = "0", **changes: object) -> OrderUpdate:
    made = OrderUpdate(
        inst_id=INST,
        ord_id=OrdId("9"),
        cl_ord_id=intent().cl_ord_id,
        algo_cl_ord_id=None,
        side=Side.BUY,
        state=state,
        contracts=intent().contracts,
        acc_fill=Contracts(Decimal(acc)),
        avg_px=None,
        limit_px=None,
        reduce_only=False,
        cancel_source="",
        u_time=NOW + 5,
        fill=None,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


async def sent(ledger: Ledger) -> Order:
    return await ledger.mark_sending(await ledger.plan(intent()), NOW, NOW + 3_000)


OUTCOMES: list[tuple[Outcome, OrderState]] = [
    (Accepted(ord_id=OrdId("9")), OrderState.ACKED),
    (Rejected(code="51008", reason="no money"), OrderState.REJECTED),
    (Rejected(code="50037", reason="late", is_expired=True), OrderState.EXPIRED),
    (NotSent(reason="no route"), OrderState.ABANDONED),
    (Unknown(reason="timeout"), OrderState.UNKNOWN),
]


@pytest.mark.parametrize(("outcome", "state"), OUTCOMES, ids=[s.value for _, s in OUTCOMES])
async def test_every_answer_has_its_state(
    ledger: Ledger, journal: SqliteJournal, outcome: Outcome, state: OrderState
) -> None:
    order = await ledger.record_outcome(await sent(ledger), outcome)
    assert order.state is state
    assert await journal.find_order(intent().cl_ord_id) == order
    assert (order in ledger.open_orders()) is not state.is_terminal


async def test_answer_after_the_last_push_returns_what_is_known(ledger: Ledger) -> None:
    order = await sent(ledger)
    await ledger.apply(update(OrderState.FILLED, "0.1"))
    answered = await ledger.record_outcome(order, Accepted(ord_id=OrdId("9")))
    assert (answered.state, answered.acc_fill) == (OrderState.FILLED, Decimal("0.1"))


async def test_acceptance_of_an_absent_order_opens_it_again_as_a_breach(ledger: Ledger) -> None:
    order = await sent(ledger)
    await ledger.settle(order, OrderState.ABSENT, "denied")
    again = await ledger.record_outcome(order, Accepted(ord_id=OrdId("9")))
    assert (again.state, ledger.late_fills) == (OrderState.ACKED, 1)
    assert ledger.working(INST) == (again,)


async def test_lost_answer_of_an_absent_order_leaves_it_absent(ledger: Ledger) -> None:
    order = await sent(ledger)
    await ledger.settle(order, OrderState.ABSENT, "denied")
    assert (await ledger.record_outcome(order, Unknown(reason=""))).state is OrderState.ABSENT


@pytest.mark.parametrize(
    "state", [OrderState.ABSENT, OrderState.EXPIRED, OrderState.REJECTED, OrderState.ABANDONED]
)
async def test_order_settled_as_never_there_revives_when_it_is_seen(
    ledger: Ledger, state: OrderState
) -> None:
    order = await sent(ledger)
    await ledger.settle(order, state, "thought so")
    await ledger.apply(update(OrderState.PARTIAL, "0.05"))
    (revived,) = ledger.working(INST)
    assert (revived.state, ledger.late_fills) == (OrderState.PARTIAL, 1)


@pytest.mark.parametrize("state", [OrderState.ABSENT, OrderState.UNKNOWN])
async def test_fill_proves_its_order(ledger: Ledger, state: OrderState) -> None:
    order = await sent(ledger)
    if state is OrderState.ABSENT:
        await ledger.settle(order, state, "denied")
    await ledger.add_fill(replace(fill(), cl_ord_id=intent().cl_ord_id))
    (proven,) = ledger.working(INST)
    assert (proven.state, proven.acc_fill) == (OrderState.PARTIAL, fill().contracts)
    assert ledger.late_fills == (state is OrderState.ABSENT)
    await ledger.apply(update(OrderState.FILLED, "0.1", u_time=1))
    assert ledger.working(INST) == ()


async def test_settling_an_order_that_moved_changes_nothing(ledger: Ledger) -> None:
    order = await sent(ledger)
    await ledger.apply(update(OrderState.LIVE))
    settled = await ledger.settle(order, OrderState.ABSENT, "denied before")
    assert settled.state is OrderState.LIVE


async def test_settling_an_order_that_nobody_knows_writes_nothing(
    ledger: Ledger, journal: SqliteJournal
) -> None:
    stray = Order(intent=intent(), state=OrderState.UNKNOWN)
    assert await ledger.settle(stray, OrderState.ABSENT, "") == stray
    assert await journal.find_order(intent().cl_ord_id) is None


async def test_growth_of_a_fill_is_announced_once(ledger: Ledger) -> None:
    await sent(ledger)
    for _ in range(2):
        await ledger.apply(update(OrderState.PARTIAL, "0.05"))
    assert MOVES == [(INST, NOW + 5)]


async def test_fill_on_an_instrument_that_nobody_follows_is_counted_only(ledger: Ledger) -> None:
    stray = replace(fill(), inst_id=InstId("DOGE-USDT-SWAP"), cl_ord_id=None)
    assert await ledger.add_fill(stray) is False
    assert (ledger.fills, MOVES) == (0, [])
    assert not await ledger.has_fill(stray)


async def test_foreign_order_is_forgotten_when_it_ends(ledger: Ledger) -> None:
    foreign = update(OrderState.LIVE, cl_ord_id=None, ord_id=OrdId("77"))
    await ledger.apply(foreign)
    assert ledger.strangers.working == {"77"}
    await ledger.apply(replace(foreign, state=OrderState.CANCELED))
    assert ledger.strangers.working == set()


async def test_unknown_entries_count_whole_and_exits_not_at_all(ledger: Ledger) -> None:
    await ledger.record_outcome(await sent(ledger), Unknown(reason=""))
    assert pending_entries(ledger, INST) == intent().contracts
    assert pending_entries(ledger, InstId("ETH-USDT-SWAP")) == 0


async def test_recovery_knows_open_orders_and_what_is_ours(
    ledger: Ledger, journal: SqliteJournal
) -> None:
    order = await sent(ledger)
    await ledger.add_fill(replace(fill(), cl_ord_id=order.intent.cl_ord_id))
    holdings = Holdings()
    attribution = Attribution(journal, {INST: swap()}, StepClock(NOW), "sim")
    again = Ledger(journal, attribution, holdings, Bus(), watch(journal))
    (found,) = await again.recover()
    assert found.intent == order.intent
    assert await again.last_fill_ms() == fill().ts_event
    assert await again.last_entry(INST) == found


async def test_children_are_remembered_boundedly(journal: SqliteJournal) -> None:
    attribution = Attribution(journal, {}, StepClock(NOW), "sim")
    for number in range(1_500):
        attribution.note_child(OrdId(str(number)), STOP.algo_cl_ord_id)
    nameless = replace(fill(), cl_ord_id=None)
    assert not attribution.is_known(replace(nameless, ord_id=OrdId("1")))
    assert attribution.is_known(replace(nameless, ord_id=OrdId("1499")))


async def test_child_of_somebody_elses_stop_is_external(ledger: Ledger) -> None:
    child = replace(fill(), cl_ord_id=None, ord_id=OrdId("55"), px=Px(Decimal(99_000)))
    pushed = update(
        OrderState.FILLED, "0.1", cl_ord_id=None, ord_id=OrdId("55"),
        algo_cl_ord_id="manual1", fill=child,
    )  # fmt: skip
    await ledger.apply(pushed)
    assert ledger.fills == 1
    assert ledger.strangers.working == set()
    assert await ledger.has_fill(child)


async def test_forced_fill_halts_and_a_fill_told_twice_counts_once(ledger: Ledger) -> None:
    forced = replace(fill(), cl_ord_id=None, trade_id="-7")
    assert [await ledger.add_fill(forced) for _ in range(2)] == [True, False]
    assert (ledger.fills, len(MOVES)) == (1, 1)
    assert list(ledger._watch.alarm.raised) == ["liquidated"]


async def test_only_an_id_of_ours_that_the_journal_lacks_is_forgotten(ledger: Ledger) -> None:
    await sent(ledger)
    lost = ClOrdId("t2main9999999999999999999999999")
    found = [await ledger.has_forgotten(one) for one in (intent().cl_ord_id, lost, ClOrdId("x"))]
    assert found == [False, True, False]


async def test_orders_sent_beside_us_are_taken_over_once_and_known_ones_stay_as_they_are(
    ledger: Ledger,
) -> None:
    ours = await sent(ledger)
    way_out = intent(cl_ord_id=ClOrdId("t2main2"), leg=Leg.EMERGENCY, reduce_only=True, stop=None)
    beside = replace(ours, intent=way_out)
    left = Panic(reason="", ts=NOW, orders=(beside, replace(ours, state=OrderState.UNKNOWN)))
    assert await ledger.take_over(left.orders) == (beside,)
    assert await ledger.take_over(left.orders) == ()
    assert set(ledger.working(INST)) == {ours, beside}
    assert (left.order(ClOrdId("t2main2")), left.order(None)) == (beside, None)


async def test_fill_of_an_order_sent_beside_us_has_its_leg_before_it_is_taken_over(
    ledger: Ledger, journal: SqliteJournal
) -> None:
    way_out = intent(cl_ord_id=LOST, leg=Leg.EMERGENCY, reduce_only=True, stop=None)
    beside = Order(intent=way_out, state=OrderState.UNKNOWN)
    latch = ledger.strangers._latch
    assert isinstance(latch, MemoryLatch)
    latch.left = Panic(reason="mad", ts=NOW, orders=(beside,))
    assert await ledger.add_fill(replace(fill(), cl_ord_id=LOST))
    found = await journal.find_order(LOST)
    assert found is not None
    assert (found.intent.leg, found.state) == (Leg.EMERGENCY, OrderState.PARTIAL)
    assert [each.leg for each in await journal.executions()] == ["emergency"]
