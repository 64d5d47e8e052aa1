"""The mission's technical indicators of one bar width, computed with pandas-ta.

A job of the worker calls it once for each newly closed bar. It must never see a forming bar, nor
let a NaN or a 0 stand for "not enough history".
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from tai2.indicators.columns import Columns
from tai2.indicators.library import pandas_ta
from tai2.model.market import Bar, Candle
from tai2.model.snapshot import TechnicalSet

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Floats = np.ndarray[tuple[int], np.dtype[np.floating[Any]]]

WINDOW: Final = 300
"""Bars behind every indicator except VWAP: recursive ones have settled to 1e-8 by then."""
CLOSES: Final = 30
VOLUME_BARS: Final = 20
WILDER_BARS: Final = 14
STOCH_BARS: Final = 14
STOCH_SMOOTHING: Final = 5
"""%D averages three %K, each of three raw values: five windows of RSI stand behind it."""
DAY_MS: Final = 86_400_000
FLAT_RSI: Final = 1e-9
"""An RSI range below this is rounding noise: StochRSI would be 0/0."""


def technical_set(bar: Bar, columns: Columns) -> TechnicalSet:
    """Compute all indicators over closed candles.

    Args:
        bar: Width of the candles.
        columns: The last 300 candles count, for VWAP all since 00:00 UTC of the last one's
            day. Empty or short history is fine.

    Returns:
        Indicators at the last closed bar; None where the warm-up isn't over or the formula
        is 0/0 (StochRSI of flat prices, VWAP and volume score without volume).
    """
    closes = columns.close[-WINDOW:]
    if not closes:
        return blank(bar)
    figures = (
        _of_closes(closes)
        | _of_volumes(columns.volume[-VOLUME_BARS:])
        | {"atr14": _atr(columns), "vwap": _session_vwap(columns), "close": closes[-1]}
    )
    return TechnicalSet(
        bar=bar,
        bars=len(closes),
        closes=closes[-CLOSES:],
        **{name: _finite(figures.get(name)) for name in _FIGURES},
    )


def blank(bar: Bar) -> TechnicalSet:
    """Return the set of a bar width without history: every figure None."""
    return TechnicalSet(bar=bar, bars=0, closes=(), **dict.fromkeys(_FIGURES))


def used(candles: Sequence[Candle]) -> Sequence[Candle]:
    """Return the tail of closed candles that `technical_set` looks at."""
    return candles[-max(WINDOW, len(candles) - _first_of_day([c.ts_event for c in candles])) :]


_FIGURES: Final = tuple(
    name for name in TechnicalSet.__dataclass_fields__ if name not in {"bar", "bars", "closes"}
)


def _of_closes(closes: Sequence[float]) -> dict[str, float | None]:
    import pandas as pd

    ta = pandas_ta()

    close = pd.Series(closes)
    bands = ta.bbands(close, length=20, std=2, lower_std=2, upper_std=2, ddof=0, talib=False)
    rsi = ta.rsi(close, length=14, talib=False)
    return {
        "bb_lower": _column(bands, "BBL"),
        "bb_mid": _column(bands, "BBM"),
        "bb_upper": _column(bands, "BBU"),
        "ema20": _last(ta.ema(close, length=20, talib=False)),
        "ema50": _last(ta.ema(close, length=50, talib=False)),
        "rsi14": _last(rsi),
        **_stoch_rsi(close, rsi),
    }


def _stoch_rsi(close: pd.Series[float], rsi: pd.Series[float] | None) -> dict[str, float | None]:
    ta = pandas_ta()

    if rsi is None or not _is_moving(rsi.to_numpy()):
        return {}
    stoch = ta.stochrsi(close, length=14, rsi_length=14, k=3, d=3, talib=False)
    return {"stoch_rsi_k": _column(stoch, "STOCHRSIk"), "stoch_rsi_d": _column(stoch, "STOCHRSId")}


def _is_moving(rsi: Floats) -> bool:
    """Tell whether each RSI window behind the last %D has a range to divide by.

    pandas-ta replaces a zero range by epsilon and so prints 0 (or noise) for flat prices.
    """
    ends = range(len(rsi), max(len(rsi) - STOCH_SMOOTHING, STOCH_BARS - 1), -1)
    windows = [rsi[end - STOCH_BARS : end] for end in ends]
    return all(not (window.max() - window.min() < FLAT_RSI) for window in windows)


def _of_volumes(volumes: Sequence[float]) -> dict[str, float | None]:
    newest = volumes[-1]
    if len(volumes) < VOLUME_BARS:
        return {"volume": newest}
    mean = math.fsum(volumes) / VOLUME_BARS
    deviation = math.sqrt(math.fsum((each - mean) ** 2 for each in volumes) / VOLUME_BARS)
    score = (newest - mean) / deviation if deviation > mean * FLAT_RSI else None
    return {"volume": newest, "volume_avg": mean, "volume_z": score}


def _atr(columns: Columns) -> float | None:
    """Smooth the true range as Wilder did.

    ta.atr gives the same number; its true range of concatenated frames costs four times this.
    """
    import pandas as pd

    high, low, close = (each[-WINDOW:] for each in (columns.high, columns.low, columns.close))
    if len(close) <= WILDER_BARS:
        return None
    ranges = [
        max(top, before) - min(bottom, before)
        for top, bottom, before in zip(high[1:], low[1:], close, strict=False)
    ]
    return _last(pandas_ta().rma(pd.Series(ranges), length=14))


def _session_vwap(columns: Columns) -> float | None:
    import pandas as pd

    first = _first_of_day(columns.ts)
    index = pd.DatetimeIndex([ts * 1_000_000 for ts in columns.ts[first:]])
    high, low, close, volume = (
        pd.Series(column[first:], index=index, dtype=float)
        for column in (columns.high, columns.low, columns.close, columns.volume)
    )
    return _last(pandas_ta().vwap(high, low, close, volume, anchor="D"))


def _first_of_day(ts: Sequence[int]) -> int:
    """Return the place of the first candle that opened on the last one's UTC day."""
    midnight = ts[-1] // DAY_MS * DAY_MS if ts else 0
    return bisect_left(ts, midnight)


def _column(frame: pd.DataFrame | None, prefix: str) -> float | None:
    """Return the last number of the column that starts with a prefix.

    Upstream pandas-ta writes BBL_20_2.0_2.0 where classic writes BBL_20_2.0.
    """
    if frame is None:
        return None
    name = next(name for name in frame.columns if str(name).startswith(prefix + "_"))
    return _last(frame[name])


def _last(series: pd.Series[float] | None) -> float | None:
    """Return the newest number of a series; None when the library had too few bars."""
    return None if series is None else float(series.to_numpy()[-1])


def _finite(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None
