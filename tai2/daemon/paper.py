"""Paper trading: the exchange's live public data around the simulator's matching engine.

Compose puts feed and venue of this file where the exchange's would stand. Orders take the live
book's levels, deepest last, and what they took is gone until the market tells of the level again.
An order that rests queues behind what the book showed at its price: public trades there consume
the queue first, then it. Maker and taker fees, funding at the live mark and margin are as the
simulator computes them; there is no delay and no effect on the market. It must never fill an
order from a book that the feed doesn't trust.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final, Protocol

from tai2.engine.book import OrderBook
from tai2.engine.service import OnEnd, Pulse, Service
from tai2.model.errors import UsageError
from tai2.model.ids import InstId
from tai2.model.instrument import InstKind, Instrument
from tai2.model.maintenance import Maintenance
from tai2.model.market import (
    Bar,
    BookDelta,
    BookInvalid,
    BookSnapshot,
    Candle,
    FundingRate,
    MarketEvent,
    MarkPx,
    PublicTrade,
)
from tai2.model.order import OrderIntent, Outcome, StopIntent
from tai2.ports.clock import Clock
from tai2.ports.feed import EventSink, MarketFeed
from tai2.ports.venue import StatusReader
from tai2.sim.exchange.exchange import Exchange
from tai2.sim.exchange.records import (
    AlgoMoved,
    FundingView,
    InstSpec,
    OrderMoved,
    PositionMoved,
    SimEvent,
)
from tai2.sim.venue import SimVenue

BOOK_DEPTH: Final = 400
ADVANCE_MS: Final = 100
BEAT_S: Final = 1.0
USUAL_INTERVAL_MS: Final = 8 * 3_600_000
"""Between fundings, where the exchange names no following one."""
NO_MAX: Final = Decimal(100_000_000)
MMR_OF_LEVER: Final = Decimal("0.4")
"""First tier's maintenance rate × highest leverage: 0.4 % at 100×, as OKX's first tiers."""
_RATE_BOUND: Final = Decimal(1)


def paper_spec(instrument: Instrument, maker: Decimal, taker: Decimal) -> InstSpec:
    """Return a listed instrument as the matching engine knows it.

    Raises:
        UsageError: It isn't a swap settled in USDT.
    """
    if instrument.kind is not InstKind.LINEAR or instrument.settle_ccy != "USDT":
        raise UsageError(
            f"Paper trading can't settle {instrument.inst_id}.",
            "Name swaps settled in USDT, such as BTC-USDT-SWAP.",
        )
    lever = instrument.lever_max or Decimal(1)
    family = f"{instrument.base_ccy}-{instrument.quote_ccy}"
    return InstSpec(
        inst_type="SWAP",
        inst_id=instrument.inst_id,
        inst_family=family,
        base_ccy=instrument.base_ccy,
        quote_ccy=instrument.quote_ccy,
        settle_ccy=instrument.settle_ccy,
        ct_val=instrument.ct_val,
        ct_mult=Decimal(1),
        ct_val_ccy=instrument.base_ccy,
        ct_type="linear",
        tick_sz=instrument.tick_sz,
        lot_sz=instrument.lot_sz,
        min_sz=instrument.min_sz,
        max_lmt_sz=instrument.max_lmt_sz or NO_MAX,
        max_mkt_sz=instrument.max_mkt_sz or NO_MAX,
        lever=lever,
        group_id=instrument.group_id,
        inst_id_code=0,
        list_time=0,
        maker_rate=maker,
        taker_rate=taker,
        mmr_rate=MMR_OF_LEVER / lever,
    )


class PaperMarket:
    """Moves the matching engine with the live market: books, marks, trades, funding, time."""

    def __init__(self, exchange: Exchange, now_ms: Callable[[], int], clock: Clock) -> None:
        """now_ms: the real exchange's time, ms UTC."""
        self._exchange = exchange
        self._now_ms = now_ms
        self._clock = clock
        self._books = {InstId(spec.inst_id): OrderBook() for spec in exchange.specs()}
        self._exposed = {one.inst_id for one in exchange.positions()}
        self._exposed |= {one.inst_id for one in exchange.algos()}
        """Instruments on which a price alone may cause a fill."""
        self._shown: dict[InstId, tuple[int, int]] = {}
        """Sequence and receipt of the book that the engine has: fills aren't undone by it."""
        exchange.subscribe(self._on_account)

    def take(self, event: MarketEvent) -> None:
        """Follow one public event."""
        book = self._books.get(event.inst_id)
        if book is None:
            return
        match event:
            case BookSnapshot():
                book.load(event)
            case BookDelta():
                book.apply(event)
            case BookInvalid():
                book.invalidate()
                self._show(event.inst_id, book)
            case MarkPx() | PublicTrade():
                self._take_price(event)
            case FundingRate():
                self._take_funding(event)
            case _:
                return

    def refresh(self, inst_id: InstId) -> None:
        """Bring the engine's time and one book to the present."""
        self._exchange.advance(self._now_ms())
        book = self._books[inst_id]
        if not book.is_valid or self._shown.get(inst_id) != (book.seq_id, book.ts_recv):
            self._show(inst_id, book)

    def service(self) -> Service:
        """Return the service that lets time pass while the market is silent."""
        return Service(name="paper", work=self, on_end=OnEnd.EXIT)

    async def run(self, pulse: Pulse) -> None:
        """Advance the engine's time until cancelled."""
        while True:
            self._exchange.advance(self._now_ms())
            pulse.beat()
            await self._clock.sleep(BEAT_S)

    def _show(self, inst_id: InstId, book: OrderBook) -> None:
        top = book.top(BOOK_DEPTH)
        bids, asks = (top.bids, top.asks) if top else ((), ())
        self._exchange.set_book(inst_id, dict(bids), dict(asks))
        self._shown[inst_id] = (book.seq_id, book.ts_recv)

    def _take_price(self, event: MarkPx | PublicTrade) -> None:
        if event.inst_id in self._exposed:
            self.refresh(event.inst_id)
        elif self._now_ms() - self._exchange.now_ms >= ADVANCE_MS:
            self._exchange.advance(self._now_ms())
        if isinstance(event, MarkPx):
            self._exchange.set_mark(event.inst_id, event.px)
        else:
            self._exchange.print_trade(event.inst_id, event.side.value, event.px, event.contracts)

    def _take_funding(self, event: FundingRate) -> None:
        """Take rate and time of the next settlement; one that has passed was settled."""
        if event.funding_time <= self._exchange.now_ms:
            return
        interval_ms = event.interval_ms or USUAL_INTERVAL_MS
        self._exchange.set_funding(
            event.inst_id,
            FundingView(
                rate=event.rate,
                funding_time=event.funding_time,
                next_funding_time=event.funding_time + interval_ms,
                interval_ms=interval_ms,
                ts=event.ts_event,
                min_rate=-_RATE_BOUND,
                max_rate=_RATE_BOUND,
            ),
        )

    def _on_account(self, event: SimEvent) -> None:
        match event:
            case AlgoMoved():
                self._exposed.add(event.algo.inst_id)
            case OrderMoved():
                self._exposed.add(event.order.inst_id)
            case PositionMoved():
                self._exposed.add(event.position.inst_id)
            case _:
                return


class PaperFeed:
    """The live feed, seen by the engine and by the matching engine alike (port: MarketFeed)."""

    def __init__(self, feed: MarketFeed, market: PaperMarket) -> None:
        self._feed = feed
        self._market = market

    async def instruments(self, inst_ids: Sequence[InstId]) -> tuple[Instrument, ...]:
        return await self._feed.instruments(inst_ids)

    async def history(self, inst_id: InstId, bar: Bar, limit: int) -> tuple[Candle, ...]:
        return await self._feed.history(inst_id, bar, limit)

    async def stream(self, inst_ids: Sequence[InstId], sink: EventSink) -> None:
        def both(event: MarketEvent) -> None:
            self._market.take(event)
            sink(event)

        await self._feed.stream(inst_ids, both)

    def resync(self, inst_id: InstId) -> None:
        self._feed.resync(inst_id)

    def heard_s(self) -> float:
        return self._feed.heard_s()


class PublicFacts(StatusReader, Protocol):
    """What is asked of the real exchange itself."""

    async def server_time_ms(self) -> int: ...


class PaperVenue(SimVenue):
    """The account in the matching engine (port: Venue); its clock is the real exchange's."""

    def __init__(
        self,
        exchange: Exchange,
        market: PaperMarket,
        public: PublicFacts,
    ) -> None:
        super().__init__(exchange)
        self._market = market
        self._public = public

    async def place(self, intent: OrderIntent, exp_ms: int) -> Outcome:
        """Match an order against the book as it is now."""
        self._market.refresh(intent.inst_id)
        return await super().place(intent, exp_ms)

    async def place_stop(self, stop: StopIntent) -> Outcome:
        """Store a stop at the present time."""
        self._market.refresh(stop.inst_id)
        return await super().place_stop(stop)

    async def server_time_ms(self) -> int:
        """Measure the real exchange's clock."""
        return await self._public.server_time_ms()

    async def maintenances(self) -> tuple[Maintenance, ...]:
        """Return what the real exchange announces."""
        return await self._public.maintenances()
