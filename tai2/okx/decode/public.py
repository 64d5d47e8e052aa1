"""Which decoder reads the rows of which public channel.

The public channels ask it for each frame that stands alone.
It must never let one strange row of a list hide the others.
"""

from collections.abc import Callable
from typing import TypeVar

from tai2.model.errors import DataInvalid
from tai2.model.ids import InstId
from tai2.model.market import InstrumentChanged, MarketEvent
from tai2.okx.answer import decode_rows
from tai2.okx.decode.instruments import InstrumentRow, instrument
from tai2.okx.decode.market import (
    FundingRow,
    LiquidationRow,
    MarkRow,
    OpenInterestRow,
    PriceLimitRow,
    TickerRow,
    TradeRow,
    funding_rate,
    liquidations,
    mark_px,
    open_interest,
    price_limit,
    ticker,
    trade,
)

Row = TypeVar("Row")


def _each(row_type: type[Row], read: Callable[[Row, int], MarketEvent]) -> "PublicDecoder":
    def decode(rows_json: bytes, _inst_id: InstId, ts_recv: int) -> tuple[MarketEvent, ...]:
        return tuple(read(row, ts_recv) for row in decode_rows(rows_json, row_type))

    return decode


def _instruments(rows_json: bytes, _inst_id: InstId, ts_recv: int) -> tuple[MarketEvent, ...]:
    """Read what can be read: a strange instrument must not hide the others."""
    changed: list[MarketEvent] = []
    unreadable: DataInvalid | None = None
    for row in decode_rows(rows_json, InstrumentRow):
        try:
            one = instrument(row)
        except DataInvalid as invalid:
            unreadable = invalid
            continue
        if one is not None:
            at = {"ts_event": ts_recv, "ts_recv": ts_recv}
            changed.append(InstrumentChanged(inst_id=one.inst_id, instrument=one, **at))
    if unreadable is not None and not changed:
        raise unreadable
    return tuple(changed)


def _liquidations(rows_json: bytes, _inst_id: InstId, ts_recv: int) -> tuple[MarketEvent, ...]:
    rows = decode_rows(rows_json, LiquidationRow)
    return tuple(event for row in rows for event in liquidations(row, ts_recv))


PublicDecoder = Callable[[bytes, InstId, int], tuple[MarketEvent, ...]]
"""(rows as JSON, instrument of the subscription, receive time) → events."""

DECODERS: dict[str, PublicDecoder] = {
    "trades": _each(TradeRow, trade),
    "tickers": _each(TickerRow, ticker),
    "mark-price": _each(MarkRow, mark_px),
    "funding-rate": _each(FundingRow, funding_rate),
    "open-interest": _each(OpenInterestRow, open_interest),
    "price-limit": _each(PriceLimitRow, price_limit),
    "liquidation-orders": _liquidations,
    "instruments": _instruments,
}
"""Channels whose frames stand alone; books and candles need more than the rows."""
