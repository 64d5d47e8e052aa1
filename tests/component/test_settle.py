"""An order that nobody can prove any more: the evidence first, then a person's word."""

import pytest

from tai2.engine.doubts import PROVABLE_MS
from tai2.model.errors import Refused, UsageError, VenueUnavailable
from tai2.model.ids import ClOrdId
from tai2.model.order import OrderState
from tai2.wire.verbs import CommitReply, PrepareParams, Said, Ticket, Verb
from tests.builders.desk import DeskRig
from tests.component.test_operator_verbs import operating
from tests.fakes.reasoners import buy


async def in_doubt(lost: str = "before") -> DeskRig:
    """Leave an order that nobody could ask about for over two hours."""
    rig = await DeskRig(buy()).start()
    rig.venue.losses.append(lost)
    rig.venue.mute = True
    await rig.cycle()
    rig.advance(PROVABLE_MS + 1_000)
    return rig


def wish(rig: DeskRig, said: Said | None = Said.ABSENT) -> PrepareParams:
    return PrepareParams(
        verb=Verb.SETTLE, cl_ord_id=rig.venue.placed[0].cl_ord_id, said=said, reason="seen"
    )


async def settled(rig: DeskRig, said: Said) -> tuple[Ticket, CommitReply]:
    async with operating(rig) as operator:
        ticket = await operator.prepare(wish(rig, said))
        return ticket, await rig.passing(operator.commit(ticket.ticket, ticket.typed))


@pytest.mark.parametrize(
    ("said", "state"), [(Said.ABSENT, OrderState.ABSENT), (Said.FILLED, OrderState.FILLED)]
)
async def test_word_settles_what_cannot_be_proven_and_nothing_is_sent(
    said: Said, state: OrderState
) -> None:
    rig = await in_doubt()
    await rig.sweep(times=6)
    assert await rig.state() is OrderState.UNKNOWN
    ticket, reply = await settled(rig, said)
    assert "the exchange knows no order of that id" in ticket.summary.lines[1]
    assert reply.is_done
    order = await rig.order()
    assert (order.state, order.reason) == (state, f"operator: {said}, seen")
    assert len(rig.venue.placed) == 1
    assert await rig.trades() == ()


async def test_word_is_refused_while_proof_is_possible() -> None:
    rig = await DeskRig(buy()).start()
    rig.venue.losses.append("before")
    await rig.cycle()
    async with operating(rig) as operator:
        with pytest.raises(Refused, match="still be proven"):
            await operator.prepare(wish(rig))


async def test_order_that_the_exchange_does_know_needs_no_word() -> None:
    rig = await in_doubt("after")
    async with operating(rig) as operator:
        with pytest.raises(Refused, match="the exchange knows"):
            await operator.prepare(wish(rig))
    assert await rig.state() is OrderState.FILLED
    assert [row.leg for row in await rig.trades()] == ["entry"]


async def test_exchange_that_does_not_answer_settles_nothing() -> None:
    rig = await in_doubt()
    async with operating(rig) as operator:
        ticket = await operator.prepare(wish(rig))
        rig.venue.is_down = True
        with pytest.raises(VenueUnavailable):
            await operator.commit(ticket.ticket, ticket.typed)
    assert await rig.state() is OrderState.UNKNOWN


async def test_order_that_shows_up_between_ticket_and_word_is_not_settled_by_it() -> None:
    rig = await in_doubt("after")
    rig.venue.hide_order_for_ms = PROVABLE_MS * 2
    rig.venue._hidden[rig.venue.placed[0].cl_ord_id] = rig.clock.now_ms() + 1_000
    real_fills, rig.venue._venue.fills = rig.venue._venue.fills, _no_fills  # type: ignore[method-assign]
    async with operating(rig) as operator:
        ticket = await operator.prepare(wish(rig))
        rig.venue._venue.fills = real_fills  # type: ignore[method-assign]
        rig.advance(2_000)
        with pytest.raises(Refused, match="the exchange knows"):
            await operator.commit(ticket.ticket, ticket.typed)
    assert await rig.state() is OrderState.FILLED


async def _no_fills(_since_ms: int) -> tuple[()]:
    return ()


async def test_late_fill_of_a_settled_order_is_recorded_and_halts() -> None:
    rig = await in_doubt()
    await settled(rig, Said.ABSENT)
    intent = rig.venue.placed[0]
    rig.venue.mute = False
    await rig.venue._venue.place(intent, rig.clock.now_ms() + 3_000)
    await rig.engine.inbox.drain()
    assert len(await rig.trades()) == 1
    assert "invariant" in rig.engine.alarm.raised


async def test_word_needs_an_order_in_doubt_and_a_word() -> None:
    rig = await in_doubt()
    async with operating(rig) as operator:
        with pytest.raises(UsageError, match="absent or filled"):
            await operator.prepare(wish(rig, None))
        for cl_ord_id in (None, ClOrdId("t2mainNOSUCHORDER")):
            params = PrepareParams(verb=Verb.SETTLE, cl_ord_id=cl_ord_id, said=Said.ABSENT)
            with pytest.raises(UsageError):
                await operator.prepare(params)


async def test_after_the_word_trading_may_be_resumed() -> None:
    rig = await in_doubt()
    await rig.engine.alarm.halt("order_in_doubt", "x")
    params = PrepareParams(verb=Verb.RESUME, reason="settled")
    async with operating(rig) as operator:
        ticket = await operator.prepare(params)
        with pytest.raises(Refused, match="isn't known"):
            await operator.commit(ticket.ticket, ticket.typed)
    await settled(rig, Said.ABSENT)
    async with operating(rig) as operator:
        ticket = await operator.prepare(params)
        assert (await rig.passing(operator.commit(ticket.ticket, ticket.typed))).is_done
