"""Public channels as market events: books, trades, tickers, marks, funding, candles.

The feed decodes every public frame with it, REST candles and book seeds too.
It must never invent an event nor drop a field's unit: what it can't read is DataInvalid.
"""

from decimal import Decimal
from typing import Annotated, Final

import msgspec

from tai2.model.errors import DataInvalid
from tai2.model.ids import InstId
from tai2.model.market import (
    Bar,
    BookDelta,
    BookSnapshot,
    Candle,
    FundingRate,
    Level,
    Liquidation,
    MarkPx,
    OpenInterest,
    PriceLimit,
    PublicTrade,
    Ticker,
)
from tai2.model.money import BaseQty, Contracts, Px, dec, dec_or_none
from tai2.okx.answer import decode_rows
from tai2.okx.decode.text import instant, instant_or, meaning, side
from tai2.okx.inst_type import is_swap

_PLAIN: Final = b'0123456789.,"[] '
"""All that levels may be made of: no sign, no exponent, no word."""
_LONGEST: Final = 25
"""Digits and point of one number."""


class LevelRow(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One price level: [price, size, "0", order count]."""

    px: Decimal
    contracts: Decimal


class BookRow(msgspec.Struct, rename="camel"):
    """A book or its changes."""

    asks: msgspec.Raw
    bids: msgspec.Raw
    ts: str
    seq_id: int = -1
    prev_seq_id: int = -1
    checksum: int = 0
    """0 = none."""


class TradeRow(msgspec.Struct, rename="camel"):
    """One trade."""

    inst_id: str
    trade_id: str
    px: str
    sz: str
    side: str
    ts: str


class TickerRow(msgspec.Struct, rename="camel"):
    """One ticker."""

    inst_id: str
    last: str
    ask_px: str
    bid_px: str
    open_24h: str = msgspec.field(name="open24h")
    high_24h: str = msgspec.field(name="high24h")
    low_24h: str = msgspec.field(name="low24h")
    vol_ccy_24h: str = msgspec.field(name="volCcy24h")
    vol_24h: str = msgspec.field(name="vol24h")
    ts: str


class MarkRow(msgspec.Struct, rename="camel"):
    """One mark price."""

    inst_id: str
    mark_px: str
    ts: str


class FundingRow(msgspec.Struct, rename="camel"):
    """One funding rate."""

    inst_id: str
    funding_rate: str
    funding_time: str
    next_funding_time: str = ""
    ts: str = ""


class OpenInterestRow(msgspec.Struct, rename="camel"):
    """One reading of open interest."""

    inst_id: str
    oi: str
    oi_ccy: str
    ts: str


class PriceLimitRow(msgspec.Struct, rename="camel"):
    """The prices beyond which no order is taken."""

    inst_id: str
    buy_lmt: str
    sell_lmt: str
    ts: str
    enabled: bool = True


class LiquidationDetail(msgspec.Struct, rename="camel"):
    """One forced order."""

    side: str
    bk_px: str
    sz: str
    ts: str


class LiquidationRow(msgspec.Struct, rename="camel"):
    """Forced orders of one instrument."""

    inst_id: str
    details: list[LiquidationDetail]


CandleRow = Annotated[list[str], msgspec.Meta(min_length=9)]
"""[ts, open, high, low, close, vol, volCcy, volCcyQuote, confirm]"""


def levels(raw: msgspec.Raw) -> tuple[Level, ...]:
    """Read price levels; prices and sizes keep the exchange's digits.

    A push has dozens and there are hundreds of pushes a second: all are checked at once, then
    decoded by msgspec, a third of the time of reading each text.

    Raises:
        DataInvalid: Something is no level, or no plain positive number.
    """
    text = bytes(raw)
    if text.translate(None, _PLAIN) or max(map(len, text.split(b'"'))) > _LONGEST:
        raise DataInvalid(f"not plain price levels: {text[:60]!r}")
    rows = decode_rows(text, LevelRow)
    return tuple((Px(row.px), Contracts(row.contracts)) for row in rows)


def level_texts(raw: msgspec.Raw) -> list[list[str]]:
    """Return levels as the texts that were sent.

    Raises:
        DataInvalid: They are something else.
    """
    return decode_rows(bytes(raw), list[str])


def book_snapshot(row: BookRow, inst_id: InstId, ts_recv: int) -> BookSnapshot:
    """Read a whole book."""
    return BookSnapshot(
        inst_id=inst_id,
        ts_event=instant(row.ts),
        ts_recv=ts_recv,
        bids=levels(row.bids),
        asks=levels(row.asks),
        seq_id=row.seq_id,
    )


def book_delta(row: BookRow, inst_id: InstId, ts_recv: int) -> BookDelta:
    """Read changed levels."""
    return BookDelta(
        inst_id=inst_id,
        ts_event=instant(row.ts),
        ts_recv=ts_recv,
        bids=levels(row.bids),
        asks=levels(row.asks),
        prev_seq_id=row.prev_seq_id,
        seq_id=row.seq_id,
    )


def trade(row: TradeRow, ts_recv: int) -> PublicTrade:
    """Read one taker's trade."""
    return PublicTrade(
        inst_id=InstId(row.inst_id),
        ts_event=instant(row.ts),
        ts_recv=ts_recv,
        trade_id=row.trade_id,
        side=side(row.side),
        px=Px(dec(row.px)),
        contracts=Contracts(dec(row.sz)),
    )


def ticker(row: TickerRow, ts_recv: int) -> Ticker:
    """Read a ticker; base volume is volCcy24h for swaps and vol24h for spot."""
    base_vol = dec_or_none(row.vol_ccy_24h if is_swap(row.inst_id) else row.vol_24h)
    bid, ask = dec_or_none(row.bid_px), dec_or_none(row.ask_px)
    return Ticker(
        inst_id=InstId(row.inst_id),
        ts_event=instant(row.ts),
        ts_recv=ts_recv,
        last_px=Px(dec(row.last)),
        bid_px=None if bid is None else Px(bid),
        ask_px=None if ask is None else Px(ask),
        open_24h=Px(dec(row.open_24h)),
        high_24h=Px(dec(row.high_24h)),
        low_24h=Px(dec(row.low_24h)),
        base_vol_24h=None if base_vol is None else BaseQty(base_vol),
    )


def mark_px(row: MarkRow, ts_recv: int) -> MarkPx:
    """Read a mark price."""
    return MarkPx(
        inst_id=InstId(row.inst_id),
        ts_event=instant(row.ts),
        ts_recv=ts_recv,
        px=Px(dec(row.mark_px)),
    )


def funding_rate(row: FundingRow, ts_recv: int) -> FundingRate:
    """Read a funding rate; the interval is 0 when the following time isn't given."""
    funding_time = instant(row.funding_time)
    next_time = instant_or(row.next_funding_time, funding_time)
    return FundingRate(
        inst_id=InstId(row.inst_id),
        ts_event=instant_or(row.ts, ts_recv),
        ts_recv=ts_recv,
        rate=dec(row.funding_rate),
        funding_time=funding_time,
        interval_ms=next_time - funding_time,
    )


def open_interest(row: OpenInterestRow, ts_recv: int) -> OpenInterest:
    """Read open interest."""
    return OpenInterest(
        inst_id=InstId(row.inst_id),
        ts_event=instant(row.ts),
        ts_recv=ts_recv,
        contracts=Contracts(dec(row.oi)),
        base_qty=BaseQty(dec(row.oi_ccy)),
    )


def price_limit(row: PriceLimitRow, ts_recv: int) -> PriceLimit:
    """Read price limits; none while they are switched off."""
    buy_px, sell_px = dec_or_none(row.buy_lmt), dec_or_none(row.sell_lmt)
    return PriceLimit(
        inst_id=InstId(row.inst_id),
        ts_event=instant(row.ts),
        ts_recv=ts_recv,
        buy_px=None if buy_px is None or not row.enabled else Px(buy_px),
        sell_px=None if sell_px is None or not row.enabled else Px(sell_px),
    )


def liquidations(row: LiquidationRow, ts_recv: int) -> tuple[Liquidation, ...]:
    """Read forced orders."""
    return tuple(
        Liquidation(
            inst_id=InstId(row.inst_id),
            ts_event=instant(detail.ts),
            ts_recv=ts_recv,
            side=side(detail.side),
            bk_px=Px(dec(detail.bk_px)),
            contracts=Contracts(dec(detail.sz)),
        )
        for detail in row.details
    )


def candle(row: CandleRow, inst_id: InstId, bar: Bar, ts_recv: int) -> Candle:
    """Read a candle; base volume is volCcy (7th) for swaps and vol (6th) for spot."""
    ts, open_px, high_px, low_px, close_px, vol, vol_ccy, _quote, confirm = row[:9]
    return Candle(
        inst_id=inst_id,
        ts_event=instant(ts),
        ts_recv=ts_recv,
        bar=bar,
        open_px=Px(dec(open_px)),
        high_px=Px(dec(high_px)),
        low_px=Px(dec(low_px)),
        close_px=Px(dec(close_px)),
        base_vol=BaseQty(dec(vol_ccy if is_swap(inst_id) else vol)),
        is_closed=meaning(confirm, {"0": False, "1": True}, "candle state"),
    )
