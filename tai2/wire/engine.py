"""How the reasoners do: scores by model and prompt, and what was spent.

The daemon answers from the journal, `tai2 engine` and the ENGINE view read it.
Unknown is None, never 0.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tai2.wire.method import Method


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineParams:
    """Since when."""

    since_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BinRow:
    """Forecasts with a similar p_up and what came of them."""

    low: Decimal
    high: Decimal
    count: int
    mean_p_up: Decimal
    share_up: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationRow:
    """The fields of model.forecast.Calibration."""

    count: int
    brier: Decimal | None
    bias: Decimal | None
    bins: tuple[BinRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRow:
    """The fields of ports.scores.ReasonerScore."""

    reasoner: str
    prompt_hash: str
    replies: int
    failed: int
    held: int
    refused: int
    sent: int
    cost_usd: Decimal
    latency_p50_ms: int
    latency_p95_ms: int
    evidence: int
    verified: int
    calibration: CalibrationRow


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineReply:
    """The reasoner in charge and everybody's record."""

    reasoner: str
    prompt_hash: str
    spent_today_usd: Decimal
    """Of the UTC day, decisions and questions; open reservations in full."""
    day_cap_usd: Decimal | None
    """None for a reasoner that costs nothing."""
    scores: tuple[ScoreRow, ...]


ENGINE: Final = Method("engine", EngineParams, EngineReply)
