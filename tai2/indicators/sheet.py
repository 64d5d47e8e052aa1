"""The sheet on which the facts of one snapshot are written, in printing order.

Features fill it section by section; it turns a printed text into a Fact with age and verdict.
A number that is absent must read MISSING there, never 0, and quote and number never differ.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tai2.indicators.printing import Number, decimals_for, finite, fixed, signed
from tai2.model.decision import Fact, Features, SeriesFact
from tai2.model.snapshot import Aged, Freshness

MISSING = "MISSING"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a fact comes from: the age and verdict that it inherits."""

    age_ms: int | None = None
    freshness: Freshness = Freshness.FRESH

    @classmethod
    def of(cls, aged: Aged[Any]) -> "Source":
        """Take age and verdict of a snapshot's field."""
        return cls(age_ms=aged.age_ms, freshness=aged.freshness)


class FactSheet:
    """Facts and series in the order in which they were written."""

    def __init__(self) -> None:
        self._facts: dict[str, Fact] = {}
        self._series: list[SeriesFact] = []
        self._source = Source()

    def source(self, source: Source) -> None:
        """Let the facts written from now on come from `source`."""
        self._source = source

    def fixed(self, metric: str, number: Number | None, decimals: int, unit: str = "") -> None:
        """Write a number with a fixed number of decimals; None = missing."""
        known = finite(number)
        self._number(metric, None if known is None else fixed(known, decimals), unit)

    def signed(self, metric: str, number: Number | None, decimals: int, unit: str = "") -> None:
        """Write a number that can lean both ways, with its sign; None = missing."""
        known = finite(number)
        self._number(metric, None if known is None else signed(known, decimals), unit)

    def scaled(self, metric: str, number: Number | None, unit: str = "") -> None:
        """Write a non-negative number with five significant digits; None = missing."""
        self.fixed(metric, number, decimals_for(finite(number) or 0.0), unit)

    def leaning(self, metric: str, number: Number | None, unit: str = "") -> None:
        """Write a signed number with five significant digits; None = missing."""
        self.signed(metric, number, decimals_for(finite(number) or 0.0), unit)

    def word(self, metric: str, text: str | None) -> None:
        """Write a word such as LONG; None = missing."""
        self._put(metric, text, None, "")

    def series(self, series: SeriesFact) -> None:
        """Write a series of printed numbers."""
        self._series.append(series)

    def features(self) -> Features:
        """Return everything written."""
        return Features(facts=self._facts, series=tuple(self._series))

    def _number(self, metric: str, text: str | None, unit: str) -> None:
        self._put(metric, text, None if text is None else Decimal(text), unit)

    def _put(self, metric: str, text: str | None, number: Decimal | None, unit: str) -> None:
        self._facts[metric] = Fact(
            metric=metric,
            text=MISSING if text is None else text,
            number=number,
            unit=unit,
            age_ms=self._source.age_ms,
            freshness=Freshness.MISSING if text is None else self._source.freshness,
        )
