"""Close, flatten and resume on the whole engine: two steps, only what is ours, seen done."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal

import pytest

from tai2.daemon.operator import HOLDS_S, Operator
from tai2.engine.service import Pulse
from tai2.model.controls import TradingState
from tai2.model.errors import Refused, UsageError
from tai2.model.ids import InstId
from tai2.model.order import Leg
from tai2.sim.exchange.records import NewOrder
from tai2.wire.verbs import CommitReply, PrepareParams, Verb
from tests.builders.desk import INST, DeskRig
from tests.fakes.reasoners import buy, sell


@asynccontextmanager
async def operating(rig: DeskRig) -> AsyncIterator[Operator]:
    """Run the operator as its service does."""
    operator = Operator(rig.engine)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(operator.run(Pulse(rig.clock)))
        yield operator
        task.cancel()


def wish(verb: Verb, inst_id: InstId | None, reason: str) -> PrepareParams:
    return PrepareParams(verb=verb, inst_id=inst_id, reason=reason)


async def done(rig: DeskRig, operator: Operator, verb: Verb, typed: str) -> CommitReply:
    """Prepare and commit a verb while time passes."""
    ticket = await operator.prepare(wish(verb, INST if verb is Verb.CLOSE else None, "test"))
    reply = await rig.passing(operator.commit(ticket.ticket, typed))
    await rig.engine.inbox.drain()
    return reply


async def holding(rig: DeskRig) -> DeskRig:
    await rig.start()
    await rig.cycle()
    await rig.engine.accounts.refresh()
    return rig


def trade_by_hand(rig: DeskRig, side: str, contracts: str) -> None:
    """Let a person trade on the same account."""
    px = Decimal(101_000) if side == "buy" else Decimal(99_000)
    order = NewOrder(inst_id=INST, side=side, ord_type="ioc", sz=Decimal(contracts), px=px)
    rig.exchange.place(order)


async def test_summary_says_in_numbers_what_close_would_do() -> None:
    rig = await holding(DeskRig(buy()))
    ticket = await Operator(rig.engine).prepare(wish(Verb.CLOSE, INST, ""))
    (row,) = ticket.summary.positions
    assert (row.contracts, row.foreign) == (rig.held(), 0)
    assert ticket.summary.lines[0].startswith(f"close long 0.29 contracts {INST} at market, ≈ 290")
    assert (ticket.typed, ticket.is_word) == ("y", False)


@pytest.mark.parametrize("wish", [buy(), sell()])
async def test_close_ends_our_position_and_its_stops_and_trading_goes_on(wish: object) -> None:
    rig = await holding(DeskRig(wish))  # type: ignore[arg-type]
    async with operating(rig) as operator:
        reply = await done(rig, operator, Verb.CLOSE, "y")
    assert (reply.is_done, reply.closed[0].remaining, rig.held()) == (True, 0, 0)
    assert await rig.venue.stops([INST]) == ()
    assert rig.engine.controls.current.trading_state is TradingState.ACTIVE
    assert [row.leg for row in await rig.trades()] == ["entry", "emergency"]


async def test_flatten_halts_and_closes_only_our_part() -> None:
    rig = await holding(DeskRig(buy()))
    ours = rig.held()
    trade_by_hand(rig, "buy", "0.5")
    await rig.engine.inbox.drain()
    await rig.engine.reconcile.sweep()
    async with operating(rig) as operator:
        ticket = await operator.prepare(wish(Verb.FLATTEN, None, ""))
        assert ticket.summary.positions[0].foreign == Decimal("0.5")
        reply = await rig.passing(operator.commit(ticket.ticket, "flatten"))
    assert (reply.is_done, reply.trading_state) == (True, TradingState.HALTED)
    assert reply.closed[0].contracts == ours
    assert rig.held() == Decimal("0.5")


async def test_flatten_with_nothing_open_still_halts() -> None:
    rig = await DeskRig().start()
    await rig.engine.accounts.refresh()
    async with operating(rig) as operator:
        reply = await done(rig, operator, Verb.FLATTEN, "flatten")
    assert reply.is_done
    assert rig.engine.controls.current.state_reason == "flatten: test"


async def test_thin_book_is_closed_in_several_orders_none_larger_than_what_is_left() -> None:
    rig = await holding(DeskRig(buy()))
    held = rig.held()
    rig.exchange.set_book(INST, {Decimal(99_999): Decimal("0.1")}, {Decimal(100_000): Decimal(1)})
    rig.venue.on_place = lambda _intent: rig.exchange.set_book(
        INST, {Decimal(99_999): Decimal("0.1")}, {Decimal(100_000): Decimal(1)}
    )
    async with operating(rig) as operator:
        reply = await done(rig, operator, Verb.CLOSE, "y")
    exits = [intent for intent in rig.venue.placed if intent.leg is Leg.EMERGENCY]
    assert reply.is_done
    assert [intent.contracts for intent in exits] == [held, held - Decimal("0.1"), Decimal("0.09")]
    assert all(intent.reduce_only for intent in exits)


async def test_closed_but_not_closed_lost_reply_is_told_as_unknown_and_never_sent_twice() -> None:
    rig = await holding(DeskRig(buy()))
    rig.venue.losses.append("before")
    async with operating(rig) as operator:
        reply = await done(rig, operator, Verb.CLOSE, "y")
    assert (reply.is_done, reply.closed[0].remaining) == (False, None)
    assert len([i for i in rig.venue.placed if i.leg is Leg.EMERGENCY]) == 1
    assert rig.held() > 0


async def test_reply_lost_after_the_exchange_took_the_exit_is_found_and_counts_as_closed() -> None:
    rig = await holding(DeskRig(buy()))
    rig.venue.losses.append("after")
    async with operating(rig) as operator:
        reply = await done(rig, operator, Verb.CLOSE, "y")
    assert (reply.is_done, rig.held()) == (True, 0)


async def test_changed_position_refuses_the_commit() -> None:
    rig = await holding(DeskRig(buy(), buy(effect="INCREASE")))
    async with operating(rig) as operator:
        ticket = await operator.prepare(wish(Verb.CLOSE, INST, ""))
        await rig.cycle()
        await rig.engine.accounts.refresh()
        with pytest.raises(Refused, match="changed"):
            await operator.commit(ticket.ticket, "y")
    assert len(rig.venue.placed) == 2


@pytest.mark.parametrize("typed", ["", "n", "yes please", "FLATTEN!"])
async def test_wrong_word_spends_the_ticket_and_does_nothing(typed: str) -> None:
    rig = await holding(DeskRig(buy()))
    operator = Operator(rig.engine)
    ticket = await operator.prepare(wish(Verb.FLATTEN, None, ""))
    with pytest.raises(Refused, match="not confirmed"):
        await operator.commit(ticket.ticket, typed)
    with pytest.raises(Refused, match="no such ticket"):
        await operator.commit(ticket.ticket, "flatten")
    assert rig.engine.controls.current.trading_state is TradingState.ACTIVE


async def test_ticket_expires() -> None:
    rig = await holding(DeskRig(buy()))
    operator = Operator(rig.engine)
    ticket = await operator.prepare(wish(Verb.CLOSE, INST, ""))
    rig.advance(HOLDS_S * 1000 + 1)
    with pytest.raises(Refused, match="expired"):
        await operator.commit(ticket.ticket, "y")


async def test_resume_needs_a_reason_and_a_fresh_reconciliation() -> None:
    rig = await DeskRig().start()
    await rig.engine.accounts.refresh()
    await rig.engine.controls.set_state(TradingState.HALTED, "news", "operator")
    with pytest.raises(UsageError):
        await Operator(rig.engine).prepare(wish(Verb.RESUME, None, " "))
    async with operating(rig) as operator:
        reply = await done(rig, operator, Verb.RESUME, "y")
    assert reply.trading_state is TradingState.ACTIVE
    assert rig.engine.controls.current.state_reason == "test"


async def test_resume_is_refused_while_an_order_is_in_doubt() -> None:
    rig = await DeskRig(buy()).start()
    rig.venue.losses.append("before")
    await rig.cycle()
    async with operating(rig) as operator:
        ticket = await operator.prepare(wish(Verb.RESUME, None, "checked"))
        with pytest.raises(Refused, match="outcome isn't known"):
            await operator.commit(ticket.ticket, "y")


async def test_close_where_nothing_is_ours_is_refused_and_a_hand_made_position_stays() -> None:
    rig = await DeskRig().start()
    trade_by_hand(rig, "buy", "0.5")
    await rig.engine.inbox.drain()
    await rig.engine.reconcile.sweep()
    with pytest.raises(Refused, match="no position of ours"):
        await Operator(rig.engine).prepare(wish(Verb.CLOSE, INST, ""))
    ticket = await Operator(rig.engine).prepare(wish(Verb.FLATTEN, None, ""))
    assert ticket.summary.foreign_positions == 1
    assert "1 position(s) and 0 order(s) aren't ours and stay" in ticket.summary.lines


async def test_with_real_money_every_word_is_typed_in_full() -> None:
    rig = await holding(DeskRig(buy()))
    earnest = replace(rig.engine, charter=replace(rig.engine.charter, is_real_money=True))
    operator = Operator(earnest)
    words = [
        (await operator.prepare(wish(verb, INST if verb is Verb.CLOSE else None, "why"))).typed
        for verb in (Verb.CLOSE, Verb.FLATTEN, Verb.RESUME)
    ]
    assert words == ["btc", "flatten", "resume"]
