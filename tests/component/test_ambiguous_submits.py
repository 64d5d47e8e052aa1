"""A thousand submits whose reply is lost, before or after acceptance: none doubled, all settled."""

import asyncio
import random
from collections import Counter
from decimal import Decimal

import pytest

from tai2.engine.executor import Executor
from tai2.engine.reactions import Reactions
from tai2.engine.service import Pulse
from tai2.model.ids import DecisionId
from tai2.model.money import Contracts, Px
from tai2.model.order import OrderState, StopPlan
from tests.builders.desk import INST, DeskRig
from tests.builders.orders import intent

STEP_MS = 250
P99_MS = 15_000


async def test_hundred_ambiguous_submits_give_no_double_order_and_settle_in_seconds() -> None:
    await submits(100)


@pytest.mark.crash
@pytest.mark.timeout(600)
async def test_thousand_ambiguous_submits_give_no_double_order_and_settle_in_seconds() -> None:
    await submits(1_000)


async def submits(count: int) -> None:
    """Lose the replies of so many orders and see each settled, once."""
    chance = random.Random(7)
    rig = await DeskRig().start()
    ids = rig.engine.adapters.ids
    alarm, clock = rig.engine.alarm, rig.engine.desk.clock
    reactions = Reactions(alarm, clock, rig.engine.reconcile.on_gap)
    executor = Executor(rig.venue, rig.engine.ledger, clock, lambda _intent: None, reactions.take)
    executor.is_open = True
    took_ms, expected = [], Counter[str]()
    async with asyncio.TaskGroup() as group:
        service = group.create_task(rig.engine.reconcile.run(Pulse(rig.clock)))
        for number in range(count):
            loss = chance.choice(("before", "after"))
            rig.venue.losses.append(loss)
            rig.venue.mute = chance.random() < 0.7
            rig.venue.hide_order_for_ms = chance.choice((0, 0, 500, 3_000))
            stop = StopPlan(
                algo_cl_ord_id=ids.algo_cl_ord_id(),
                stop_px=Px(Decimal(99_000)),
                target_px=Px(Decimal(102_000)),
            )
            made = intent(
                inst_id=INST,
                cl_ord_id=ids.cl_ord_id(),
                decision_id=DecisionId(f"D{number}"),
                contracts=Contracts(Decimal("0.01")),
                stop=stop,
            )
            order, _ = await executor.submit(made)
            assert order.state is OrderState.UNKNOWN
            took_ms.append(await settled(rig))
            expected["filled" if loss == "after" else "absent"] += 1
            await rig.engine.inbox.drain()
        service.cancel()
    took_ms.sort()
    p99 = took_ms[int(count * 0.99)]
    states = Counter([(await rig.state(number)).value for number in range(count)])
    posted = Counter(one.cl_ord_id for one in rig.venue.placed)
    held = Counter(one.cl_ord_id for one in rig.exchange.history())
    double_posts, double_orders = (sum(n > 1 for n in found.values()) for found in (posted, held))
    print(
        f"ambiguous submits {count}: {dict(states)}, double posts {double_posts}, "
        f"double orders {double_orders}, "
        f"settled p50 {took_ms[count // 2]} ms p99 {p99} ms max {took_ms[-1]} ms"
    )
    assert set(posted.values()) == set(held.values()) == {1}
    assert states == expected
    assert rig.engine.ledger.late_fills == 0
    assert p99 < P99_MS


async def settled(rig: DeskRig) -> int:
    """Let time pass until nothing is in doubt; return how long that took, simulated ms."""
    began_ms = rig.clock.now_ms()
    while rig.engine.ledger.open_orders():
        assert rig.clock.now_ms() - began_ms < 60_000
        rig.advance(STEP_MS)
        for _ in range(25):
            await asyncio.sleep(0)
    return rig.clock.now_ms() - began_ms
