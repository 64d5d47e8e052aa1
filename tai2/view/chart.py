"""A chart's series: candles with bands, VWAP, flow and StochRSI, and what we did in them.

The daemon computes it per instrument and bar width, faces draw it. Floats, because it is only
ever drawn: no figure of it may reach an order. Bars are appended and the last one replaced.
"""

from dataclasses import dataclass, fields
from typing import Final

from tai2.model.ids import InstId
from tai2.model.instrument import Side
from tai2.model.market import Bar

CHART_BARS: Final = 300


@dataclass(frozen=True, slots=True)
class ChartBar:
    """One candle with the indicators at its close; None = not enough history."""

    ts: int
    """Opening time, ms UTC."""
    open: float
    high: float
    low: float
    close: float
    volume: float
    """Base currency."""
    bb_lower: float | None = None
    bb_mid: float | None = None
    bb_upper: float | None = None
    vwap: float | None = None
    cvd: float | None = None
    """Taker buys less sells since the first bar with flow, base currency."""
    stoch_k: float | None = None
    stoch_d: float | None = None


@dataclass(frozen=True, slots=True)
class ChartFill:
    """One execution of ours."""

    ts: int
    side: Side
    px: float
    contracts: float
    leg: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartLevels:
    """Horizontal lines of the open position; None = not drawn."""

    entry: float | None = None
    stop: float | None = None
    target: float | None = None
    liquidation: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartSeries:
    """Everything that one chart draws."""

    inst_id: InstId
    bar: Bar
    rev: int = 0
    asof: int = 0
    """ms UTC by the daemon's clock."""
    bars: tuple[ChartBar, ...] = ()
    """Oldest first, at most CHART_BARS; the last one is still forming."""
    fills: tuple[ChartFill, ...] = ()
    """Oldest first, within the bars."""
    levels: ChartLevels = ChartLevels()


COLUMNS: Final = tuple(part.name for part in fields(ChartBar))
"""Order of a bar's numbers on the wire."""

Row = tuple[float | None, ...]


def row_of(bar: ChartBar) -> Row:
    """Return a bar as the numbers of COLUMNS."""
    return tuple(getattr(bar, name) for name in COLUMNS)


def bar_of(row: Row) -> ChartBar:
    """Return the bar of a row.

    Raises:
        TypeError: The row has more or fewer numbers than a bar.
    """
    ts, *rest = row
    if ts is None or len(row) != len(COLUMNS):
        raise TypeError(f"a bar has {len(COLUMNS)} numbers")
    return ChartBar(int(ts), *rest)  # type: ignore[arg-type] # a row is checked by its writer


def tail(before: tuple[ChartBar, ...], after: tuple[ChartBar, ...]) -> tuple[ChartBar, ...] | None:
    """Return the bars of `after` that differ from `before` at its end.

    Returns:
        What `extended` turns `before` into `after` with; None when more than the end has
        changed (another day's backfill, a hole that was filled).
    """
    known = {bar.ts: bar for bar in before}
    fresh = [n for n, bar in enumerate(after) if known.get(bar.ts) != bar]
    if not fresh:
        return ()
    end = after[fresh[0] :]
    return end if extended(before, end) == after else None


def extended(
    before: tuple[ChartBar, ...], end: tuple[ChartBar, ...], limit: int = CHART_BARS
) -> tuple[ChartBar, ...]:
    """Return bars with a new end: from its first time on, `end` replaces what was there."""
    if not end:
        return before[-limit:]
    kept = tuple(bar for bar in before if bar.ts < end[0].ts)
    return (kept + end)[-limit:]
