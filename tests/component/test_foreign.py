"""Somebody else's position: it locks its instrument until a person adopts or ignores it."""

from decimal import Decimal

import pytest

from tai2.daemon.operator import Operator
from tai2.engine.foreigners import GRACE_MS
from tai2.model.errors import Refused, UsageError
from tai2.model.order import Leg, Rejected
from tai2.wire.verbs import CommitReply, PrepareParams, Verb
from tests.builders.desk import INST, DeskRig
from tests.component.test_operator_verbs import operating, trade_by_hand
from tests.fakes.reasoners import buy


async def beside_theirs(rig: DeskRig, side: str = "buy") -> DeskRig:
    """Start beside a position that a person has opened by hand."""
    await rig.start()
    trade_by_hand(rig, side, "0.5")
    rig.advance(0)
    await rig.engine.inbox.drain()
    await rig.engine.reconcile.sweep()
    return rig


async def said(rig: DeskRig, verb: Verb, **more: object) -> CommitReply:
    """Prepare and commit a verb."""
    params = PrepareParams(verb=verb, inst_id=INST, reason="test", **more)  # type: ignore[arg-type]
    await Operator(rig.engine).prepare(params)  # a refusal is heard here, outside of any group
    async with operating(rig) as operator:
        ticket = await operator.prepare(params)
        return await rig.passing(operator.commit(ticket.ticket, ticket.typed))


def share(rig: DeskRig) -> Decimal:
    account = rig.engine.accounts.latest
    held = account.position(INST) if account else None
    return rig.engine.ledger.holdings.share(held) if held else Decimal(0)


async def test_position_of_somebody_else_locks_its_instrument_and_is_told_of() -> None:
    rig = await beside_theirs(DeskRig(buy(effect="INCREASE")))
    assert (await rig.cycle()).refusals == ("FOREIGN_POSITION",)
    foreigners = rig.engine.guards.foreigners
    assert foreigners.troubling() == ()
    rig.advance(GRACE_MS)
    assert [one.contracts for one in foreigners.troubling()] == [Decimal("0.5")]


async def test_ignored_it_locks_nothing_across_a_restart_until_that_is_undone() -> None:
    rig = await beside_theirs(DeskRig(buy(effect="INCREASE"), buy(effect="INCREASE")))
    reply = await said(rig, Verb.IGNORE)
    assert reply.lines == (f"{INST} is ignored",)
    await rig.start()
    assert (await rig.cycle()).outcome == "sent"
    assert rig.engine.controls.current.ignored == (INST,)
    await said(rig, Verb.HEED)
    assert (await rig.cycle()).refusals[0] == "FOREIGN_POSITION"


async def test_ignored_position_stays_theirs_and_is_never_touched() -> None:
    rig = await beside_theirs(DeskRig())
    await said(rig, Verb.IGNORE)
    await rig.guard(times=5)
    assert (rig.held(), share(rig), rig.venue.placed) == (Decimal("0.5"), 0, [])
    with pytest.raises(Refused, match="ignored already"):
        await said(rig, Verb.IGNORE)


@pytest.mark.parametrize("side", ["buy", "sell"])
async def test_adopted_it_is_ours_with_a_stop_at_once_and_across_a_restart(side: str) -> None:
    rig = await beside_theirs(DeskRig(), side)
    reply = await said(rig, Verb.ADOPT, stop_pct=Decimal(2))
    assert reply.lines == ("adopted; its stop is placed",)
    (stop,) = await rig.venue.stops([INST])
    assert (stop.contracts, stop.target_px) == (Decimal("0.5"), None)
    await rig.start()
    await rig.guard(times=3)
    assert len(await rig.venue.stops([INST])) == 1
    assert abs(share(rig)) == Decimal("0.5")
    assert rig.engine.guards.foreigners.found() == ()
    entry = await rig.engine.ledger.last_entry(INST)
    assert entry is not None
    assert (entry.intent.leg, entry.reason, entry.sent_ms) == (Leg.ADOPTED, "adopted: test", None)


async def test_stop_of_an_adopted_position_is_placed_again_when_somebody_cancels_it() -> None:
    rig = await beside_theirs(DeskRig())
    await said(rig, Verb.ADOPT, stop_pct=Decimal(2))
    (stop,) = await rig.venue.stops([INST])
    await rig.venue.cancel_stop(INST, stop.algo_id)
    await rig.guard(times=4)
    assert [one.stop_px for one in await rig.venue.stops([INST])] == [stop.stop_px]


async def test_adopted_position_is_closed_by_its_stop_and_the_row_names_it() -> None:
    rig = await beside_theirs(DeskRig())
    await said(rig, Verb.ADOPT, stop_pct=Decimal(2))
    rig.crash_to(97_000)
    await rig.engine.inbox.drain()
    await rig.engine.accounts.refresh()
    assert rig.held() == 0
    assert [row.leg for row in await rig.trades()] == ["external", "stop"]


async def test_adopted_position_closes_by_hand() -> None:
    rig = await beside_theirs(DeskRig())
    await said(rig, Verb.ADOPT, stop_pct=Decimal(2))
    reply = await said(rig, Verb.CLOSE)
    assert (reply.is_done, rig.held(), await rig.venue.stops([INST])) == (True, 0, ())


async def test_released_it_is_theirs_again_without_our_stop() -> None:
    rig = await beside_theirs(DeskRig())
    await said(rig, Verb.ADOPT, stop_pct=Decimal(2))
    await said(rig, Verb.RELEASE)
    assert (share(rig), await rig.venue.stops([INST])) == (0, ())
    await rig.start()
    await rig.guard(times=3)
    assert (share(rig), rig.held(), rig.venue.placed) == (0, Decimal("0.5"), [])
    assert len(rig.engine.guards.foreigners.found()) == 1
    with pytest.raises(Refused, match="nothing on"):
        await said(rig, Verb.RELEASE)


async def test_part_of_ours_stays_ours_when_the_adopted_part_is_released() -> None:
    rig = await DeskRig(buy()).start()
    await rig.cycle()
    ours = rig.held()
    trade_by_hand(rig, "buy", "0.5")
    await rig.engine.inbox.drain()
    await rig.engine.reconcile.sweep()
    await said(rig, Verb.ADOPT, stop_pct=Decimal(2))
    assert share(rig) == rig.held()
    await said(rig, Verb.RELEASE)
    assert share(rig) == ours


@pytest.mark.parametrize("percent", [None, "0.1", "7"])
async def test_without_a_stop_within_the_limits_nothing_is_adopted(percent: str | None) -> None:
    rig = await beside_theirs(DeskRig())
    with pytest.raises((UsageError, Refused)):
        await said(rig, Verb.ADOPT, stop_pct=Decimal(percent) if percent else None)
    assert (share(rig), await rig.venue.stops([INST])) == (0, ())


async def test_position_too_far_from_its_entry_cannot_be_adopted() -> None:
    rig = await beside_theirs(DeskRig())
    rig.crash_to(90_000)
    await rig.engine.accounts.refresh()
    with pytest.raises(Refused, match="from the entry"):
        await said(rig, Verb.ADOPT, stop_pct=Decimal(1))


async def test_refused_stop_gives_the_position_back(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = await beside_theirs(DeskRig())

    async def refuse(_stop: object) -> Rejected:
        return Rejected(code="51053", reason="no")

    monkeypatch.setattr(rig.venue, "place_stop", refuse)
    reply = await said(rig, Verb.ADOPT, stop_pct=Decimal(2))
    assert (reply.is_done, share(rig)) == (False, 0)
    assert reply.lines == ("✗ not adopted: its stop was refused: 51053 no",)


async def test_where_nothing_is_foreign_there_is_nothing_to_say() -> None:
    rig = await DeskRig(buy()).start()
    await rig.cycle()
    await rig.engine.accounts.refresh()
    for verb in (Verb.ADOPT, Verb.IGNORE):
        with pytest.raises(Refused, match="is ours"):
            await said(rig, verb, stop_pct=Decimal(2))
    with pytest.raises(Refused, match="isn't ignored"):
        await said(rig, Verb.HEED)
