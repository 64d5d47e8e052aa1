"""Wider bars made of narrower ones: 3m of 1m, days of hours, weeks and months of both calendars.

The listing keeps four widths and derives every other one here when somebody asks. Bars of six
hours and more open by UTC+8, their "utc" variants by UTC; nothing here may invent a bar.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from tai2.sim.exchange.candles import BARS
from tai2.sim.exchange.records import CandleRow

_HOUR_MS: Final = 3_600_000
_DAY_MS: Final = 24 * _HOUR_MS
_HK_SHIFT_MS: Final = 8 * _HOUR_MS
_MONDAY_MS: Final = 4 * _DAY_MS
"""The first Monday after the epoch."""
_MINUTES: Final = {"3m": ("1m", 3), "15m": ("5m", 15), "30m": ("5m", 30)}
_HOURS: Final = {"2H": 2, "6H": 6, "12H": 12, "1D": 24, "2D": 48, "3D": 72, "1W": 168}
_MONTHS: Final = {"1M": 1, "3M": 3}
_SHIFTED: Final = ("6H", "12H", "1D", "2D", "3D", "1W", "1M", "3M")
DERIVED: Final[Mapping[str, str]] = {
    **{bar: base for bar, (base, _) in _MINUTES.items()},
    **dict.fromkeys([*_HOURS, *_MONTHS], "1H"),
    **dict.fromkeys([f"{bar}utc" for bar in _SHIFTED if bar != "3M"], "1H"),
}
"""Derived bar: the width that it's made of."""
ALL_BARS: Final = (*BARS, *DERIVED)


def opening(bar: str, ts: int) -> int:
    """Return when the bar of a width that holds an instant opened, ms UTC."""
    name = bar.removesuffix("utc")
    shift = _HK_SHIFT_MS if name in _SHIFTED and name == bar else 0
    if name in _MONTHS:
        return _month(ts + shift, _MONTHS[name]) - shift
    width = _MINUTES[name][1] * 60_000 if name in _MINUTES else _HOURS[name] * _HOUR_MS
    anchor = _MONDAY_MS if name == "1W" else 0
    return ts - (ts + shift - anchor) % width


def _month(ts: int, months: int) -> int:
    day = datetime.fromtimestamp(ts // 1000, UTC)
    first = (day.month - 1) // months * months + 1
    return int(datetime(day.year, first, 1, tzinfo=UTC).timestamp()) * 1000


def derive(bar: str, rows: Sequence[CandleRow]) -> list[CandleRow]:
    """Make bars of rows of the base width, oldest first; a first bar that isn't whole is left out.

    Args:
        bar: A key of DERIVED.
        rows: Of its base width, oldest first, the forming one last.
    """
    made: list[CandleRow] = []
    for group in _groups(bar, rows):
        if made or group[0].ts == opening(bar, group[0].ts):
            made.append(_joined(bar, group))
    return made


def _groups(bar: str, rows: Sequence[CandleRow]) -> Iterator[list[CandleRow]]:
    group: list[CandleRow] = []
    for row in rows:
        if group and opening(bar, row.ts) != opening(bar, group[0].ts):
            yield group
            group = []
        group.append(row)
    if group:
        yield group


def _joined(bar: str, group: Sequence[CandleRow]) -> CandleRow:
    last = group[-1]
    return replace(
        last,
        ts=opening(bar, group[0].ts),
        o=group[0].o,
        h=max(row.h for row in group),
        l=min(row.l for row in group),
        vol_contracts=sum((row.vol_contracts for row in group), Decimal(0)),
        vol_ccy=sum((row.vol_ccy for row in group), Decimal(0)),
        vol_quote=sum((row.vol_quote for row in group), Decimal(0)),
        confirmed=last.confirmed and ends_with(bar, last),
    )


def ends_with(bar: str, row: CandleRow) -> bool:
    """Tell whether a bar ends together with a row of its base width."""
    end = row.ts + BARS[DERIVED[bar]]
    return opening(bar, end) == end
