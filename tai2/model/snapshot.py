"""The Latest Market Snapshot: one instrument at one instant, every field with its age.

`engine.snapshots` builds it, the state service stores it, features and the gate read it.
A value whose age is unknown or too high must say so; None must never be read as 0.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Generic, TypeVar

from tai2.model.account import Balance, Position
from tai2.model.ids import InstId, SnapshotId
from tai2.model.market import (
    Bar,
    FundingRate,
    Level,
    Liquidation,
    MarkPx,
    OpenInterest,
    Ticker,
)
from tai2.model.money import Px

T_co = TypeVar("T_co", covariant=True)

SCHEMA_VERSION = 1
"""Grows when a reader of the previous number would misread the document."""
REQUIRED: Final = ("book", "ticker", "balance", "position")
"""Fields without which no decision is made; a stale one makes the cycle a recorded no decision."""


class Freshness(StrEnum):
    """Verdict on the age of one field."""

    FRESH = "fresh"
    STALE = "stale"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aged(Generic[T_co]):
    """A value with its exchange time, receive time, age and verdict."""

    value: T_co | None
    """None exactly when freshness is MISSING."""
    ts_event: int | None
    ts_recv: int | None
    age_ms: int | None
    """Since the exchange stamped it, on the local clock corrected by the measured offset."""
    freshness: Freshness

    @property
    def fresh(self) -> T_co | None:
        """The value when it may be used for a decision, else None."""
        return self.value if self.freshness is Freshness.FRESH else None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookTop:
    """The best 20 levels of each side and what follows from them."""

    bids: tuple[Level, ...]
    """Best first, at most 20."""
    asks: tuple[Level, ...]
    """Best first, at most 20."""
    seq_id: int

    @property
    def best_bid(self) -> Px:
        """Highest bid."""
        return self.bids[0][0]

    @property
    def best_ask(self) -> Px:
        """Lowest ask."""
        return self.asks[0][0]

    @property
    def mid(self) -> Px:
        """Middle of the best quotes."""
        return Px((self.best_bid + self.best_ask) / 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class TechnicalSet:
    """Indicators of one bar width over its closed bars; None = not enough history."""

    bar: Bar
    bars: int
    """Closed bars used."""
    close: float | None
    bb_lower: float | None
    """Bollinger Bands 20, 2, population deviation."""
    bb_mid: float | None
    bb_upper: float | None
    stoch_rsi_k: float | None
    """Stochastic RSI 14, 14, 3, 3 in [0, 100]."""
    stoch_rsi_d: float | None
    vwap: float | None
    """Volume-weighted average price since 00:00 UTC."""
    volume: float | None
    """Base currency in the last closed bar."""
    volume_avg: float | None
    """Mean of the last 20 closed bars."""
    volume_z: float | None
    """Standard score of the last bar within those 20."""
    ema20: float | None
    ema50: float | None
    rsi14: float | None
    atr14: float | None
    closes: tuple[float, ...]
    """Last closes, oldest first, at most 30."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowSet:
    """Order flow from public trades and best-level book events; base currency."""

    cvd_session: float | None
    """Buy minus sell taker volume since 00:00 UTC (or since the feed began)."""
    cvd_bars: tuple[float, ...]
    """Buy minus sell volume of each closed 1m bar, oldest first, at most 30."""
    cvd_slope_z: float | None
    """Standard score of the newest 5-bar CVD sum among the last 30 bars."""
    ofi_bar: float | None
    """Order-flow imbalance of best levels in the last closed 1m bar."""
    ofi_z: float | None
    """Standard score of ofi_bar among the last 30 bars."""
    imbalance_5: float | None
    """(bid size − ask size) / (bid size + ask size) over 5 levels, in [−1, 1]."""
    imbalance_10: float | None
    imbalance_20: float | None
    micro_px: float | None
    """Best quotes weighted by the opposite side's size."""
    has_gap: bool
    """True when the feed was interrupted within the window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything that a decision on one instrument may be based on."""

    snapshot_id: SnapshotId
    inst_id: InstId
    ts: int
    """When it was taken, ms UTC."""
    book: Aged[BookTop]
    ticker: Aged[Ticker]
    mark: Aged[MarkPx]
    funding: Aged[FundingRate]
    open_interest: Aged[OpenInterest]
    oi_change_1h: float | None
    """Relative change of open interest over the last hour; None = not watched that long."""
    liquidations: tuple[Liquidation, ...]
    """Published in the last hour, oldest first, at most 20."""
    technical: tuple[Aged[TechnicalSet], ...]
    """One per configured bar, shortest first."""
    flow: Aged[FlowSet]
    balance: Aged[Balance]
    position: Aged[Position]
    """Flat is a Position with 0 contracts; MISSING means that we don't know."""
    schema_version: int = SCHEMA_VERSION

    @property
    def unusable(self) -> tuple[tuple[str, Freshness], ...]:
        """Required fields that are stale or missing, each with its verdict."""
        verdicts: dict[str, Freshness] = {
            "book": self.book.freshness,
            "ticker": self.ticker.freshness,
            "balance": self.balance.freshness,
            "position": self.position.freshness,
        }
        found = ((name, verdicts[name]) for name in REQUIRED)
        return tuple(each for each in found if each[1] is not Freshness.FRESH)

    def technical_of(self, bar: Bar) -> TechnicalSet | None:
        """Return the fresh indicators of one bar width."""
        found = (aged.fresh for aged in self.technical if aged.fresh and aged.fresh.bar is bar)
        return next(found, None)
