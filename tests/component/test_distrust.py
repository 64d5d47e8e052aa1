"""A desk that can't trust its clock, its account or its instruments, and a day that turns over."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from tai2.model.controls import TradingState
from tai2.model.decision import DecisionRequest, Reply, ReplyFailed
from tai2.model.errors import UsageError, VenueUnavailable
from tai2.model.ids import InstId
from tai2.model.instrument import Instrument
from tai2.model.snapshot import Freshness
from tests.builders.desk import INST, DeskRig
from tests.fakes.reasoners import buy, close

DAY_MS = 86_400_000


async def shifted(ms: int, *wishes: object) -> DeskRig:
    """Return a desk whose machine's clock is this far from the exchange's."""
    rig = await DeskRig(*wishes).start()  # type: ignore[arg-type]

    now = rig.clock.now_ms()
    rig.clock.advance_to(now + max(ms, 0))
    rig.exchange.advance(now + max(-ms, 0))
    await rig.engine.desk.clock.sync()
    rig.feed.heartbeat(rig.engine.ingest.apply)
    await rig.engine.accounts.refresh()
    await rig.engine.audit.look()
    await rig.engine.upkeep.look()
    return rig


@pytest.mark.parametrize(
    ("ms", "code", "is_halted"),
    [
        (900, "ACCEPTED", False),
        (3_000, "CLOCK", False),
        (-3_000, "CLOCK", False),
        (45_000, "HALTED", True),
        (-120_000, "HALTED", True),
    ],
)
async def test_clock_that_is_off_vetoes_entries_and_far_off_halts(
    ms: int, code: str, is_halted: bool
) -> None:
    rig = await shifted(ms, buy())
    assert (await rig.cycle()).reason == code
    assert len(rig.venue.placed) == (code == "ACCEPTED")
    state = rig.engine.controls.current
    assert (state.trading_state is TradingState.HALTED) is is_halted
    assert state.state_reason.startswith("clock: this machine's clock is") is is_halted


async def test_ages_are_judged_by_the_exchanges_time_whatever_the_machine_says() -> None:
    rig = await shifted(-120_000)
    now = rig.engine.desk.clock.now_ms()
    assert now == rig.clock.now_ms() + 120_000
    market = rig.engine.markets[INST]
    fresh = rig.engine.desk.snapshots.book(market, now)
    assert (fresh.freshness, fresh.age_ms) == (Freshness.FRESH, 0)
    later = rig.engine.desk.snapshots.book(market, now + 3_001)
    assert later.freshness is Freshness.STALE


async def test_midnight_in_the_middle_of_a_decision_turns_the_day_once() -> None:
    rig = await DeskRig(buy()).start()
    rig.advance(DAY_MS - rig.clock.now_ms() % DAY_MS - 2_000)
    await rig.engine.accounts.refresh()
    await rig.engine.audit.look()
    await rig.engine.upkeep.look()
    await rig.engine.desk.clock.sync()
    evening = rig.engine.breakers._state
    assert evening is not None
    wish = rig.reasoner.wishes.popleft()

    def slow(request: DecisionRequest) -> Reply | ReplyFailed:
        reply = wish(request)
        rig.advance(4_000)
        return reply

    rig.reasoner.wishes.appendleft(slow)
    assert (await rig.cycle()).outcome == "sent"
    day = rig.engine.breakers.last_day
    assert day is not None
    await rig.engine.accounts.refresh()
    for _ in range(3):
        rig.advance(5_000)
        await rig.engine.breakers.look()
    assert rig.engine.breakers.last_day == day
    assert (day.day_ms, day.equity_close) == (evening.day_ms, evening.last_equity)


async def test_midnight_lifts_no_halt_of_the_day_before() -> None:
    rig = await DeskRig().start(max_daily_loss_pct=Decimal("0.01"))
    await rig.engine.controls.tighten(TradingState.HALTED, "daily_loss: 3 % lost today", "guard")
    rig.advance(DAY_MS)
    await rig.engine.accounts.refresh()
    await rig.engine.breakers.look()
    assert rig.engine.breakers.last_day is not None
    assert rig.engine.controls.current.trading_state is TradingState.HALTED


async def test_account_that_cannot_be_read_leaves_only_the_way_out_and_is_never_flat() -> None:
    rig = await DeskRig(buy(), buy(effect="INCREASE"), close()).start()
    await rig.cycle()
    held = rig.held()

    async def unread() -> object:
        raise VenueUnavailable("no answer")

    rig.venue.account = unread  # type: ignore[attr-defined]
    rig.advance(30_001)
    with pytest.raises(VenueUnavailable):
        await rig.engine.accounts.refresh()
    snapshot = await rig.engine.desk.snapshot(INST)
    assert snapshot.position.freshness is Freshness.STALE
    assert snapshot.position.value is not None
    assert snapshot.position.value.contracts == held
    found = await rig.engine.breakers.look()
    assert (found.day_loss_pct, found.drawdown_pct) == (None, None)
    assert (await rig.cycle()).outcome == "stale"
    assert len(rig.venue.placed) == 1


async def test_unrealised_loss_halts_and_the_halt_survives_a_restart() -> None:
    rig = await DeskRig(buy()).start(max_daily_loss_pct=Decimal("0.01"))
    await rig.cycle()
    rig.crash_to(99_500)
    await rig.engine.accounts.refresh()
    await rig.engine.breakers.look()
    state = rig.engine.controls.current
    assert rig.held() > 0
    assert (state.trading_state, state.state_reason[:10]) == (TradingState.HALTED, "daily_loss")
    await rig.kill()
    await rig.start(max_daily_loss_pct=Decimal("0.01"))
    assert rig.engine.controls.current.trading_state is TradingState.HALTED


async def test_instrument_that_the_exchange_no_longer_lists_is_not_traded() -> None:
    rig = await DeskRig(buy()).start()

    async def instruments(inst_ids: Sequence[InstId]) -> tuple[Instrument, ...]:
        raise UsageError(f"OKX doesn't list {', '.join(inst_ids)}")

    rig.feed.instruments = instruments  # type: ignore[method-assign]
    await rig.engine.audit.look()
    record = await rig.cycle()
    assert {"INSTRUMENT_LIVE", "META_AGE"} <= set(record.refusals)
