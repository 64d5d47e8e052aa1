"""A market along a real price path: books and tape made around the candles of a file.

The networked simulator steps it at a pace (`paced`), the replay at the file's own times
(`replayed`). Prices and volumes are the file's; only the book around them is made up.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from tai2.sim.exchange.exchange import Exchange
from tai2.sim.exchange.records import FundingView, InstSpec, OpenInterestView
from tai2.sim.market.course import OFFSETS_MS, Course, FileAxis, PacedAxis, Waypoint
from tai2.sim.market.csv_file import CandleFile
from tai2.sim.market.ladder import Ladder
from tai2.sim.market.minutes import MINUTE_MS, give_history

MOST_HISTORY: Final = 12_500
FUNDING_MS: Final = 28_800_000
_RATE: Final = Decimal("0.0001")
_RATE_CAP: Final = Decimal("0.00375")
_OI_USD: Final = 300_000_000
_LEVEL_USD: Final = 150_000.0
_SPREAD_BPS: Final = 0.15
_FOLLOWING: Final = 4
"""Of five lots of a leg, this many go along with it."""


class CandleMarket:
    """One instrument's market along a file."""

    def __init__(
        self, file: CandleFile, spec: InstSpec, *, seed: int, speed: float, history: int
    ) -> None:
        """Use `paced` or `replayed`."""
        self._spec = spec
        self._course = Course(spec, file.minutes)
        self._speed = speed
        self._history = history
        px = file.minutes[history].o
        self._ladder = Ladder(spec, px=px, level_usd=_LEVEL_USD, seed=seed)
        self._spread = max(1, round(px * _SPREAD_BPS / 10_000 / float(spec.tick_sz)))
        self._axis: FileAxis | PacedAxis = FileAxis(file.minutes)
        self._number = history
        self._points: list[Waypoint] = []
        self._before: Waypoint | None = None
        self._printed = 0

    @classmethod
    def paced(
        cls,
        file: CandleFile,
        spec: InstSpec,
        *,
        seed: int,
        speed: float = 1.0,
        history: int | None = None,
    ) -> "CandleMarket":
        """Make a market for wall time.

        Args:
            file: The path.
            spec: The one instrument that it drives.
            seed: Draws the book's sizes.
            speed: Minutes of the path per minute of the exchange's time.
            history: Candles given as history ending now; None = 12 500 or half of the file.
        """
        if history is None:
            history = min(MOST_HISTORY, len(file.minutes) // 2)
        return cls(file, spec, seed=seed, speed=speed, history=history)

    @classmethod
    def replayed(cls, file: CandleFile, spec: InstSpec, *, seed: int) -> "CandleMarket":
        """Make a market at the file's own times, without any history before it."""
        return cls(file, spec, seed=seed, speed=0.0, history=0)

    def times(self) -> Iterator[int]:
        """Yield every instant at which a replay has to step, four a minute, ms UTC."""
        for minute in self._course.minutes:
            for offset in OFFSETS_MS:
                yield minute.ts + offset

    def start(self, exchange: Exchange, now_ms: int) -> None:
        """Give history (paced only), funding, open interest and the first book."""
        exchange.advance(now_ms)
        if self._speed > 0:
            self._start_paced(exchange, now_ms)
        inst_id, due = self._spec.inst_id, now_ms - now_ms % FUNDING_MS + FUNDING_MS
        exchange.set_funding(
            inst_id,
            FundingView(
                rate=_RATE,
                funding_time=due,
                next_funding_time=due + FUNDING_MS,
                interval_ms=FUNDING_MS,
                ts=now_ms,
                min_rate=-_RATE_CAP,
                max_rate=_RATE_CAP,
            ),
        )
        first = self._course.waypoints(self._number)[0]
        self._quote(exchange, first.px, is_rising=first.is_rising)
        self._tell_interest(exchange)
        exchange.advance(now_ms)

    def _start_paced(self, exchange: Exchange, now_ms: int) -> None:
        self._axis = PacedAxis(first_minute=self._history, start_ms=now_ms, speed=self._speed)
        past = self._course.minutes[: self._history]
        if past:
            shift = now_ms - now_ms % MINUTE_MS - len(past) * MINUTE_MS
            dated = [one._replace(ts=shift + at * MINUTE_MS) for at, one in enumerate(past)]
            give_history(exchange, self._spec, dated, now_ms)

    def step(self, exchange: Exchange, now_ms: int) -> None:
        """Move to now: every way-point passed trades its leg, between two the leg goes on."""
        exchange.advance(now_ms)
        position = self._axis.position_ms(now_ms)
        while True:
            if not self._points:
                if self._number * MINUTE_MS > position:
                    break
                self._points = list(self._course.waypoints(self._number))
                self._number += 1
                self._tell_interest(exchange)
            if self._points[0].at_ms > position:
                self._go_on(exchange, position)
                break
            self._visit(exchange, self._points.pop(0))
        exchange.advance(now_ms)

    def _visit(self, exchange: Exchange, point: Waypoint) -> None:
        self._quote(exchange, point.px, is_rising=point.is_rising)
        self._trade(exchange, point, point.px, point.lots - self._printed)
        self._before, self._printed = point, 0

    def _go_on(self, exchange: Exchange, position: int) -> None:
        """Walk a part of the leg to the next way-point."""
        before, point = self._before, self._points[0]
        if before is None or position <= before.at_ms:
            return
        done, whole = position - before.at_ms, point.at_ms - before.at_ms
        tick = self._spec.tick_sz
        px = before.px + (point.px - before.px) * done / whole // tick * tick
        if px != before.px:
            self._quote(exchange, px, is_rising=point.is_rising)
        due = point.lots * done // whole - self._printed
        if due > 0:
            self._trade(exchange, point, px, due)
            self._printed += due

    def _trade(self, exchange: Exchange, point: Waypoint, px: Decimal, lots: int) -> None:
        """Print lots at a price, most of them by takers who go along with the leg."""
        following = -(-lots * _FOLLOWING // 5)
        with_leg, against = ("buy", "sell") if point.is_rising else ("sell", "buy")
        for side, part in ((against, lots - following), (with_leg, following)):
            if part > 0:
                exchange.print_trade(self._spec.inst_id, side, px, part * self._spec.lot_sz)

    def _quote(self, exchange: Exchange, px: Decimal, *, is_rising: bool) -> None:
        """Set the book so that a rising leg trades at the ask and a falling one at the bid."""
        touch = int(px / self._spec.tick_sz)
        bid = touch - self._spread if is_rising else touch
        lean = 1 if is_rising else -1
        bids, asks = self._ladder.sides(bid, bid + self._spread, lean)
        exchange.set_book(self._spec.inst_id, bids, asks)
        exchange.set_index(self._spec.inst_id, px)

    def _tell_interest(self, exchange: Exchange) -> None:
        px = exchange.mark_px(self._spec.inst_id)
        contracts = _OI_USD / (px * self._spec.ct_size) // self._spec.lot_sz * self._spec.lot_sz
        base = contracts * self._spec.ct_size
        exchange.set_open_interest(
            self._spec.inst_id,
            OpenInterestView(oi=contracts, oi_ccy=base, oi_usd=base * px, ts=exchange.now_ms),
        )
