"""The executor: one send or none, entries alone on their instrument, an orderly end."""

import asyncio
from dataclasses import replace

import pytest

from tai2.engine.attribution import Attribution
from tai2.engine.bus import Bus
from tai2.engine.clock import StepClock
from tai2.engine.executor import EXP_MS, Executor, OnRejected
from tai2.engine.holdings import Holdings
from tai2.engine.ledger import Ledger
from tai2.model.ids import AlgoClOrdId, ClOrdId, DecisionId, OrdId
from tai2.model.instrument import Side
from tai2.model.order import (
    Accepted,
    Leg,
    NotSent,
    Order,
    OrderIntent,
    OrderState,
    Outcome,
    Rejected,
    Unknown,
)
from tai2.risk.refusal import refusal
from tai2.store.journal.database import MemoryDatabase
from tai2.store.journal.journal import SqliteJournal
from tests.builders.market import INST, NOW, swap
from tests.builders.orders import STOP, intent, watch


class Gateway:
    """Answers with what it is told to, after `gate` opens."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = list(outcomes)
        self.sent: list[tuple[ClOrdId, int]] = []
        self.reached = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    async def place(self, order: OrderIntent, exp_ms: int) -> Outcome:
        self.sent.append((order.cl_ord_id, exp_ms))
        self.reached.set()
        await self.gate.wait()
        return self.outcomes.pop(0) if self.outcomes else Accepted(ord_id=OrdId("9"))


async def ignore(_order: Order, _rejected: Rejected) -> None:
    """Do nothing about a refusal."""


def executor(
    gateway: Gateway, look: object = lambda _intent: None, on_rejected: OnRejected = ignore
) -> Executor:
    journal, clock = SqliteJournal(MemoryDatabase()), StepClock(NOW)
    attribution = Attribution(journal, {INST: swap()}, clock, "sim")
    ledger = Ledger(journal, attribution, Holdings(), Bus(), watch(journal))
    made = Executor(gateway, ledger, clock, look, on_rejected)  # type: ignore[arg-type]
    made.is_open = True
    return made


def other(leg: Leg = Leg.ENTRY) -> OrderIntent:
    second = intent(cl_ord_id=ClOrdId("t2second"), decision_id=DecisionId("D2"))
    if leg is Leg.ENTRY:
        return replace(second, stop=replace(STOP, algo_cl_ord_id=AlgoClOrdId("s2second")))
    return replace(second, leg=leg, side=Side.SELL, reduce_only=True, stop=None)


async def test_order_is_sent_once_with_its_expiry() -> None:
    gateway = Gateway()
    order, outcome = await executor(gateway).submit(intent())
    assert gateway.sent == [(intent().cl_ord_id, NOW + EXP_MS)]
    assert (order.state, order.exp_ms, outcome) == (
        OrderState.ACKED,
        NOW + EXP_MS,
        Accepted(ord_id=OrdId("9")),
    )


async def test_closed_executor_abandons() -> None:
    gateway = Gateway()
    closed = executor(gateway)
    closed.is_open = False
    order, outcome = await closed.submit(intent())
    assert (order.state, gateway.sent) == (OrderState.ABANDONED, [])
    assert outcome == NotSent(reason="the executor is closed")


async def test_last_look_has_the_last_word() -> None:
    gateway = Gateway()
    order, _ = await executor(gateway, lambda _intent: refusal("halted", "by hand")).submit(
        intent()
    )
    assert (order.state, order.reason, gateway.sent) == (OrderState.ABANDONED, "HALTED", [])


@pytest.mark.parametrize("first", [Accepted(ord_id=OrdId("9")), Unknown(reason="timeout")])
async def test_entry_waits_for_no_other_order_it_is_abandoned(first: Outcome) -> None:
    gateway = Gateway(first)
    made = executor(gateway)
    await made.submit(intent())
    order, _ = await made.submit(other())
    assert (order.state, len(gateway.sent)) == (OrderState.ABANDONED, 1)


async def test_exit_leaves_in_spite_of_an_unresolved_entry() -> None:
    gateway = Gateway(Unknown(reason="timeout"))
    made = executor(gateway)
    await made.submit(intent())
    order, _ = await made.submit(other(Leg.EMERGENCY))
    assert (order.state, len(gateway.sent)) == (OrderState.ACKED, 2)


async def test_close_waits_for_the_order_that_is_leaving() -> None:
    gateway = Gateway()
    gateway.gate.clear()
    made = executor(gateway)
    async with asyncio.TaskGroup() as group:
        leaving = group.create_task(made.submit(intent()))
        await gateway.reached.wait()
        assert await made.close(0.01) is False
        late = group.create_task(made.submit(other()))
        gateway.gate.set()
    assert await made.close(1.0) is True
    assert leaving.result()[0].state is OrderState.ACKED
    assert late.result()[0].state is OrderState.ABANDONED


async def test_cancelled_submit_stays_sending_for_the_next_start() -> None:
    gateway = Gateway()
    gateway.gate.clear()
    made = executor(gateway)
    async with asyncio.TaskGroup() as group:
        leaving = group.create_task(made.submit(intent()))
        await gateway.reached.wait()
        leaving.cancel()
    (order,) = made._ledger.working(INST)
    assert order.state is OrderState.SENDING
    assert len(gateway.sent) == 1


async def test_refusal_is_handed_over_once_it_is_recorded_and_never_sent_again() -> None:
    gateway = Gateway(Rejected(code="51008", reason="no money"), Unknown(reason="timeout"))
    told: list[tuple[Order, Rejected]] = []

    async def take(order: Order, rejected: Rejected) -> None:
        told.append((order, rejected))

    made = executor(gateway, on_rejected=take)
    order, outcome = await made.submit(intent())
    await made.submit(other())
    assert told == [(order, outcome)]
    assert order.state is OrderState.REJECTED
    assert [sent for sent, _exp in gateway.sent] == [intent().cl_ord_id, other().cl_ord_id]
