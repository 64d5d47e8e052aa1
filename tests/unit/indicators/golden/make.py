"""Made golden.json, once, in a throw-away environment of Python 3.13 (see README.md there).

Usage: python make.py CANDLES.csv.gz golden.json
Upstream pandas-ta and TA-Lib compute every figure of TechnicalSet at the last of 300 closed
5-minute bars, for several windows; the bars are stored too, so that the test needs no more.
"""

import json
import sys
import warnings
from importlib.metadata import version

warnings.simplefilter("ignore")

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import pandas_ta as ta  # noqa: E402
import talib  # noqa: E402

START, BARS, WINDOW = "2022-01-05 00:00", 420, 300
ENDS = (300, 345, 390, 420)
"""Windows of the 300 bars before each of these places."""


def main(source: str, target: str) -> None:
    minutes = pd.read_csv(source, parse_dates=["timestamp"], index_col="timestamp")
    how = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}
    bars = minutes.loc[START:].resample("5min").agg(how).dropna().iloc[:BARS]
    bars = bars.assign(volume=bars["volume"].round(4))
    rows = [
        [int(when.timestamp() * 1000), *(repr(float(cell)) for cell in row)]
        for when, row in zip(bars.index, bars.to_numpy(), strict=True)
    ]
    cases = [
        {"end": end, "pandas_ta": upstream(bars, end), "talib": by_talib(bars, end)} for end in ENDS
    ]
    made = {name: version(name) for name in ("pandas-ta", "TA-Lib", "pandas", "numpy")}
    made["python"] = sys.version.split()[0]
    with open(target, "w", encoding="utf-8") as out:  # noqa: PTH123 - a script
        head = json.dumps({"made_with": made, "cases": cases}, indent=1)[:-2]
        body = ",\n".join(f"  {json.dumps(row)}" for row in rows)
        out.write(f'{head},\n "bars": [\n{body}\n ]\n}}\n')


def upstream(bars: pd.DataFrame, end: int) -> dict[str, float]:
    window = bars.iloc[end - WINDOW : end]
    close, volume = window["close"], window["volume"]
    # ddof and talib=False are pinned: upstream takes ddof=1 or TA-Lib by what is installed.
    bands = ta.bbands(close, length=20, lower_std=2, upper_std=2, ddof=0, talib=False)
    stoch = ta.stochrsi(close, length=14, rsi_length=14, k=3, d=3, talib=False)
    atr = ta.atr(window["high"], window["low"], close, length=14, mamode="rma", talib=False)
    session = bars.iloc[:end].loc[lambda frame: frame.index >= frame.index[-1].normalize()]
    vwap = ta.vwap(session["high"], session["low"], session["close"], session["volume"], anchor="D")
    mean = ta.sma(volume, length=20, talib=False)
    score = ta.zscore(volume, length=20, std=1, ddof=0)
    series = {
        "bb_lower": bands.iloc[:, 0], "bb_mid": bands.iloc[:, 1], "bb_upper": bands.iloc[:, 2],
        "stoch_rsi_k": stoch.iloc[:, 0], "stoch_rsi_d": stoch.iloc[:, 1], "vwap": vwap,
        "volume": volume, "volume_avg": mean, "volume_z": score,
        "ema20": ta.ema(close, length=20, talib=False),
        "ema50": ta.ema(close, length=50, talib=False),
        "rsi14": ta.rsi(close, length=14, talib=False), "atr14": atr,
    }  # fmt: skip
    return {name: float(column.iloc[-1]) for name, column in series.items()}


def by_talib(bars: pd.DataFrame, end: int) -> dict[str, float]:
    window = bars.iloc[end - WINDOW : end]
    high, low, close, volume = (
        window[name].to_numpy(dtype=float) for name in ("high", "low", "close", "volume")
    )
    upper, mid, lower = talib.BBANDS(close, timeperiod=20, nbdevup=2, nbdevdn=2)
    # TA-Lib's fast %K of 14 over RSI 14; its smoothed three is our %K, three of that our %D.
    raw, smooth = talib.STOCHRSI(close, timeperiod=14, fastk_period=14, fastd_period=3)
    figures = {
        "bb_lower": lower, "bb_mid": mid, "bb_upper": upper,
        "stoch_rsi_k": smooth, "stoch_rsi_d": talib.SMA(smooth, 3),
        "volume_avg": talib.SMA(volume, 20),
        "ema20": talib.EMA(close, 20), "ema50": talib.EMA(close, 50),
        "rsi14": talib.RSI(close, 14), "atr14": talib.ATR(high, low, close, 14),
    }  # fmt: skip
    assert np.isfinite(raw[-1])
    return {name: float(column[-1]) for name, column in figures.items()}


if __name__ == "__main__":
    main(*sys.argv[1:])
