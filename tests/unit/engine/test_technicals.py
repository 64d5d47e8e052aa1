"""Indicators are computed once a closed bar; what can't be computed is missing, then there."""

from tai2.engine.market import InstrumentMarket
from tai2.engine.technicals import Technicals
from tai2.engine.worker import Job, T
from tai2.model.errors import IndicatorsFailed
from tai2.model.limits import AgeLimits
from tai2.model.market import Bar
from tai2.model.snapshot import Freshness
from tests.builders.market import swap
from tests.unit.engine.test_candles import candle

AGES = AgeLimits(
    book_ms=1,
    ticker_ms=1,
    mark_ms=1,
    flow_ms=1,
    funding_ms=1,
    open_interest_ms=1,
    account_ms=1,
    candle_grace_ms=5_000,
)


class Counting:
    """Computes in place, unless it is broken."""

    is_broken = False
    asked = 0

    async def compute(self, job: Job[T]) -> T:
        self.asked += 1
        if self.is_broken:
            raise IndicatorsFailed("no process")
        return job.run()


async def test_a_bar_is_computed_once_and_a_failure_is_missing_until_it_works() -> None:
    worker, market = Counting(), InstrumentMarket(swap())
    technicals = Technicals(worker, AGES)
    market.candles[Bar.M1].add(candle(1))
    worker.is_broken = True
    minute, *others = await technicals.of(market, 121_000)
    assert (minute.value, minute.age_ms, minute.freshness) == (None, None, Freshness.MISSING)
    assert {each.freshness for each in others} == {Freshness.MISSING}
    worker.is_broken = False
    for _ in range(2):
        minute, *_ = await technicals.of(market, 121_000)
        assert (minute.age_ms, minute.freshness) == (1_000, Freshness.FRESH)
    assert worker.asked == 2
    market.candles[Bar.M1].add(candle(2, close="2"))
    worker.is_broken = True
    minute, *_ = await technicals.of(market, 181_000)
    assert minute.value is None
