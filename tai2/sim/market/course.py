"""The course of a price through one-minute candles: way-points with what trades at each.

The candle market walks along it; position is counted in milliseconds of the path.
Within a candle the price visits open, low, high, close when it rises and open, high, low,
close when it falls; it must never leave the candle, and the volumes must sum to its own.
"""

from bisect import bisect_right
from collections.abc import Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from tai2.sim.exchange.records import InstSpec
from tai2.sim.market.minutes import MINUTE_MS, Minute, lots_of, on_tick

OFFSETS_MS: Final = (0, 20_000, 40_000, 59_000)
"""When a minute's four way-points are visited."""


class Waypoint(NamedTuple):
    """A price that the path visits."""

    at_ms: int
    """Position on the path."""
    px: Decimal
    is_rising: bool
    """The leg that ends here goes up."""
    lots: int
    """What trades on this leg, in lots."""


class Course:
    """Way-points of a run of minutes, made when they are asked for."""

    def __init__(self, spec: InstSpec, minutes: Sequence[Minute]) -> None:
        self._spec = spec
        self.minutes = minutes

    @property
    def length_ms(self) -> int:
        """Length of the path; position wraps into a mirror image behind it."""
        return len(self.minutes) * MINUTE_MS

    def minute(self, number: int) -> Minute:
        """Return a minute by number; behind the end the path is walked back, then again."""
        count = len(self.minutes)
        turn, place = divmod(number, count)
        if turn % 2 == 0:
            return self.minutes[place]
        back = self.minutes[count - 1 - place]
        return back._replace(o=back.c, c=back.o)

    def waypoints(self, number: int) -> tuple[Waypoint, ...]:
        """Return the four way-points of a minute."""
        minute = self.minute(number)
        before = self.minute(number - 1).c if number else minute.o
        rises = minute.c >= minute.o
        inner = (minute.l, minute.h) if rises else (minute.h, minute.l)
        prices = (minute.o, *inner, minute.c)
        total = lots_of(self._spec, minute.base_vol)
        first = number * MINUTE_MS
        points = []
        for place, px in enumerate(prices):
            lots = total * (place + 1) // 4 - total * place // 4
            rising = px > before or (px == before and rises)
            at_ms = first + OFFSETS_MS[place]
            points.append(Waypoint(at_ms, on_tick(self._spec, px), rising, lots))
            before = px
        return tuple(points)


class FileAxis:
    """Maps the exchange's time to the path by the file's own times (replay)."""

    def __init__(self, minutes: Sequence[Minute]) -> None:
        self._starts = [minute.ts for minute in minutes]

    def position_ms(self, now_ms: int) -> int:
        """Return the position; gaps between minutes stand still, the end too."""
        number = bisect_right(self._starts, now_ms) - 1
        if number < 0:
            return -1
        return number * MINUTE_MS + min(now_ms - self._starts[number], MINUTE_MS - 1)


class PacedAxis:
    """Maps the exchange's time to the path at a pace (networked simulator)."""

    def __init__(self, *, first_minute: int, start_ms: int, speed: float) -> None:
        self._first_ms = first_minute * MINUTE_MS
        self._start_ms = start_ms
        self._speed = speed

    def position_ms(self, now_ms: int) -> int:
        """Return the position."""
        return self._first_ms + int((now_ms - self._start_ms) * self._speed)
