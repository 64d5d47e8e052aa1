"""One-minute bars as a market reckons with them, and the exchange's candles made of them.

The synthetic market and the candle files give their history through this module.
Floats end here: what leaves is Decimal, on the tick and the lot.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from tai2.sim.exchange.candles import BARS, KEPT_BARS
from tai2.sim.exchange.exchange import Exchange
from tai2.sim.exchange.records import CandleRow, InstSpec

MINUTE_MS: Final = 60_000


class Minute(NamedTuple):
    """One minute's prices and its volume in base currency."""

    ts: int
    """Opening time, ms UTC."""
    o: float
    h: float
    l: float  # noqa: E741 - next to o, h and c
    c: float
    base_vol: float


def give_history(
    exchange: Exchange, spec: InstSpec, minutes: Sequence[Minute], now_ms: int
) -> None:
    """Seed every bar width from minutes (oldest first) that end with the one before now's."""
    tail = Minute(now_ms - now_ms % MINUTE_MS, *(minutes[-1].c,) * 4, 0.0)
    for bar, width in BARS.items():
        first = now_ms - now_ms % width - KEPT_BARS * width
        recent = [minute for minute in minutes if minute.ts >= first]
        joined = list(join([*recent, tail], width))
        rows = [candle(spec, one, confirmed=one is not joined[-1]) for one in joined]
        exchange.seed_candles(spec.inst_id, bar, rows[_first_whole(joined, width) :])


def _first_whole(joined: Sequence[Minute], width: int) -> int:
    """Return 1 when the oldest bar misses its beginning, else 0."""
    return 1 if len(joined) > 1 and joined[0].ts % width else 0


def join(minutes: Iterable[Minute], width_ms: int) -> Iterator[Minute]:
    """Join minutes into bars of a width, UTC-aligned; the first keeps its true start."""
    bar: Minute | None = None
    for one in minutes:
        start = one.ts - one.ts % width_ms
        if bar is None:
            bar = one
        elif bar.ts - bar.ts % width_ms != start:
            yield bar
            bar = one._replace(ts=start)
        else:
            bar = Minute(
                bar.ts,
                bar.o,
                max(bar.h, one.h),
                min(bar.l, one.l),
                one.c,
                bar.base_vol + one.base_vol,
            )
    if bar is not None:
        yield bar


def on_tick(spec: InstSpec, px: float) -> Decimal:
    """Round a price to the tick."""
    return round(px / float(spec.tick_sz)) * spec.tick_sz


def lots_of(spec: InstSpec, base: float) -> int:
    """Return a base quantity as whole lots, rounded."""
    return round(base / float(spec.ct_size) / float(spec.lot_sz))


def candle(spec: InstSpec, bar: Minute, *, confirmed: bool) -> CandleRow:
    """Return a bar as the exchange's candle."""
    contracts = lots_of(spec, bar.base_vol) * spec.lot_sz
    close = on_tick(spec, bar.c)
    base = contracts * spec.ct_size
    quote = base * close
    return CandleRow(
        ts=bar.ts,
        o=on_tick(spec, bar.o),
        h=on_tick(spec, bar.h),
        l=on_tick(spec, bar.l),
        c=close,
        vol_contracts=contracts,
        vol_ccy=quote if spec.is_spot else base,
        vol_quote=quote,
        confirmed=confirmed,
    )
