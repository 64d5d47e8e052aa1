"""Takes the public feed and folds it into one InstrumentMarket per instrument.

The feed calls `apply` for each event; the service keeps the feed running and backfills bars.
It must never raise into the feed's reader: an event for an unknown instrument is counted.
"""

import asyncio
from collections.abc import Mapping
from typing import Final

import structlog

from tai2.engine.bus import Bus
from tai2.engine.candles import CAPACITY
from tai2.engine.market import InstrumentMarket
from tai2.engine.service import Pulse
from tai2.model.errors import VenueUnavailable
from tai2.model.events import TickerMoved
from tai2.model.ids import InstId
from tai2.model.market import Bar, Candle, MarketEvent, Ticker
from tai2.ports.clock import Clock
from tai2.ports.feed import MarketFeed

log = structlog.get_logger()

TICKER_STEP_MS: Final = 500
BEAT_S: Final = 2.0
MEND_S: Final = 60.0
LATE_MS: Final = 10_000
"""A closed bar may arrive this long after its end."""


class Ingest:
    """Owner of every InstrumentMarket."""

    def __init__(
        self, feed: MarketFeed, markets: Mapping[InstId, InstrumentMarket], clock: Clock, bus: Bus
    ) -> None:
        self._feed = feed
        self.markets = markets
        self._clock = clock
        self._bus = bus
        self._last_shown: dict[InstId, int] = {}
        self.events = 0
        self.strays = 0
        """Events of instruments that nobody follows."""

    def apply(self, event: MarketEvent) -> None:
        """Fold one event; never raises."""
        market = self.markets.get(event.inst_id)
        if market is None:
            self.strays += 1
            return
        self.events += 1
        if not market.apply(event):
            self._feed.resync(event.inst_id)
        if isinstance(event, Ticker):
            self._show(event)

    def _show(self, ticker: Ticker) -> None:
        """Tell watchers of a ticker at most twice a second."""
        if ticker.ts_recv - self._last_shown.get(ticker.inst_id, 0) >= TICKER_STEP_MS:
            self._last_shown[ticker.inst_id] = ticker.ts_recv
            self._bus.publish(TickerMoved(ticker=ticker))

    async def backfill(self) -> None:
        """Load the closed bars of every instrument and width from history.

        Raises:
            VenueUnavailable: The exchange can't be reached.
        """
        for inst_id, market in self.markets.items():
            for bar in Bar:
                candles = await self._feed.history(inst_id, bar, CAPACITY[bar])
                market.candles[bar].backfill(candles)

    async def run(self, pulse: Pulse) -> None:
        """Follow the feed until cancelled; mends holes in bars once a minute."""
        async with asyncio.TaskGroup() as group:
            group.create_task(
                self._feed.stream(tuple(self.markets), self.apply), name="feed-stream"
            )
            group.create_task(self._mend(), name="candle-mend")
            while True:
                pulse.follow(self._feed.heard_s())
                await self._clock.sleep(BEAT_S)

    async def _mend(self) -> None:
        """Read history again where the stream left a hole (a reconnect, a slow start)."""
        while True:
            await self._clock.sleep(MEND_S)
            for inst_id, market in self.markets.items():
                for bar, series in market.candles.items():
                    if series.has_hole() or self._is_late(series.last, bar):
                        await self._refill(inst_id, bar)

    def _is_late(self, last: Candle | None, bar: Bar) -> bool:
        return last is None or self._clock.now_ms() - last.ts_event > 2 * bar.ms + LATE_MS

    async def _refill(self, inst_id: InstId, bar: Bar) -> None:
        try:
            self.markets[inst_id].candles[bar].backfill(
                await self._feed.history(inst_id, bar, CAPACITY[bar])
            )
        except VenueUnavailable as exc:
            log.warning("backfill_failed", inst=inst_id, bar=bar.value, detail=exc.message)
