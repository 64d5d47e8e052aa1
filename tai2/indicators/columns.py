"""Closed candles as columns of floats: what indicators compute from, and what a pipe carries.

Jobs carry them to wherever pandas is. Indicators are statistics: here, and only here, prices
stop being decimals; nothing made of them is ever sent to an exchange.
"""

from collections.abc import Sequence

import msgspec

from tai2.model.market import Candle


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    """Candles of one width, oldest first; all columns are as long."""

    ts: tuple[int, ...]
    """When each opened, ms UTC."""
    high: tuple[float, ...]
    low: tuple[float, ...]
    close: tuple[float, ...]
    volume: tuple[float, ...]
    """Base currency."""


def columns_of(candles: Sequence[Candle]) -> Columns:
    """Return candles as columns."""
    return Columns(
        ts=tuple(each.ts_event for each in candles),
        high=tuple(float(each.high_px) for each in candles),
        low=tuple(float(each.low_px) for each in candles),
        close=tuple(float(each.close_px) for each in candles),
        volume=tuple(float(each.base_vol) for each in candles),
    )
