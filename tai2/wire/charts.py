"""A chart on the wire: bars as rows of numbers, and the request for one series.

The daemon writes bodies, sessions read them: a whole series, or the changed end of one.
The order of a row's numbers is that of view.chart.COLUMNS.
"""

from dataclasses import dataclass, replace
from typing import Final

from tai2.model.ids import InstId
from tai2.model.market import Bar
from tai2.view.chart import (
    CHART_BARS,
    ChartFill,
    ChartLevels,
    ChartSeries,
    Row,
    bar_of,
    extended,
    row_of,
    tail,
)
from tai2.wire.method import Method


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartBody:
    """A series, or what of it has changed."""

    asof: int
    bars: tuple[Row, ...]
    """All bars, or from the first changed one on."""
    fills: tuple[ChartFill, ...] | None = None
    """None = as before."""
    levels: ChartLevels | None = None
    """None = as before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartParams:
    """Which chart."""

    inst_id: InstId
    bar: Bar
    limit: int = CHART_BARS


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartReply:
    """One series."""

    inst_id: InstId
    bar: Bar
    chart: ChartBody


def body_of(series: ChartSeries) -> ChartBody:
    """Return a whole series for the wire."""
    return ChartBody(
        asof=series.asof,
        bars=tuple(row_of(bar) for bar in series.bars),
        fills=series.fills,
        levels=series.levels,
    )


def change_of(before: ChartSeries, after: ChartSeries) -> ChartBody | None:
    """Return what turns one series into a later one; None when only the whole would do."""
    end = tail(before.bars, after.bars)
    if end is None:
        return None
    return ChartBody(
        asof=after.asof,
        bars=tuple(row_of(bar) for bar in end),
        fills=None if after.fills == before.fills else after.fills,
        levels=None if after.levels == before.levels else after.levels,
    )


def series_of(inst_id: InstId, bar: Bar, body: ChartBody, rev: int = 0) -> ChartSeries:
    """Return the series of a whole body.

    Raises:
        TypeError: A row isn't a bar.
    """
    return ChartSeries(
        inst_id=inst_id,
        bar=bar,
        rev=rev,
        asof=body.asof,
        bars=tuple(bar_of(row) for row in body.bars),
        fills=body.fills or (),
        levels=body.levels or ChartLevels(),
    )


def continued(known: ChartSeries, body: ChartBody, rev: int) -> ChartSeries:
    """Return a known series with a change applied.

    Raises:
        TypeError: A row isn't a bar.
    """
    return replace(
        known,
        rev=rev,
        asof=body.asof,
        bars=extended(known.bars, tuple(bar_of(row) for row in body.bars)),
        fills=known.fills if body.fills is None else body.fills,
        levels=known.levels if body.levels is None else body.levels,
    )


CHART: Final = Method("chart", ChartParams, ChartReply)
