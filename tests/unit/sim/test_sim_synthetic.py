"""The seeded market: the same every time, lively, never crossed, trending from the start."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from statistics import fmean

import pytest

from tai2.sim.exchange.exchange import Exchange
from tai2.sim.exchange.records import (
    BookMoved,
    CandleRow,
    LiquidationPrinted,
    SimEvent,
    TradePrinted,
)
from tai2.sim.log import EventLog
from tai2.sim.market.listings import BTC, DEFAULT_SPECS
from tai2.sim.market.synthetic import SyntheticMarket

MIDNIGHT_MS = 1_790_035_200_000
MINUTE_MS = 60_000


def ema(closes: Sequence[float], span: int) -> float:
    average = fmean(closes[:span])
    for close in closes[span:]:
        average += (close - average) * 2 / (span + 1)
    return average


def atr(rows: Sequence[CandleRow]) -> float:
    pairs = list(pairwise(rows))[-14:]
    return fmean(float(max(now.h, old.c) - min(now.l, old.c)) for old, now in pairs)


def started(now_ms: int, *, seed: int = 7, count: int = 1) -> tuple[Exchange, SyntheticMarket]:
    exchange = Exchange(DEFAULT_SPECS[:count], seed=1)
    market = SyntheticMarket(seed=seed)
    market.start(exchange, now_ms)
    return exchange, market


def closed(exchange: Exchange, inst_id: str, bar: str) -> list[CandleRow]:
    return [row for row in exchange.candles(inst_id, bar) if row.confirmed]


@pytest.mark.parametrize("minute", [0, 37, 95, 143, 239])
def test_default_seed_starts_in_a_trend_whatever_the_minute(minute: int) -> None:
    exchange, _ = started(MIDNIGHT_MS + minute * MINUTE_MS + 12_345, count=3)
    for spec in DEFAULT_SPECS:
        fast, slow = (
            [
                ema([float(row.c) for row in closed(exchange, spec.inst_id, bar)], span)
                for bar in ("5m", "4H")
            ]
            for span in (20, 50)
        )
        gaps = [one - other for one, other in zip(fast, slow, strict=True)]
        assert (gaps[0] > 0) == (gaps[1] > 0)
        assert abs(gaps[0]) > atr(closed(exchange, spec.inst_id, "5m"))


def test_every_width_has_history_aligned_to_utc_and_gapless() -> None:
    exchange, _ = started(MIDNIGHT_MS + 37 * MINUTE_MS + 5_000)
    for bar, width in (("1m", 60_000), ("5m", 300_000), ("1H", 3_600_000), ("4H", 14_400_000)):
        rows = exchange.candles(BTC.inst_id, bar)
        assert sum(row.confirmed for row in rows) >= 300
        assert [row.ts for row in rows] == list(range(rows[0].ts, rows[-1].ts + 1, width))
        assert rows[0].ts % width == 0
        assert [row.confirmed for row in rows[-2:]] == [True, False]


def test_five_minute_bars_are_worth_more_than_their_costs() -> None:
    exchange, _ = started(MIDNIGHT_MS)
    rows = closed(exchange, BTC.inst_id, "5m")
    ranges = [atr(rows[at : at + 15]) / float(rows[at].c) * 10_000 for at in range(0, 1400, 50)]
    assert 28 < fmean(ranges) < 45


def walked(minutes: int, seed: int = 7) -> tuple[Exchange, list[SimEvent]]:
    exchange, market = started(MIDNIGHT_MS, seed=seed)
    events: list[SimEvent] = []
    exchange.subscribe(events.append)
    for count in range(minutes * 120):
        market.step(exchange, MIDNIGHT_MS + (count + 1) * 500)
    return exchange, events


def test_same_seed_and_times_give_the_same_market() -> None:
    first = walked(1)[1]
    assert walked(1)[1] == first
    assert walked(1, seed=8)[1] != first


def test_book_is_never_crossed_and_deep_enough() -> None:
    exchange, market = started(MIDNIGHT_MS, count=3)
    for count in range(600):
        market.step(exchange, MIDNIGHT_MS + (count + 1) * 700)
        for spec in DEFAULT_SPECS:
            book = exchange.book(spec.inst_id, 400)
            assert book.bids[0][0] < book.asks[0][0]
            assert min(len(book.bids), len(book.asks)) >= 20
            assert (book.asks[0][0] / book.bids[0][0] - 1) * 10_000 < 2


def test_takers_lean_where_the_price_goes() -> None:
    exchange, events = walked(40)
    trades = [event.row for event in events if isinstance(event, TradePrinted)]
    same = 0
    for minute in range(40):
        rows = [row for row in trades if (row.ts - MIDNIGHT_MS) // MINUTE_MS == minute]
        cvd = sum(row.sz if row.side == "buy" else -row.sz for row in rows)
        same += (cvd > 0) == (rows[-1].px > rows[0].px)
    assert same >= 28
    assert exchange.ticker(BTC.inst_id).last == trades[-1].px


def test_bursts_publish_liquidations() -> None:
    _, events = walked(60)
    assert any(isinstance(event, LiquidationPrinted) for event in events)
    assert any(isinstance(event, BookMoved) for event in events)


def test_restart_continues_from_the_logged_price(tmp_path_factory: pytest.TempPathFactory) -> None:
    directory = tmp_path_factory.mktemp("sim")
    exchange = Exchange([BTC], seed=1, log=EventLog(directory))
    market = SyntheticMarket(prices={"BTC": 64_000})
    market.start(exchange, MIDNIGHT_MS)
    for count in range(30):
        market.step(exchange, MIDNIGHT_MS + (count + 1) * 1000)
    last = exchange.last_prices()[BTC.inst_id]
    again = Exchange([BTC], seed=1, log=EventLog(directory))
    SyntheticMarket().start(again, MIDNIGHT_MS + MINUTE_MS)
    assert abs(again.mark_px(BTC.inst_id) / last - 1) < Decimal("0.001")


def test_long_silence_is_walked_through() -> None:
    exchange, market = started(MIDNIGHT_MS)
    market.step(exchange, MIDNIGHT_MS + 5 * 3_600_000)
    rows = exchange.candles(BTC.inst_id, "5m")
    assert rows[-1].ts == MIDNIGHT_MS + 5 * 3_600_000
    assert all(row.vol_contracts > 0 for row in rows[-50:-1])
