"""Everything known about one instrument's market: the owner of its mutable state.

Ingest writes it event by event, snapshots and the executor read frozen values of it.
It must keep bounded memory over weeks and never mix two instruments.
"""

from collections import deque
from dataclasses import replace
from typing import Final

from tai2.engine.book import OrderBook
from tai2.engine.candles import CandleSeries
from tai2.indicators.flow import FlowTracker
from tai2.model.instrument import Instrument
from tai2.model.market import (
    Bar,
    BookDelta,
    BookInvalid,
    BookSnapshot,
    Candle,
    FundingRate,
    InstrumentChanged,
    Liquidation,
    MarketEvent,
    MarkPx,
    OpenInterest,
    PriceLimit,
    PublicTrade,
    Ticker,
)

HOUR_MS: Final = 3_600_000
OI_STEP_MS: Final = 60_000
"""Open interest is remembered once a minute for its hourly change."""


_Statistic = FundingRate | OpenInterest | Liquidation | PriceLimit | InstrumentChanged


class InstrumentMarket:
    """Book, quotes, bars and flow of one instrument."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.book = OrderBook()
        self.flow = FlowTracker()
        self.candles = {bar: CandleSeries(bar) for bar in Bar}
        self.ticker: Ticker | None = None
        self.mark: MarkPx | None = None
        self.funding: FundingRate | None = None
        self.open_interest: OpenInterest | None = None
        self.price_limit: PriceLimit | None = None
        self.flow_ts = 0
        """Exchange time of the newest trade or quote behind the flow; 0 = none yet."""
        self.book_gaps = 0
        self._oi_hour: deque[OpenInterest] = deque(maxlen=64)
        self._liquidations: deque[Liquidation] = deque(maxlen=20)

    def apply(self, event: MarketEvent) -> bool:
        """Fold one event in; False when a book delta didn't fit (resync needed)."""
        match event:
            case BookDelta():
                return self._on_delta(event)
            case BookSnapshot():
                self.book.load(event)
                self._on_top(event.ts_event)
            case BookInvalid():
                self.book.invalidate()
                self.flow.mark_gap(event.ts_event)
            case PublicTrade():
                self._on_trade(event)
            case Candle():
                self.candles[event.bar].add(event)
            case Ticker():
                self.ticker = event
            case MarkPx():
                self.mark = event
            case _:
                self._on_statistic(event)
        return True

    def _on_statistic(self, event: _Statistic) -> None:
        match event:
            case PriceLimit():
                self.price_limit = event
            case InstrumentChanged():
                self._on_change(event.instrument)
            case FundingRate():
                self.funding = event
            case Liquidation():
                self._liquidations.append(event)
            case OpenInterest():
                self.open_interest = event
                newest = self._oi_hour[-1].ts_event if self._oi_hour else 0
                if event.ts_event - newest >= OI_STEP_MS:
                    self._oi_hour.append(event)

    def _on_change(self, told: Instrument) -> None:
        """Take a pushed record; one with other units only stops trading until the audit's look."""
        if told.units == self.instrument.units:
            self.instrument = told
        else:
            self.instrument = replace(self.instrument, is_live=False)

    def _on_delta(self, delta: BookDelta) -> bool:
        if self.book.apply(delta):
            self._on_top(delta.ts_event)
            return True
        self.book_gaps += 1
        self.flow.mark_gap(delta.ts_event)
        return False

    def _on_top(self, ts_event: int) -> None:
        top = self.book.top(1)
        if top is None:
            return
        self.flow_ts = max(self.flow_ts, ts_event)
        (bid_px, bid_qty), (ask_px, ask_qty) = top.bids[0], top.asks[0]
        to_base = self.instrument.base_qty
        self.flow.on_top(
            ts_event,
            float(bid_px),
            float(to_base(bid_qty, bid_px)),
            float(ask_px),
            float(to_base(ask_qty, ask_px)),
        )

    def _on_trade(self, trade: PublicTrade) -> None:
        self.flow_ts = max(self.flow_ts, trade.ts_event)
        base = self.instrument.base_qty(trade.contracts, trade.px)
        self.flow.on_trade(trade.ts_event, trade.side, float(base))

    def oi_change_1h(self) -> float | None:
        """Return the relative change of open interest over the last hour; None = too early."""
        now = self.open_interest
        if now is None:
            return None
        oldest = now.ts_event - HOUR_MS
        before = [oi for oi in self._oi_hour if oi.ts_event <= oldest + OI_STEP_MS]
        if not before or before[-1].contracts == 0:
            return None
        return float(now.contracts / before[-1].contracts - 1)

    def liquidations(self, now_ms: int) -> tuple[Liquidation, ...]:
        """Return liquidations of the last hour, oldest first."""
        return tuple(liq for liq in self._liquidations if liq.ts_event >= now_ms - HOUR_MS)
