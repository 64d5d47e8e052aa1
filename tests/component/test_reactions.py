"""The reaction table, obeyed: what a refusal of the exchange does to the desk."""

from collections.abc import Callable

import pytest

from tai2.model.controls import TradingState
from tai2.model.errors import VenueUnavailable
from tai2.model.order import OrderIntent, Outcome, Rejected
from tai2.model.reaction import Reaction
from tests.builders.desk import DeskRig
from tests.fakes.reasoners import buy

MINUTE = 60_000


async def refused(reaction: Reaction | None, **limits: int) -> DeskRig:
    """Return a desk whose first order the exchange has refused."""
    rig = await DeskRig(buy(), buy()).start(**limits)
    place: Callable[..., object] = rig.venue.place

    async def refuse(intent: OrderIntent, exp_ms: int) -> Outcome:
        rig.venue.place = place  # type: ignore[method-assign, assignment]
        rig.venue.placed.append(intent)
        return Rejected(code="50100", reason="told so", reaction=reaction)

    rig.venue.place = refuse  # type: ignore[method-assign]
    rig.engine.reconcile.wanted.clear()
    assert (await rig.cycle()).outcome == "rejected"
    return rig


@pytest.mark.parametrize("reaction", [None, *Reaction])
async def test_refused_order_is_never_sent_again_and_only_one_word_halts(
    reaction: Reaction | None,
) -> None:
    rig = await refused(reaction)
    await rig.sweep(3)
    assert len(rig.venue.placed) == 1
    state = rig.engine.controls.current
    is_halted = state.trading_state is TradingState.HALTED
    assert is_halted is (reaction is Reaction.HALT)
    assert state.state_reason.startswith("refused_by_exchange") is is_halted


@pytest.mark.parametrize("reaction", list(Reaction))
async def test_what_was_believed_of_the_account_is_read_again(reaction: Reaction) -> None:
    rig = await refused(reaction)
    asked = {Reaction.BENIGN, Reaction.CLEAR, Reaction.REPRICE, Reaction.BLOCK}
    assert rig.engine.reconcile.wanted.is_set() is (reaction in asked)


@pytest.mark.parametrize("is_answered", [True, False])
async def test_clock_that_is_off_is_measured_as_far_as_it_can_be(is_answered: bool) -> None:
    rig = await DeskRig(buy()).start()
    asked: list[int] = []

    async def server_time_ms() -> int:
        asked.append(rig.clock.now_ms())
        if not is_answered:
            raise VenueUnavailable("no answer")
        return rig.clock.now_ms() + 700

    async def refuse(intent: OrderIntent, exp_ms: int) -> Outcome:
        rig.venue.server_time_ms = server_time_ms  # type: ignore[attr-defined]
        return Rejected(code="50102", reason="stale", reaction=Reaction.CLOCK)

    rig.venue.place = refuse  # type: ignore[method-assign]
    assert (await rig.cycle()).outcome == "rejected"
    assert len(asked) == 1
    assert rig.engine.desk.clock.off_ms() == (700 if is_answered else 0)


async def test_no_money_rests_the_instrument_for_a_quarter_of_an_hour_across_a_restart() -> None:
    limits = {"cooldown_ms": 300_000, "stop_cooldown_ms": 900_000}
    rig = await refused(Reaction.REPRICE, **limits)
    await rig.kill()
    await rig.start(**limits)
    rig.advance(14 * MINUTE)
    await rig.engine.accounts.refresh()
    await rig.engine.audit.look()
    await rig.engine.desk.clock.sync()
    assert (await rig.cycle()).reason == "COOLDOWN"
    assert len(rig.venue.placed) == 1
