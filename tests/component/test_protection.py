"""No position of ours without a stop, no stop of ours without a position, nothing of others."""

from decimal import Decimal

import pytest

from tai2.model.controls import TradingState
from tai2.model.errors import DataInvalid
from tai2.model.order import Leg
from tai2.sim.exchange.records import NewOrder
from tests.builders.desk import INST, DeskRig
from tests.builders.exchange import alone
from tests.fakes.reasoners import BECAUSE, buy


async def naked() -> DeskRig:
    """Return a rig that holds a long whose stop somebody cancelled."""
    rig = await DeskRig(buy(), buy(effect="INCREASE")).start()
    await rig.cycle()
    (stop,) = await rig.venue.stops([INST])
    await rig.venue.cancel_stop(INST, stop.algo_id)
    return rig


async def test_naked_position_gets_its_stop_back_after_the_grace() -> None:
    rig = await naked()
    await rig.guard()
    assert await rig.venue.stops([INST]) == ()
    await rig.guard(2)
    (stop,) = await rig.venue.stops([INST])
    assert (stop.contracts, stop.stop_px) == (rig.held(), Decimal(99_000))
    await rig.guard(5)
    assert await rig.venue.stops([INST]) == (stop,)
    assert len(rig.venue.placed) == 1


async def test_fill_of_a_restored_stop_carries_the_entrys_reason() -> None:
    rig = await naked()
    await rig.guard(3)
    rig.crash_to(98_500)
    await rig.engine.inbox.drain()
    assert [(row.leg, row.llm_reasoning) for row in await rig.trades()] == [
        ("entry", BECAUSE),
        ("stop", BECAUSE),
    ]


async def test_stop_whose_reply_was_lost_is_looked_for_before_anything_else() -> None:
    rig = await naked()
    rig.venue.stop_losses.append("after")
    await rig.guard(6)
    assert len(await rig.venue.stops([INST])) == 1
    assert (len(rig.venue.placed), rig.held() > 0) == (1, True)


async def test_stop_that_never_arrives_is_tried_twice_then_the_position_is_closed() -> None:
    rig = await naked()
    rig.venue.stop_losses.extend(["before", "before", "before"])
    await rig.guard(8)
    assert rig.held() == 0
    assert [intent.leg for intent in rig.venue.placed] == [Leg.ENTRY, Leg.EMERGENCY]
    assert rig.venue.placed[-1].reduce_only


@pytest.mark.parametrize("state", [TradingState.ACTIVE, TradingState.HALTED])
async def test_position_past_its_stop_is_closed_even_while_halted(state: TradingState) -> None:
    rig = await naked()
    await rig.engine.controls.set_state(state, "test", "test")
    rig.crash_to(98_500)
    await rig.guard(3)
    assert (rig.held(), rig.venue.placed[-1].leg) == (0, Leg.EMERGENCY)


async def test_emergency_without_a_book_uses_the_mark() -> None:
    rig = await naked()
    rig.crash_to(98_500)
    rig.engine.markets[INST].book.invalidate()
    rig.feed.resync = lambda _inst_id: None  # type: ignore[method-assign]
    rig.feed.heartbeat = lambda _sink: None  # type: ignore[method-assign]
    await rig.guard(3)
    assert rig.held() == 0


async def test_orphan_stop_is_swept_once_seen_twice() -> None:
    rig = await DeskRig(buy()).start()
    await rig.cycle()
    rig.exchange.place(
        NewOrder(
            inst_id=INST,
            side="sell",
            ord_type="ioc",
            sz=rig.held(),
            px=Decimal(99_000),
            reduce_only=True,
        )
    )  # closed by hand
    await rig.guard()
    assert len(await rig.venue.stops([INST])) == 1
    await rig.guard(2)
    assert await rig.venue.stops([INST]) == ()


async def test_lagging_position_never_costs_the_stop() -> None:
    rig = await DeskRig(buy()).start()
    await rig.cycle()
    true_account, looks = rig.venue.account, []

    async def lagging() -> object:
        looks.append(1)
        account = await true_account()
        return account if len(looks) > 1 else type(account)(balance=account.balance, positions=())

    rig.venue.account = lagging  # type: ignore[attr-defined]
    await rig.guard(4)
    assert len(await rig.venue.stops([INST])) == 1


async def test_foreign_position_and_foreign_stop_are_never_touched() -> None:
    rig = await DeskRig(buy()).start()
    await rig.cycle()
    rig.crash_to(98_500)  # our long is stopped out
    await rig.engine.inbox.drain()
    rig.exchange.place(
        NewOrder(inst_id=INST, side="buy", ord_type="ioc", sz=Decimal(2), px=Decimal(99_000))
    )  # somebody buys by hand
    await rig.engine.inbox.drain()
    await rig.guard(5)
    assert (await rig.venue.stops([INST]), rig.held()) == ((), 2)
    rig.exchange.place_algo(alone(sz="2"))
    await rig.guard(40)
    assert len(await rig.venue.stops([INST])) == 1
    assert [intent.leg for intent in rig.venue.placed] == [Leg.ENTRY]


async def test_stop_of_ours_beside_a_foreign_position_is_swept_after_a_minute() -> None:
    rig = await DeskRig(buy()).start()
    await rig.cycle()
    for side, px, contracts in (("sell", 99_000, rig.held()), ("buy", 100_100, Decimal(2))):
        rig.exchange.place(
            NewOrder(inst_id=INST, side=side, ord_type="ioc", sz=contracts, px=Decimal(px))
        )  # ours is closed by hand, then somebody opens their own
    await rig.guard(20)
    assert len(await rig.venue.stops([INST])) == 1
    await rig.guard(15)
    assert (await rig.venue.stops([INST]), rig.held()) == ((), 2)


async def test_only_our_share_of_a_mixed_position_is_protected() -> None:
    rig = await naked()
    ours = rig.held()
    rig.exchange.place(
        NewOrder(inst_id=INST, side="buy", ord_type="ioc", sz=Decimal(2), px=Decimal(100_100))
    )
    await rig.engine.inbox.drain()
    await rig.guard(3)
    (stop,) = await rig.venue.stops([INST])
    assert (stop.contracts, rig.held()) == (ours, ours + 2)


async def test_increase_is_covered_by_both_stops() -> None:
    rig = await DeskRig(buy(), buy(effect="INCREASE")).start()
    await rig.cycle()
    await rig.guard()
    assert (await rig.cycle()).outcome == "sent"
    await rig.guard(4)
    stops = await rig.venue.stops([INST])
    assert sum(stop.contracts or 0 for stop in stops) == rig.held()
    assert len(stops) == 2


async def test_unreadable_answer_leaves_the_protector_running() -> None:
    rig = await naked()

    async def unreadable(*_args: object) -> object:
        raise DataInvalid("an HTML page")

    rig.venue.stops = unreadable  # type: ignore[attr-defined]
    with pytest.raises(DataInvalid):
        await rig.engine.guards.protector.check()
    assert len(rig.venue.placed) == 1
