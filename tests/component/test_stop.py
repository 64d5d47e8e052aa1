"""An orderly stop at every state of an order: what the next start makes of it."""

from collections.abc import Awaitable, Callable

import pytest

from tai2.model.decision import DecisionRequest, Reply, ReplyFailed
from tai2.model.order import Leg, Order, OrderState, Rejected
from tests.builders.desk import INST, DeskRig
from tests.builders.orders import intent
from tests.fakes.reasoners import buy

GRACE_S = 8.0


async def stop(rig: DeskRig) -> None:
    """End the desk as the daemon does on SIGTERM, then lose the process."""
    assert await rig.engine.executor.close(GRACE_S)
    assert await rig.engine.guards.countdown.release()
    await rig.engine.inbox.drain()
    await rig.kill()


async def planned(rig: DeskRig) -> Order:
    return await rig.engine.ledger.plan(intent(inst_id=INST))


async def sending(rig: DeskRig) -> Order:
    now = rig.clock.now_ms()
    return await rig.engine.ledger.mark_sending(await planned(rig), now, now + 3_000)


async def accepted(rig: DeskRig) -> None:
    rig.venue.mute = True
    await rig.cycle()


async def lost(rig: DeskRig) -> None:
    rig.venue.losses.append("before")
    await rig.cycle()


async def doubtful(rig: DeskRig) -> None:
    rig.venue.losses.append("after")
    rig.venue.mute = True
    await rig.cycle()


async def filled(rig: DeskRig) -> None:
    await rig.cycle()


async def refused(rig: DeskRig) -> None:
    order = await sending(rig)
    await rig.engine.ledger.record_outcome(order, Rejected(code="51008", reason="no money"))


STATES: dict[str, tuple[Callable[[DeskRig], Awaitable[object]], OrderState]] = {
    "intent": (planned, OrderState.ABANDONED),
    "sending": (sending, OrderState.ABSENT),
    "acked": (accepted, OrderState.FILLED),
    "unknown and lost": (lost, OrderState.ABSENT),
    "unknown and there": (doubtful, OrderState.FILLED),
    "filled": (filled, OrderState.FILLED),
    "rejected": (refused, OrderState.REJECTED),
}


@pytest.mark.parametrize("before", STATES)
async def test_orderly_stop_at_any_state_ends_as_the_lifecycle_says(before: str) -> None:
    bring, after = STATES[before]
    rig = await DeskRig(buy()).start()
    await bring(rig)
    sends = len(rig.venue.placed)
    await stop(rig)
    rig.venue.mute = False
    await rig.start()
    cl_ord_id = rig.venue.placed[0].cl_ord_id if sends else intent().cl_ord_id
    found = await rig.journal.find_order(cl_ord_id)
    assert found is not None
    assert (found.state, rig.engine.ledger.open_orders()) == (after, ())
    assert len(rig.venue.placed) == sends
    fills = [row.leg for row in await rig.trades()]
    assert fills == ([Leg.ENTRY.value] if after is OrderState.FILLED else [])


async def test_stop_while_the_reasoner_thinks_sends_nothing_of_what_it_says() -> None:
    rig = await DeskRig(buy()).start()
    wish = rig.reasoner.wishes.popleft()

    def overtaken(request: DecisionRequest) -> Reply | ReplyFailed:
        rig.engine.executor.is_open = False
        return wish(request)

    rig.reasoner.wishes.appendleft(overtaken)
    assert (await rig.cycle()).outcome == "not_sent"
    await stop(rig)
    await rig.start()
    assert rig.venue.placed == []
    assert rig.engine.ledger.open_orders() == ()


async def test_stop_leaves_the_stop_at_the_exchange() -> None:
    rig = await DeskRig(buy()).start()
    await rig.cycle()
    await stop(rig)
    assert rig.held() > 0
    assert len(await rig.venue.stops([INST])) == 1
