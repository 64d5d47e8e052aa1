"""A decision's p_up as a forecast, and how it turned out: the score of a reasoner.

Outcomes keeps them, history sums them up by reasoner and prompt. A HOLD is scored like a
trade; a forecast whose end nobody saw must stay unscored, never be guessed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tai2.model.ids import DecisionId, InstId
from tai2.model.money import ZERO, Px

HALF: Final = Decimal("0.5")
ONE: Final = Decimal(1)
COIN_FLIP: Final = Decimal("0.25")
"""Brier score of always saying 0.5."""
BINS: Final = 5
"""Calibration is shown in this many equal bins of p_up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a decision said about the mid price at its horizon."""

    decision_id: DecisionId
    inst_id: InstId
    reasoner: str
    prompt_hash: str
    """"" for a reasoner without a prompt."""
    ts: int
    """When it was made, ms UTC."""
    due_ms: int
    """When it can be scored, ms UTC."""
    mid: Px
    """Mid price when it was made."""
    p_up: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A scored forecast."""

    forecast: Forecast
    mid: Px
    """Mid price at the horizon."""

    @property
    def went_up(self) -> Decimal:
        """1 when the mid rose, 0 when it fell, 0.5 when it stands where it stood."""
        if self.mid == self.forecast.mid:
            return HALF
        return ONE if self.mid > self.forecast.mid else ZERO

    @property
    def brier(self) -> Decimal:
        """Squared error of p_up; 0 is perfect (source: Brier 1950)."""
        return (self.forecast.p_up - self.went_up) ** 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Forecasts with a similar p_up and what came of them."""

    low: Decimal
    high: Decimal
    count: int
    mean_p_up: Decimal
    share_up: Decimal
    """Share of them after which the mid rose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How good a set of forecasts was."""

    count: int
    brier: Decimal | None
    """Mean Brier score; None = nothing scored yet."""
    bias: Decimal | None
    """Mean p_up minus the share that rose; positive = says up too often."""
    bins: tuple[Bin, ...]
    """Only those that hold something, lowest first."""


def calibrate(outcomes: Iterable[tuple[Decimal, Decimal]]) -> Calibration:
    """Sum up scored forecasts.

    Args:
        outcomes: (p_up, went_up) of each; went_up is 0, 0.5 or 1.
    """
    pairs = list(outcomes)
    count = len(pairs)
    if not pairs:
        return Calibration(count=0, brier=None, bias=None, bins=())
    brier = sum(((p - up) ** 2 for p, up in pairs), ZERO) / count
    bias = sum((p - up for p, up in pairs), ZERO) / count
    grouped: dict[int, list[tuple[Decimal, Decimal]]] = {}
    for p, up in pairs:
        grouped.setdefault(min(int(p * BINS), BINS - 1), []).append((p, up))
    bins = tuple(_bin(number, grouped[number]) for number in sorted(grouped))
    return Calibration(count=count, brier=brier, bias=bias, bins=bins)


def _bin(number: int, pairs: list[tuple[Decimal, Decimal]]) -> Bin:
    width, count = ONE / BINS, len(pairs)
    return Bin(
        low=width * number,
        high=width * (number + 1),
        count=count,
        mean_p_up=sum((p for p, _ in pairs), ZERO) / count,
        share_up=sum((up for _, up in pairs), ZERO) / count,
    )
