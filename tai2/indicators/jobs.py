"""What can be computed elsewhere: a job carries its candles there and reads the answer back.

Technicals and charts make jobs and give them to the worker, which runs them in place or sends
them to the process that has pandas. A job must never hold anything but candles.
"""

from typing import TypeAlias

import msgspec

from tai2.indicators.columns import Columns
from tai2.indicators.series import IndicatorSeries, indicator_series
from tai2.indicators.technical import technical_set
from tai2.model.market import Bar
from tai2.model.snapshot import TechnicalSet


class TechnicalJob(msgspec.Struct, frozen=True, kw_only=True, tag="technical"):
    """The indicators of one bar width at its last closed candle."""

    bar: Bar
    columns: Columns

    def run(self) -> TechnicalSet:
        """Compute it here."""
        return technical_set(self.bar, self.columns)

    def read(self, answer: bytes) -> TechnicalSet:
        """Return what was computed elsewhere.

        Raises:
            msgspec.DecodeError: It can't be read.
        """
        return msgspec.msgpack.decode(answer, type=TechnicalSet)


class SeriesJob(msgspec.Struct, frozen=True, kw_only=True, tag="series"):
    """Indicators along a chart."""

    columns: Columns

    def run(self) -> IndicatorSeries:
        """Compute it here."""
        return indicator_series(self.columns)

    def read(self, answer: bytes) -> IndicatorSeries:
        """Return what was computed elsewhere.

        Raises:
            msgspec.DecodeError: It can't be read.
        """
        return msgspec.msgpack.decode(answer, type=IndicatorSeries)


AnyJob: TypeAlias = TechnicalJob | SeriesJob
