"""Whatever the wire loses, hides, repeats or reorders: one order, one row, no second send."""

from decimal import Decimal

import pytest

from tai2.model.errors import DataInvalid, VenueUnavailable
from tai2.model.order import OrderState
from tai2.sim.exchange.records import NewOrder
from tests.builders.desk import INST, DeskRig
from tests.fakes.reasoners import BECAUSE, buy


async def test_reply_lost_after_acceptance_is_one_order_with_its_fill() -> None:
    rig = await DeskRig(buy()).start()
    rig.venue.losses.append("after")
    assert (await rig.cycle()).outcome == "unknown"
    await rig.sweep()
    (row,) = await rig.trades()
    assert (await rig.state(), row.llm_reasoning) == (OrderState.FILLED, BECAUSE)
    assert len(rig.venue.placed) == len(rig.exchange.fills()) == 1


async def test_reply_and_pushes_lost_after_acceptance_are_found_by_the_sweep() -> None:
    rig = await DeskRig(buy()).start()
    rig.venue.losses.append("after")
    rig.venue.mute = True
    await rig.cycle()
    assert await rig.state() is OrderState.UNKNOWN
    await rig.sweep()
    assert await rig.state() is OrderState.FILLED
    assert len(await rig.trades()) == 1


async def test_order_lost_before_acceptance_freezes_until_absence_is_proven() -> None:
    rig = await DeskRig(buy(), buy(), buy()).start()
    rig.venue.losses.append("before")
    await rig.cycle()
    rig.advance(1_000)
    frozen = await rig.cycle()
    assert (frozen.outcome, frozen.reason) == ("hold", "UNKNOWN_ORDER")
    await rig.sweep(times=9)
    assert await rig.state() is OrderState.ABSENT
    assert len(rig.venue.placed) == 1
    assert (await rig.cycle()).outcome == "sent"
    assert len({intent.cl_ord_id for intent in rig.venue.placed}) == 2


async def test_absence_needs_the_expiry_and_three_denials_apart() -> None:
    rig = await DeskRig(buy()).start()
    rig.venue.losses.append("before")
    await rig.cycle()
    await rig.sweep(times=20, every_ms=250)  # 5 s: not past expTime and its margin
    assert await rig.state() is OrderState.UNKNOWN
    await rig.sweep(times=5, every_ms=100)
    assert await rig.state() is OrderState.UNKNOWN
    await rig.sweep(times=2)
    assert await rig.state() is OrderState.ABSENT


async def test_order_hidden_for_three_seconds_is_not_declared_absent() -> None:
    rig = await DeskRig(buy()).start()
    rig.venue.hide_order_for_ms = 3_000
    rig.venue.losses.append("after")
    rig.venue.mute = True
    await rig.cycle()
    for _ in range(12):
        await rig.sweep(every_ms=250)
        assert await rig.state() is not OrderState.ABSENT
    await rig.sweep(times=2)
    assert await rig.state() is OrderState.FILLED


async def test_fill_proves_an_order_that_the_exchange_denies() -> None:
    rig = await DeskRig(buy()).start()
    rig.venue.hide_order_for_ms = 60_000
    rig.venue.losses.append("after")
    rig.venue.mute = True
    await rig.cycle()
    await rig.sweep(times=2)
    order = await rig.order()
    assert (order.state, order.acc_fill) == (OrderState.PARTIAL, rig.held())
    assert len(await rig.trades()) == 1


async def test_pushes_twice_and_backwards_make_one_row() -> None:
    rig = await DeskRig(buy()).start()
    rig.venue.kept, rig.venue.repeat = [], 2
    await rig.engine.cycle.run(INST)
    rig.venue.deliver(backwards=True)
    await rig.engine.inbox.drain()
    await rig.sweep(times=2)
    assert await rig.state() is OrderState.FILLED
    assert len(await rig.trades()) == rig.engine.ledger.fills == 1


async def test_push_that_overtakes_the_reply_is_kept() -> None:
    rig = await DeskRig(buy()).start()
    pushed = rig.engine.inbox.drain

    async def place(intent: object, exp_ms: int) -> object:
        outcome = await type(rig.venue).place(rig.venue, intent, exp_ms)  # type: ignore[arg-type]
        await pushed()
        return outcome

    rig.venue.place = place  # type: ignore[method-assign, assignment]
    record = await rig.cycle()
    assert (record.outcome, await rig.state()) == ("sent", OrderState.FILLED)
    assert len(await rig.trades()) == 1


async def test_order_that_never_left_is_abandoned() -> None:
    rig = await DeskRig(buy(), buy()).start()
    rig.venue.losses.append("unsent")
    assert (await rig.cycle()).outcome == "not_sent"
    assert await rig.state() is OrderState.ABANDONED
    assert (await rig.cycle()).outcome == "sent"


async def test_silent_exchange_proves_nothing() -> None:
    rig = await DeskRig(buy()).start()
    rig.venue.losses.append("before")
    await rig.cycle()
    rig.venue.is_down = True
    for _ in range(10):
        with pytest.raises(VenueUnavailable):
            await rig.sweep()
    assert await rig.state() is OrderState.UNKNOWN


async def test_unreadable_answer_postpones_reconciliation() -> None:
    rig = await DeskRig(buy()).start()

    async def unreadable(*_args: object) -> object:
        raise DataInvalid("an HTML page")

    rig.venue.fills = unreadable  # type: ignore[attr-defined]
    await rig.engine.reconcile._try_sweep()
    assert rig.engine.reconcile.wanted.is_set()


async def test_order_expires_by_the_exchanges_clock_not_ours() -> None:
    rig = await DeskRig(buy(), buy()).start(max_clock_off_ms=10_000)
    rig.clock.advance_to(rig.clock.now_ms() + 9_000)  # our clock runs ahead
    await rig.engine.reconcile.sweep()
    assert (await rig.cycle()).outcome == "sent"
    assert rig.venue.exps == [rig.exchange.now_ms + 3_000]


async def test_order_sent_with_a_slow_clock_is_refused_as_expired() -> None:
    rig = await DeskRig(buy()).start()
    rig.venue.on_place = lambda _intent: rig.exchange.advance(rig.exchange.now_ms + 3_001)
    record = await rig.cycle()
    assert (record.outcome, record.reason[:5]) == ("rejected", "50037")
    assert await rig.state() is OrderState.EXPIRED


async def test_foreign_orders_and_fills_are_counted_and_left_alone() -> None:
    rig = await DeskRig().start()
    rig.exchange.place(_resting("99000"))
    rig.exchange.place(_resting("100100", ord_type="ioc"))
    await rig.engine.inbox.drain()
    (row,) = await rig.trades()
    assert (row.leg, row.decision_id, row.llm_reasoning) == ("external", None, "")
    assert len(rig.engine.ledger.strangers.working) == 1
    await rig.sweep(times=3)
    await rig.guard(4)
    assert len(await rig.venue.open_orders()) == 1
    assert rig.venue.placed == []
    (resting,) = rig.exchange.pending()
    rig.exchange.cancel(INST, resting.ord_id)
    await rig.engine.inbox.drain()
    assert rig.engine.ledger.strangers.working == set()


def _resting(px: str, ord_type: str = "limit") -> NewOrder:
    return NewOrder(inst_id=INST, side="buy", ord_type=ord_type, sz=Decimal(1), px=Decimal(px))
