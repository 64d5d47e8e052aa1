"""The desk's figures as Prometheus text: true, complete, and silent about what isn't known."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tai2.daemon.metrics import Metrics
from tai2.daemon.status import status_of
from tai2.model.controls import TradingState
from tests.builders.desk import INST, DeskRig
from tests.builders.watching import storage_of
from tests.fakes.reasoners import buy

Figures = dict[tuple[str, str], float]


@pytest.fixture
async def rig() -> DeskRig:
    return await DeskRig(buy()).start()


async def figures(rig: DeskRig) -> Figures:
    """Return every sample by (name, its last label or "")."""
    storage = storage_of(rig)
    text = await Metrics(rig.engine, lambda: status_of(rig.engine, storage, 0)).text()
    return {
        (sample.name, list(sample.labels.values())[-1] if sample.labels else ""): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_money_and_positions_are_those_of_the_account(rig: DeskRig) -> None:
    await rig.cycle()
    seen, account = await figures(rig), rig.engine.accounts.latest
    assert account is not None
    (held,) = account.positions
    assert seen["tai2_equity_quote", ""] == pytest.approx(float(account.balance.equity))
    assert seen["tai2_position_contracts", INST] == float(held.contracts)
    assert seen["tai2_fills_total", ""] >= 1
    assert seen["tai2_cycles_total", "sent"] == 1


async def test_the_trading_state_is_one_of_three(rig: DeskRig) -> None:
    await rig.engine.controls.set_state(TradingState.HALTED, "test", "operator")
    seen = await figures(rig)
    states = {state.value: seen["tai2_trading_state", state.value] for state in TradingState}
    assert states == {"active": 0.0, "reducing": 0.0, "halted": 1.0}


async def test_what_is_not_known_has_no_sample(rig: DeskRig) -> None:
    rig.engine.accounts.latest = None
    rig.engine.markets[INST].ticker = None
    names = {name for name, _label in await figures(rig)}
    assert not names & {"tai2_equity_quote", "tai2_day_pnl_quote", "tai2_ticker_age_seconds"}
    assert "tai2_info" in names


async def test_a_broken_book_shows(rig: DeskRig) -> None:
    before = (await figures(rig))["tai2_book_valid", INST]
    rig.engine.markets[INST].book.invalidate()
    assert (before, (await figures(rig))["tai2_book_valid", INST]) == (1.0, 0.0)


async def test_memory_and_cpu_of_the_process_are_there(rig: DeskRig) -> None:
    assert (await figures(rig))["process_resident_memory_bytes", ""] > 1_000_000
