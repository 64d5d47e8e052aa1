"""What a panic beside the daemon does to a running engine, and how its orders come home."""

from dataclasses import replace

import pytest

from tai2.daemon.operator import Operator
from tai2.model.controls import TradingState
from tai2.model.errors import Refused
from tai2.model.ids import DecisionId
from tai2.model.instrument import Side
from tai2.model.order import Leg, Order, OrderIntent, OrderState
from tai2.model.panic import Panic
from tai2.wire.verbs import Verb
from tests.builders.desk import DeskRig
from tests.builders.orders import intent
from tests.component.test_operator_verbs import operating, wish
from tests.fakes.reasoners import buy

EXP_MS = 3_000


class Busy:
    """A latch whose writer still runs until the test says otherwise."""

    def __init__(self, left: Panic) -> None:
        self.left: Panic | None = left
        self.is_over = False

    def is_set(self) -> bool:
        return self.left is not None

    def read(self) -> Panic | None:
        return self.left

    def clear(self) -> bool:
        if self.is_over:
            self.left = None
        return self.is_over


def exit_of(rig: DeskRig) -> OrderIntent:
    """Return what a panic would send for all that the rig holds."""
    held = rig.held()
    return intent(
        cl_ord_id=rig.engine.adapters.ids.cl_ord_id(),
        decision_id=DecisionId("Dpanic"),
        leg=Leg.EMERGENCY,
        side=Side.SELL,
        contracts=held,
        limit_px=rig.venue.placed[0].limit_px * 99 // 100,
        reduce_only=True,
        stop=None,
    )


async def test_latch_set_between_gate_and_send_abandons_the_order() -> None:
    rig = await DeskRig(buy()).start()
    rig.latch.left = Panic(reason="gone mad", ts=0)
    record = await rig.cycle()
    assert (record.outcome, rig.venue.placed) == ("not_sent", [])
    assert (await rig.records())[0].reason == "PANIC"


async def test_start_with_a_latch_is_halted_and_the_latch_is_off() -> None:
    rig = await DeskRig().start()
    rig.latch.left = Panic(reason="gone mad", ts=0)
    assert await rig.engine.takeover.look()
    assert rig.latch.left is None
    await rig.start()
    current = rig.engine.controls.current
    assert (current.trading_state, current.changed_by) == (TradingState.HALTED, "panic")
    assert current.state_reason == "panic: gone mad"


async def test_order_of_a_panic_is_recorded_with_its_fill_before_and_after_the_takeover() -> None:
    rig = await DeskRig(buy()).start()
    await rig.cycle()
    sent = Order(intent=exit_of(rig), state=OrderState.SENDING, sent_ms=rig.clock.now_ms())
    rig.latch.left = Panic(reason="", ts=0, orders=(sent,))
    await rig.venue.place(sent.intent, rig.clock.now_ms() + EXP_MS)
    await rig.engine.inbox.drain()  # the push is faster than the look at the latch
    assert [row.leg for row in await rig.trades()] == ["entry", "emergency"]
    assert await rig.engine.takeover.look()
    assert (await rig.order()).state is OrderState.FILLED
    assert rig.engine.alarm.raised.keys() == {"panic"}


async def test_order_of_a_panic_that_never_left_is_proven_absent() -> None:
    rig = await DeskRig(buy()).start()
    await rig.cycle()
    now = rig.clock.now_ms()
    sent = Order(intent=exit_of(rig), state=OrderState.SENDING, sent_ms=now, exp_ms=now + EXP_MS)
    rig.latch.left = Panic(reason="", ts=0, orders=(sent,))
    await rig.engine.takeover.look()
    await rig.sweep(times=12)
    found = await rig.journal.find_order(sent.intent.cl_ord_id)
    assert found is not None
    assert found.state is OrderState.ABSENT


async def test_nothing_resumes_while_a_panic_is_at_work() -> None:
    rig = await DeskRig().start()
    await rig.engine.accounts.refresh()
    busy = Busy(Panic(reason="gone mad", ts=0))
    rig.engine = replace(
        rig.engine,
        takeover=type(rig.engine.takeover)(busy, rig.engine.controls, rig.engine.ledger, rig.clock),
    )
    assert not await rig.engine.takeover.look()
    async with operating(rig) as operator:
        ticket = await operator.prepare(wish(Verb.RESUME, None, "calm again"))
        with pytest.raises(Refused, match="still at work"):
            await operator.commit(ticket.ticket, "y")
        busy.is_over = True
        assert await rig.engine.takeover.look()
        ticket = await operator.prepare(wish(Verb.RESUME, None, "calm again"))
        reply = await rig.passing(operator.commit(ticket.ticket, "y"))
    assert isinstance(operator, Operator)
    assert reply.trading_state is TradingState.ACTIVE
