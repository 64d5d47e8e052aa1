"""TA's table gives each figure its word, and the plot what the desk's series says."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tai2.model.ids import InstId
from tai2.model.instrument import Side
from tai2.model.market import Bar
from tai2.model.money import BaseQty, Contracts, Px
from tai2.model.snapshot import Freshness
from tai2.view.chart import ChartBar, ChartFill, ChartLevels, ChartSeries
from tai2.view.panels.chart import (
    Chosen,
    Moment,
    decimals,
    heading,
    legend,
    plot_series,
    statistics,
)
from tai2.view.panels.indicators import beside_chart, indicators, strip
from tai2.view.panels.line import Line, text_of
from tai2.view.plot.series import LevelKind, Look
from tai2.view.rows import BarRow, LiquidationRow, TaRow
from tests.ui.desks import BTC, NOW_MS, full_state

BAR = BarRow(
    bar="5m",
    freshness=Freshness.FRESH,
    percent_b=0.8,
    stoch_rsi_k=88.0,
    stoch_rsi_d=94.0,
    rsi14=25.0,
    vwap_ratio=0.0018,
    ema20=66_500.0,
    ema50=66_400.0,
    atr14=121.4,
    atr_ratio=0.0018,
    volume=20.0,
    volume_ratio=0.7,
)
TA = TaRow(
    inst_id=BTC,
    ts=NOW_MS,
    bars={"5m": BAR},
    cvd_session=-376.0,
    cvd_slope_z=-2.4,
    ofi_bar=12.0,
    ofi_z=0.3,
    imbalance_5=0.33,
    funding_rate=Decimal("0.0001"),
    funding_ms=NOW_MS + 11_520_000,
    open_interest=BaseQty(Decimal(2310000000)),
    oi_change_ratio=0.012,
    liquidations=(
        LiquidationRow(
            side=Side.BUY, px=Px(Decimal(66000)), contracts=Contracts(Decimal(5)), ts_event=NOW_MS
        ),
    ),
)
SERIES = ChartSeries(
    inst_id=InstId(BTC),
    bar=Bar.M5,
    asof=NOW_MS,
    bars=(
        ChartBar(NOW_MS - 300_000, 1.0, 2.0, 0.5, 1.5, 10.0),
        ChartBar(NOW_MS, 1.5, 2.5, 1.0, 2.0, 20.0, 1.0, 1.5, 2.0, 1.7, 30.0, 88.0, 94.0),
    ),
    fills=(ChartFill(NOW_MS, Side.BUY, 1.9, 1.0, "entry"),),
    levels=ChartLevels(entry=1.9, stop=1.1),
)
CHOSEN = Chosen(inst_id=BTC, bar=Bar.M5, look=Look())


def table(ta: TaRow | None, bar: str, places: int, now_ms: int | None) -> list[Line]:
    return beside_chart(indicators(ta, bar, places, now_ms))


def said(lines: list[Line]) -> str:
    return "\n".join(map(text_of, lines))


@pytest.mark.parametrize(
    ("label", "figure", "word"),
    [
        ("%B", "0.80", "upper third"),
        ("StochRSI", "88/94", "overbought"),
        ("RSI14", "25.0", "oversold"),
        ("VWAP dist", "+0.18%", "above"),
        ("EMA20", "66,500.0", "20 over 50"),
        ("ATR14", "121.4", "0.18%"),
        ("CVD day", "-376", "sellers"),
        ("CVD slope", "z -2.4", "unusual"),
        ("Book 5", "+33.00%", "bids"),
        ("Funding", "+0.0100%", "in 3h12m"),
        ("Open int.", "2.31B", "+1.20%"),
    ],
)
def test_each_figure_has_its_word(label: str, figure: str, word: str) -> None:
    row = next(
        each for each in table(TA, "5m", 1, NOW_MS) if text_of(each).strip().startswith(label)
    )
    assert figure in text_of(row)
    assert word in text_of(row)


def test_unknown_indicator_is_a_dash() -> None:
    blank = replace(TA, bars={"5m": BarRow(bar="5m", freshness=Freshness.MISSING)}, ofi_bar=None)
    rows = [text_of(each) for each in table(blank, "5m", 1, NOW_MS)]
    assert next(row for row in rows if "%B" in row).split() == ["%B", "–"]


def test_liquidation_of_a_short_is_named() -> None:
    rows = indicators(TA, "5m", 1, NOW_MS).rows
    newest = [span.text for span in rows[-1].cells]
    assert newest == ["  short", "5 ct", "@ 66,000 0s"]
    assert rows[-2].cells[2].text == "in 1h: 0 long, 1 short"


def test_rows_have_names_of_their_own() -> None:
    keys = [row.key for row in indicators(TA, "5m", 1, NOW_MS).rows]
    assert len(keys) == len(set(keys))


def test_stale_indicators_say_so() -> None:
    old = replace(TA, bars={"5m": replace(BAR, freshness=Freshness.STALE)})
    assert "stale" in text_of(table(old, "5m", 1, NOW_MS)[0])
    assert "stale" not in said(table(TA, "5m", 1, NOW_MS))


@pytest.mark.parametrize(
    ("place", "word"),
    [(1.2, "above the band"), (-0.1, "below the band"), (0.5, "middle third"), (0.1, "lower")],
)
def test_the_place_in_the_band_is_named(place: float, word: str) -> None:
    there = replace(TA, bars={"5m": replace(BAR, percent_b=place)})
    assert word in text_of(table(there, "5m", 1, NOW_MS)[0])


def test_statistics_show_funding_with_its_time_and_open_interest_with_its_change() -> None:
    row = full_state().tickers.rows[BTC]
    known = replace(row, open_interest=BaseQty(Decimal("34650.5")), oi_change_ratio=0.012)
    assert text_of(statistics(known, NOW_MS)) == "fund +0.0100% 3h12m  OI 34.7K +1.20%"
    assert statistics(None, NOW_MS) == ()


def test_gap_in_the_flow_is_said() -> None:
    assert "gap" in said(table(replace(TA, flow_has_gap=True), "5m", 1, NOW_MS))


def test_one_line_has_the_most_telling_figures() -> None:
    shown = text_of(strip(TA, "5m", NOW_MS))
    for wanted in (
        "%K88 %D94 overbought",
        "%B 0.80",
        "CVD -376",
        "fund +0.0100% 3h12m",
        "OI 2.31B",
    ):
        assert wanted in shown


def test_nothing_known_is_said_in_words() -> None:
    assert "Waiting" in said(table(None, "5m", 1, None))
    assert "Waiting" in text_of(strip(None, "5m", None))


def test_plot_takes_bars_fills_and_levels() -> None:
    drawn = plot_series(SERIES, CHOSEN, 1)
    assert drawn.closes == (1.5, 2.0)
    assert drawn.upper == (None, 2.0)
    assert drawn.marks[0].is_buy
    assert [(level.kind, level.px) for level in drawn.levels] == [
        (LevelKind.ENTRY, 1.9),
        (LevelKind.STOP, 1.1),
    ]


def test_plot_without_a_series_is_empty() -> None:
    assert plot_series(None, CHOSEN, 1).ts == ()


def test_decimals_come_from_the_exchange_s_tick() -> None:
    ticker = full_state().tickers.rows[BTC]
    assert decimals(ticker, None) == 1
    assert decimals(replace(ticker, tick_sz=Decimal("0.0010")), None) == 3
    assert decimals(replace(ticker, tick_sz=Decimal(10)), None) == 0


def test_heading_marks_the_bar_width_and_the_overlays() -> None:
    moment = Moment(age_ms=1_000, now_ms=NOW_MS)
    shown = text_of(heading(CHOSEN, full_state().tickers.rows[BTC], moment, 120))
    assert " 1m   5m   1H   4H " in shown
    assert "B Boll ✓" in shown
    assert shown.endswith("as of 1s ")
    back = replace(CHOSEN, look=Look(pan=12, has_bands=False))
    assert "12 bars back" in text_of(heading(back, None, moment, 120))
    assert "Boll ·" in text_of(heading(back, None, moment, 120))


def test_legend_has_the_newest_figures() -> None:
    shown = text_of(legend(SERIES, full_state().tickers.rows[BTC], 1))
    for wanted in ("66,671.0", "1.0–2.0", "VWAP 1.7", "%K 88/%D 94", "CVD 30", "Vol 20"):
        assert wanted in shown
