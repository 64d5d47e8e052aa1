"""What trading has earned: round trips, win rate, drawdown, Sharpe and Sortino.

History adapters supply fills and equity points, `tai2 history --stats` and the faces show this.
Money stays exact; a ratio that its sample can't bear is None, never 0.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from typing import Final

from tai2.model.ids import InstId
from tai2.model.instrument import Side
from tai2.model.money import ZERO, Contracts, Px, QuoteAmt
from tai2.model.trade import ExecutedTrade

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
class RoundTrip:
    """One position from flat to flat."""

    inst_id: InstId
    side: Side
    """BUY = it was long."""
    opened_ms: int
    closed_ms: int
    contracts: Contracts
    """All that was opened; adding to a position counts."""
    entry_px: Px
    """Average of the opening fills, by size."""
    exit_px: Px
    """Average of the closing fills, by size."""
    pnl: QuoteAmt
    """Realised before fees, as the exchange states it."""
    fees: QuoteAmt
    """Signed: negative = paid."""
    notional: QuoteAmt
    """Turnover of both ways."""
    fills: int

    @property
    def net_pnl(self) -> QuoteAmt:
        """PnL after fees (funding isn't part of a fill)."""
        return QuoteAmt(self.pnl + self.fees)


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
    """Trips with a net gain; a trip of exactly 0 is neither win nor loss."""
    losses: int
    net_pnl: QuoteAmt
    """Of closed trips, after fees."""
    win_rate: Decimal | None
    """Wins over trips; None without trips."""
    profit_factor: Decimal | None
    """Net gains over net losses; None while nothing was lost."""
    turnover: QuoteAmt
    """Notional of every fill."""
    fees: QuoteAmt
    """Of every fill; negative = paid."""
    drawdown: Drawdown | None
    """None with fewer than two points of equity."""
    returns: int
    """Daily returns behind sharpe and sortino."""
    sharpe: Decimal | None
    """Per year of 365 days, risk-free rate 0; None under 30 returns or without deviation."""
    sortino: Decimal | None
    """As sharpe, over the downside deviation from 0; None when no day lost."""


@dataclass(slots=True)
class _Part:
    """Some fills of one trip that go the same way."""

    contracts: Decimal = ZERO
    weighted: Decimal = ZERO
    """Sum of price × contracts."""

    def add(self, trade: ExecutedTrade) -> None:
        self.contracts += trade.contracts
        self.weighted += trade.contracts * trade.price

    @property
    def px(self) -> Px:
        return Px(self.weighted / self.contracts)


class _Position:
    """What is held of one instrument since it was last flat."""

    def __init__(self, first: ExecutedTrade) -> None:
        self._first = first
        self._entry, self._exit = _Part(), _Part()
        self._fills: list[ExecutedTrade] = []
        self.take(first)

    @property
    def held(self) -> Decimal:
        """Contracts, unsigned."""
        return self._entry.contracts - self._exit.contracts

    def split(self, trade: ExecutedTrade) -> tuple[ExecutedTrade, ExecutedTrade | None]:
        """Return what of a fill belongs to this position, and what opens the opposite one."""
        if trade.side is self._first.side or trade.contracts <= self.held:
            return trade, None
        share = self.held / trade.contracts
        fee, notional = QuoteAmt(trade.fee * share), QuoteAmt(trade.notional * share)
        closing = replace(trade, contracts=Contracts(self.held), fee=fee, notional=notional)
        opening = replace(
            trade,
            contracts=Contracts(trade.contracts - self.held),
            fee=QuoteAmt(trade.fee - fee),
            notional=QuoteAmt(trade.notional - notional),
            pnl=QuoteAmt(ZERO),
        )
        return closing, opening

    def take(self, trade: ExecutedTrade) -> None:
        """Add a fill."""
        part = self._entry if trade.side is self._first.side else self._exit
        part.add(trade)
        self._fills.append(trade)

    def trip(self) -> RoundTrip:
        """Return the round trip that has ended."""
        return RoundTrip(
            inst_id=self._first.symbol,
            side=self._first.side,
            opened_ms=self._first.timestamp_ms,
            closed_ms=self._fills[-1].timestamp_ms,
            contracts=Contracts(self._entry.contracts),
            entry_px=self._entry.px,
            exit_px=self._exit.px,
            pnl=QuoteAmt(sum((fill.pnl for fill in self._fills), ZERO)),
            fees=QuoteAmt(sum((fill.fee for fill in self._fills), ZERO)),
            notional=QuoteAmt(sum((fill.notional for fill in self._fills), ZERO)),
            fills=len(self._fills),
        )


def round_trips(trades: Iterable[ExecutedTrade]) -> Iterator[RoundTrip]:
    """Yield every position that was closed, as it closes.

    Flat to flat the realised PnL is the same whether lots are matched first in, first out or
    by average cost. A fill that turns a position around ends one trip and opens the next; its
    fee and notional are shared by size.

    Args:
        trades: Fills, oldest first. A fill that realises PnL while nothing is held closes
            what was opened before the first row: it belongs to no trip.
    """
    positions: dict[InstId, _Position] = {}
    for trade in trades:
        position = positions.get(trade.symbol)
        if position is None:
            if trade.pnl == ZERO:
                positions[trade.symbol] = _Position(trade)
            continue
        closing, opening = position.split(trade)
        position.take(closing)
        if position.held == ZERO:
            del positions[trade.symbol]
            yield position.trip()
        if opening is not None:
            positions[trade.symbol] = _Position(opening)


def max_drawdown(points: Sequence[EquityPoint]) -> Drawdown | None:
    """Return the fall from a peak with the largest ratio.

    Args:
        points: Oldest first. Lows between two points stay unseen: give it the finest curve.
    """
    if len(points) < 2:
        return None
    peak = points[0]
    deepest = _fall(peak, peak)
    for point in points:
        peak = point if point.equity > peak.equity else peak
        fall = _fall(peak, point)
        deepest = fall if fall.ratio > deepest.ratio else deepest
    return deepest


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
    trades: Sequence[ExecutedTrade],
    points: Sequence[EquityPoint],
    days: Sequence[EquityPoint],
) -> Performance:
    """Return the figures of one period.

    Args:
        trades: Fills of the period, oldest first.
        points: The equity curve for the drawdown, oldest first.
        days: The close of each UTC day, oldest first.
    """
    trips = tuple(round_trips(trades))
    gains = sum((trip.net_pnl for trip in trips if trip.net_pnl > ZERO), ZERO)
    lost = -sum((trip.net_pnl for trip in trips if trip.net_pnl < ZERO), ZERO)
    wins = sum(trip.net_pnl > ZERO for trip in trips)
    returns = daily_returns(days)
    return Performance(
        trips=len(trips),
        wins=wins,
        losses=sum(trip.net_pnl < ZERO for trip in trips),
        net_pnl=QuoteAmt(gains - lost),
        win_rate=Decimal(wins) / len(trips) if trips else None,
        profit_factor=gains / lost if lost > ZERO else None,
        turnover=QuoteAmt(sum((trade.notional for trade in trades), ZERO)),
        fees=QuoteAmt(sum((trade.fee for trade in trades), ZERO)),
        drawdown=max_drawdown(points),
        returns=len(returns),
        sharpe=sharpe(returns),
        sortino=sortino(returns),
    )
