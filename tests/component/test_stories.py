"""What cost people money elsewhere, told as tests: each story must be impossible here.

The numbers are those of the project's list of field stories.
"""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tai2.model.account import AccountConfig, PosMode
from tai2.model.controls import TradingState
from tai2.model.errors import KeysRejected, VenueUnavailable
from tai2.model.instrument import Instrument
from tai2.model.money import ZERO, Px, QuoteAmt
from tai2.model.order import Leg, OrderState
from tai2.sim.exchange.records import NewOrder
from tests.builders.desk import INST, DeskRig
from tests.builders.market import swap
from tests.fakes.reasoners import buy, close, fail, hold, say


def by_hand(rig: DeskRig, side: str, contracts: Decimal, px: int) -> None:
    rig.exchange.place(
        NewOrder(inst_id=INST, side=side, ord_type="ioc", sz=contracts, px=Decimal(px))
    )


@pytest.mark.parametrize("ct_val", ["0.001", "0.01", "1", "10", "1000"])
def test_story_01_contract_size(ct_val: str) -> None:
    """An order of 10 became 100 because a contract isn't a coin."""
    instrument: Instrument = replace(swap(), ct_val=Decimal(ct_val))
    px, asked = Px(Decimal(3)), QuoteAmt(Decimal(50_000))
    contracts = instrument.contracts_for(asked, px)
    assert instrument.notional(contracts, px) <= asked
    one_more = type(contracts)(contracts + instrument.lot_sz)
    assert instrument.notional(one_more, px) > asked


async def test_story_02_double_order_after_timeout() -> None:
    """A timeout was taken for a failure, and the order was sent again."""
    rig = await DeskRig(buy(), buy(), buy()).start()
    rig.venue.losses.append("after")
    rig.venue.mute = True
    await rig.cycle()
    rig.advance(1_000)
    assert (await rig.cycle()).outcome != "sent"
    rig.venue.mute = False
    await rig.sweep(times=2)
    assert (len(rig.venue.placed), len(rig.exchange.fills())) == (1, 1)


async def test_story_03_closed_but_not_closed() -> None:
    """The desk said closed, the exchange still held the position for hours."""
    rig = await DeskRig(buy(), close()).start()
    await rig.cycle()
    await rig.guard()
    rig.venue.losses.append("before")
    assert (await rig.cycle()).outcome == "unknown"
    await rig.sweep(times=9)
    account = rig.engine.accounts.latest
    assert account is not None
    held = account.position(INST)
    assert held is not None
    assert held.contracts == rig.held() > 0
    assert len(await rig.venue.stops([INST])) == 1


async def test_story_04_naked_position() -> None:
    """A partial close took the stop away; nobody put it back."""
    rig = await DeskRig(buy()).start()
    await rig.cycle()
    by_hand(rig, "sell", Decimal("0.1"), 99_000)
    (stop,) = await rig.venue.stops([INST])
    await rig.venue.cancel_stop(INST, stop.algo_id)
    await rig.guard(4)
    (again,) = await rig.venue.stops([INST])
    assert again.contracts == rig.held() > 0


async def test_story_05_orphan_stop() -> None:
    """A left-over stop closed the next position at once."""
    rig = await DeskRig(buy()).start()
    await rig.cycle()
    by_hand(rig, "sell", rig.held(), 99_000)
    await rig.guard(4)
    assert (rig.held(), await rig.venue.stops([INST])) == (0, ())


async def test_story_06_stop_skipped_in_a_spike() -> None:
    """A stop that triggered and didn't fill let the loss run."""
    rig = await DeskRig(buy()).start()
    await rig.cycle()
    (stop,) = await rig.venue.stops([INST])
    await rig.venue.cancel_stop(INST, stop.algo_id)
    rig.crash_to(97_000)
    await rig.watch(5)
    assert (rig.held(), rig.venue.placed[-1].leg) == (0, Leg.EMERGENCY)


async def test_story_07_liquidation_not_noticed() -> None:
    """A position was liquidated; the bot went on with a trade that didn't exist."""
    rig = await DeskRig(buy()).start()
    await rig.cycle()
    fill = (await rig.venue.fills(0))[0]
    taken = replace(fill, trade_id="-1", cl_ord_id=None, side=fill.side.opposite)
    await rig.engine.ledger.add_fill(taken)
    assert rig.engine.controls.current.trading_state is TradingState.HALTED


async def test_story_08_stale_data_trading() -> None:
    """Decisions were made on prices that were hours old."""
    rig = await DeskRig(buy()).start()
    rig.clock.advance_to(rig.clock.now_ms() + 3_600_000)
    record = await rig.cycle()
    assert (record.outcome, rig.reasoner.asked, rig.venue.placed) == ("stale", [], [])


async def test_story_09_order_book_corruption() -> None:
    """Deltas were stored as whole books."""
    rig = await DeskRig(buy()).start()
    rig.engine.markets[INST].book.invalidate()
    assert (await rig.cycle()).outcome == "stale"


async def test_story_10_hedge_mode() -> None:
    """The account was switched to long/short mode and orders went wrong."""
    rig = await DeskRig(buy()).start()
    await rig.engine.audit.check(INST)
    before = await rig.venue.config()

    async def hedged() -> AccountConfig:
        return replace(before, pos_mode=PosMode.LONG_SHORT)

    rig.venue.config = hedged  # type: ignore[attr-defined]
    await rig.cycle()
    assert rig.venue.placed == []
    assert rig.engine.controls.current.trading_state is TradingState.HALTED


async def test_story_11_restart_believes_flat() -> None:
    """After a restart the position was forgotten, and the next signal doubled it."""
    rig = await DeskRig(buy(), buy()).start()
    await rig.cycle()
    held = rig.held()
    await rig.kill()
    await rig.start()
    record = await rig.cycle()
    assert record.outcome != "sent"
    assert rig.held() == held > 0


@pytest.mark.parametrize(
    "text", ["[1.2, 3.4]", '{"action":"BUY","amount":"50"}', "NaN", "BUY now!"]
)
async def test_story_12_reply_mis_parsed(text: str) -> None:
    """A list of indicator values was taken for a decision."""
    rig = await DeskRig(say(text)).start()
    assert (await rig.cycle()).outcome == "no_decision"
    assert rig.venue.placed == []


async def test_story_15_clock_drift() -> None:
    """A clock that ran a minute late made every order invalid, or every price seem fresh."""
    rig = await DeskRig(buy()).start()
    rig.clock.advance_to(rig.clock.now_ms() + 60_000)
    await rig.engine.reconcile.sweep()
    assert (await rig.cycle()).outcome == "refused"
    assert rig.venue.placed == []


@given(st.decimals(min_value="0.0001", max_value="1000000", places=4))
def test_story_16_lot_precision(notional: Decimal) -> None:
    """A cached lot size was wrong and every order was refused; rounding up added risk."""
    instrument = swap()
    contracts = instrument.contracts_for(QuoteAmt(notional), Px(Decimal(100_000)))
    assert contracts % instrument.lot_sz == ZERO
    assert contracts == ZERO or contracts >= instrument.min_sz
    assert instrument.notional(contracts, Px(Decimal(100_000))) <= notional


async def test_story_18_old_signal_executed_late() -> None:
    """A dead letter of last week was replayed as an order."""
    rig = await DeskRig(buy(), hold()).start()
    rig.venue.losses.append("unsent")
    await rig.cycle()
    await rig.kill()
    rig.advance(3_600_000)
    await rig.start()
    await rig.sweep(times=3)
    assert await rig.state() is OrderState.ABANDONED
    assert len(rig.venue.placed) == 1


async def test_story_19_key_died_silently() -> None:
    """An API key expired; the positions were found at −89 %."""
    rig = await DeskRig(buy(), fail("LLM_TIMEOUT")).start()
    await rig.cycle()

    async def rejected(*_args: object) -> AccountConfig:
        raise KeysRejected("50119 the API key doesn't exist")

    rig.venue.config = rejected  # type: ignore[attr-defined]
    await rig.engine.audit.check(INST)
    assert rig.engine.controls.current.state_reason.startswith("keys_rejected")
    rig.venue.is_down = True
    with pytest.raises(VenueUnavailable):
        await rig.engine.accounts.refresh()
    assert rig.held() > 0
