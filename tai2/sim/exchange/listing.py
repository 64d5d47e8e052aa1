"""Everything public about one instrument: book, tape, bars, mark, funding, open interest.

The core keeps one per instrument; public reads and the matcher work on it.
It must know nothing of the account: own orders appear only as sizes in the book.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from tai2.sim.exchange.bars import DERIVED, derive, ends_with, opening
from tai2.sim.exchange.book import Book
from tai2.sim.exchange.candles import BARS, Candles
from tai2.sim.exchange.day import Day, closed_day
from tai2.sim.exchange.formulas import base_qty
from tai2.sim.exchange.records import (
    CandleMoved,
    CandleRow,
    FundingView,
    InstSpec,
    OpenInterestView,
    TickerMoved,
    TickerView,
    TradePrinted,
    TradeRow,
)

KEPT_TRADES: Final = 1_000
KEPT_FUNDINGS: Final = 400
_FIRST_TRADE: Final = 1_000_000
_ZERO: Final = Decimal(0)
_BASIS_WEIGHT: Final = Decimal("0.05")
_BAND_NEAR: Final = Decimal("0.02")
_BAND_FAR: Final = Decimal("0.05")


class Listing:
    """One instrument's public state. Prices are None until a market set them."""

    def __init__(self, spec: InstSpec) -> None:
        self.spec = spec
        self.book = Book(spec.inst_id)
        self.tape: deque[TradeRow] = deque(maxlen=KEPT_TRADES)
        self.bars = {bar: Candles(bar) for bar in BARS}
        self.fundings: deque[FundingView] = deque(maxlen=KEPT_FUNDINGS)
        self.funding: FundingView | None = None
        self.open_interest: OpenInterestView | None = None
        self.last: Decimal | None = None
        self.last_sz = _ZERO
        self.index: Decimal | None = None
        self.mark: Decimal | None = None
        self.next_trade = _FIRST_TRADE
        self._basis = _ZERO
        self._quoted: tuple[object, ...] = ()
        self._day: Day | None = None

    def trade_id(self) -> str:
        """Draw the next id of this instrument's tape."""
        self.next_trade += 1
        return str(self.next_trade)

    def print(self, row: TradeRow) -> TradePrinted:
        """Put a trade on the tape and into the bars; it becomes the last price."""
        self.tape.append(row)
        self.last, self.last_sz = row.px, row.sz
        base = base_qty(self.spec, row.sz, row.px)
        quote = base * row.px
        traded = (row.sz, quote if self.spec.is_spot else base, quote)
        for candles in self.bars.values():
            candles.trade(row.px, traded, row.ts)
        return TradePrinted(inst_id=self.spec.inst_id, row=row)

    def seed(self, bar: str, rows: Sequence[CandleRow]) -> None:
        """Give one width its history, oldest first; the newest close becomes the last price."""
        self.bars[bar].seed(rows)
        self._day = None
        if self.last is None and rows:
            self.last = rows[-1].c

    def set_index(self, px: Decimal) -> bool:
        """Take a new index price; True when it moved the mark (index + mean basis)."""
        mid = self.book.mid()
        if mid is not None:
            self._basis += ((mid - px) - self._basis) * _BASIS_WEIGHT
            self._basis = self._basis.quantize(self.spec.tick_sz / 100)
        mark = (px + self._basis).quantize(self.spec.tick_sz)
        moved = mark != self.mark
        self.index, self.mark = px, mark
        return moved

    def price(self, kind: str) -> Decimal | None:
        """Return the last, mark or index price; None = not known yet."""
        if kind == "mark":
            return self.mark
        return self.index if kind == "index" else self.last

    def reference_px(self) -> Decimal:
        """Return the mark, or what comes nearest to it; 0 before any price."""
        return self.mark or self.last or self.index or _ZERO

    def band(self) -> tuple[Decimal, Decimal]:
        """Return (highest buying, lowest selling) limit price."""
        tick, index = self.spec.tick_sz, self.index or self.reference_px()
        upper = min(max(index, index * (1 + _BAND_NEAR) + self._basis), index * (1 + _BAND_FAR))
        lower = max(min(index, index * (1 - _BAND_NEAR) + self._basis), index * (1 - _BAND_FAR))
        return upper // tick * tick, -(-lower // tick) * tick

    def close_bars(self, now_ms: int) -> Iterator[CandleMoved]:
        """Yield bars that ended until now, confirmed."""
        for candles in self.bars.values():
            for row in candles.advance(now_ms):
                self._day = None
                yield CandleMoved(inst_id=self.spec.inst_id, bar=candles.bar, row=row)
                yield from self._close_derived(candles, row)

    def _close_derived(self, candles: Candles, row: CandleRow) -> Iterator[CandleMoved]:
        for bar, base in DERIVED.items():
            if base == candles.bar and ends_with(bar, row):
                since = opening(bar, row.ts)
                part = [one for one in candles.closed if one.ts >= since]
                for joined in derive(bar, part):
                    yield CandleMoved(inst_id=self.spec.inst_id, bar=bar, row=joined)

    def rows(self, bar: str) -> list[CandleRow]:
        """Return bars of any width, oldest first, the forming one last."""
        if bar in DERIVED:
            return derive(bar, self.bars[DERIVED[bar]].rows())
        return self.bars[bar].rows()

    def forming(self, bar: str) -> CandleRow | None:
        """Return the bar in the making of any width; None before the first trade."""
        if bar not in DERIVED:
            return self.bars[bar].forming()
        candles = self.bars[DERIVED[bar]]
        now = candles.forming()
        if now is None:
            return None
        since = opening(bar, now.ts)
        made = derive(bar, [*(one for one in candles.closed if one.ts >= since), now])
        return made[-1] if made else None

    def drain_public(self, now_ms: int) -> Iterator[CandleMoved | TickerMoved]:
        """Yield forming bars and the ticker where they changed since the last call."""
        for candles in self.bars.values():
            forming = candles.forming() if candles.is_dirty else None
            if forming is not None:
                yield CandleMoved(inst_id=self.spec.inst_id, bar=candles.bar, row=forming)
            candles.is_dirty = False
        quoted = (self.book.best("buy"), self.book.best("sell"), self.next_trade)
        if quoted != self._quoted and self.last is not None:
            self._quoted = quoted
            yield TickerMoved(inst_id=self.spec.inst_id, ticker=self.ticker(now_ms))

    def ticker(self, now_ms: int) -> TickerView:
        """Return last trade, best quotes and the newest 24 hourly bars."""
        book, day = self.book, self._last_day()
        bid, ask = book.best("buy"), book.best("sell")
        last = self.last or self.reference_px()
        return TickerView(
            inst_id=self.spec.inst_id,
            last=last,
            last_sz=self.last_sz,
            ask_px=ask,
            ask_sz=_ZERO if ask is None else book.level("sell", ask)[1],
            bid_px=bid,
            bid_sz=_ZERO if bid is None else book.level("buy", bid)[1],
            open_24h=day.open_px or last,
            high_24h=max(day.high_px or last, last),
            low_24h=min(day.low_px or last, last),
            vol_24h=day.vol,
            vol_ccy_24h=day.vol_ccy,
            sod_utc0=day.sod_utc0 or last,
            sod_utc8=day.sod_utc8 or last,
            ts=now_ms,
        )

    def _last_day(self) -> Day:
        hourly = self.bars["1H"]
        if self._day is None:
            self._day = closed_day(list(hourly.closed)[-23:])
        forming = hourly.forming()
        return self._day if forming is None else self._day.add(forming)
