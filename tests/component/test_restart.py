"""The start path is the recovery path: each state of the journal settles to the truth."""

from dataclasses import replace

import pytest

from tai2.model.order import Order, OrderState
from tests.builders.desk import INST, DeskRig
from tests.fakes.reasoners import BECAUSE, buy, hold


async def left_behind(state: OrderState, *, at_exchange: bool) -> DeskRig:
    """Return a rig whose process died with one order in a state, before it was told more."""
    rig = await DeskRig(buy()).start()
    rig.venue.mute = True
    rig.venue.losses.append("after" if at_exchange else "before")
    await rig.cycle()
    order = await rig.order()
    await rig.journal.save_order(replace(order, state=state))
    await rig.kill()
    rig.venue.mute = False
    return rig


STATES = [OrderState.SENDING, OrderState.UNKNOWN, OrderState.ACKED, OrderState.PARTIAL]


@pytest.mark.parametrize("state", STATES)
async def test_order_that_filled_while_down_is_found_with_its_fill(state: OrderState) -> None:
    rig = await left_behind(state, at_exchange=True)
    await rig.start()
    (row,) = await rig.trades()
    assert (await rig.state(), row.llm_reasoning) == (OrderState.FILLED, BECAUSE)
    assert len(rig.venue.placed) == 1


@pytest.mark.parametrize("state", [OrderState.SENDING, OrderState.UNKNOWN])
async def test_order_that_never_arrived_is_proven_absent_before_the_start(
    state: OrderState,
) -> None:
    rig = await left_behind(state, at_exchange=False)
    await rig.start()
    assert await rig.state() is OrderState.ABSENT
    assert (len(rig.venue.placed), await rig.trades()) == (1, ())


async def test_intent_that_was_never_sent_is_abandoned() -> None:
    rig = await left_behind(OrderState.INTENT, at_exchange=False)
    await rig.start()
    assert await rig.state() is OrderState.ABANDONED


async def test_working_order_that_the_exchange_forgot_ends_as_cancelled() -> None:
    rig = await left_behind(OrderState.LIVE, at_exchange=False)
    await rig.start()
    await rig.sweep(times=9)
    assert await rig.state() is OrderState.CANCELED


async def test_stop_that_triggers_while_running_is_attributed_to_its_entry() -> None:
    rig = await DeskRig(buy(), hold()).start()
    record = await rig.cycle()
    rig.crash_to(98_500)
    await rig.engine.inbox.drain()
    entry, stopped = await rig.trades()
    assert (stopped.leg, stopped.llm_reasoning) == ("stop", BECAUSE)
    assert stopped.decision_id == entry.decision_id == record.decision_id
    assert (rig.held(), stopped.pnl < 0) == (0, True)


async def test_stop_that_triggers_while_down_is_attributed_after_the_start() -> None:
    rig = await DeskRig(buy()).start()
    await rig.cycle()
    await rig.kill()
    rig.advance(3_600_000)
    rig.crash_to(98_500)
    await rig.start()
    _entry, stopped = await rig.trades()
    assert (stopped.leg, stopped.llm_reasoning) == ("stop", BECAUSE)
    assert rig.engine.accounts.latest is not None
    assert rig.engine.accounts.latest.position(INST) is None


async def test_older_fill_that_was_missed_is_found_behind_a_newer_one() -> None:
    rig = await DeskRig(buy(), buy()).start()
    rig.venue.mute = True
    await rig.cycle()
    rig.advance(600_000)
    rig.venue.mute = False
    rig.crash_to(98_500)  # the stop's fill is pushed, the entry's never was
    await rig.engine.inbox.drain()
    assert len(await rig.trades()) == 1
    await rig.kill()
    await rig.start()
    assert [row.leg for row in await rig.trades()] == ["entry", "stop"]


async def test_restarts_repeat_nothing() -> None:
    rig = await DeskRig(buy()).start()
    await rig.cycle()
    for _ in range(3):
        await rig.kill()
        await rig.start()
    await rig.guard(4)
    assert (len(rig.venue.placed), len(await rig.trades())) == (1, 1)
    assert len(await rig.venue.stops([INST])) == 1


async def test_settling_never_overwrites_what_a_push_brought_meanwhile() -> None:
    rig = await DeskRig(buy()).start()
    await rig.cycle()
    filled = await rig.order()
    doubted = Order(intent=filled.intent, state=OrderState.UNKNOWN)
    settled = await rig.engine.ledger.settle(doubted, OrderState.ABSENT, "too late")
    assert settled == filled == await rig.order()
