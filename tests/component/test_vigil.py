"""Between decisions the desk itself gets out: no model is asked."""

from decimal import Decimal

import pytest

from tai2.model.controls import TradingState
from tai2.model.order import Leg
from tai2.sim.exchange.records import NewOrder
from tests.builders.desk import INST, DeskRig
from tests.fakes.reasoners import BECAUSE, buy, fail, hold

MINUTES_MS = 60_000


async def holding(**said: object) -> DeskRig:
    rig = await DeskRig(buy(**said), hold("POSITION_OK"), fail("LLM_TIMEOUT")).start()  # type: ignore[arg-type]
    await rig.cycle()
    assert rig.held() > 0
    return rig


async def test_position_whose_stop_did_not_act_is_closed_after_three_seconds() -> None:
    rig = await holding()
    (stop,) = await rig.venue.stops([INST])
    await rig.venue.cancel_stop(INST, stop.algo_id)  # as if it were stuck at the exchange
    rig.crash_to(98_500)
    await rig.watch(2)
    assert rig.held() > 0
    await rig.watch(3)
    assert rig.held() == 0
    assert [intent.leg for intent in rig.venue.placed] == [Leg.ENTRY, Leg.EMERGENCY]


async def test_passed_stop_that_recovers_is_forgotten() -> None:
    rig = await holding()
    (stop,) = await rig.venue.stops([INST])
    await rig.venue.cancel_stop(INST, stop.algo_id)
    rig.crash_to(98_500)
    await rig.watch(2)
    rig.crash_to(99_900)
    await rig.watch(1)
    rig.crash_to(98_500)
    await rig.watch(2)
    assert rig.held() > 0


async def test_passed_target_closes_too() -> None:
    rig = await holding()
    (stop,) = await rig.venue.stops([INST])
    await rig.venue.cancel_stop(INST, stop.algo_id)
    rig.crash_to(102_500)
    rig.exchange.print_trade(INST, "buy", Decimal(102_500), Decimal(1))
    await rig.watch(5)
    assert rig.held() == 0


async def test_idea_that_nobody_renews_ends_at_its_horizon() -> None:
    rig = await holding()
    rig.advance(59 * MINUTES_MS)
    await rig.watch(2)
    assert rig.held() > 0
    rig.advance(MINUTES_MS)
    await rig.watch(1)
    assert rig.held() == 0
    assert [row.llm_reasoning for row in await rig.trades()] == [BECAUSE, BECAUSE]


async def test_a_clean_decision_renews_the_idea_and_a_failed_one_does_not() -> None:
    rig = await holding()
    rig.advance(50 * MINUTES_MS)
    await rig.engine.accounts.refresh()
    assert (await rig.cycle()).outcome == "hold"
    rig.advance(50 * MINUTES_MS)
    await rig.engine.accounts.refresh()
    assert (await rig.cycle()).outcome == "no_decision"
    await rig.watch(1)
    assert rig.held() > 0
    rig.advance(11 * MINUTES_MS)
    await rig.watch(1)
    assert rig.held() == 0


BELOW = [{"metric": "ob.mid", "operator": "LT", "value": 99_950.0}]


async def test_condition_of_the_decision_that_comes_true_closes() -> None:
    rig = await holding(invalidation=BELOW)
    await rig.watch(2)
    assert rig.held() > 0
    rig.crash_to(99_900)
    await rig.watch(1)
    assert rig.held() == 0
    assert rig.venue.placed[-1].reduce_only


@pytest.mark.parametrize(("operator", "is_out"), [("LTE", True), ("GT", False), ("GTE", False)])
async def test_each_operator_means_what_it_says(operator: str, is_out: bool) -> None:
    rig = await holding(
        invalidation=[{"metric": "ob.mid", "operator": operator, "value": 100_500.0}]
    )
    await rig.watch(1)
    assert (rig.held() == 0) is is_out


async def test_while_halted_an_idea_is_left_to_the_person() -> None:
    rig = await holding(invalidation=BELOW)
    await rig.engine.controls.set_state(TradingState.HALTED, "by hand", "test")
    rig.crash_to(99_900)
    await rig.watch(3)
    assert rig.held() > 0


async def test_foreign_position_is_not_judged() -> None:
    rig = await holding(invalidation=BELOW)
    (stop,) = await rig.venue.stops([INST])
    rig.crash_to(98_500)  # ours is stopped out
    await rig.watch(1)
    rig.exchange.place(
        NewOrder(inst_id=INST, side="buy", ord_type="ioc", sz=Decimal(2), px=Decimal(99_000))
    )
    await rig.watch(5)
    assert (rig.held(), len(rig.venue.placed), stop.inst_id) == (2, 1, INST)


async def test_partly_filled_exit_is_followed_by_another_for_the_rest() -> None:
    rig = await holding(invalidation=BELOW)
    rig.exchange.set_book(INST, {Decimal(99_900): Decimal("0.1")}, {Decimal(99_901): Decimal(100)})
    await rig.watch(1)
    assert rig.held() > 0
    rig.crash_to(99_900)
    await rig.watch(2)
    assert rig.held() == 0
    assert len({intent.cl_ord_id for intent in rig.venue.placed}) == len(rig.venue.placed)
