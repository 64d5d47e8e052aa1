"""Scores every decision at its horizon: did the mid rise, as p_up said?

Minutes hand over each decision, HOLD too; a service looks every few seconds what is due.
A price that nobody saw in time leaves the forecast unscored; nothing here moves money.
"""

from collections.abc import Mapping
from typing import Final

import structlog

from tai2.engine.market import InstrumentMarket
from tai2.engine.memory import Memory
from tai2.engine.service import Pulse
from tai2.model.forecast import Forecast, Outcome
from tai2.model.ids import InstId
from tai2.model.market import Bar
from tai2.model.money import Px
from tai2.ports.clock import Clock
from tai2.ports.journal import ForecastJournal

log = structlog.get_logger()

TICK_S: Final = 5.0
LATE_MS: Final = 30_000
"""A live mid counts for a forecast that is due since at most this long."""


class Outcomes:
    """Owner of the forecasts that aren't scored yet."""

    def __init__(
        self,
        journal: ForecastJournal,
        markets: Mapping[InstId, InstrumentMarket],
        clock: Clock,
        memory: Memory,
    ) -> None:
        self._memory = memory
        self._journal = journal
        self._markets = markets
        self._clock = clock
        self._open: list[Forecast] = []

    async def recover(self) -> None:
        """Load the forecasts that the last process left open."""
        self._open = list(await self._journal.open_forecasts())

    async def add(self, forecast: Forecast) -> None:
        """Keep a forecast until it is due."""
        await self._journal.save_forecast(forecast)
        self._open.append(forecast)

    async def score_due(self) -> None:
        """Score what is due and drop what nobody can score any more."""
        now = self._clock.now_ms()
        due = [forecast for forecast in self._open if forecast.due_ms <= now]
        if not due:
            return
        self._open = [forecast for forecast in self._open if forecast.due_ms > now]
        for forecast in due:
            mid = self._price(forecast, now)
            outcome = None if mid is None else Outcome(forecast=forecast, mid=mid)
            await self._journal.save_outcome(forecast.decision_id, outcome)
            if outcome is not None:
                self._memory.scored(forecast.decision_id, outcome)

    def _price(self, forecast: Forecast, now: int) -> Px | None:
        """Return the mid at the horizon, or the close of the minute that ended then."""
        market = self._markets.get(forecast.inst_id)
        if market is None:
            return None
        top = market.book.top(1)
        if top is not None and now - forecast.due_ms <= LATE_MS:
            return top.mid
        minute = forecast.due_ms - forecast.due_ms % Bar.M1.ms - Bar.M1.ms
        closed = market.candles[Bar.M1].closed
        found = (candle.close_px for candle in closed if candle.ts_event == minute)
        return next(found, None)

    async def run(self, pulse: Pulse) -> None:
        """Score until cancelled."""
        while True:
            await self.score_due()
            pulse.beat()
            await self._clock.sleep(TICK_S)
