"""Bars of one instrument, made from its tape.

The listing feeds every printed trade, the clock closes bars; history may be seeded.
It must never invent volume: a bar without trades repeats the previous close with volume 0.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final

from tai2.sim.exchange.records import CandleRow

BARS: Final = {"1m": 60_000, "5m": 300_000, "1H": 3_600_000, "4H": 14_400_000}
KEPT_BARS: Final = 1_500
"""Closed bars kept per width."""
_ZERO: Final = Decimal(0)


class _Forming:
    """The bar that is being made."""

    __slots__ = ("c", "h", "l", "o", "ts", "vol", "vol_ccy", "vol_quote")

    def __init__(self, ts: int, px: Decimal) -> None:
        self.ts, self.o, self.h, self.l, self.c = ts, px, px, px, px
        self.vol, self.vol_ccy, self.vol_quote = _ZERO, _ZERO, _ZERO

    def row(self, *, confirmed: bool) -> CandleRow:
        return CandleRow(
            ts=self.ts,
            o=self.o,
            h=self.h,
            l=self.l,
            c=self.c,
            vol_contracts=self.vol,
            vol_ccy=self.vol_ccy,
            vol_quote=self.vol_quote,
            confirmed=confirmed,
        )


class Candles:
    """Closed and forming bars of one width."""

    def __init__(self, bar: str) -> None:
        self.bar = bar
        self._width = BARS[bar]
        self.closed: deque[CandleRow] = deque(maxlen=KEPT_BARS)
        self._forming: _Forming | None = None
        self.is_dirty = False

    def seed(self, rows: Iterable[CandleRow]) -> None:
        """Replace the bars by history, oldest first; an unconfirmed last row goes on forming."""
        self.closed.clear()
        self._forming = None
        for row in rows:
            if row.confirmed:
                self.closed.append(row)
            else:
                self._resume(row)

    def _resume(self, row: CandleRow) -> None:
        forming = _Forming(row.ts, row.o)
        forming.h, forming.l, forming.c = row.h, row.l, row.c
        forming.vol, forming.vol_ccy = row.vol_contracts, row.vol_ccy
        forming.vol_quote = row.vol_quote
        self._forming = forming

    def trade(self, px: Decimal, traded: tuple[Decimal, Decimal, Decimal], ts: int) -> None:
        """Add one trade: price, its (contracts, base, quote) and its time."""
        forming = self._forming
        if forming is None:
            forming = self._forming = _Forming(ts - ts % self._width, px)
        elif not forming.vol:
            forming.o = forming.h = forming.l = px
        forming.c = px
        if px > forming.h:
            forming.h = px
        elif px < forming.l:
            forming.l = px
        forming.vol += traded[0]
        forming.vol_ccy += traded[1]
        forming.vol_quote += traded[2]
        self.is_dirty = True

    def advance(self, now_ms: int) -> Iterator[CandleRow]:
        """Close what ended until now and yield it, oldest first."""
        while self._forming is not None and now_ms >= self._forming.ts + self._width:
            row = self._forming.row(confirmed=True)
            self.closed.append(row)
            self._forming = _Forming(self._next_start(row.ts, now_ms), row.c)
            self.is_dirty = True
            yield row

    def _next_start(self, ts: int, now_ms: int) -> int:
        """Skip what couldn't be kept anyway after a long silence."""
        oldest = now_ms - now_ms % self._width - KEPT_BARS * self._width
        return max(ts + self._width, oldest)

    def forming(self) -> CandleRow | None:
        """Return the bar in the making; None before the first trade."""
        return None if self._forming is None else self._forming.row(confirmed=False)

    def rows(self) -> list[CandleRow]:
        """Return everything, oldest first, the forming bar last."""
        forming = self.forming()
        return [*self.closed, forming] if forming else list(self.closed)
