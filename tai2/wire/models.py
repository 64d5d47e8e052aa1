"""Which models may trade and what they cost: rows of the method `models`.

The daemon answers from the server's own list, `tai2 models` and the model picker read it.
A price that isn't known is None, never 0.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tai2.wire.method import Method


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsParams:
    """Which models."""

    search: str = ""
    """Part of the id, case doesn't matter; "" = all."""
    is_fit_only: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRow:
    """One model."""

    model_id: str
    context_tokens: int | None
    prompt_usd_per_m: Decimal | None
    completion_usd_per_m: Decimal | None
    day_usd: Decimal | None
    """Of one day at the current interval, all instruments."""
    against: tuple[str, ...]
    """Reasons against trading with it; empty = fit."""
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsReply:
    """Models, cheapest first, and how old the list is."""

    models: tuple[ModelRow, ...]
    age_ms: int | None
    interval_s: Decimal
    warning: str
    """Why the list couldn't be refreshed, "" when it is fresh."""


MODELS: Final = Method("models", ModelsParams, ModelsReply)
