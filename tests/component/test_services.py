"""The money services as they run: they settle, guard and follow by themselves, and survive."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal

import pytest

from tai2.engine import inbox as inbox_module
from tai2.engine.service import Pulse, Runnable
from tai2.model.controls import TradingState
from tai2.model.ids import InstId
from tai2.model.order import Leg, OrderState
from tai2.sim.exchange.records import NewOrder
from tests.builders.desk import INST, DeskRig
from tests.builders.market import position
from tests.builders.orders import intent
from tests.fakes.reasoners import buy, hold


@asynccontextmanager
async def serving(rig: DeskRig, work: Runnable) -> AsyncIterator[None]:
    """Run a service inside the block."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(work.run(Pulse(rig.clock)))
        yield
        task.cancel()


async def pass_time(rig: DeskRig, seconds: int) -> None:
    for _ in range(seconds * 4):
        rig.advance(250)
        for _ in range(50):
            await asyncio.sleep(0)


async def test_reconcile_settles_an_unknown_order_by_itself() -> None:
    rig = await DeskRig(buy()).start()
    rig.venue.losses.append("before")
    await rig.cycle()
    async with serving(rig, rig.engine.reconcile):
        await pass_time(rig, 9)
        assert await rig.state() is OrderState.ABSENT


async def test_reconcile_asks_for_a_silent_acknowledged_order() -> None:
    rig = await DeskRig(buy()).start()
    rig.venue.mute = True
    await rig.cycle()
    assert await rig.state() is OrderState.ACKED
    async with serving(rig, rig.engine.reconcile):
        await pass_time(rig, 9)
    assert await rig.state() is OrderState.FILLED


async def test_gap_in_the_stream_wants_a_sweep_that_waits_out_an_outage() -> None:
    rig = await DeskRig(buy()).start()
    rig.venue.mute = True
    await rig.cycle()
    rig.venue.is_down = True
    rig.engine.inbox.gap()
    async with serving(rig, rig.engine.reconcile):
        await pass_time(rig, 5)
        assert await rig.trades() == ()
        rig.venue.is_down = False
        await pass_time(rig, 5)
    assert len(await rig.trades()) == 1


async def test_fills_are_swept_every_half_minute_without_any_reason() -> None:
    rig = await DeskRig().start()
    rig.venue.mute = True
    order = NewOrder(
        inst_id=INST, side="buy", ord_type="ioc", sz=Decimal(1), px=Decimal(100_000), cl_ord_id="x"
    )
    rig.exchange.place(order)
    async with serving(rig, rig.engine.reconcile):
        await pass_time(rig, 33)
    assert [row.leg for row in await rig.trades()] == ["external"]


async def test_protector_restores_a_stop_after_an_outage() -> None:
    rig = await DeskRig(buy()).start()
    await rig.cycle()
    (stop,) = await rig.venue.stops([INST])
    await rig.venue.cancel_stop(INST, stop.algo_id)
    rig.venue.is_down = True
    async with serving(rig, rig.engine.guards.protector):
        await pass_time(rig, 5)
        rig.venue.is_down = False
        await pass_time(rig, 8)
        assert len(await rig.venue.stops([INST])) == 1


async def test_inbox_follows_the_stream_and_says_when_it_is_up() -> None:
    rig = await DeskRig(buy()).start()
    rig.venue._sinks.clear()
    async with serving(rig, rig.engine.inbox):
        async with asyncio.timeout(30):
            await rig.engine.inbox.is_up.wait()
        await rig.engine.cycle.run(INST)
        await pass_time(rig, 1)
    assert len(await rig.trades()) == 1
    assert rig.engine.reconcile.wanted.is_set()


async def test_overflowing_inbox_asks_for_a_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_module, "CAPACITY", 1)
    rig = await DeskRig(buy()).start()
    rig.engine.reconcile.wanted.clear()
    await rig.engine.cycle.run(INST)
    assert rig.engine.inbox.overflows > 0
    assert rig.engine.reconcile.wanted.is_set()
    await rig.sweep()
    assert (len(await rig.trades()), await rig.state()) == (1, OrderState.FILLED)


async def test_order_in_flight_is_not_asked_for_before_it_is_sent() -> None:
    rig = await DeskRig(hold()).start()
    planned = await rig.engine.ledger.plan(intent(inst_id=INST))
    await rig.sweep(times=12)
    assert rig.engine.ledger.open_orders() == (planned,)


async def test_last_look_stops_entries_but_not_exits() -> None:
    rig = await DeskRig().start()
    desk, entry = rig.engine.desk, intent(inst_id=INST)
    leaving = replace(entry, leg=Leg.EXIT, reduce_only=True, stop=None)
    rig.engine.controls.current = replace(
        rig.engine.controls.current, trading_state=TradingState.REDUCING
    )
    refusal = desk.last_look(entry)
    assert refusal is not None
    assert (refusal.code, desk.last_look(leaving)) == ("REDUCING", None)
    rig.engine.controls.current = replace(
        rig.engine.controls.current, trading_state=TradingState.ACTIVE
    )
    rig.engine.markets[INST].book.invalidate()
    refusal = desk.last_look(entry)
    assert refusal is not None
    assert (refusal.code, desk.last_look(leaving)) == ("STALE_DATA", None)


async def test_entry_that_waited_too_long_for_its_turn_is_not_sent() -> None:
    rig = await DeskRig().start()
    entry = intent(inst_id=INST, created_ms=rig.clock.now_ms())
    assert rig.engine.desk.last_look(entry) is None
    rig.advance(3_001)
    refusal = rig.engine.desk.last_look(entry)
    assert refusal is not None
    assert refusal.code == "DECISION_AGE"


async def test_foreign_position_elsewhere_makes_the_total_unknown() -> None:
    rig = await DeskRig(buy()).start()
    account = await rig.venue.account()
    alien = replace(position("1"), inst_id=InstId("DOGE-USDT-SWAP"))
    rig.engine.accounts.on_account(replace(account, positions=(alien,)))
    record = await rig.cycle()
    assert (record.outcome, record.reason) == ("hold", "SIZE_CAPS")


async def test_protector_looks_at_once_when_a_stop_s_end_is_pushed() -> None:
    rig = await DeskRig(buy()).start()
    await rig.cycle()
    (stop,) = await rig.venue.stops([INST])
    protector = rig.engine.guards.protector
    async with serving(rig, protector):
        await pass_time(rig, 2)
        assert protector.naked_ms() == protector.longest_naked_ms == 0
        await rig.venue.cancel_stop(INST, stop.algo_id)
        for _ in range(50):
            await asyncio.sleep(0)  # no time passes
        assert (protector.stops, protector.missing[INST]) == ((), rig.held())
        await pass_time(rig, 3)
        assert len(await rig.venue.stops([INST])) == 1
    assert protector.longest_naked_ms <= 3_000


async def test_gap_in_the_stream_has_the_stops_looked_at() -> None:
    rig = await DeskRig(buy()).start()
    await rig.cycle()
    protector = rig.engine.guards.protector
    async with serving(rig, protector):
        await pass_time(rig, 1)
        rig.venue.mute = True
        (stop,) = await rig.venue.stops([INST])
        await rig.venue.cancel_stop(INST, stop.algo_id)
        rig.engine.inbox.gap()
        for _ in range(50):
            await asyncio.sleep(0)
        assert protector.stops == ()
