"""Records of the public side: book, tape, candles, ticker, funding, and their events.

The engine makes them; everybody outside imports them through `records`.
They must stay free of behaviour.
"""

from dataclasses import dataclass
from decimal import Decimal

from tai2.sim.exchange.specs import InstSpec

Level = tuple[Decimal, Decimal, int]
"""(price, absolute contracts, number of orders); contracts 0 = the level is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TickerView:
    """Last trade, best quotes (None = that side is empty) and 24 hours."""

    inst_id: str
    last: Decimal
    last_sz: Decimal
    ask_px: Decimal | None
    ask_sz: Decimal
    bid_px: Decimal | None
    bid_sz: Decimal
    open_24h: Decimal
    high_24h: Decimal
    low_24h: Decimal
    vol_24h: Decimal
    """Contracts."""
    vol_ccy_24h: Decimal
    """Base currency."""
    sod_utc0: Decimal
    """Opening price of the UTC day."""
    sod_utc8: Decimal
    ts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BookView:
    """A whole book, best first."""

    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    ts: int
    seq_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CandleRow:
    """One bar; ts is its opening time."""

    ts: int
    o: Decimal
    h: Decimal
    l: Decimal  # noqa: E741 - the wire's own name, next to o, h and c
    c: Decimal
    vol_contracts: Decimal
    vol_ccy: Decimal
    """Base currency."""
    vol_quote: Decimal
    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeRow:
    """One taker's trade on the tape."""

    trade_id: str
    px: Decimal
    sz: Decimal
    """Contracts."""
    side: str
    """The taker's."""
    ts: int
    count: int
    """Matches in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FundingView:
    """Funding of the current period, or a settled one in the history."""

    rate: Decimal
    funding_time: int
    next_funding_time: int
    interval_ms: int
    ts: int
    min_rate: Decimal
    max_rate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenInterestView:
    """All open contracts."""

    oi: Decimal
    """Contracts."""
    oi_ccy: Decimal
    oi_usd: Decimal
    ts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BookMoved:
    """Changed levels with their new absolute sizes."""

    inst_id: str
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    prev_seq_id: int
    seq_id: int
    ts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TradePrinted:
    """A trade on the tape."""

    inst_id: str
    row: TradeRow


@dataclass(frozen=True, slots=True, kw_only=True)
class TickerMoved:
    """Best quotes or last trade changed (once per `advance`)."""

    inst_id: str
    ticker: TickerView


@dataclass(frozen=True, slots=True, kw_only=True)
class CandleMoved:
    """A forming bar changed (once per `advance`) or a bar closed."""

    inst_id: str
    bar: str
    row: CandleRow


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkMoved:
    """The mark price changed."""

    inst_id: str
    px: Decimal
    ts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FundingMoved:
    """The funding rate or its times changed."""

    inst_id: str
    funding: FundingView


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenInterestMoved:
    """The open interest changed."""

    inst_id: str
    oi: OpenInterestView


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentMoved:
    """An instrument is listed with other properties."""

    spec: InstSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class LiquidationPrinted:
    """Somebody (perhaps this account) was liquidated."""

    inst_id: str
    side: str
    """Of the forced order: buy = a short was liquidated."""
    pos_side: str
    bk_px: Decimal
    sz: Decimal
    ts: int
