"""Closed candles of one instrument and bar width, in order, without holes or doubles.

Ingest appends what the feed delivers and backfills from history; indicators read them.
The forming bar stays apart: it must never count as closed.
"""

from bisect import bisect_left
from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from tai2.model.market import Bar, Candle

CAPACITY: Final = {Bar.M1: 1_500, Bar.M5: 400, Bar.H1: 400, Bar.H4: 400}
"""Closed bars kept: a UTC day of minutes for the session VWAP, warm-up for the rest."""


class CandleSeries:
    """Closed candles, oldest first, and the forming one."""

    def __init__(self, bar: Bar) -> None:
        self.bar = bar
        self._closed: list[Candle] = []
        self.forming: Candle | None = None

    @property
    def closed(self) -> tuple[Candle, ...]:
        """All closed candles kept, oldest first."""
        return tuple(self._closed)

    @property
    def last(self) -> Candle | None:
        """The newest closed candle."""
        return self._closed[-1] if self._closed else None

    def add(self, candle: Candle) -> None:
        """Take one candle from the stream; a known closed one is replaced."""
        if not candle.is_closed:
            self.forming = candle
            return
        if self._closed and candle.ts_event <= self._closed[-1].ts_event:
            self._replace(candle)
        else:
            self._closed.append(candle)
        if self.forming and self.forming.ts_event <= candle.ts_event:
            self.forming = None
        del self._closed[: -CAPACITY[self.bar]]

    def _replace(self, candle: Candle) -> None:
        place = bisect_left(self._closed, candle.ts_event, key=lambda known: known.ts_event)
        if self._closed[place].ts_event == candle.ts_event:
            self._closed[place] = candle
        else:
            self._closed.insert(place, candle)

    def backfill(self, candles: Iterable[Candle]) -> None:
        """Take history: fills holes, never overwrites a newer reading with nothing."""
        for candle in candles:
            self.add(candle)

    def has_hole(self) -> bool:
        """Tell whether a closed bar is missing between the kept ones."""
        stamps = [candle.ts_event for candle in self._closed]
        return any(late - early != self.bar.ms for early, late in pairwise(stamps))
