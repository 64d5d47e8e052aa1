"""Guards on the whole engine: measured, latched, remembered, and re-armed only by a person."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tai2.daemon.guard_handlers import rows_of, trips_of
from tai2.model.controls import TradingState
from tai2.model.errors import Refused
from tai2.model.ids import InstId
from tai2.model.market import InstrumentChanged
from tai2.model.money import QuoteAmt
from tai2.wire.guards import GuardRow
from tests.builders.desk import INST, DeskRig
from tests.fakes.reasoners import buy, close, fail


async def rows(rig: DeskRig) -> dict[str, GuardRow]:
    case = await rig.engine.desk.probe(INST)
    return {row.name: row for row in rows_of(case, trips_of(await rig.records()))}


async def lose(rig: DeskRig, share_pct: int) -> None:
    """Take a part of the account's equity away, as a loss would."""
    balance = rig.engine.accounts.latest
    assert balance is not None
    equity = QuoteAmt(balance.balance.equity * (100 - share_pct) / 100)
    worse = replace(balance, balance=replace(balance.balance, equity=equity))
    rig.engine.accounts.latest = worse
    await rig.engine.breakers.look()


def state(rig: DeskRig) -> tuple[TradingState, str, str]:
    current = rig.engine.controls.current
    return current.trading_state, current.state_reason.split(":")[0], current.changed_by


async def test_every_guard_is_ok_on_a_calm_desk_and_shows_its_numbers() -> None:
    rig = await DeskRig(buy()).start()
    found = await rows(rig)
    assert [row.name for row in found.values() if not row.ok] == []
    assert (found["max_position_notional"].limit, found["max_position_notional"].current) == (
        3_000,
        0,
    )
    assert found["spread"].distance is not None


async def test_used_room_and_the_last_trip_show() -> None:
    rig = await DeskRig(buy(), buy(effect="INCREASE")).start(max_entries_hour=1)
    await rig.cycle()
    assert (await rig.cycle()).refusals == ("ENTRIES_HOUR",)
    row = (await rows(rig))["entries_hour"]
    assert (row.ok, row.current, row.limit, row.distance) == (False, 1, 1, 0)
    assert row.last_trip == "1 so far, 1 allowed"
    assert row.last_trip_ms is not None


@pytest.mark.parametrize(
    ("share_pct", "limits", "name"),
    [(3, {}, "daily_loss"), (12, {"max_daily_loss_pct": Decimal(50)}, "drawdown")],
)
async def test_a_loss_halts_without_any_decision_and_survives_a_restart(
    share_pct: int, limits: dict[str, Any], name: str
) -> None:
    rig = await DeskRig().start(**limits)
    await lose(rig, share_pct)
    assert state(rig) == (TradingState.HALTED, name, "guard")
    await rig.kill()
    await rig.start(**limits)
    assert state(rig)[0] is TradingState.HALTED


async def test_daily_loss_of_an_earlier_process_still_counts() -> None:
    rig = await DeskRig().start(max_daily_loss_pct=Decimal(50))
    await lose(rig, 2)
    await rig.kill()
    await rig.start(max_daily_loss_pct=Decimal(50))
    await lose(rig, 2)
    found = rig.engine.breakers.latest
    assert found is not None
    assert found.day_loss_pct == 2


async def test_only_a_persons_resume_arms_the_breakers_anew() -> None:
    rig = await DeskRig().start()
    await lose(rig, 5)
    with pytest.raises(Refused):
        await rig.engine.controls.set_state(TradingState.ACTIVE, "fine again", "guard")
    await rig.engine.controls.set_state(TradingState.ACTIVE, "seen", "operator")
    await rig.engine.breakers.look()
    assert state(rig)[0] is TradingState.ACTIVE
    await lose(rig, 2)
    assert state(rig)[0] is TradingState.ACTIVE


async def test_a_guard_never_loosens_and_the_first_reason_stays() -> None:
    rig = await DeskRig().start()
    controls = rig.engine.controls
    await controls.set_state(TradingState.HALTED, "news", "operator")
    assert not await controls.tighten(TradingState.REDUCING, "streak", "guard")
    assert not await controls.tighten(TradingState.HALTED, "loss", "guard")
    assert state(rig) == (TradingState.HALTED, "news", "operator")


async def test_losses_in_a_row_leave_only_the_way_out() -> None:
    rig = await DeskRig(buy(), close(), buy(), close()).start(max_losing_streak=2)
    for _ in range(4):
        await rig.cycle()
        await rig.engine.accounts.refresh()
    await rig.engine.breakers.look()
    assert state(rig) == (TradingState.REDUCING, "losing_streak", "guard")


async def test_replies_without_a_decision_pause_entries_then_let_one_try() -> None:
    rig = await DeskRig(*[fail("LLM_TIMEOUT")] * 3, buy(), buy()).start(max_llm_errors=3)
    for _ in range(3):
        await rig.cycle()
    assert (await rig.cycle()).refusals == ("LLM_ERRORS",)


async def test_rejected_orders_in_a_row_pause_entries_for_a_while() -> None:
    rig = await DeskRig(buy(), buy(), buy()).start(max_order_errors=1)
    rig.venue.on_place = lambda _intent: rig.exchange.advance(rig.exchange.now_ms + 3_001)
    assert (await rig.cycle()).outcome == "rejected"
    rig.venue.on_place = lambda _intent: None
    rig.clock.advance_to(rig.exchange.now_ms)
    rig.advance(0)
    assert (await rig.cycle()).refusals == ("ORDER_ERRORS",)


async def test_a_deposit_raises_the_baseline_so_that_it_hides_no_loss() -> None:
    rig = await DeskRig().start(max_daily_loss_pct=Decimal(50))
    account = rig.engine.accounts.latest
    assert account is not None
    richer = QuoteAmt(account.balance.equity + 1_000)
    rig.engine.accounts.latest = replace(
        account, balance=replace(account.balance, equity=richer, cash=richer)
    )
    await rig.engine.breakers.look()
    await rig.engine.breakers.look()
    await lose(rig, 2)
    found = rig.engine.breakers.latest
    assert found is not None
    assert found.day_loss_pct == 2


async def test_tighter_control_binds_at_once_and_a_looser_one_is_refused() -> None:
    rig = await DeskRig(buy()).start()
    await rig.engine.controls.change("max_spread_bps", "0.001", "cli")
    assert (await rig.cycle()).refusals == ("SPREAD",)
    with pytest.raises(Refused, match="looser"):
        await rig.engine.controls.change("max_spread_bps", "10.1", "cli")


async def test_self_test_that_fails_leaves_the_desk_reducing() -> None:
    rig = await DeskRig().start(stop_min_pct=Decimal(60), stop_max_pct=Decimal(70))
    assert state(rig) == (TradingState.REDUCING, "self_test", "guard")


async def test_changed_contract_value_halts_and_isnt_taken() -> None:
    rig = await DeskRig().start()
    market = rig.engine.markets[InstId(INST)]
    market.instrument = replace(market.instrument, ct_val=Decimal(10))
    await rig.engine.audit.look()
    assert state(rig)[:2] == (TradingState.HALTED, "instrument_changed")
    assert rig.engine.audit.meta_age_ms(INST) is None


@pytest.mark.parametrize("change", [{"is_live": False}, {"ct_val": Decimal(10)}])
async def test_instrument_changed_by_a_push_is_not_traded_until_its_record_is_read(
    change: dict[str, Any],
) -> None:
    rig = await DeskRig(buy(), buy()).start()
    known = rig.engine.markets[INST].instrument
    told = InstrumentChanged(
        inst_id=INST,
        ts_event=rig.clock.now_ms(),
        ts_recv=rig.clock.now_ms(),
        instrument=replace(known, **change),
    )
    rig.engine.ingest.apply(told)
    assert (await rig.cycle()).refusals == ("INSTRUMENT_LIVE",)
    assert rig.engine.markets[INST].instrument.ct_val == known.ct_val
    await rig.engine.audit.look()
    assert (await rig.cycle()).outcome == "sent"


async def test_a_rest_asks_nobody_and_never_pauses_the_desk() -> None:
    rig = await DeskRig(buy(), close(), *[buy()] * 4).start(cooldown_ms=2_500, max_refusals=3)
    for _ in range(2):
        assert (await rig.cycle()).outcome == "sent"
        await rig.engine.accounts.refresh()
    asked = len(rig.reasoner.wishes)
    for _ in range(4):
        rig.advance(500)
        record = await rig.cycle()
        assert (record.outcome, record.reason, record.decision_id) == ("hold", "COOLDOWN", None)
    assert len(rig.reasoner.wishes) == asked
    await rig.engine.breakers.look()
    assert state(rig)[0] is TradingState.ACTIVE
    rig.advance(600)
    assert (await rig.cycle()).outcome == "sent"


async def test_calls_that_were_spared_are_no_errors_of_the_model() -> None:
    rig = await DeskRig(*[fail("GATED")] * 4, buy()).start(max_llm_errors=3)
    for _ in range(4):
        assert (await rig.cycle()).reason == "GATED"
    assert (await rig.cycle()).outcome == "sent"
