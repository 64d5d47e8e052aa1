"""Public market data as a port: instruments, history and a live stream of events.

The okx adapter implements it over the network, the simulator in process.
It must mark a broken book invalid at once and never invent an event.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from tai2.model.ids import InstId
from tai2.model.instrument import Instrument
from tai2.model.market import Bar, Candle, MarketEvent

EventSink = Callable[[MarketEvent], None]
"""Takes one event, synchronously and without raising."""


class MarketFeed(Protocol):
    """What a source of public data offers."""

    async def instruments(self, inst_ids: Sequence[InstId]) -> tuple[Instrument, ...]:
        """Return the named instruments.

        Raises:
            UsageError: An id doesn't exist (the message names it).
            VenueUnavailable: The exchange can't be reached.
        """
        ...

    async def history(self, inst_id: InstId, bar: Bar, limit: int) -> tuple[Candle, ...]:
        """Return up to `limit` closed candles, oldest first."""
        ...

    async def stream(self, inst_ids: Sequence[InstId], sink: EventSink) -> None:
        """Deliver events until cancelled; reconnects by itself, raises only on bugs.

        Delivers books, trades, tickers, mark prices, funding, open interest, liquidations
        and the closed or forming 1m, 5m, 1H and 4H candles of every instrument named; price
        limits and changed instruments where the source tells them.
        """
        ...

    def resync(self, inst_id: InstId) -> None:
        """Ask for a fresh book: BookInvalid at once, a BookSnapshot soon."""
        ...

    def heard_s(self) -> float:
        """Return when `stream` last made progress, on the monotonic clock, in seconds.

        A frame is progress, and so are a try to connect and the pause before the next: an
        outage isn't a freeze. math.inf where nothing can be late.
        """
        ...
