"""Public market data: what the exchange tells everybody, as frozen values.

Adapters decode into these, `engine.ingest` folds them into books, bars and flow.
Every value keeps the exchange's time and the time of receipt; neither may stand for the other.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from tai2.model.ids import InstId
from tai2.model.instrument import Instrument, Side
from tai2.model.money import ZERO, BaseQty, Contracts, Px

Level = tuple[Px, Contracts]
"""(price, total size at that price); size 0 in a delta removes the level."""


class Bar(StrEnum):
    """Candle widths that tai2 uses, as the exchange names them (UTC-aligned)."""

    M1 = "1m"
    M5 = "5m"
    H1 = "1H"
    H4 = "4H"

    @property
    def ms(self) -> int:
        """Width in milliseconds."""
        return _BAR_MS[self]


_BAR_MS = {Bar.M1: 60_000, Bar.M5: 300_000, Bar.H1: 3_600_000, Bar.H4: 14_400_000}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamped:
    """Anything that happened to one instrument at one time."""

    inst_id: InstId
    ts_event: int
    """Exchange time, ms UTC."""
    ts_recv: int
    """Local receive time, ms UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookSnapshot(Stamped):
    """A whole order book: replaces whatever was known."""

    bids: tuple[Level, ...]
    """Best first."""
    asks: tuple[Level, ...]
    """Best first."""
    seq_id: int
    """Position in the exchange's sequence; -1 when the source has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookDelta(Stamped):
    """Changed levels with their new absolute sizes; valid only on top of prev_seq_id."""

    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    prev_seq_id: int
    seq_id: int
    """Equal to prev_seq_id with empty sides = heartbeat; smaller = sequence reset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookInvalid(Stamped):
    """The book of an instrument can't be trusted until the next snapshot."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicTrade(Stamped):
    """A taker's trade at one price (aggregated by the exchange)."""

    trade_id: str
    side: Side
    """Side of the taker."""
    px: Px
    contracts: Contracts


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticker(Stamped):
    """Last trade, best quotes and 24-hour statistics."""

    last_px: Px
    bid_px: Px | None
    ask_px: Px | None
    open_24h: Px
    high_24h: Px
    low_24h: Px
    base_vol_24h: BaseQty | None
    """Traded base currency in 24 h; None where the exchange counts otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkPx(Stamped):
    """Fair price that the exchange liquidates by."""

    px: Px


@dataclass(frozen=True, slots=True, kw_only=True)
class FundingRate(Stamped):
    """Rate that longs pay to shorts (negative: receive) at the next settlement."""

    rate: Decimal
    """Fraction of position value, for example 0.0001 = 1 bp."""
    funding_time: int
    """Next settlement, ms UTC."""
    interval_ms: int
    """Time between settlements, 0 when unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenInterest(Stamped):
    """All open contracts of an instrument."""

    contracts: Contracts
    base_qty: BaseQty
    """Same in base currency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Liquidation(Stamped):
    """A forced order that the exchange published (a sample, not all of them)."""

    side: Side
    """BUY = a short was liquidated."""
    bk_px: Px
    """Bankruptcy price."""
    contracts: Contracts


@dataclass(frozen=True, slots=True, kw_only=True)
class Candle(Stamped):
    """One bar of prices; ts_event is its opening time."""

    bar: Bar
    open_px: Px
    high_px: Px
    low_px: Px
    close_px: Px
    base_vol: BaseQty
    """Traded base currency within the bar."""
    is_closed: bool
    """False while the bar is forming."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceLimit(Stamped):
    """Prices beyond which the exchange takes no limit order."""

    buy_px: Px | None
    """Highest buying price; None = no limit is in force."""
    sell_px: Px | None
    """Lowest selling price; None = no limit is in force."""

    def bound(self, side: Side) -> Px | None:
        """Return the worst price that an order of this side may name; None = any."""
        return self.buy_px if side is Side.BUY else self.sell_px

    def takes(self, side: Side, px: Px) -> bool:
        """Tell whether the exchange takes an order of this side at a price."""
        bound = self.bound(side)
        return bound is None or (px - bound) * side.sign <= ZERO

    def within(self, side: Side, px: Px) -> Px:
        """Return the price, or the bound where that is stricter."""
        bound = self.bound(side)
        return px if bound is None or self.takes(side, px) else bound


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentChanged(Stamped):
    """An instrument's state, steps or limits are others from now on."""

    instrument: Instrument


MarketEvent = (
    BookSnapshot
    | BookDelta
    | BookInvalid
    | PublicTrade
    | Ticker
    | MarkPx
    | FundingRate
    | OpenInterest
    | Liquidation
    | Candle
    | PriceLimit
    | InstrumentChanged
)
"""Everything a market feed may deliver."""
