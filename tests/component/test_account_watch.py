"""Resting entries under a dead man's switch, and an account whose terms change under a desk."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tai2.engine.countdown import Countdown
from tai2.engine.service import Pulse
from tai2.model.account import AccountConfig, PosMode
from tai2.model.controls import TradingState
from tai2.model.errors import KeysRejected, VenueUnavailable
from tai2.model.ids import ClOrdId
from tai2.model.order import Accepted, OrderState, Outcome, Unknown
from tests.builders.desk import INST, DeskRig
from tests.builders.orders import intent
from tests.fakes.reasoners import buy


class Switch:
    """A gateway that remembers what was armed and cancelled."""

    def __init__(self) -> None:
        self.armed: list[int] = []
        self.cancelled: list[ClOrdId] = []
        self.is_deaf = False
        self.outcome: Outcome = Accepted(ord_id="1")  # type: ignore[arg-type]

    async def cancel_all_after(self, timeout_s: int) -> int | None:
        if self.is_deaf:
            raise VenueUnavailable("no answer")
        self.armed.append(timeout_s)
        return 1 if timeout_s else None

    async def cancel(self, inst_id: str, cl_ord_id: ClOrdId) -> Outcome:
        self.cancelled.append(cl_ord_id)
        return self.outcome


async def resting(rig: DeskRig) -> None:
    order = await rig.engine.ledger.plan(intent(inst_id=INST))
    await rig.engine.ledger.mark_sending(order, rig.clock.now_ms(), rig.clock.now_ms() + 3_000)


async def switched() -> tuple[DeskRig, Switch, Countdown]:
    rig = await DeskRig().start()
    switch = Switch()
    countdown = Countdown(switch, rig.engine.ledger, rig.engine.alarm, rig.clock)  # type: ignore[arg-type]
    return rig, switch, countdown


async def test_switch_is_fed_while_an_entry_may_rest_and_disarmed_after() -> None:
    rig, switch, countdown = await switched()
    await countdown.beat()
    assert switch.armed == []
    await resting(rig)
    await countdown.beat()
    await countdown.beat()
    (order,) = rig.engine.ledger.open_orders()
    await rig.engine.ledger.settle(order, OrderState.ABSENT, "test")
    await countdown.beat()
    await countdown.beat()
    assert (switch.armed, countdown.is_armed) == ([30, 30, 0], False)


async def test_two_heartbeats_lost_cancel_the_entries_and_allow_no_new_ones() -> None:
    rig, switch, countdown = await switched()
    await resting(rig)
    switch.is_deaf = True
    await countdown.beat()
    assert switch.cancelled == []
    await countdown.beat()
    assert switch.cancelled == [intent().cl_ord_id]
    assert rig.engine.controls.current.trading_state is TradingState.REDUCING


async def test_clean_stop_disarms_only_after_the_cancel_is_confirmed() -> None:
    rig, switch, countdown = await switched()
    await resting(rig)
    await countdown.beat()
    switch.outcome = Unknown(reason="lost")
    assert not await countdown.release()
    assert switch.armed == [30]
    switch.outcome = Accepted(ord_id="1")  # type: ignore[arg-type]
    assert await countdown.release()
    assert switch.armed == [30, 0]


async def test_stop_with_a_deaf_exchange_leaves_the_switch_armed() -> None:
    rig, switch, countdown = await switched()
    await resting(rig)
    await countdown.beat()
    switch.is_deaf = True
    assert await countdown.release()
    assert countdown.is_armed


async def test_switch_beats_by_itself() -> None:
    rig, switch, countdown = await switched()
    await resting(rig)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(countdown.run(Pulse(rig.clock)))
        for _ in range(12):
            for _ in range(20):
                await asyncio.sleep(0)
            rig.advance(1_000)
        task.cancel()
    assert len(switch.armed) == 3


CONFIG = AccountConfig(
    uid="simulator",
    account_level="2",
    pos_mode=PosMode.NET,
    permissions=frozenset({"read_only", "trade"}),
    ip_bound=True,
)
CHANGES: dict[str, dict[str, Any]] = {
    "position_mode": {"pos_mode": PosMode.LONG_SHORT},
    "key_may_withdraw": {"permissions": frozenset({"read_only", "trade", "withdraw"})},
    "key_may_not_trade": {"permissions": frozenset({"read_only"})},
    "account_changed": {"account_level": "3"},
}


@pytest.mark.parametrize("code", CHANGES)
async def test_changed_account_halts_before_the_next_entry(code: str) -> None:
    rig = await DeskRig(buy()).start()
    await rig.engine.audit.check(INST)

    async def config() -> AccountConfig:
        return replace(CONFIG, **CHANGES[code])

    rig.venue.config = config  # type: ignore[attr-defined]
    record = await rig.cycle()
    assert record.outcome == "refused"
    assert rig.engine.controls.current.trading_state is TradingState.HALTED
    assert rig.engine.controls.current.state_reason.startswith(code)
    assert rig.venue.placed == []


async def test_leverage_set_by_somebody_else_halts_before_the_next_entry() -> None:
    rig = await DeskRig(buy()).start()
    rig.exchange.set_leverage(INST, Decimal(1))
    assert (await rig.cycle()).outcome == "refused"
    assert rig.engine.controls.current.state_reason.startswith("leverage")


async def test_settings_that_nobody_can_read_refuse_an_entry_without_a_halt() -> None:
    rig = await DeskRig(buy()).start()

    async def unread(*_args: object) -> object:
        raise VenueUnavailable("no answer")

    rig.venue.config = unread  # type: ignore[attr-defined]
    assert (await rig.cycle()).outcome == "refused"
    assert rig.engine.controls.current.trading_state is TradingState.ACTIVE


async def test_rejected_keys_halt_and_the_desk_stays_up() -> None:
    rig = await DeskRig().start()

    async def refused(*_args: object) -> object:
        raise KeysRejected("no such key")

    rig.venue.config = refused  # type: ignore[attr-defined]
    await rig.engine.audit.check(INST)
    assert rig.engine.controls.current.state_reason.startswith("keys_rejected")


async def test_terms_are_checked_every_five_minutes_by_themselves() -> None:
    rig = await DeskRig().start()
    seen: list[int] = []

    async def config() -> AccountConfig:
        seen.append(rig.clock.now_ms())
        return CONFIG

    rig.venue.config = config  # type: ignore[attr-defined]
    async with asyncio.TaskGroup() as group:
        task = group.create_task(rig.engine.audit.run(Pulse(rig.clock)))
        for _ in range(62):
            for _ in range(20):
                await asyncio.sleep(0)
            rig.advance(10_000)
        task.cancel()
    assert len(seen) == 2


async def test_private_login_refused_while_running_halts_and_is_tried_again() -> None:
    rig = await DeskRig().start()
    tries: list[int] = []

    async def refused(*_args: object) -> None:
        tries.append(rig.clock.now_ms())
        raise KeysRejected("OKX refused the WebSocket login")

    rig.engine.inbox.is_up.set()
    rig.venue.watch = refused  # type: ignore[attr-defined]
    async with asyncio.TaskGroup() as group:
        task = group.create_task(rig.engine.inbox.run(Pulse(rig.clock)))
        for _ in range(35):
            for _ in range(20):
                await asyncio.sleep(0)
            rig.advance(1_000)
        task.cancel()
    assert len(tries) == 2
    assert rig.engine.controls.current.trading_state is TradingState.HALTED
