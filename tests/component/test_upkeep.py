"""A desk through a maintenance of the exchange: before, during, after, and what it proves."""

import asyncio
from dataclasses import replace

import pytest

from tai2.engine.service import Pulse
from tai2.model.controls import TradingState
from tai2.model.errors import VenueUnavailable
from tai2.model.maintenance import Maintenance, Progress, Stage
from tai2.model.order import OrderState
from tests.builders.desk import INST, DeskRig
from tests.builders.orders import intent
from tests.fakes.reasoners import buy, close

MINUTE = 60_000


class Board:
    """What the exchange announces."""

    def __init__(self, rig: DeskRig, in_ms: int) -> None:
        self.planned = Maintenance(
            title="upgrade",
            progress=Progress.SCHEDULED,
            begin_ms=rig.clock.now_ms() + in_ms,
            end_ms=None,
            touches_trading=True,
        )
        self.shown: tuple[Maintenance, ...] = (self.planned,)
        self.asked = 0
        self.is_deaf = False
        rig.venue.maintenances = self.maintenances  # type: ignore[attr-defined]

    async def maintenances(self) -> tuple[Maintenance, ...]:
        self.asked += 1
        if self.is_deaf:
            raise VenueUnavailable("no answer")
        return self.shown

    def become(self, progress: Progress) -> None:
        self.shown = (replace(self.planned, progress=progress),)


async def announced(in_ms: int, *wishes: object) -> tuple[DeskRig, Board]:
    rig = await DeskRig(*wishes).start()  # type: ignore[arg-type]
    board = Board(rig, in_ms)
    await rig.engine.upkeep.look()
    return rig, board


async def beat(rig: DeskRig, seconds: int) -> None:
    for _ in range(seconds):
        rig.advance(1_000)
        await rig.engine.upkeep.beat()


async def test_timeline_of_a_maintenance_is_exact_to_the_second() -> None:
    rig, board = await announced(20 * MINUTE)
    seen: list[tuple[int, Stage]] = []
    start_ms = rig.clock.now_ms()

    async def watch(minutes: int) -> None:
        for _ in range(minutes * 60):
            await beat(rig, 1)
            stage = rig.engine.upkeep.stage()
            assert stage is not None
            if not seen or seen[-1][1] is not stage:
                seen.append(((rig.clock.now_ms() - start_ms) // 1_000, stage))

    await watch(21)
    board.become(Progress.ONGOING)
    await watch(5)
    board.become(Progress.PRE_OPEN)
    await watch(4)
    board.become(Progress.COMPLETED)
    await watch(1)
    assert rig.engine.reconcile.wanted.is_set()
    await rig.engine.reconcile.sweep()
    await watch(3)
    names = [Stage.NONE, Stage.ANNOUNCED, Stage.NEAR, Stage.ONGOING, Stage.SETTLING, Stage.NONE]
    assert [stage for _at, stage in seen] == names
    times = [at for at, _stage in seen]
    assert times[:4] == [1, 300, 900, 1_200]
    assert 1_800 < times[4] <= 1_805
    assert times[5] == times[4] + 120


async def test_announced_maintenance_opens_nothing_and_lets_exits_leave() -> None:
    rig = await DeskRig(buy(), buy(effect="INCREASE"), close()).start()
    await rig.cycle()
    Board(rig, 10 * MINUTE)
    await rig.engine.upkeep.look()
    await rig.engine.accounts.refresh()
    assert (await rig.cycle()).refusals == ("MAINTENANCE",)
    assert (await rig.cycle()).outcome == "sent"


async def test_nothing_is_decided_into_a_maintenance_and_it_halts_by_itself_only() -> None:
    rig, board = await announced(0, buy(), buy())
    assert (await rig.cycle()).reason == "MAINTENANCE"
    assert rig.venue.placed == []
    board.become(Progress.COMPLETED)
    await rig.engine.upkeep.look()
    rig.advance(121_000)
    await rig.engine.reconcile.sweep()
    assert (await rig.cycle()).outcome == "sent"
    assert rig.engine.controls.current.trading_state is TradingState.ACTIVE


async def test_exit_decided_before_the_beginning_does_not_leave_after_it() -> None:
    rig = await DeskRig(buy(), close()).start()
    await rig.cycle()
    await rig.engine.accounts.refresh()
    board = Board(rig, 1_000)
    board.become(Progress.ONGOING)
    wish = rig.reasoner.wishes.popleft()
    await rig.engine.upkeep.look()
    rig.reasoner.wishes.appendleft(wish)
    assert (await rig.cycle()).reason == "MAINTENANCE"
    assert len(rig.venue.placed) == 1


async def test_resting_entries_are_cancelled_five_minutes_before() -> None:
    rig, _board = await announced(6 * MINUTE)
    order = await rig.engine.ledger.plan(intent(inst_id=INST))
    await rig.engine.ledger.mark_sending(order, rig.clock.now_ms(), rig.clock.now_ms() + 3_000)
    cancelled: list[str] = []

    async def release() -> bool:
        cancelled.extend(one.intent.cl_ord_id for one in rig.engine.ledger.open_orders())
        return True

    rig.engine.upkeep.withdraw = release
    await beat(rig, 59)
    assert cancelled == []
    await beat(rig, 1)
    assert cancelled == [order.intent.cl_ord_id]


async def test_announcements_that_nobody_can_read_for_a_quarter_of_an_hour_refuse_entries() -> None:
    rig, board = await announced(24 * 60 * MINUTE)
    board.is_deaf = True
    await rig.engine.upkeep.look()
    assert rig.engine.upkeep.stage() is Stage.NONE
    rig.advance(900_001)
    assert rig.engine.upkeep.stage() is None


async def test_order_denied_around_a_maintenance_is_not_proven_absent() -> None:
    rig = await DeskRig(buy()).start()
    rig.venue.losses.append("before")
    await rig.cycle()
    board = Board(rig, 1_000)
    board.become(Progress.ONGOING)
    await rig.engine.upkeep.look()
    await rig.sweep(10)
    assert await rig.state() is OrderState.UNKNOWN
    board.become(Progress.CANCELED)
    await rig.engine.upkeep.look()
    await rig.sweep(4)
    assert await rig.state() is OrderState.ABSENT


async def test_it_reads_each_minute_and_every_five_seconds_while_one_is_near() -> None:
    rig, board = await announced(24 * 60 * MINUTE)
    board.asked = 0
    pulse = Pulse(rig.clock)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(rig.engine.upkeep.run(pulse))
        for _ in range(125):
            for _ in range(20):
                await asyncio.sleep(0)
            rig.advance(1_000)
        task.cancel()
    assert board.asked == 2
    board.become(Progress.ONGOING)
    await beat(rig, 60)
    asked = board.asked
    await beat(rig, 20)
    assert board.asked - asked == 4


@pytest.mark.parametrize("stage", [Stage.ANNOUNCED, Stage.NONE])
async def test_health_names_the_maintenance_while_it_lasts(stage: Stage) -> None:
    rig, board = await announced(10 * MINUTE)
    await beat(rig, 1)
    if stage is Stage.NONE:
        board.become(Progress.CANCELED)
        await beat(rig, 6)
    found = {part.part: part for part in rig.engine.health.parts()}["maintenance"]
    assert (found.is_ok, "upgrade" in found.detail) == (stage is Stage.NONE, True)
