"""The figures of a period, put together from what the history adds up.

The socket's method `performance` answers with it. Long periods are read in steps, so that an
answer costs a bounded number of points; it says how wide they were.
"""

from dataclasses import asdict
from decimal import Decimal
from typing import Final

from tai2.model.money import rounded
from tai2.model.performance import (
    LEAST_RETURNS,
    YEAR_DAYS,
    Drawdown,
    EquityPoint,
    measure,
)
from tai2.ports.history import History, TradeQuery
from tai2.wire import performance as wire

MINUTE_MS: Final = 60_000
DAY_MS: Final = 86_400_000
POINTS: Final = 45_000
"""At most so many of the curve are looked through for the drawdown: a month of minutes."""
SHOWN: Final = 300
"""Points of the curve that travel."""
END_OF_TIME: Final = 1 << 62
_PLACES: Final = 12


async def performance_of(history: History, query: TradeQuery) -> wire.PerformanceReply:
    """Return the figures of the period and trades that a query names."""
    until = END_OF_TIME if query.until_ms is None else query.until_ms
    days = await history.equity_curve(query.since_ms, until, DAY_MS)
    fills, trips = await history.totals(query), await history.trip_totals(query)
    step_ms, points = await _curve(history, query.since_ms, until, days)
    found = measure(trips, points, days)
    period = (points[0].ts, points[-1].ts) if points else (query.since_ms, query.until_ms or 0)
    return wire.PerformanceReply(
        since_ms=period[0],
        until_ms=period[1],
        fills=fills.fills,
        turnover=fills.notional,
        fill_pnl=fills.pnl,
        fill_fees=fills.fees,
        trips=wire.TripTotalsRow(**asdict(trips)),
        net_pnl=found.net_pnl,
        win_rate=_short(found.win_rate),
        profit_factor=_short(found.profit_factor),
        mean_held_ms=found.mean_held_ms,
        drawdown=_fall(found.drawdown, step_ms),
        returns=found.returns,
        least_returns=LEAST_RETURNS,
        year_days=YEAR_DAYS,
        sharpe=_short(found.sharpe),
        sortino=_short(found.sortino),
        curve=_thinned(points),
    )


async def _curve(
    history: History, since_ms: int, until_ms: int, days: tuple[EquityPoint, ...]
) -> tuple[int, tuple[EquityPoint, ...]]:
    """Return the step in milliseconds and the points of the equity curve."""
    if not days:
        return MINUTE_MS, ()
    first = max(since_ms, days[0].ts - days[0].ts % DAY_MS)
    minutes = (days[-1].ts - first) // MINUTE_MS
    step_ms = MINUTE_MS * (1 + minutes // POINTS)
    return step_ms, await history.equity_curve(first, until_ms, step_ms)


def _thinned(points: tuple[EquityPoint, ...]) -> tuple[wire.CurvePoint, ...]:
    """Return few enough points to draw, the last one always among them."""
    stride = 1 + len(points) // SHOWN
    kept = points[::-1][::stride][::-1]
    return tuple(wire.CurvePoint(ts=point.ts, equity=point.equity) for point in kept)


def _fall(drawdown: Drawdown | None, step_ms: int) -> wire.DrawdownRow | None:
    if drawdown is None:
        return None
    return wire.DrawdownRow(
        depth=drawdown.depth,
        ratio=rounded(drawdown.ratio, _PLACES),
        peak_ms=drawdown.peak_ms,
        trough_ms=drawdown.trough_ms,
        step_ms=step_ms,
    )


def _short(ratio: Decimal | None) -> Decimal | None:
    return None if ratio is None else rounded(ratio, _PLACES)
