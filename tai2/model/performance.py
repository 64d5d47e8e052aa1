"""What trading has earned: win rate, profit factor, drawdown, Sharpe and Sortino.

History adapters supply trips and equity points, `tai2 history --stats` and the faces show this.
Money stays exact; a ratio that its sample can't bear is None, never 0.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Final

from tai2.model.money import ZERO, QuoteAmt
from tai2.model.round_trip import RoundTrip

LEAST_RETURNS: Final = 30
"""Sharpe and Sortino of fewer daily returns are noise and stay hidden."""
YEAR_DAYS: Final = 365
"""Crypto trades every day."""
_NOISE: Final = Decimal("1e-20")
"""A deviation below this is rounding: the returns are all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EquityPoint:
    """One point of the equity curve."""

    ts: int
    """UTC, ms."""
    equity: QuoteAmt
    upnl: QuoteAmt


@dataclass(frozen=True, slots=True, kw_only=True)
class TripTotals:
    """Sums over closed round trips."""

    trips: int
    wins: int
    """Trips with a net gain; a trip of exactly 0 is neither win nor loss."""
    losses: int
    gains: Decimal
    """Sum of the net gains."""
    lost: Decimal
    """Sum of the net losses, positive."""
    pnl: Decimal
    """Before fees."""
    fees: Decimal
    """Signed: negative = paid."""
    funding: Decimal
    """Signed: negative = paid."""
    held_ms: int
    """Sum of the times from first to last fill."""

    @property
    def net_pnl(self) -> Decimal:
        """PnL after fees and funding."""
        return self.gains - self.lost


class Tally:
    """Adds up closed round trips, one at a time."""

    def __init__(self) -> None:
        self._trips = self._wins = self._losses = self._held_ms = 0
        self._gains = self._lost = ZERO
        self._pnl = self._fees = self._funding = ZERO

    def add(self, pnl: Decimal, fees: Decimal, funding: Decimal, held_ms: int) -> None:
        """Count one trip."""
        net = pnl + fees + funding
        self._trips += 1
        self._wins += net > ZERO
        self._losses += net < ZERO
        self._gains += max(net, ZERO)
        self._lost -= min(net, ZERO)
        self._pnl += pnl
        self._fees += fees
        self._funding += funding
        self._held_ms += held_ms

    @property
    def totals(self) -> TripTotals:
        """The sums so far."""
        return TripTotals(
            trips=self._trips,
            wins=self._wins,
            losses=self._losses,
            gains=self._gains,
            lost=self._lost,
            pnl=self._pnl,
            fees=self._fees,
            funding=self._funding,
            held_ms=self._held_ms,
        )


def totals_of(trips: Iterable[RoundTrip]) -> TripTotals:
    """Add up closed round trips."""
    tally = Tally()
    for trip in trips:
        tally.add(trip.pnl, trip.fees, trip.funding, trip.held_ms or 0)
    return tally.totals


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawdown:
    """The deepest fall of the equity curve from a peak."""

    depth: QuoteAmt
    """Positive, 0 when equity never fell."""
    ratio: Decimal
    """Depth over its peak, for example 0.12."""
    peak_ms: int
    trough_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """Figures of one period."""

    trips: int
    wins: int
    losses: int
    net_pnl: QuoteAmt
    """Of closed trips, after fees and funding."""
    win_rate: Decimal | None
    """Wins over trips; None without trips."""
    profit_factor: Decimal | None
    """Net gains over net losses; None while nothing was lost."""
    mean_held_ms: int | None
    """None without trips."""
    drawdown: Drawdown | None
    """None with fewer than two points of equity."""
    returns: int
    """Daily returns behind sharpe and sortino."""
    sharpe: Decimal | None
    """Per year of 365 days, risk-free rate 0; None under 30 returns or without deviation."""
    sortino: Decimal | None
    """As sharpe, over the downside deviation from 0; None when no day lost."""


class DrawdownMeter:
    """Follows an equity curve and keeps its deepest fall."""

    def __init__(self) -> None:
        self._peak: EquityPoint | None = None
        self._deepest: Drawdown | None = None
        self._points = 0

    def note(self, point: EquityPoint) -> None:
        """Take the next point in time."""
        self._points += 1
        if self._peak is None or point.equity > self._peak.equity:
            self._peak = point
        fall = _fall(self._peak, point)
        if self._deepest is None or fall.ratio > self._deepest.ratio:
            self._deepest = fall

    @property
    def deepest(self) -> Drawdown | None:
        """The fall with the largest ratio; None with fewer than two points."""
        return self._deepest if self._points > 1 else None


def max_drawdown(points: Iterable[EquityPoint]) -> Drawdown | None:
    """Return the fall from a peak with the largest ratio.

    Args:
        points: Oldest first. Lows between two points stay unseen: give it the finest curve.
    """
    meter = DrawdownMeter()
    for point in points:
        meter.note(point)
    return meter.deepest


def _fall(peak: EquityPoint, trough: EquityPoint) -> Drawdown:
    depth = QuoteAmt(peak.equity - trough.equity)
    ratio = depth / peak.equity if peak.equity > ZERO else ZERO
    return Drawdown(depth=depth, ratio=ratio, peak_ms=peak.ts, trough_ms=trough.ts)


def daily_returns(days: Sequence[EquityPoint]) -> tuple[Decimal, ...]:
    """Return the change from each day's close to the next, as fractions.

    Deposits and withdrawals count as gains and losses here; days without a point are skipped.
    """
    pairs = pairwise(day.equity for day in days)
    return tuple(after / before - 1 for before, after in pairs if before > ZERO)


def sharpe(returns: Sequence[Decimal]) -> Decimal | None:
    """Return mean over sample deviation, per year (Sharpe 1994, risk-free rate 0)."""
    if len(returns) < LEAST_RETURNS:
        return None
    mean = sum(returns, ZERO) / len(returns)
    squares = sum(((each - mean) ** 2 for each in returns), ZERO)
    return _per_year(mean, (squares / (len(returns) - 1)).sqrt())


def sortino(returns: Sequence[Decimal]) -> Decimal | None:
    """Return mean over downside deviation from 0, per year (Sortino and Price 1994)."""
    if len(returns) < LEAST_RETURNS:
        return None
    mean = sum(returns, ZERO) / len(returns)
    squares = sum((min(each, ZERO) ** 2 for each in returns), ZERO)
    return _per_year(mean, (squares / len(returns)).sqrt())


def _per_year(mean: Decimal, deviation: Decimal) -> Decimal | None:
    if deviation <= _NOISE:
        return None
    return mean / deviation * Decimal(YEAR_DAYS).sqrt()


def measure(
    trips: TripTotals, points: Iterable[EquityPoint], days: Sequence[EquityPoint]
) -> Performance:
    """Return the figures of one period.

    Args:
        trips: Sums over the trips that closed in it.
        points: The equity curve for the drawdown, oldest first.
        days: The close of each UTC day, oldest first.
    """
    count, returns = trips.trips, daily_returns(days)
    return Performance(
        trips=count,
        wins=trips.wins,
        losses=trips.losses,
        net_pnl=QuoteAmt(trips.net_pnl),
        win_rate=Decimal(trips.wins) / count if count else None,
        profit_factor=trips.gains / trips.lost if trips.lost > ZERO else None,
        mean_held_ms=trips.held_ms // count if count else None,
        drawdown=max_drawdown(points),
        returns=len(returns),
        sharpe=sharpe(returns),
        sortino=sortino(returns),
    )
