"""From a decision to an order and a row, and one record for everything that isn't one."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tai2.model.controls import Controls, TradingState
from tai2.model.errors import JournalFailed
from tai2.model.order import Order, OrderState
from tai2.store.journal.journal import SqliteJournal
from tests.builders.desk import INST, DeskRig
from tests.fakes.reasoners import BECAUSE, buy, close, fail, hold, say, sell


async def test_buy_becomes_one_protected_order_and_a_row_with_its_reason() -> None:
    rig = await DeskRig(buy()).start()
    record = await rig.cycle()
    (row,) = await rig.trades()
    assert (record.outcome, row.llm_reasoning, row.decision_id) == (
        "sent",
        BECAUSE,
        record.decision_id,
    )
    assert (row.fee_ccy, row.fee < 0, row.contracts) == ("USDT", True, rig.held())
    assert await rig.state() is OrderState.FILLED
    (stop,) = await rig.venue.stops([INST])
    assert stop.contracts == rig.held()


async def test_sell_opens_a_short_worth_no_more_than_asked_at_its_fill() -> None:
    rig = await DeskRig(sell(300)).start()
    await rig.cycle()
    (row,) = await rig.trades()
    assert rig.held() < 0
    assert row.notional <= 300


async def test_close_flattens_and_its_row_carries_pnl_and_the_exit_leg() -> None:
    rig = await DeskRig(buy(), close()).start()
    await rig.cycle()
    rig.crash_to(99_900)
    await rig.guard()
    assert (await rig.cycle()).outcome == "sent"
    entry, leaving = await rig.trades()
    assert (rig.held(), leaving.leg, leaving.pnl < 0) == (0, "exit", True)
    assert leaving.contracts == entry.contracts


async def test_reduce_leaves_a_part_that_stays_protected() -> None:
    rig = await DeskRig(buy(1_000), close(effect="REDUCE", notional=400)).start(
        max_order_equity_pct=Decimal(50)
    )
    await rig.cycle()
    before = rig.held()
    await rig.guard()
    await rig.cycle()
    await rig.guard(6)
    assert 0 < rig.held() < before
    (stop,) = await rig.venue.stops([INST])
    assert stop.contracts == rig.held()


WISHES = {
    "no_decision": [fail("LLM_TIMEOUT"), say("not json"), say("")],
    "hold": [hold(), hold("MIXED_SIGNALS")],
    "refused": [buy(1)],
}


@pytest.mark.parametrize("outcome", WISHES)
async def test_cycle_without_an_order_leaves_exactly_one_record(outcome: str) -> None:
    rig = await DeskRig(*WISHES[outcome]).start()
    for _ in WISHES[outcome]:
        assert (await rig.cycle()).outcome == outcome
    records = await rig.records()
    assert [one.outcome for one in records] == [outcome] * len(WISHES[outcome])
    assert all(one.reason for one in records)
    assert rig.venue.placed == []


async def test_stale_book_is_recorded_and_nobody_is_asked() -> None:
    rig = await DeskRig(buy()).start()
    rig.engine.markets[INST].book.invalidate()
    record = await rig.cycle()
    assert (record.outcome, record.reason, rig.reasoner.asked) == ("stale", "STALE_DATA", [])
    assert len(await rig.records()) == 1


async def test_halt_while_the_reasoner_thinks_refuses_the_decision() -> None:
    rig = DeskRig(buy())
    wish = rig.reasoner.wishes.popleft()

    def halted(request: object) -> object:
        rig.engine.controls.current = _halted(rig)
        return wish(request)  # type: ignore[arg-type]

    rig.reasoner.wishes.append(halted)  # type: ignore[arg-type]
    await rig.start()
    assert (await rig.cycle()).reason == "HALTED"
    assert rig.venue.placed == []


async def test_halt_between_gate_and_send_abandons_the_order() -> None:
    class HaltsOnPlan(SqliteJournal):
        async def save_order(self, order: Order) -> None:
            await super().save_order(order)
            if order.state is OrderState.INTENT:
                rig.engine.controls.current = _halted(rig)

    rig = await DeskRig(buy(), journal=HaltsOnPlan).start()
    record = await rig.cycle()
    assert (record.outcome, record.reason, rig.venue.placed) == ("not_sent", "HALTED", [])
    found = await rig.journal.find_order(record.cl_ord_id)  # type: ignore[arg-type]
    assert found is not None
    assert found.state is OrderState.ABANDONED


@pytest.mark.parametrize("state", [OrderState.INTENT, OrderState.SENDING])
async def test_journal_failure_before_the_send_places_nothing(state: OrderState) -> None:
    class FailsAt(SqliteJournal):
        async def save_order(self, order: Order) -> None:
            if order.state is state:
                raise JournalFailed("disk full")
            await super().save_order(order)

    rig = await DeskRig(buy(), journal=FailsAt).start()
    with pytest.raises(JournalFailed):
        await rig.cycle()
    assert (rig.venue.placed, rig.held()) == ([], 0)


async def test_order_is_durable_before_the_venue_hears_of_it() -> None:
    rig = await DeskRig(buy()).start()
    seen: list[object] = []

    def look(_intent: object) -> None:
        sql = "SELECT state, exp_ms FROM orders"
        seen.extend(tuple(row) for row in rig.database._connection.execute(sql))

    rig.venue.on_place = look
    await rig.cycle()
    assert seen == [("sending", rig.venue.exps[0])]


async def test_position_older_than_its_fill_is_stale_until_read_again() -> None:
    rig = await DeskRig(buy(), buy()).start()
    await rig.cycle()
    rig.engine.accounts.expect(INST, rig.clock.now_ms() + 1)
    assert (await rig.cycle()).detail == "position stale"
    await rig.guard()
    assert (await rig.cycle()).outcome != "stale"


def _halted(rig: DeskRig) -> Controls:
    return replace(
        rig.engine.controls.current, trading_state=TradingState.HALTED, state_reason="by hand"
    )
