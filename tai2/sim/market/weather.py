"""How a synthetic price moves: persistent regimes, mean-reverting noise, rare bursts.

The synthetic market owns one per instrument, for its history and for its live steps.
Everything is drawn from one seeded generator; no clock is read.
"""

import math
import random
from typing import Final

from tai2.sim.market.minutes import MINUTE_MS, Minute

BPS: Final = 1e-4
_NOISE_BPS: Final = 11.0
"""Standard deviation of one minute."""
_REVERSION_MIN: Final = 60.0
"""The noise forgets itself within about this time; the regimes' drift stays."""
_TREND_BPS: Final = 1.3
"""Drift of a strong trend, each minute."""
_FIRST_TREND_MIN: Final = 600.0
_SLOW_TREND_MIN: Final = 14_400
_SLOW_BPS: Final = 0.16
_BURST_MIN: Final = 18.0
_BURST_BPS: Final = 16.0
_BURST_S: Final = 25.0
_STRIDES_MIN: Final = ((24_600, 30), (2_600, 5))
"""(age, stride): older than this the past is made in such strides, for no narrower bar of
those that are kept reaches back as far (400 hours, 400 times five minutes)."""
_FINE_STEPS: Final = 6
_COARSE_STEPS: Final = 3


class Weather:
    """The state of one instrument's price process, in logarithms."""

    def __init__(self, seed: int, inst_id: str) -> None:
        self.rng = random.Random(f"{seed}:{inst_id}")  # noqa: S311 - a market, not a secret
        self.base = 0.0
        """Logarithm of the price without its noise."""
        self.noise = 0.0
        self.drift_bps = 0.0
        """Of the present regime, each minute."""
        self.regime_left_min = 0.0
        self.burst_left_s = 0.0
        self.burst_sign = 0

    @property
    def log_px(self) -> float:
        """Logarithm of the fair price."""
        return self.base + self.noise

    def move(self, dt_s: float) -> float:
        """Move by dt_s seconds and return the change of the logarithm."""
        before, minutes = self.log_px, dt_s / 60
        self._turn(minutes)
        spread = _NOISE_BPS * BPS * math.sqrt(minutes)
        self.noise += self.rng.gauss(0.0, spread) - self.noise * min(1.0, minutes / _REVERSION_MIN)
        self.noise += self._burst(dt_s)
        self.base += self.drift_bps * BPS * minutes
        return self.log_px - before

    def _turn(self, minutes: float) -> None:
        """Let the regime end and the next one begin."""
        self.regime_left_min -= minutes
        if self.regime_left_min > 0:
            return
        if self.drift_bps:
            self.drift_bps = 0.0
            self.regime_left_min = self.rng.uniform(60, 240)
        else:
            self.drift_bps = self.rng.choice((-1, 1)) * _TREND_BPS * self.rng.uniform(0.6, 1.2)
            self.regime_left_min = self.rng.uniform(120, 420)

    def _burst(self, dt_s: float) -> float:
        """Return the part of a burst that falls into dt_s; the noise gives it back later."""
        if self.burst_left_s <= 0:
            if self.rng.random() >= dt_s / 60 / _BURST_MIN:
                return 0.0
            self.burst_left_s = _BURST_S
            leaning = 0.5 + 0.15 * (self.drift_bps > 0) - 0.15 * (self.drift_bps < 0)
            self.burst_sign = 1 if self.rng.random() < leaning else -1
        part = min(dt_s, self.burst_left_s)
        self.burst_left_s -= part
        return self.burst_sign * _BURST_BPS * BPS * part / _BURST_S

    def past(self, end_ms: int, count: int, minute_base: float) -> list[Minute]:
        """Return bars of the `count` minutes before end_ms, prices as logarithms from 0.

        The last days rise or fall slowly and the last hours fast, in one direction, whatever
        the time of the day: a market that is worth looking at from its first minute.
        """
        sign = self.rng.choice((-1, 1))
        bars: list[Minute] = []
        left_min = count
        while left_min > 0:
            width = next((stride for age, stride in _STRIDES_MIN if left_min > age), 1)
            self._schedule(left_min, sign)
            volume = minute_base * width * self.rng.lognormvariate(0.0, 0.5)
            bars.append(self._bar(end_ms - left_min * MINUTE_MS, width, volume))
            left_min -= width
        self.drift_bps, self.regime_left_min = sign * _TREND_BPS, _FIRST_TREND_MIN / 2
        return bars

    def _bar(self, ts: int, width_min: int, volume: float) -> Minute:
        first = self.log_px
        steps = _FINE_STEPS if width_min == 1 else _COARSE_STEPS
        path = [first, *(self._moved(width_min * 60 / steps) for _ in range(steps))]
        last = path[-1]
        volume *= 1 + abs(last - first) / (_NOISE_BPS * BPS)
        return Minute(ts, first, max(path), min(path), last, volume)

    def _moved(self, dt_s: float) -> float:
        self.move(dt_s)
        return self.log_px

    def _schedule(self, left_min: int, sign: int) -> None:
        """Impose the regimes that the recent past must have had."""
        if left_min <= _FIRST_TREND_MIN:
            self.drift_bps, self.regime_left_min = sign * _TREND_BPS, _FIRST_TREND_MIN
        elif left_min <= _SLOW_TREND_MIN:
            self.drift_bps, self.regime_left_min = sign * _SLOW_BPS, float(_SLOW_TREND_MIN)
