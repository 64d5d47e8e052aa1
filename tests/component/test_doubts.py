"""Orders in doubt for long, orders that come back, and orders that a journal has forgotten."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tai2.model.controls import TradingState
from tai2.model.decision import DecisionRequest, Reply, ReplyFailed
from tai2.model.errors import VenueUnavailable
from tai2.model.ids import ClOrdId
from tai2.model.order import OrderState
from tai2.sim.exchange.records import NewOrder
from tests.builders.desk import INST, DeskRig
from tests.fakes.reasoners import buy

HOUR_MS = 3_600_000


async def in_doubt() -> DeskRig:
    """Return a rig with an order that never arrived, at an exchange that can't be asked for it."""
    rig = await DeskRig(buy(), buy()).start()
    rig.venue.losses.append("before")
    await rig.cycle()
    return rig


async def look(rig: DeskRig) -> None:
    await rig.engine.reconcile._doubts.look(rig.engine.ledger.open_orders(), rig.clock.now_ms())


def is_ok(rig: DeskRig) -> bool:
    return all(part.is_ok for part in rig.engine.health.parts() if part.part == "orders")


async def test_two_minutes_of_doubt_alert_and_fifteen_halt() -> None:
    rig = await in_doubt()
    rig.advance(119_000)
    await look(rig)
    assert is_ok(rig)
    rig.advance(1_000)
    await look(rig)
    assert not is_ok(rig)
    assert rig.engine.controls.current.trading_state is TradingState.ACTIVE
    rig.advance(13 * 60_000)
    await look(rig)
    assert rig.engine.controls.current.trading_state is TradingState.HALTED
    assert "look for it at the exchange" in rig.engine.controls.current.state_reason


async def test_settled_doubt_ends_the_alert() -> None:
    rig = await in_doubt()
    rig.advance(121_000)
    await look(rig)
    await rig.sweep(times=4)
    await look(rig)
    assert (await rig.state(), is_ok(rig)) == (OrderState.ABSENT, True)


async def test_past_two_hours_absence_is_left_to_the_operator() -> None:
    rig = await in_doubt()
    rig.advance(2 * HOUR_MS)
    await rig.sweep(times=6)
    assert await rig.state() is OrderState.UNKNOWN


async def test_start_with_a_doubt_past_proof_comes_up_with_the_instrument_frozen() -> None:
    rig = await in_doubt()
    await rig.kill()
    rig.advance(3 * HOUR_MS)
    await rig.start()
    await look(rig)
    assert await rig.state() is OrderState.UNKNOWN
    assert rig.engine.controls.current.trading_state is TradingState.HALTED


async def test_closed_orders_are_read_before_absence_is_believed() -> None:
    rig = await DeskRig(buy()).start()
    rig.venue.losses.append("after")
    rig.venue.mute = True
    await rig.cycle()

    async def denied(*_args: object) -> None:
        return None

    async def no_fills(*_args: object) -> tuple[object, ...]:
        return ()

    rig.venue.order = denied  # type: ignore[method-assign, assignment]
    rig.venue.fills = no_fills  # type: ignore[attr-defined]
    await rig.sweep(times=9)
    assert await rig.state() is OrderState.FILLED


async def test_fill_of_an_order_settled_as_absent_is_recorded_and_halts() -> None:
    rig = await in_doubt()
    await rig.sweep(times=9)
    assert await rig.state() is OrderState.ABSENT
    order = await rig.order()
    rig.exchange.place(
        NewOrder(
            inst_id=INST,
            side="buy",
            ord_type="ioc",
            sz=order.intent.contracts,
            px=order.intent.limit_px,
            cl_ord_id=order.intent.cl_ord_id,
        )
    )
    await rig.engine.inbox.drain()
    assert (await rig.state(), len(await rig.trades())) == (OrderState.FILLED, 1)
    assert rig.engine.controls.current.state_reason.startswith("invariant")
    assert rig.engine.ledger.late_fills > 0


FORGOTTEN = "t2main0000000000000000000000009X"


@pytest.mark.parametrize("is_pushed", [True, False])
async def test_own_order_that_the_journal_forgot_is_taken_back_and_halts(is_pushed: bool) -> None:
    rig = await DeskRig().start()
    rig.venue.mute = not is_pushed
    rig.exchange.place(
        NewOrder(
            inst_id=INST,
            side="buy",
            ord_type="ioc",
            sz=Decimal(1),
            px=Decimal(100_000),
            cl_ord_id=FORGOTTEN,
        )
    )
    await rig.engine.inbox.drain()
    await rig.sweep(times=2)
    found = await rig.journal.find_order(ClOrdId(FORGOTTEN))
    assert found is not None
    assert (found.state, found.intent.leg) == (OrderState.FILLED, "imported")
    assert [row.leg for row in await rig.trades()] == ["imported"]
    assert rig.engine.controls.current.state_reason.startswith("forgotten_order")


async def test_order_of_another_desk_halts_and_is_not_touched() -> None:
    rig = await DeskRig().start()
    other = FORGOTTEN.replace("main", "else")
    rig.exchange.place(
        NewOrder(
            inst_id=INST,
            side="buy",
            ord_type="limit",
            sz=Decimal(1),
            px=Decimal(99_000),
            cl_ord_id=other,
        )
    )
    await rig.engine.inbox.drain()
    assert rig.engine.controls.current.state_reason.startswith("other_desk")
    assert len(rig.exchange.pending()) == 1


async def test_restored_backup_finds_its_later_orders_and_halts() -> None:
    rig = await DeskRig(buy()).start()
    await rig.cycle()
    order = await rig.order()
    for table in ("orders", "executed_trades", "outbox"):
        rig.database._connection.execute(f"DELETE FROM {table}")
    await rig.kill()
    await rig.start()
    found = await rig.journal.find_order(order.intent.cl_ord_id)
    assert found is not None
    assert found.state is OrderState.FILLED
    assert rig.engine.controls.current.trading_state is TradingState.HALTED
    assert rig.engine.guards.protector.naked_ms() == 0


async def test_liquidation_is_recorded_as_external_and_halts() -> None:
    rig = await DeskRig(buy()).start()
    await rig.cycle()
    fill = (await rig.venue.fills(0))[0]
    forced = replace(fill, trade_id="-77", cl_ord_id=None, side=fill.side.opposite)
    assert await rig.engine.ledger.add_fill(forced)
    assert "external" in {row.leg for row in await rig.trades()}
    assert rig.engine.controls.current.state_reason.startswith("liquidated")


async def test_alarm_raised_twice_latches_once() -> None:
    rig = await DeskRig().start()
    await rig.engine.alarm.halt("one", "first")
    version = rig.engine.controls.current.version
    await rig.engine.alarm.halt("two", "second")
    await rig.engine.alarm.reduce("three", "third")
    assert rig.engine.controls.current.version == version
    assert list(rig.engine.alarm.raised) == ["one", "two", "three"]


async def test_exchange_in_maintenance_proves_no_absence() -> None:
    rig = await in_doubt()

    async def away(*_args: object) -> None:
        raise VenueUnavailable("50001 service temporarily unavailable")

    rig.venue.order = away  # type: ignore[method-assign, assignment]
    for _ in range(30):
        with pytest.raises(VenueUnavailable):
            await rig.sweep()
    assert await rig.state() is OrderState.UNKNOWN


async def test_midnight_changes_nothing_that_is_latched() -> None:
    rig = await DeskRig(buy()).start()
    await rig.engine.alarm.halt("test", "before midnight")
    day_ms = 24 * HOUR_MS
    rig.advance(day_ms - rig.clock.now_ms() % day_ms + 1)
    await rig.kill()
    await rig.start()
    assert rig.engine.controls.current.trading_state is TradingState.HALTED
    assert (await rig.cycle()).outcome != "sent"


async def test_desk_that_was_frozen_for_two_minutes_sends_nothing_stale() -> None:
    rig = await DeskRig(buy(), buy()).start()
    wish = rig.reasoner.wishes.popleft()

    def frozen(request: DecisionRequest) -> Reply | ReplyFailed:
        reply = wish(request)
        rig.exchange.advance(rig.clock.now_ms() + 120_000)
        rig.clock.advance_to(rig.clock.now_ms() + 120_000)
        return reply

    rig.reasoner.wishes.appendleft(frozen)
    assert (await rig.cycle()).outcome == "refused"
    assert rig.venue.placed == []
