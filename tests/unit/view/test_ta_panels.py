"""TA in words: legend, statistics, the table, and a chart's series as the plot wants it."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tai2.model.instrument import Side
from tai2.model.market import Bar
from tai2.model.snapshot import Freshness
from tai2.view.chart import (
    CHART_BARS,
    ChartBar,
    ChartFill,
    ChartLevels,
    ChartSeries,
    extended,
    tail,
)
from tai2.view.palette import Tone
from tai2.view.panels.line import text_of
from tai2.view.panels.ta import indicators, legend, plotted, statistics
from tai2.view.plot.series import LevelKind
from tai2.view.state import EMPTY, ViewState
from tests.builders.views import BTC, NOW, bar, desk


def cells(state: ViewState) -> dict[str, tuple[str, str]]:
    rows = indicators(state, BTC, "5m").rows
    return {row.key: (row.cells[1].text, row.cells[2].text) for row in rows}


def with_bar(**over: object) -> ViewState:
    row = replace(desk().ta.rows[BTC], bars={"5m": bar(**over)})
    return desk(ta=replace(desk().ta, rows={BTC: row}))


def test_the_legend_names_price_band_and_vwap() -> None:
    said = text_of(legend(desk(), BTC, "5m", is_wide=True))
    assert said == "66,671.0 ▲+1.01%  BB20,2 66,210.0–66,783.0  VWAP 66,553.4"


def test_a_narrow_legend_names_its_chart() -> None:
    assert text_of(legend(desk(), BTC, "5m", is_wide=False)).startswith("BTC-USDT-SWAP 5m 66,671")


def test_a_legend_without_indicators_shows_that_they_are_unknown() -> None:
    assert "BB20,2 –  VWAP –" in text_of(legend(desk(), BTC, "1H", is_wide=True))
    assert "isn't followed" in text_of(legend(EMPTY, BTC, "5m", is_wide=True))


def test_statistics_show_funding_and_open_interest() -> None:
    said = text_of(statistics(desk(), BTC, NOW))
    assert said == "fund +0.0100% 3h12m  OI 34.65K +1.20%"


def test_numbers_come_with_their_usual_reading() -> None:
    found = cells(desk())
    assert found["%B"] == ("0.80", "upper third")
    assert found["StochRSI"] == ("88/94", "overbought")
    assert found["VWAP dist"] == ("+0.18%", "above")


@pytest.mark.parametrize(
    ("place", "said"),
    [(1.2, "above the band"), (-0.1, "below the band"), (0.5, "middle"), (0.1, "lower third")],
)
def test_the_place_in_the_band_is_named(place: float, said: str) -> None:
    assert cells(with_bar(percent_b=place))["%B"][1] == said


def test_what_is_not_known_is_no_number() -> None:
    found = cells(desk())
    assert found["RSI14"] == ("–", "")
    assert found["OFI 1m"] == ("–", "")
    assert found["CVD session"] == ("–", "")


def test_stale_indicators_say_so() -> None:
    rows = indicators(with_bar(freshness=Freshness.STALE), BTC, "5m").rows
    assert (rows[0].cells[1].tone, rows[0].cells[2].text) == (Tone.DIM, "stale")


def test_a_chart_s_series_keeps_bars_fills_and_lines() -> None:
    series = ChartSeries(
        inst_id=BTC,
        bar=Bar.M5,
        bars=(ChartBar(0, 1, 3, 0, 2, 9), ChartBar(300_000, 2, 4, 1, 3, 8, 1, 2, 3, 2.5)),
        fills=(ChartFill(7, Side.SELL, 2.5, 1, "exit"),),
        levels=ChartLevels(stop=1.5),
    )
    drawn = plotted(series, Decimal("0.1"))
    assert (drawn.decimals, drawn.closes, drawn.vwap) == (1, (2, 3), (None, 2.5))
    assert [(mark.ts, mark.is_buy) for mark in drawn.marks] == [(7, False)]
    assert [(level.kind, level.px) for level in drawn.levels] == [(LevelKind.STOP, 1.5)]


def candles(*closes: float, start: int = 0) -> tuple[ChartBar, ...]:
    return tuple(ChartBar(start + n, 0, 9, 0, close, 1) for n, close in enumerate(closes))


@pytest.mark.parametrize(
    ("before", "after", "count"),
    [
        (candles(1, 2), candles(1, 2), 0),
        (candles(1, 2), candles(1, 3), 1),
        (candles(1, 2), candles(1, 2, 3), 1),
        (candles(1, 2), candles(1, 4, 3), 2),
        ((), candles(1), 1),
    ],
)
def test_a_chart_s_end_is_what_differs(
    before: tuple[ChartBar, ...], after: tuple[ChartBar, ...], count: int
) -> None:
    end = tail(before, after)
    assert end is not None
    assert len(end) == count
    assert extended(before, end) == after


def test_a_full_chart_moves_on_by_one_bar() -> None:
    bars = candles(*range(CHART_BARS + 1))
    assert tail(bars[:-1], bars[1:]) == bars[-1:]


def test_a_hole_that_is_filled_needs_the_whole_chart() -> None:
    before = (ChartBar(0, 0, 9, 0, 1, 1), ChartBar(2, 0, 9, 0, 1, 1))
    after = (ChartBar(1, 0, 9, 0, 1, 1), ChartBar(2, 0, 9, 0, 1, 1))
    assert tail(before, after) is None
