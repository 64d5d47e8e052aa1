"""Closed candles stay in order, without doubles, and the forming one stays apart."""

from decimal import Decimal

from tai2.engine.candles import CAPACITY, CandleSeries
from tai2.model.ids import InstId
from tai2.model.market import Bar, Candle
from tai2.model.money import BaseQty, Px


def candle(minute: int, *, closed: bool = True, close: str = "1") -> Candle:
    px = Px(Decimal(close))
    return Candle(
        inst_id=InstId("BTC-USDT-SWAP"),
        ts_event=minute * 60_000,
        ts_recv=0,
        bar=Bar.M1,
        open_px=px,
        high_px=px,
        low_px=px,
        close_px=px,
        base_vol=BaseQty(Decimal(1)),
        is_closed=closed,
    )


def minutes(series: CandleSeries) -> list[int]:
    return [c.ts_event // 60_000 for c in series.closed]


def test_forming_bar_is_not_among_the_closed() -> None:
    series = CandleSeries(Bar.M1)
    series.add(candle(1))
    series.add(candle(2, closed=False))
    assert minutes(series) == [1]
    assert series.forming is not None
    series.add(candle(2))
    assert minutes(series) == [1, 2]
    assert series.forming is None


def test_backfill_fills_a_hole_and_replaces_doubles() -> None:
    series = CandleSeries(Bar.M1)
    for minute in (1, 2, 5):
        series.add(candle(minute))
    assert series.has_hole()
    series.backfill([candle(minute, close="2") for minute in (2, 3, 4)])
    assert minutes(series) == [1, 2, 3, 4, 5]
    assert not series.has_hole()
    assert [c.close_px for c in series.closed] == [1, 2, 2, 2, 1]


def test_memory_is_bounded() -> None:
    series = CandleSeries(Bar.M1)
    for minute in range(CAPACITY[Bar.M1] + 50):
        series.add(candle(minute))
    assert len(series.closed) == CAPACITY[Bar.M1]
    assert series.last is not None
    assert series.last.ts_event == (CAPACITY[Bar.M1] + 49) * 60_000
