"""Money that moves without a trade: transfers, funding, and the day that is closed with them."""

from decimal import Decimal
from typing import Any

from tai2.model.account import Bill
from tai2.model.controls import TradingState
from tai2.model.errors import VenueUnavailable
from tai2.model.round_trip import RoundTrip
from tai2.ports.history import TradeQuery
from tai2.risk.breakers import DAY_MS
from tai2.sim.exchange.records import FundingView
from tai2.store.journal.history import SqliteHistory
from tests.builders.desk import INST, DeskRig
from tests.fakes.reasoners import buy, close

HOUR_MS = 3_600_000


async def look(rig: DeskRig, times: int = 1) -> None:
    for _ in range(times):
        rig.advance(5_000)
        await rig.engine.accounts.refresh()
        await rig.engine.breakers.look()


def figures(rig: DeskRig) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    found = rig.engine.breakers.latest
    assert found is not None
    return found.day_loss_pct, found.drawdown_pct, found.drift


async def trip(rig: DeskRig) -> RoundTrip:
    (found,) = await SqliteHistory(rig.database).trips(TradeQuery())
    return found


def fund(rig: DeskRig, rate: str, in_ms: int) -> None:
    rig.exchange.set_funding(
        INST,
        FundingView(
            rate=Decimal(rate),
            funding_time=rig.exchange.now_ms + in_ms,
            next_funding_time=rig.exchange.now_ms + in_ms + 8 * HOUR_MS,
            interval_ms=8 * HOUR_MS,
            ts=rig.exchange.now_ms,
            min_rate=Decimal(-1),
            max_rate=Decimal(1),
        ),
    )


async def test_withdrawal_of_half_the_account_trips_nothing() -> None:
    rig = await DeskRig().start()
    rig.exchange.transfer(Decimal(-5_000))
    await look(rig, 3)
    assert figures(rig) == (0, 0, 0)
    assert rig.engine.controls.current.trading_state is TradingState.ACTIVE


async def test_deposit_hides_no_loss() -> None:
    rig = await DeskRig().start(max_daily_loss_pct=Decimal(50))
    rig.exchange.transfer(Decimal(10_000))
    await look(rig)
    rig.exchange.transfer(Decimal(-10_000))
    rig.exchange.transfer(Decimal(10_000))
    await look(rig, 2)
    assert figures(rig) == (0, 0, 0)


async def test_withdrawal_whose_bill_comes_late_halts_nothing_when_it_comes_in_time() -> None:
    rig = await DeskRig().start()
    told: list[Bill] = []

    async def bills(since_ms: int) -> tuple[Bill, ...]:
        return tuple(told)

    rig.venue.bills = bills  # type: ignore[attr-defined]
    rig.exchange.transfer(Decimal(-5_000))
    await look(rig)
    assert figures(rig)[0] == 50
    assert rig.engine.controls.current.trading_state is TradingState.ACTIVE
    told.extend(await rig.venue._venue.bills(0))
    await look(rig)
    assert figures(rig) == (0, 0, 0)


async def test_withdrawal_that_nobody_can_look_up_halts() -> None:
    rig = await DeskRig().start()

    async def bills(since_ms: int) -> tuple[Bill, ...]:
        raise VenueUnavailable("no answer")

    rig.venue.bills = bills  # type: ignore[attr-defined]
    rig.exchange.transfer(Decimal(-5_000))
    await look(rig, 2)
    assert rig.engine.controls.current.trading_state is TradingState.HALTED
    assert figures(rig)[2] == -5_000


async def test_funding_reaches_the_round_trip_that_was_held_at_its_settlement() -> None:
    rig = await DeskRig(buy(), close()).start()
    await rig.cycle()
    fund(rig, "0.001", in_ms=1_000)
    await look(rig)
    await rig.engine.statement.refresh()
    await rig.cycle()
    found = await trip(rig)
    paid = [bill for bill in rig.exchange.bills() if bill.type == "8"]
    assert [bill.bal_chg for bill in paid] == [found.funding]
    assert found.funding < 0
    assert found.net_pnl == found.pnl + found.fees + found.funding
    await look(rig)
    assert figures(rig)[2] == 0


async def test_funding_told_after_the_end_reaches_the_closed_trip_once() -> None:
    rig = await DeskRig(buy(), close()).start()
    await rig.cycle()
    fund(rig, "-0.001", in_ms=1_000)
    rig.advance(2_000)
    await rig.engine.accounts.refresh()
    await rig.cycle()
    assert (await trip(rig)).funding == 0
    for _ in range(2):
        await rig.engine.statement.refresh()
    (received,) = [bill.bal_chg for bill in rig.exchange.bills() if bill.type == "8"]
    assert (await trip(rig)).funding == received > 0


async def test_nobody_holds_no_funding() -> None:
    rig = await DeskRig(buy(), close()).start()
    await rig.cycle()
    await rig.engine.accounts.refresh()
    await rig.cycle()
    fund(rig, "0.001", in_ms=1_000)
    await look(rig)
    await rig.engine.statement.refresh()
    assert (await trip(rig)).funding == 0


async def test_a_day_is_reconciled_with_the_accounts_equity_and_kept() -> None:
    rig = await DeskRig(buy(), close()).start()
    await rig.cycle()
    fund(rig, "0.001", in_ms=1_000)
    rig.advance(5_000)
    await rig.engine.accounts.refresh()
    await rig.cycle()
    rig.exchange.transfer(Decimal(250))
    rig.advance(DAY_MS)
    await look(rig, 2)
    day = rig.engine.breakers.last_day
    assert day is not None
    assert (day.drift, day.transfers, day.funding < 0, day.fees < 0) == (0, 250, True, True)
    assert day.cash_close - day.cash_open == day.pnl + day.fees + day.funding + 250
    await rig.kill()
    await rig.start()
    assert rig.engine.breakers.last_day == day


async def test_what_nobody_explains_is_the_days_drift() -> None:
    rig = await DeskRig().start()

    async def bills(since_ms: int) -> tuple[Bill, ...]:
        return ()

    rig.venue.bills = bills  # type: ignore[attr-defined]
    rig.exchange.transfer(Decimal(7))
    rig.advance(DAY_MS)
    await look(rig)
    day = rig.engine.breakers.last_day
    assert day is not None
    assert day.drift == 7


async def test_orders_of_a_day_latch_at_their_limit_until_a_person_resumes() -> None:
    wishes: list[Any] = [buy(), close(), buy(), close()]
    rig = await DeskRig(*wishes).start(max_sends_day=2)
    for _ in range(2):
        await rig.cycle()
        await rig.engine.accounts.refresh()
    await rig.engine.breakers.look()
    controls = rig.engine.controls
    assert controls.current.trading_state is TradingState.REDUCING
    assert controls.current.state_reason.startswith("sends_day: 2 orders today, 2 allowed")
    rig.advance(DAY_MS)
    await look(rig)
    assert controls.current.trading_state is TradingState.REDUCING
    await controls.set_state(TradingState.ACTIVE, "seen", "operator")
    await look(rig)
    assert controls.current.trading_state is TradingState.ACTIVE
