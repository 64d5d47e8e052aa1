"""A market along a file keeps the file's prices, volumes and times."""

import random
from decimal import Decimal
from itertools import pairwise

import pytest

from tai2.sim.exchange.exchange import Exchange
from tai2.sim.exchange.records import NewOrder, TradePrinted
from tai2.sim.market.candles import CandleMarket
from tai2.sim.market.csv_file import CandleFile
from tai2.sim.market.listings import BTC
from tai2.sim.market.minutes import Minute

FIRST_MS = 1_640_995_200_000
INST = BTC.inst_id


def random_file(count: int, *, gap_at: int = -1) -> CandleFile:
    rng, px, ts, minutes = random.Random(5), 46_000.0, FIRST_MS, []
    for number in range(count):
        close = round(px + rng.randint(-300, 300) / 10, 1)
        high, low = (
            max(px, close) + rng.randint(0, 90) / 10,
            min(px, close) - rng.randint(0, 90) / 10,
        )
        minutes.append(
            Minute(ts, px, round(high, 1), round(low, 1), close, rng.randint(10, 900) / 10)
        )
        px, ts = close, ts + (60_000 if number != gap_at else 180_000)
    return CandleFile(name="random", minutes=tuple(minutes), missing=2 if gap_at >= 0 else 0)


def replay(file: CandleFile) -> Exchange:
    exchange = Exchange([BTC], seed=1)
    market = CandleMarket.replayed(file, BTC, seed=1)
    times = list(market.times())
    market.start(exchange, times[0])
    for now_ms in times:
        market.step(exchange, now_ms)
        book = exchange.book(INST, 1)
        assert book.bids[0][0] < book.asks[0][0]
    exchange.advance(times[-1] + 1_000)
    return exchange


def figures(minute: Minute) -> tuple[int, float, float, float, float, float]:
    return (minute.ts, minute.o, minute.h, minute.l, minute.c, round(minute.base_vol, 4))


def test_replayed_bars_equal_the_files() -> None:
    file = random_file(120)
    rows = [row for row in replay(file).candles(INST, "1m") if row.confirmed]
    seen = [
        (row.ts, *(float(px) for px in (row.o, row.h, row.l, row.c)), float(row.vol_ccy))
        for row in rows
    ]
    assert seen == [figures(minute) for minute in file.minutes]


def test_missing_minutes_stay_empty() -> None:
    rows = replay(random_file(10, gap_at=4)).candles(INST, "1m")
    empty = [row for row in rows if row.confirmed and not row.vol_contracts]
    assert [row.ts for row in empty] == [FIRST_MS + 300_000, FIRST_MS + 360_000]


@pytest.mark.parametrize(("close", "order"), [(105.0, "olhc"), (95.0, "ohlc")])
def test_path_visits_the_extremes_in_order(close: float, order: str) -> None:
    minute = Minute(FIRST_MS, 100.0, 110.0, 90.0, close, 4.0)
    file = CandleFile(
        name="one", minutes=(minute, minute._replace(ts=FIRST_MS + 60_000)), missing=0
    )
    exchange = Exchange([BTC], seed=1)
    prices: list[Decimal] = []
    exchange.subscribe(
        lambda event: prices.append(event.row.px) if isinstance(event, TradePrinted) else None
    )
    market = CandleMarket.replayed(file, BTC, seed=1)
    market.start(exchange, FIRST_MS)
    for now_ms in list(market.times())[:4]:
        market.step(exchange, now_ms)
    visited = list(dict.fromkeys(prices))
    assert visited == [
        Decimal(str({"o": 100.0, "h": 110.0, "l": 90.0, "c": close}[at])) for at in order
    ]


def test_sides_follow_the_legs() -> None:
    exchange = replay(random_file(60))
    trades = exchange.trades(INST, 1000)
    pairs = [(old, new) for old, new in pairwise(trades) if new.px != old.px]
    legs = [(new.px > old.px) for old, new in pairs]
    bought = [trade.side == "buy" for _, trade in pairs]
    assert sum(leg != side for leg, side in zip(legs, bought, strict=True)) == len(legs)
    volume = {side: sum(one.sz for one in trades if one.side == side) for side in ("buy", "sell")}
    assert min(volume.values()) > 0


def test_resting_order_fills_when_the_path_comes_by() -> None:
    file = random_file(3)
    exchange = Exchange([BTC], seed=1)
    market = CandleMarket.replayed(file, BTC, seed=1)
    market.start(exchange, FIRST_MS)
    px = Decimal(str(file.minutes[0].l)) + Decimal("0.5")
    ack = exchange.place(NewOrder(inst_id=INST, side="buy", ord_type="limit", px=px, sz=Decimal(1)))
    for now_ms in market.times():
        market.step(exchange, now_ms)
    order = exchange.order(INST, ack.ord_id)
    assert order is not None
    assert (order.state, order.avg_px) == ("filled", px)


def test_paced_market_gives_history_that_ends_now_and_goes_on_from_there() -> None:
    file, now_ms = random_file(400), 1_790_000_012_345
    exchange = Exchange([BTC], seed=1)
    market = CandleMarket.paced(file, BTC, seed=1, speed=10, history=300)
    market.start(exchange, now_ms)
    rows = exchange.candles(INST, "1m")
    assert len([row for row in rows if row.confirmed]) == 300
    assert rows[-1].ts == now_ms - now_ms % 60_000
    assert float(rows[-1].c) == file.minutes[299].c
    for count in range(60):
        market.step(exchange, now_ms + (count + 1) * 250)
    low = min(minute.l for minute in file.minutes[300:303])
    high = max(minute.h for minute in file.minutes[300:303])
    assert low <= float(exchange.ticker(INST).last) <= high


def test_paced_market_walks_back_behind_the_end() -> None:
    file, now_ms = random_file(6), 1_790_000_012_345
    exchange = Exchange([BTC], seed=1)
    market = CandleMarket.paced(file, BTC, seed=1, speed=60, history=2)
    market.start(exchange, now_ms)
    for count in range(20):
        market.step(exchange, now_ms + (count + 1) * 1000)
    lows, highs = (min(m.l for m in file.minutes), max(m.h for m in file.minutes))
    assert lows <= float(exchange.ticker(INST).last) <= highs
    assert exchange.trades(INST, 1)[0].ts == now_ms + 20_000
