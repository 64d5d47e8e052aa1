"""Reads one-minute candles from a CSV that a person brings, and says exactly what is wrong.

The replay and the networked simulator load files through it, once, before they start.
It must never guess: a column, a unit or an order that isn't plain is a UsageError.
"""

import csv
import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from pathlib import Path
from typing import Final, NoReturn, TextIO

from tai2.model.errors import UsageError
from tai2.sim.market.minutes import MINUTE_MS, Minute

_PRICES: Final = ("open", "high", "low", "close")
_VOLUMES: Final = {"volume": "", "base_volume": "base", "quote_volume": "quote"}
_TIMES: Final = ("timestamp", "time", "ts")
_SECONDS_END: Final = 100_000_000_000
_HINT: Final = "expected header: timestamp,open,high,low,close,volume"


@dataclass(frozen=True, slots=True, kw_only=True)
class CandleFile:
    """A file's candles, checked."""

    name: str
    minutes: tuple[Minute, ...]
    """Oldest first, strictly increasing whole minutes."""
    missing: int
    """Minutes between the first and the last that the file doesn't hold."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in which file we are, for messages."""

    name: str
    line: int

    def fail(self, fault: str) -> NoReturn:
        raise UsageError(f"{self.name} line {self.line}: {fault}", _HINT)


def read_candles(path: Path, *, volume_unit: str = "") -> CandleFile:
    """Read and check a candle file.

    Args:
        path: Plain or .gz; columns in any order and case; times ISO 8601 (UTC when they say
            nothing) or Unix seconds or milliseconds.
        volume_unit: "base" or "quote"; "" = by the column's name (volume = base).

    Raises:
        UsageError: The file is missing, unreadable or wrong; file and line are named.
    """
    if volume_unit not in ("", "base", "quote"):
        raise UsageError(f"volume unit {volume_unit!r} is unknown", "use base or quote")
    try:
        with _opened(path) as stream:
            minutes = tuple(_minutes(path.name, stream, volume_unit))
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        cause = (error.strerror if isinstance(error, OSError) else None) or error
        raise UsageError(f"{path.name} can't be read: {cause}", "give a CSV or CSV.gz") from error
    if len(minutes) < 2:
        raise UsageError(f"{path.name} holds {len(minutes)} candles, 2 are the least", _HINT)
    span = (minutes[-1].ts - minutes[0].ts) // MINUTE_MS + 1
    return CandleFile(name=path.name, minutes=minutes, missing=span - len(minutes))


def _opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return io.TextIOWrapper(gzip.open(path), encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _minutes(name: str, stream: TextIO, volume_unit: str) -> Iterator[Minute]:
    rows = csv.reader(stream)
    columns = _Columns.find(_Place(name, 1), next(rows, []), volume_unit)
    last_ts = -1
    for row in rows:
        place = _Place(name, rows.line_num)
        if not row:
            continue
        minute = columns.minute(place, row)
        if minute.ts <= last_ts:
            place.fail("the timestamp isn't later than the line before's")
        last_ts = minute.ts
        yield minute


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where the six columns stand and how the volume counts."""

    time: int
    prices: tuple[int, ...]
    volume: int
    is_quote: bool
    width: int

    @classmethod
    def find(cls, place: _Place, header: list[str], volume_unit: str) -> "_Columns":
        """Locate the columns by name."""
        names = [name.strip().lower() for name in header]
        volumes = [name for name in _VOLUMES if name in names]
        times = [name for name in _TIMES if name in names]
        absent = [name for name in _PRICES if name not in names]
        absent += [] if times else ["timestamp"]
        absent += [] if volumes else ["volume"]
        if absent:
            place.fail(f"the header lacks {', '.join(absent)}")
        chosen = volumes[0]
        return cls(
            time=names.index(times[0]),
            prices=tuple(names.index(name) for name in _PRICES),
            volume=names.index(chosen),
            is_quote=(volume_unit or _VOLUMES[chosen]) == "quote",
            width=len(names),
        )

    def minute(self, place: _Place, row: list[str]) -> Minute:
        """Read and check one line."""
        if len(row) != self.width:
            place.fail(f"{len(row)} columns where the header has {self.width}")
        ts = _time_ms(place, row[self.time].strip())
        opened, high, low, close = (_number(place, row[column]) for column in self.prices)
        volume = _number(place, row[self.volume])
        if low <= 0:
            place.fail("expected positive prices")
        if high < max(opened, close, low) or low > min(opened, close):
            place.fail("expected low ≤ open, close ≤ high")
        if volume < 0:
            place.fail("expected a volume of at least 0")
        base_vol = volume / ((opened + high + low + close) / 4) if self.is_quote else volume
        return Minute(ts, opened, high, low, close, base_vol)


def _number(place: _Place, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        place.fail(f"expected a number, found {text!r:.30}")
    if not isfinite(number):
        place.fail(f"expected a finite number, found {text!r:.30}")
    return number


def _time_ms(place: _Place, text: str) -> int:
    if text.isascii() and text.isdigit():
        number = int(text)
        ts = number if number >= _SECONDS_END else number * 1000
    else:
        ts = _iso_ms(place, text)
    if ts % MINUTE_MS:
        place.fail(f"expected the opening time of a whole minute, found {text!r:.40}")
    return ts


def _iso_ms(place: _Place, text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        place.fail(f"expected ISO 8601 or Unix time, found {text!r:.40}")
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)
