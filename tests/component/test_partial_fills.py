"""Entries that fill in pieces, and exchanges that refuse the stop or the exit."""

from decimal import Decimal

import pytest

from tai2.model.order import Leg, OrderIntent, OrderState, Outcome, Rejected
from tai2.sim.exchange.quirks import Partial
from tai2.sim.exchange.records import NewOrder
from tests.builders.desk import INST, DeskRig
from tests.builders.exchange import INST as NAME
from tests.fakes.reasoners import buy


async def protected(rig: DeskRig) -> bool:
    stops = await rig.venue.stops([INST])
    return sum(stop.contracts or 0 for stop in stops) == rig.held()


async def test_three_partial_fills_and_a_cancel_are_three_rows_under_one_stop() -> None:
    rig = await DeskRig(buy()).start()
    rig.exchange.quirks.partials.append(Partial(share=Decimal("0.6"), fills=3))
    await rig.cycle()
    order = await rig.order()
    assert (order.state, order.acc_fill) == (OrderState.CANCELED, rig.held())
    rows = await rig.trades()
    assert (len(rows), sum(row.contracts for row in rows)) == (3, rig.held())
    await rig.guard(3)
    assert await protected(rig)


async def test_stop_that_only_a_full_fill_attaches_is_placed_alone_within_five_seconds() -> None:
    rig = await DeskRig(buy()).start()
    rig.exchange.quirks.attach_on = "full"
    rig.exchange.quirks.partials.append(Partial(share=Decimal("0.6")))
    await rig.cycle()
    assert await rig.venue.stops([INST]) == ()
    began_ms = rig.clock.now_ms()
    while not await protected(rig):
        rig.advance(1_000)
        await rig.engine.inbox.drain()
        await rig.engine.guards.protector.check()
    assert rig.clock.now_ms() - began_ms <= 5_000
    await rig.guard(4)
    assert len(await rig.venue.stops([INST])) == 1
    assert rig.engine.guards.protector.longest_naked_ms <= 5_000


async def test_refused_stop_ends_in_a_reduce_only_exit_never_in_a_trade_without_one() -> None:
    rig = await DeskRig(buy()).start()
    await rig.cycle()
    (stop,) = await rig.venue.stops([INST])
    await rig.venue.cancel_stop(INST, stop.algo_id)

    async def refused(_stop: object) -> Rejected:
        return Rejected(code="51053", reason="the stop can't be placed")

    rig.venue.place_stop = refused  # type: ignore[method-assign, assignment]
    began_ms = rig.clock.now_ms()
    while rig.held():
        rig.advance(1_000)
        await rig.engine.inbox.drain()
        await rig.engine.guards.protector.check()
    assert rig.clock.now_ms() - began_ms <= 5_000
    assert rig.venue.placed[-1].leg is Leg.EMERGENCY
    assert rig.venue.placed[-1].reduce_only


async def test_exit_larger_than_the_position_is_sized_again_under_a_new_intent() -> None:
    rig = await DeskRig(
        buy(invalidation=[{"metric": "ob.mid", "operator": "LT", "value": 99_950.0}])
    ).start()
    await rig.cycle()
    taken = rig.venue.place

    async def place(intent: OrderIntent, exp_ms: int) -> Outcome:
        """Refuse a reduce-only order whole when it exceeds the position, as the exchange may."""
        if intent.reduce_only and intent.contracts > abs(rig.held()):
            rig.venue.placed.append(intent)
            return Rejected(code="51112", reason="close size exceeds the position")
        return await taken(intent, exp_ms)

    rig.venue.place = place  # type: ignore[method-assign]
    rig.crash_to(99_900)
    rig.venue.mute = True  # somebody closes a part, and we don't hear of it
    half = NewOrder(
        inst_id=NAME,
        side="sell",
        ord_type="ioc",
        sz=Decimal("0.1"),
        px=Decimal(99_000),
        reduce_only=True,
    )
    rig.exchange.place(half)
    rig.advance(1_000)
    await rig.engine.guards.vigil.look()
    rig.venue.mute = False
    await rig.engine.inbox.drain()
    first = await rig.order()
    assert first.state is OrderState.REJECTED
    await rig.watch(3)
    assert rig.held() == 0
    ids = [intent.cl_ord_id for intent in rig.venue.placed]
    assert len(set(ids)) == len(ids) == 3


async def test_fill_worse_than_planned_brings_the_stop_nearer() -> None:
    rig = await DeskRig(buy(stop_loss=95_150.0)).start(stop_max_pct=Decimal("4.9"))
    asks = {Decimal(100_000): Decimal("0.01"), Decimal(100190): Decimal(100)}
    rig.exchange.set_book(NAME, {Decimal("99999.9"): Decimal(100)}, asks)
    rig.advance(0)
    await rig.cycle()
    (row, *_rest) = await rig.trades()
    assert row.price >= 100_000
    await rig.guard(6)
    (stop,) = await rig.venue.stops([INST])
    held = rig.exchange.positions()[0]
    assert stop.stop_px is not None
    assert stop.stop_px >= held.avg_px * Decimal("0.951") - Decimal("0.2")
    assert stop.contracts == rig.held()


@pytest.mark.parametrize("sides", [1, 2])
async def test_partly_closed_position_gets_a_stop_of_its_new_size(sides: int) -> None:
    rig = await DeskRig(buy()).start()
    await rig.cycle()
    for _ in range(sides):
        rig.exchange.place(
            NewOrder(
                inst_id=NAME,
                side="sell",
                ord_type="ioc",
                sz=Decimal("0.05"),
                px=Decimal(99_000),
                reduce_only=True,
            )
        )
        await rig.guard(6)
        (stop,) = await rig.venue.stops([INST])
        assert stop.contracts == rig.held()
