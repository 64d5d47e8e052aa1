"""Indicators along a whole series of bars, for charts: the same library and settings.

A job of the daemon's charts calls it in the worker. At the last closed bar it must give the figures
of `technical_set`: the screen and the model see one Bollinger Band, not two.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tai2.indicators.columns import Columns
from tai2.indicators.library import pandas_ta
from tai2.indicators.technical import FLAT_RSI, STOCH_BARS, STOCH_SMOOTHING

if TYPE_CHECKING:
    import pandas as pd

LEAST_BARS: Final = 20
"""Fewer show no indicator at all: the longest window of a band."""
DIGITS: Final = 9
"""Significant digits kept: what a recursive indicator wins by a longer history is no change."""

Numbers = tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorSeries:
    """Columns as long as the bars, oldest first; None = not enough history."""

    bb_lower: Numbers
    bb_mid: Numbers
    bb_upper: Numbers
    vwap: Numbers
    stoch_k: Numbers
    stoch_d: Numbers


def indicator_series(columns: Columns) -> IndicatorSeries:
    """Compute Bollinger Bands, session VWAP and StochRSI along candles.

    Args:
        columns: Oldest first, the last may be forming. VWAP is right from the first midnight
            UTC among them on, and from the first bar when that is one.
    """
    blank: Numbers = (None,) * len(columns.ts)
    if len(columns.ts) < LEAST_BARS:
        return IndicatorSeries(**dict.fromkeys(IndicatorSeries.__dataclass_fields__, blank))
    import pandas as pd

    ta = pandas_ta()
    index = pd.DatetimeIndex([ts * 1_000_000 for ts in columns.ts])
    high, low, close, volume = (
        pd.Series(column, index=index, dtype=float)
        for column in (columns.high, columns.low, columns.close, columns.volume)
    )
    bands = ta.bbands(close, length=20, std=2, lower_std=2, upper_std=2, ddof=0, talib=False)
    stoch_k, stoch_d = _stoch_rsi(close) or (blank, blank)
    return IndicatorSeries(
        bb_lower=_column(bands, "BBL", blank),
        bb_mid=_column(bands, "BBM", blank),
        bb_upper=_column(bands, "BBU", blank),
        vwap=_numbers(ta.vwap(high, low, close, volume, anchor="D")),
        stoch_k=stoch_k,
        stoch_d=stoch_d,
    )


def _stoch_rsi(close: pd.Series[float]) -> tuple[Numbers, Numbers] | None:
    ta = pandas_ta()
    rsi = ta.rsi(close, length=14, talib=False)
    if rsi is None:
        return None
    stoch = ta.stochrsi(close, length=14, rsi_length=14, k=3, d=3, talib=False)
    if stoch is None:
        return None
    # A flat RSI makes it 0/0, and the library prints noise: nothing is drawn there.
    window = rsi.rolling(STOCH_BARS)
    is_moving = (window.max() - window.min()).rolling(STOCH_SMOOTHING).min() >= FLAT_RSI
    return (
        _column(stoch.where(is_moving), "STOCHRSIk", ()),
        _column(stoch.where(is_moving), "STOCHRSId", ()),
    )


def _column(frame: pd.DataFrame | None, prefix: str, blank: Numbers) -> Numbers:
    if frame is None:
        return blank
    name = next(name for name in frame.columns if str(name).startswith(prefix + "_"))
    return _numbers(frame[name])


def _numbers(series: pd.Series[float]) -> Numbers:
    return tuple(_kept(float(number)) for number in series.to_numpy())


def _kept(number: float) -> float | None:
    return float(f"{number:.{DIGITS}g}") if math.isfinite(number) else None
