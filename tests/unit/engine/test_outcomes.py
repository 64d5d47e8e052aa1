"""Decisions are scored at their horizon by a price that somebody saw, or not at all."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tai2.engine.clock import StepClock
from tai2.engine.market import InstrumentMarket
from tai2.engine.memory import Memory
from tai2.engine.outcomes import LATE_MS, Outcomes
from tai2.model.market import Bar, BookSnapshot, Candle
from tai2.model.money import BaseQty, Contracts, Px
from tai2.store.journal.database import MemoryDatabase
from tai2.store.journal.journal import SqliteJournal
from tests.builders.market import INST, swap
from tests.unit.model.test_forecast import FORECAST

DUE = FORECAST.due_ms


@pytest.fixture
def database() -> MemoryDatabase:
    return MemoryDatabase()


def quoted(px: str) -> InstrumentMarket:
    market, bid, one = InstrumentMarket(swap()), Px(Decimal(px)), Contracts(Decimal(1))
    ask = Px(bid + 2)
    market.apply(
        BookSnapshot(
            inst_id=INST,
            ts_event=DUE,
            ts_recv=DUE,
            bids=((bid, one),),
            asks=((ask, one),),
            seq_id=1,
        )
    )
    return market


async def scored(database: MemoryDatabase, market: InstrumentMarket, now: int) -> str | None:
    outcomes = Outcomes(SqliteJournal(database), {INST: market}, StepClock(now), Memory())
    await outcomes.recover()
    await outcomes.score_due()
    sql = "SELECT went_up FROM forecasts WHERE is_closed = 1"
    row = await database.run(lambda connection: connection.execute(sql).fetchone())
    return "open" if row is None else row["went_up"]


async def test_due_forecast_is_scored_by_the_live_mid(database: MemoryDatabase) -> None:
    await SqliteJournal(database).save_forecast(FORECAST)
    assert await scored(database, quoted("100"), DUE - 1) == "open"
    assert await scored(database, quoted("100"), DUE) == "1"


async def test_score_never_changes_afterwards(database: MemoryDatabase) -> None:
    await SqliteJournal(database).save_forecast(FORECAST)
    await scored(database, quoted("100"), DUE)
    assert await scored(database, quoted("50"), DUE + 1) == "1"


async def test_late_forecast_takes_the_minute_that_ended_then(database: MemoryDatabase) -> None:
    due = DUE - DUE % 60_000
    await SqliteJournal(database).save_forecast(replace(FORECAST, due_ms=due))
    market, px = quoted("500"), Px(Decimal(90))
    market.candles[Bar.M1].add(
        Candle(
            inst_id=INST,
            ts_event=due - 60_000,
            ts_recv=due,
            bar=Bar.M1,
            open_px=px,
            high_px=px,
            low_px=px,
            close_px=px,
            base_vol=BaseQty(Decimal(1)),
            is_closed=True,
        )
    )
    assert await scored(database, market, due + LATE_MS + 1) == "0"


async def test_forecast_that_nobody_saw_end_is_closed_unscored(database: MemoryDatabase) -> None:
    await SqliteJournal(database).save_forecast(FORECAST)
    assert await scored(database, quoted("100"), DUE + LATE_MS + 1) is None
