"""The browser's chart: whole once, then numbers alone, and no line that squeezes the candles."""

import json
from dataclasses import replace
from typing import Any

from tai2.view.chart import ChartBar, ChartLevels, ChartSeries
from tai2.view.palette import palette
from tai2.web.chart import Painter

MINUTE = 60_000


def bar(number: int, close: float = 100.0, **more: Any) -> ChartBar:
    figures: dict[str, Any] = {
        "ts": number * MINUTE,
        "open": 100.0,
        "high": 101.0,
        "low": 99.0,
        "close": close,
        "volume": 3.5,
        "bb_lower": 98.123456789012,
        "bb_mid": 100.0,
        "bb_upper": 102.0,
        "vwap": 100.5,
        "cvd": 1.0,
        "stoch_k": 50.0,
        "stoch_d": 49.0,
    }
    return ChartBar(**(figures | more))


def series(*bars: ChartBar, **more: Any) -> ChartSeries:
    base = ChartSeries(inst_id="BTC-USDT-SWAP", bar="1m", bars=bars)  # type: ignore[arg-type,call-arg]
    return replace(base, **more)


PAINTER = Painter(palette("cb"), is_dark=True)
BEFORE = series(bar(0), bar(1))


def sent(now: ChartSeries) -> dict[str, Any]:
    """Return what a refresh sends, by the id of its series."""
    return {each["id"]: each for each in PAINTER.step(now, BEFORE)["series"]}


def test_a_refresh_without_a_change_sends_nothing() -> None:
    assert sent(series(bar(0), bar(1))) == {}


def test_a_moved_price_sends_its_candle_its_volume_s_colour_and_the_last_line() -> None:
    moved = sent(series(bar(0), bar(1, 99.5)))
    assert moved.keys() == {"candles-last", "volume-last", "last"}
    assert moved["candles-last"]["data"] == [[MINUTE, 100.0, 99.5, 99.0, 101.0]]
    assert moved["last"]["markLine"]["data"][0]["yAxis"] == 99.5
    assert len(json.dumps(list(moved.values()))) < 700


def test_styles_are_never_sent_again() -> None:
    changed = sent(series(bar(0), bar(1, 99.5, bb_upper=103.0, cvd=2.0)))
    assert {"BB upper-end", "CVD-end"} < changed.keys()
    assert {key for each in changed.values() for key in each} <= {"id", "data", "markLine"}


def test_own_levels_are_sent_when_they_change() -> None:
    levels = ChartLevels(entry=100.0, stop=98.0, target=104.0, liquidation=None)
    (own,) = sent(replace(BEFORE, levels=levels)).values()
    assert [line["label"]["formatter"] for line in own["markLine"]["data"]] == [
        "entry 100",
        "stop 98",
        "target 104",
    ]


def line(name: str, drawn: ChartSeries) -> list[list[float | None]]:
    (found,) = [each for each in PAINTER.whole(drawn)["series"] if each["id"] == name]
    data: list[list[float | None]] = found["data"]
    return data


def test_a_vwap_far_away_is_left_out_and_a_near_one_drawn() -> None:
    assert line("VWAP", series(bar(0), bar(1))) == [[0, 100.5]]
    assert line("VWAP", series(bar(0, vwap=90.0), bar(1))) == [[0, None]]
    assert line("BB lower", series(bar(0, bb_lower=90.0), bar(1))) == [[0, 90.0]]


def test_figures_have_eight_digits() -> None:
    assert line("BB lower", BEFORE) == [[0, 98.123457]]
