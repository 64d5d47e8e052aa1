"""The simulated exchange as a market feed in the same process.

Replays and component tests read it instead of a network; events arrive while the exchange
speaks, so that nothing is ever late. It must never change the exchange.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from tai2.model.errors import UsageError
from tai2.model.ids import InstId
from tai2.model.instrument import InstKind, Instrument, Side
from tai2.model.market import (
    Bar,
    BookDelta,
    BookInvalid,
    BookSnapshot,
    Candle,
    FundingRate,
    Level,
    Liquidation,
    MarketEvent,
    MarkPx,
    OpenInterest,
    PublicTrade,
    Ticker,
)
from tai2.model.money import BaseQty, Contracts, Px
from tai2.ports.feed import EventSink
from tai2.sim.exchange import records
from tai2.sim.exchange.exchange import Exchange

BOOK_DEPTH = 400
_BARS = frozenset(bar.value for bar in Bar)


class SimFeed:
    """Public data of one exchange (port: MarketFeed)."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._sinks: list[tuple[frozenset[str], EventSink]] = []

    async def instruments(self, inst_ids: Sequence[InstId]) -> tuple[Instrument, ...]:
        known = {spec.inst_id: spec for spec in self._exchange.specs()}
        unknown = [inst_id for inst_id in inst_ids if inst_id not in known]
        if unknown:
            raise UsageError(
                f"the simulator doesn't list {', '.join(unknown)}",
                f"it lists {', '.join(known)}",
            )
        return tuple(instrument_of(known[inst_id]) for inst_id in inst_ids)

    async def history(self, inst_id: InstId, bar: Bar, limit: int) -> tuple[Candle, ...]:
        rows = [row for row in self._exchange.candles(inst_id, bar.value) if row.confirmed]
        now_ms = self._exchange.now_ms
        return tuple(candle_of(inst_id, bar, row, now_ms) for row in rows[-limit:])

    async def stream(self, inst_ids: Sequence[InstId], sink: EventSink) -> None:
        detach = self.attach(sink, inst_ids)
        try:
            await asyncio.Event().wait()
        finally:
            detach()

    def resync(self, inst_id: InstId) -> None:
        """Tell everyone who follows it that the book is void, then what it is now."""
        now_ms = self._exchange.now_ms
        for wanted, sink in tuple(self._sinks):
            if inst_id in wanted:
                sink(BookInvalid(inst_id=inst_id, ts_event=now_ms, ts_recv=now_ms, reason="resync"))
                self._introduce(inst_id, sink)

    def attach(
        self, sink: EventSink, inst_ids: Collection[InstId] | None = None
    ) -> Callable[[], None]:
        """Forward events to the sink while they happen, a snapshot of everything first.

        Args:
            sink: Called synchronously.
            inst_ids: Whose events; None = every instrument's.

        Returns:
            A call that ends it.
        """
        wanted = frozenset(inst_ids or (spec.inst_id for spec in self._exchange.specs()))

        def forward(event: records.SimEvent) -> None:
            translated = translate(event, self._exchange.now_ms)
            if translated is not None and translated.inst_id in wanted:
                sink(translated)

        def detach() -> None:
            self._exchange.unsubscribe(forward)
            self._sinks.remove(follower)

        follower = (wanted, sink)
        self._sinks.append(follower)
        for inst_id in sorted(wanted):
            self._introduce(InstId(inst_id), sink)
        self._exchange.subscribe(forward)
        return detach

    def _introduce(self, inst_id: InstId, sink: EventSink) -> None:
        """Tell the present state of an instrument, as far as it's known."""
        exchange, now_ms = self._exchange, self._exchange.now_ms
        book = exchange.book(inst_id, BOOK_DEPTH)
        if book.bids and book.asks:
            sink(
                BookSnapshot(
                    inst_id=inst_id,
                    ts_event=book.ts,
                    ts_recv=now_ms,
                    bids=_levels(book.bids),
                    asks=_levels(book.asks),
                    seq_id=book.seq_id,
                )
            )
            sink(ticker_of(exchange.ticker(inst_id), now_ms))
        self._tell_slow(inst_id, sink)

    def heartbeat(self, sink: EventSink) -> None:
        """Tell that everything still stands as it was, as the exchange does when it's quiet.

        A replay steps by many seconds, in which nothing may have changed: books get the
        exchange's empty update, the rest is repeated with the present time.
        """
        now_ms = self._exchange.now_ms
        for spec in self._exchange.specs():
            inst_id = InstId(spec.inst_id)
            seq_id = self._exchange.book(inst_id, 1).seq_id
            sink(
                BookDelta(
                    inst_id=inst_id,
                    ts_event=now_ms,
                    ts_recv=now_ms,
                    bids=(),
                    asks=(),
                    prev_seq_id=seq_id,
                    seq_id=seq_id,
                )
            )
            sink(ticker_of(self._exchange.ticker(inst_id), now_ms))
            self._tell_slow(inst_id, sink)

    def _tell_slow(self, inst_id: InstId, sink: EventSink) -> None:
        exchange, now_ms = self._exchange, self._exchange.now_ms
        mark_px, funding = exchange.mark_px(inst_id), exchange.funding(inst_id)
        if mark_px:
            sink(MarkPx(inst_id=inst_id, ts_event=now_ms, ts_recv=now_ms, px=Px(mark_px)))
        if funding is not None:
            told = records.FundingMoved(inst_id=inst_id, funding=replace(funding, ts=now_ms))
            sink(_funding(told, now_ms))
        interest = exchange.open_interest(inst_id)
        if interest is not None:
            sink(_interest(records.OpenInterestMoved(inst_id=inst_id, oi=interest), now_ms))


def instrument_of(spec: records.InstSpec) -> Instrument:
    """Return an instrument as the engine knows it; ct_val includes the multiplier."""
    return Instrument(
        inst_id=InstId(spec.inst_id),
        kind=InstKind.INVERSE if spec.ct_type == "inverse" else InstKind.LINEAR,
        base_ccy=spec.base_ccy,
        quote_ccy=spec.quote_ccy,
        settle_ccy=spec.settle_ccy,
        ct_val=spec.ct_size,
        tick_sz=spec.tick_sz,
        lot_sz=spec.lot_sz,
        min_sz=spec.min_sz,
        max_lmt_sz=spec.max_lmt_sz,
        max_mkt_sz=spec.max_mkt_sz,
        lever_max=spec.lever,
        is_live=True,
        group_id=spec.group_id,
    )


def translate(event: records.SimEvent, now_ms: int) -> MarketEvent | None:
    """Return an exchange event as the engine knows it; None = not public."""
    match event:
        case records.BookMoved():
            return BookDelta(
                inst_id=InstId(event.inst_id),
                ts_event=event.ts,
                ts_recv=now_ms,
                bids=_levels(event.bids),
                asks=_levels(event.asks),
                prev_seq_id=event.prev_seq_id,
                seq_id=event.seq_id,
            )
        case records.TradePrinted():
            return _trade(event, now_ms)
        case records.TickerMoved():
            return ticker_of(event.ticker, now_ms)
        case records.CandleMoved() if event.bar in _BARS:
            return candle_of(InstId(event.inst_id), Bar(event.bar), event.row, now_ms)
        case _:
            return _slow(event, now_ms)


def _slow(event: records.SimEvent, now_ms: int) -> MarketEvent | None:
    match event:
        case records.MarkMoved():
            return MarkPx(
                inst_id=InstId(event.inst_id), ts_event=event.ts, ts_recv=now_ms, px=Px(event.px)
            )
        case records.FundingMoved():
            return _funding(event, now_ms)
        case records.OpenInterestMoved():
            return _interest(event, now_ms)
        case records.LiquidationPrinted():
            return Liquidation(
                inst_id=InstId(event.inst_id),
                ts_event=event.ts,
                ts_recv=now_ms,
                side=Side(event.side),
                bk_px=Px(event.bk_px),
                contracts=Contracts(event.sz),
            )
        case _:
            return None


def _levels(levels: tuple[records.Level, ...]) -> tuple[Level, ...]:
    return tuple((Px(px), Contracts(contracts)) for px, contracts, _ in levels)


def _trade(event: records.TradePrinted, now_ms: int) -> PublicTrade:
    row = event.row
    return PublicTrade(
        inst_id=InstId(event.inst_id),
        ts_event=row.ts,
        ts_recv=now_ms,
        trade_id=row.trade_id,
        side=Side(row.side),
        px=Px(row.px),
        contracts=Contracts(row.sz),
    )


def ticker_of(ticker: records.TickerView, now_ms: int) -> Ticker:
    """Return a ticker as the engine knows it."""
    return Ticker(
        inst_id=InstId(ticker.inst_id),
        ts_event=ticker.ts,
        ts_recv=now_ms,
        last_px=Px(ticker.last),
        bid_px=None if ticker.bid_px is None else Px(ticker.bid_px),
        ask_px=None if ticker.ask_px is None else Px(ticker.ask_px),
        open_24h=Px(ticker.open_24h),
        high_24h=Px(ticker.high_24h),
        low_24h=Px(ticker.low_24h),
        base_vol_24h=BaseQty(ticker.vol_ccy_24h),
    )


def candle_of(inst_id: InstId, bar: Bar, row: records.CandleRow, now_ms: int) -> Candle:
    """Return a candle as the engine knows it; volume in base currency."""
    return Candle(
        inst_id=inst_id,
        ts_event=row.ts,
        ts_recv=now_ms,
        bar=bar,
        open_px=Px(row.o),
        high_px=Px(row.h),
        low_px=Px(row.l),
        close_px=Px(row.c),
        base_vol=BaseQty(row.vol_ccy),
        is_closed=row.confirmed,
    )


def _funding(event: records.FundingMoved, now_ms: int) -> FundingRate:
    funding = event.funding
    return FundingRate(
        inst_id=InstId(event.inst_id),
        ts_event=funding.ts,
        ts_recv=now_ms,
        rate=funding.rate,
        funding_time=funding.funding_time,
        interval_ms=funding.interval_ms,
    )


def _interest(event: records.OpenInterestMoved, now_ms: int) -> OpenInterest:
    return OpenInterest(
        inst_id=InstId(event.inst_id),
        ts_event=event.oi.ts,
        ts_recv=now_ms,
        contracts=Contracts(event.oi.oi),
        base_qty=BaseQty(event.oi.oi_ccy),
    )
