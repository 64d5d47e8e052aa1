"""A seeded series that has everything a chart can show."""

import math
import random
from dataclasses import replace

from tai2.view.plot.series import Level, LevelKind, Mark, Series

BAR_MS = 300_000
FIRST_MS = 1_763_856_000_000 - 96 * BAR_MS
"""96 bars before 2025-11-23 00:00 UTC."""


def series(bars: int = 160, seed: int = 3) -> Series:
    """Make a walk with bands, VWAP, flow, oscillators, own fills and levels."""
    chance, px = random.Random(seed), 66_000.0
    opens, closes = [], []
    for at in range(bars):
        opens.append(px)
        px *= 1 + chance.gauss(0, 0.0009) + 0.0006 * math.sin(at / 14)
        closes.append(px)
    noise = [abs(chance.gauss(0, 25)) for _bar in range(bars)]
    middles = [sum(closes[max(at - 19, 0) : at + 1]) / min(at + 1, 20) for at in range(bars)]
    ts = tuple(FIRST_MS + at * BAR_MS for at in range(bars))
    pairs = list(zip(opens, closes, noise, strict=True))
    return Series(
        title="BTC-USDT-SWAP 5m",
        bar_ms=BAR_MS,
        decimals=1,
        ts=ts,
        opens=tuple(opens),
        closes=tuple(closes),
        highs=tuple(max(o, c) + n for o, c, n in pairs),
        lows=tuple(min(o, c) - n for o, c, n in pairs),
        volumes=tuple(chance.expovariate(1 / 30) for _bar in range(bars)),
        upper=tuple(m + 300 if at >= 19 else None for at, m in enumerate(middles)),
        lower=tuple(m - 300 if at >= 19 else None for at, m in enumerate(middles)),
        vwap=tuple(middles),
        cvd=tuple(100 * math.sin(at / 20) for at in range(bars)),
        stoch_k=tuple(50 + 50 * math.sin(at / 9) for at in range(bars)),
        stoch_d=tuple(50 + 50 * math.sin((at - 2) / 9) for at in range(bars)),
        marks=tuple(
            Mark(ts=ts[at], px=closes[at], is_buy=is_buy)
            for at, is_buy in ((bars // 2, True), (bars * 3 // 4, False))
            if bars
        ),
        levels=(Level(kind=LevelKind.STOP, px=64_000.0),),
    )


def ticked(before: Series, ratio: float = 1.0003) -> Series:
    """Return the series after one more trade in the newest bar."""
    close = before.closes[-1] * ratio
    return replace(
        before,
        closes=(*before.closes[:-1], close),
        highs=(*before.highs[:-1], max(before.highs[-1], close)),
        lows=(*before.lows[:-1], min(before.lows[-1], close)),
        volumes=(*before.volumes[:-1], before.volumes[-1] + 1),
        cvd=(*before.cvd[:-1], (before.cvd[-1] or 0) + 2),
        stoch_k=(*before.stoch_k[:-1], 61.0),
    )


def flat(*prices: float) -> Series:
    """Make bars that open, close, rise and fall to one price each."""
    line = tuple(prices)
    ts = tuple(FIRST_MS + at * BAR_MS for at in range(len(line)))
    return Series(
        title="X", bar_ms=BAR_MS, decimals=1, ts=ts, opens=line, highs=line, lows=line, closes=line
    )
