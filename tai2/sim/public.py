"""The simulated exchange's public records as the engine's market events.

The feed in process reads through it. It must never compute what the exchange decides.
"""

from decimal import Decimal

from tai2.model.ids import InstId
from tai2.model.instrument import InstKind, Instrument, Side
from tai2.model.market import (
    Bar,
    BookDelta,
    Candle,
    FundingRate,
    InstrumentChanged,
    Level,
    Liquidation,
    MarketEvent,
    MarkPx,
    OpenInterest,
    PriceLimit,
    PublicTrade,
    Ticker,
)
from tai2.model.money import BaseQty, Contracts, Px
from tai2.sim.exchange import records

_BARS = frozenset(bar.value for bar in Bar)


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
        is_live=spec.state == "live",
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
                bids=levels_of(event.bids),
                asks=levels_of(event.asks),
                prev_seq_id=event.prev_seq_id,
                seq_id=event.seq_id,
            )
        case records.TradePrinted():
            return trade_of(event, now_ms)
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
            return funding_of(event, now_ms)
        case records.OpenInterestMoved():
            return interest_of(event, now_ms)
        case records.InstrumentMoved():
            changed = instrument_of(event.spec)
            at = {"ts_event": now_ms, "ts_recv": now_ms}
            return InstrumentChanged(inst_id=changed.inst_id, instrument=changed, **at)
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


def levels_of(levels: tuple[records.Level, ...]) -> tuple[Level, ...]:
    """Return one side of a book as the engine knows it."""
    return tuple((Px(px), Contracts(contracts)) for px, contracts, _ in levels)


def trade_of(event: records.TradePrinted, now_ms: int) -> PublicTrade:
    """Return a public trade as the engine knows it."""
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


def funding_of(event: records.FundingMoved, now_ms: int) -> FundingRate:
    """Return a funding rate as the engine knows it."""
    funding = event.funding
    return FundingRate(
        inst_id=InstId(event.inst_id),
        ts_event=funding.ts,
        ts_recv=now_ms,
        rate=funding.rate,
        funding_time=funding.funding_time,
        interval_ms=funding.interval_ms,
    )


def interest_of(event: records.OpenInterestMoved, now_ms: int) -> OpenInterest:
    """Return open interest as the engine knows it."""
    return OpenInterest(
        inst_id=InstId(event.inst_id),
        ts_event=event.oi.ts,
        ts_recv=now_ms,
        contracts=Contracts(event.oi.oi),
        base_qty=BaseQty(event.oi.oi_ccy),
    )


def limit_of(inst_id: InstId, band: tuple[Decimal, Decimal], now_ms: int) -> PriceLimit:
    """Return the prices that the exchange takes; without any price yet it takes all."""
    buy_px, sell_px = band
    return PriceLimit(
        inst_id=inst_id,
        ts_event=now_ms,
        ts_recv=now_ms,
        buy_px=Px(buy_px) if buy_px else None,
        sell_px=Px(sell_px) if sell_px else None,
    )
