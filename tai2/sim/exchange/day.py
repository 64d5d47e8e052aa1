"""The last 24 hours of one instrument, for its ticker.

The listing sums closed hourly bars once an hour and adds the forming one on each reading.
It must never look at anything but hourly bars.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from tai2.sim.exchange.records import CandleRow

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
_HK_SHIFT_MS: Final = 8 * HOUR_MS
_ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """24-hour figures; prices are None without bars."""

    open_px: Decimal | None = None
    high_px: Decimal | None = None
    low_px: Decimal | None = None
    vol: Decimal = _ZERO
    """Contracts."""
    vol_ccy: Decimal = _ZERO
    sod_utc0: Decimal | None = None
    """First price of the UTC day."""
    sod_utc8: Decimal | None = None
    """First price of the UTC+8 day."""

    def add(self, row: CandleRow) -> "Day":
        """Return the figures with one later bar."""
        return replace(
            self,
            open_px=self.open_px or row.o,
            high_px=max(self.high_px or row.h, row.h),
            low_px=min(self.low_px or row.l, row.l),
            vol=self.vol + row.vol_contracts,
            vol_ccy=self.vol_ccy + row.vol_ccy,
            sod_utc0=row.o if row.ts % DAY_MS == 0 else self.sod_utc0 or row.o,
            sod_utc8=row.o if (row.ts + _HK_SHIFT_MS) % DAY_MS == 0 else self.sod_utc8 or row.o,
        )


def closed_day(hourly: Sequence[CandleRow]) -> Day:
    """Sum the newest 23 closed hourly bars (oldest first)."""
    day = Day()
    for row in hourly[-23:]:
        day = day.add(row)
    return day
