"""What the socket answers about trades, round trips and figures, over a real journal."""

from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal

import pytest

from tai2.daemon.past_handlers import PAGE_BYTES, PastHandlers
from tai2.model.errors import UsageError
from tai2.model.money import QuoteAmt
from tai2.ports.history import Sort
from tai2.store.journal.database import MemoryDatabase
from tai2.store.journal.history import SqliteHistory
from tai2.store.journal.journal import SqliteJournal
from tai2.wire.codec import from_tree
from tai2.wire.past import TradesParams
from tai2.wire.performance import PERFORMANCE, TRIPS, PerformanceParams
from tai2.wire.rpc import MAX_REPLY_BYTES, encode_reply
from tests.builders import market as m
from tests.builders.trades import dealt, fill

DAY = 86_400_000
MORNING = m.NOW - m.NOW % DAY


@pytest.fixture
async def database() -> AsyncIterator[MemoryDatabase]:
    made = MemoryDatabase()
    yield made
    await made.close()


@pytest.fixture
def journal(database: MemoryDatabase) -> SqliteJournal:
    return SqliteJournal(database)


@pytest.fixture
def handlers(database: MemoryDatabase) -> PastHandlers:
    return PastHandlers(history=SqliteHistory(database))


async def earn(journal: SqliteJournal, *pnls: str, why: str = "because") -> None:
    """Store one round trip of two fills for each PnL."""
    for number, pnl in enumerate(pnls):
        for made in (
            dealt(2 * number, "buy", "1", "100", llm_reasoning=why),
            dealt(2 * number + 1, "sell", "1", "101", pnl, leg="exit", llm_reasoning=why),
        ):
            await journal.save_fill(fill(made.timestamp_ms - m.NOW), made)


async def test_pages_of_trips_lead_to_the_end(
    journal: SqliteJournal, handlers: PastHandlers
) -> None:
    await earn(journal, "3", "1", "2")
    params = TradesParams(sort=Sort.PNL, limit=2)
    first = await handlers.trips(params)
    assert first.next is not None
    second = await handlers.trips(replace(params, after=first.next, with_totals=False))
    assert [int(trip.pnl) for trip in (*first.trips, *second.trips)] == [3, 2, 1]
    assert (second.next, second.totals) == (None, None)
    assert first.totals is not None
    assert (first.totals.trips, first.totals.pnl, first.totals.fees) == (3, 6, Decimal("-0.603"))
    assert first.trips[0].net_ratio == Decimal("0.02799")
    assert first.trips[0].ending == "exit"


async def test_answer_survives_the_wire(journal: SqliteJournal, handlers: PastHandlers) -> None:
    await earn(journal, "1", "1", "-1")
    await journal.save_equity(MORNING, QuoteAmt(Decimal(3)), QuoteAmt(Decimal(0)))
    await journal.save_equity(MORNING + DAY, QuoteAmt(Decimal(2)), QuoteAmt(Decimal(0)))
    for method, params in ((TRIPS, {}), (PERFORMANCE, {"side": "buy"})):
        tree = await handlers.table()[method.name](params)
        assert from_tree(method.reply, tree)
    with pytest.raises(UsageError, match="sort"):
        await handlers.table()[TRIPS.name]({"sort": "luck"})


async def test_page_of_long_reasoning_ends_early_and_goes_on(
    journal: SqliteJournal, handlers: PastHandlers
) -> None:
    await earn(journal, *(["1"] * 60), why="é" * 2_000)
    call, seen, after = handlers.table()["trades"], [], None
    while True:
        tree = await call({"limit": 200, "after": after, "with_totals": False})
        assert len(encode_reply(1, tree)) < MAX_REPLY_BYTES
        assert isinstance(tree, dict)
        seen += [row["fill_id"] for row in tree["trades"]]
        after = tree["next"]
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 120
    assert PAGE_BYTES < MAX_REPLY_BYTES


async def test_figures_of_a_period_state_their_period(
    journal: SqliteJournal, handlers: PastHandlers
) -> None:
    await earn(journal, "3", "-1")
    for day in range(40):
        equity = QuoteAmt(Decimal(1_000 + 10 * day - (25 if day % 3 else 0)))
        await journal.save_equity(MORNING + day * DAY, equity, QuoteAmt(Decimal(0)))
    found = await handlers.performance(PerformanceParams(since_ms=MORNING + 1))
    assert (found.since_ms, found.until_ms) == (MORNING + DAY, MORNING + 39 * DAY)
    assert (found.trips.trips, found.win_rate, found.fills) == (2, Decimal("0.5"), 4)
    assert found.profit_factor == rounded_factor()
    assert (found.returns, found.least_returns, found.year_days) == (38, 30, 365)
    assert found.sharpe is not None
    assert found.sortino is not None
    assert found.drawdown is not None
    assert (found.drawdown.depth, found.drawdown.step_ms) == (15, 120_000)
    assert found.curve[-1].ts == found.until_ms


def rounded_factor() -> Decimal:
    return (Decimal("2.799") / Decimal("1.201")).quantize(Decimal("1e-12"))


async def test_few_days_hide_the_ratios(journal: SqliteJournal, handlers: PastHandlers) -> None:
    for day in range(30):
        await journal.save_equity(
            MORNING + day * DAY, QuoteAmt(Decimal(9 + day % 2)), QuoteAmt(Decimal(0))
        )
    found = await handlers.performance(PerformanceParams())
    assert (found.returns, found.sharpe, found.sortino) == (29, None, None)
    assert found.win_rate is None


async def test_long_curve_is_thinned_and_keeps_its_end(
    journal: SqliteJournal, handlers: PastHandlers
) -> None:
    for minute in range(1_000):
        await journal.save_equity(
            MORNING + minute * 60_000, QuoteAmt(Decimal(9)), QuoteAmt(Decimal(0))
        )
    found = await handlers.performance(PerformanceParams())
    assert len(found.curve) <= 300
    assert found.curve[-1].ts == MORNING + 999 * 60_000


async def test_nothing_traded_gives_no_figures(handlers: PastHandlers) -> None:
    found = await handlers.performance(PerformanceParams(since_ms=5))
    assert (found.since_ms, found.fills, found.drawdown, found.curve) == (5, 0, None, ())
