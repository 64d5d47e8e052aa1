"""What trading earned: closed round trips by the page, and the figures of a period.

The daemon answers from the history port, `tai2 history` and the faces' history tabs read it.
Every method here only reads; amounts are in quote currency, fees and funding negative when paid.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tai2.model.ids import DecisionId, FillId, InstId
from tai2.model.instrument import Side
from tai2.wire.method import Method
from tai2.wire.past import TradesParams


@dataclass(frozen=True, slots=True, kw_only=True)
class TripRow:
    """One closed round trip: model.round_trip.RoundTrip with what follows from it."""

    trip_id: FillId
    mode: str
    symbol: InstId
    side: Side
    """buy = it was long."""
    opened_ms: int
    closed_ms: int
    held_ms: int
    contracts: Decimal
    amount: Decimal
    """Base currency."""
    entry_px: Decimal
    exit_px: Decimal
    entry_notional: Decimal
    pnl: Decimal
    """Before fees."""
    fees: Decimal
    """Signed: negative = paid."""
    funding: Decimal
    """Signed: negative = paid."""
    net_pnl: Decimal
    net_ratio: Decimal
    """Net PnL over the notional of the entry."""
    fills: int
    ending: str
    """exit, stop, target, emergency or external."""
    decision_id: DecisionId | None
    reasoner: str
    llm_reasoning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TripTotalsRow:
    """Sums over every round trip that matches: the fields of model.performance.TripTotals."""

    trips: int
    wins: int
    losses: int
    gains: Decimal
    lost: Decimal
    pnl: Decimal
    fees: Decimal
    funding: Decimal
    held_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TripsReply:
    """One page of closed round trips and the sums over all pages."""

    trips: tuple[TripRow, ...]
    totals: TripTotalsRow | None
    """None when they weren't asked for."""
    next: str | None = None
    """Where the next page begins; None = this was the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformanceParams:
    """Of which period and which trades."""

    since_ms: int = 0
    until_ms: int | None = None
    symbol: InstId | None = None
    side: str | None = None
    mode: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """One point of the equity curve."""

    ts: int
    equity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawdownRow:
    """The deepest fall of equity from a peak."""

    depth: Decimal
    ratio: Decimal
    peak_ms: int
    trough_ms: int
    step_ms: int
    """Between the points that it was found in; lower lows in between stay unseen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformanceReply:
    """Figures of a period. Those of equity are the whole account's, whatever was filtered."""

    since_ms: int
    """First point of equity in the period, UTC; the one asked for where there is none."""
    until_ms: int
    fills: int
    turnover: Decimal
    """Notional of every fill."""
    fill_pnl: Decimal
    """Realised by every fill before fees, open positions included."""
    fill_fees: Decimal
    """Of every fill; negative = paid."""
    trips: TripTotalsRow
    net_pnl: Decimal
    """Of closed round trips, after fees and funding."""
    win_rate: Decimal | None
    """None without round trips."""
    profit_factor: Decimal | None
    """None while nothing was lost."""
    mean_held_ms: int | None
    drawdown: DrawdownRow | None
    """None with fewer than two points of equity."""
    returns: int
    """Daily returns behind sharpe and sortino."""
    least_returns: int
    """Fewer hide sharpe and sortino."""
    year_days: int
    """Both are per year of so many days, risk-free rate 0."""
    sharpe: Decimal | None
    sortino: Decimal | None
    curve: tuple[CurvePoint, ...]
    """Oldest first, a few hundred points at most."""


TRIPS: Final = Method("trips", TradesParams, TripsReply)
PERFORMANCE: Final = Method("performance", PerformanceParams, PerformanceReply)
