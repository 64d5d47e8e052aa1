"""Technical indicators against formulas written out by hand in numpy."""

from decimal import Decimal

import numpy as np
import pytest

from tai2.indicators.columns import columns_of
from tai2.indicators.technical import DAY_MS, technical_set, used
from tai2.model.ids import InstId
from tai2.model.market import Bar, Candle
from tai2.model.money import BaseQty, Px
from tai2.model.snapshot import TechnicalSet

MIDNIGHT = 20_000 * DAY_MS
FIGURES = [
    name for name in TechnicalSet.__dataclass_fields__ if name not in {"bar", "bars", "closes"}
]


def candle(ts: int, close: float, *, spread: float = 0.0, volume: float = 1.0) -> Candle:
    def px(number: float) -> Px:
        return Px(Decimal(f"{number:.6f}"))

    return Candle(
        inst_id=InstId("BTC-USDT-SWAP"),
        ts_event=ts,
        ts_recv=ts,
        bar=Bar.M1,
        open_px=px(close),
        high_px=px(close + spread),
        low_px=px(close - spread / 2),
        close_px=px(close),
        base_vol=BaseQty(Decimal(f"{volume:.6f}")),
        is_closed=True,
    )


def walk(bars: int, start: int = MIDNIGHT, seed: int = 7) -> list[Candle]:
    rng = np.random.default_rng(seed)
    closes = 100 + np.cumsum(rng.normal(0, 0.3, bars))
    return [
        candle(start + n * 60_000, close, spread=rng.uniform(0.1, 0.5), volume=rng.uniform(1, 9))
        for n, close in enumerate(closes)
    ]


def closes_of(candles: list[Candle]) -> np.ndarray:
    return np.array([float(each.close_px) for each in candles])


def wilder(numbers: np.ndarray, length: int) -> np.ndarray:
    """Smooth as Wilder did: seeded with the mean of the first `length`."""
    out = np.full(len(numbers), np.nan)
    out[length - 1] = numbers[:length].mean()
    for n in range(length, len(numbers)):
        out[n] = (out[n - 1] * (length - 1) + numbers[n]) / length
    return out


def rsi(closes: np.ndarray) -> np.ndarray:
    moves = np.diff(closes)
    gains, losses = wilder(np.maximum(moves, 0), 14), wilder(np.maximum(-moves, 0), 14)
    return np.concatenate([[np.nan], 100 * gains / (gains + losses)])


def ema(closes: np.ndarray, length: int) -> float:
    out = closes[:length].mean()
    for close in closes[length:]:
        out += (close - out) * 2 / (length + 1)
    return float(out)


def test_bollinger_bands_use_the_population_deviation() -> None:
    candles = walk(300)
    last = closes_of(candles)[-20:]
    found = technical_set(Bar.M1, columns_of(candles))
    assert found.bb_mid == pytest.approx(last.mean(), rel=1e-9)
    assert found.bb_lower == pytest.approx(last.mean() - 2 * last.std(ddof=0), rel=1e-9)
    assert found.bb_upper == pytest.approx(last.mean() + 2 * last.std(ddof=0), rel=1e-9)


def test_rsi_and_atr_are_wilder_smoothed() -> None:
    candles = walk(300)
    closes = closes_of(candles)
    high = np.array([float(each.high_px) for each in candles])
    low = np.array([float(each.low_px) for each in candles])
    before = closes[:-1]
    true_range = np.max([high[1:] - low[1:], abs(high[1:] - before), abs(low[1:] - before)], axis=0)
    found = technical_set(Bar.M1, columns_of(candles))
    assert found.rsi14 == pytest.approx(rsi(closes)[-1], rel=1e-9)
    assert found.atr14 == pytest.approx(wilder(true_range, 14)[-1], rel=1e-9)


def test_stochastic_rsi_smooths_three_and_three() -> None:
    candles = walk(300)
    strength = rsi(closes_of(candles))
    raw = []
    for end in range(len(strength) - 4, len(strength) + 1):
        window = strength[end - 14 : end]
        raw.append(100 * (window[-1] - window.min()) / (window.max() - window.min()))
    k = np.convolve(raw, np.ones(3) / 3, "valid")
    found = technical_set(Bar.M1, columns_of(candles))
    assert found.stoch_rsi_k == pytest.approx(k[-1], rel=1e-9)
    assert found.stoch_rsi_d == pytest.approx(k.mean(), rel=1e-9)


def test_emas_start_from_a_simple_mean() -> None:
    candles = walk(300)
    found = technical_set(Bar.M1, columns_of(candles))
    assert found.ema20 == pytest.approx(ema(closes_of(candles), 20), rel=1e-9)
    assert found.ema50 == pytest.approx(ema(closes_of(candles), 50), rel=1e-9)


def test_volume_is_scored_within_its_last_twenty() -> None:
    candles = walk(60)
    volumes = np.array([float(each.base_vol) for each in candles[-20:]])
    found = technical_set(Bar.M1, columns_of(candles))
    assert found.volume == volumes[-1]
    assert found.volume_avg == pytest.approx(volumes.mean())
    assert found.volume_z == pytest.approx((volumes[-1] - volumes.mean()) / volumes.std())


def test_vwap_starts_anew_at_midnight_utc() -> None:
    candles = walk(100, start=MIDNIGHT - 90 * 60_000)
    today = candles[90:]
    typical = [float(c.high_px + c.low_px + c.close_px) / 3 for c in today]
    volumes = [float(c.base_vol) for c in today]
    found = technical_set(Bar.M1, columns_of(candles))
    assert found.vwap == pytest.approx(np.dot(typical, volumes) / sum(volumes), rel=1e-9)


def test_vwap_reaches_further_back_than_the_window() -> None:
    candles = walk(900)
    typical = [float(c.high_px + c.low_px + c.close_px) / 3 for c in candles]
    volumes = [float(c.base_vol) for c in candles]
    found = technical_set(Bar.M1, columns_of(candles))
    assert found.bars == 300
    assert found.vwap == pytest.approx(np.dot(typical, volumes) / sum(volumes), rel=1e-9)


@pytest.mark.parametrize(
    ("figure", "first"),
    [
        ("bb_mid", 20),
        ("ema20", 20),
        ("ema50", 50),
        ("rsi14", 15),
        ("atr14", 15),
        ("stoch_rsi_k", 30),
        ("stoch_rsi_d", 32),
        ("volume_avg", 20),
        ("volume_z", 20),
        ("vwap", 1),
        ("close", 1),
    ],
)
def test_warm_up_is_none_and_then_a_number(figure: str, first: int) -> None:
    candles = walk(60)
    before = [getattr(technical_set(Bar.M1, columns_of(candles[:n])), figure) for n in range(first)]
    assert before == [None] * first
    assert getattr(technical_set(Bar.M1, columns_of(candles[:first])), figure) is not None


def test_flat_prices_have_no_stochastic_rsi() -> None:
    flat = [candle(MIDNIGHT + n * 60_000, 5.0) for n in range(80)]
    found = technical_set(Bar.M1, columns_of(flat))
    assert (found.stoch_rsi_k, found.stoch_rsi_d, found.rsi14) == (None, None, None)
    assert (found.bb_lower, found.bb_mid, found.bb_upper) == (5.0, 5.0, 5.0)
    assert found.volume_z is None


def test_prices_gone_flat_have_no_stochastic_rsi_either() -> None:
    moving = walk(80)
    flat = [candle(MIDNIGHT + n * 60_000, 100.0) for n in range(80, 120)]
    found = technical_set(Bar.M1, columns_of(moving + flat))
    assert found.rsi14 is not None
    assert (found.stoch_rsi_k, found.stoch_rsi_d) == (None, None)


def test_a_session_without_volume_has_no_vwap() -> None:
    dead = [candle(MIDNIGHT + n * 60_000, 5.0 + n, volume=0.0) for n in range(30)]
    found = technical_set(Bar.M1, columns_of(dead))
    assert (found.vwap, found.volume, found.volume_z) == (None, 0.0, None)


def test_no_candles_give_nothing_but_none() -> None:
    found = technical_set(Bar.H4, columns_of([]))
    assert found.bars == 0
    assert all(getattr(found, figure) is None for figure in FIGURES)


def test_the_future_changes_nothing_before_it() -> None:
    candles = walk(320)
    shorter = columns_of(candles[:310])
    assert technical_set(Bar.M1, shorter) == technical_set(Bar.M1, shorter)
    assert technical_set(Bar.M1, shorter) != technical_set(Bar.M1, columns_of(candles))


@pytest.mark.parametrize("start", [MIDNIGHT, MIDNIGHT - 7_200_000, MIDNIGHT - 30_000_000])
@pytest.mark.parametrize("bars", [1, 299, 300, 301, 700])
def test_what_is_sent_to_be_computed_is_enough(bars: int, start: int) -> None:
    candles = walk(bars, start)
    tail = used(candles)
    assert technical_set(Bar.M1, columns_of(tail)) == technical_set(Bar.M1, columns_of(candles))
    assert len(tail) >= min(bars, 300)


def test_no_more_than_the_day_is_sent_to_be_computed() -> None:
    assert len(used(walk(700, MIDNIGHT - 690 * 60_000))) == 300
    assert used(()) == ()


def test_last_closes_are_kept_oldest_first() -> None:
    candles = walk(40)
    assert technical_set(Bar.M1, columns_of(candles)).closes == tuple(closes_of(candles)[-30:])
