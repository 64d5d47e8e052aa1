"""How good each reasoner was: counts, cost, speed and calibration, by model and prompt.

`tai2 engine` and the ENGINE view read it; the journal answers. It must be read-only, and
what isn't known yet must be None.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from tai2.model.forecast import Calibration


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonerScore:
    """One reasoner with one prompt over a window."""

    reasoner: str
    prompt_hash: str
    """"" for a reasoner without a prompt."""
    replies: int
    failed: int
    """Replies that didn't come or weren't a clean decision."""
    held: int
    refused: int
    """Decisions that the gate refused."""
    sent: int
    cost_usd: Decimal
    """Of all replies."""
    latency_p50_ms: int
    latency_p95_ms: int
    evidence: int
    """Quoted facts in clean decisions."""
    verified: int
    """Of them, those that stood in the prompt as quoted (rounded ones included)."""
    calibration: Calibration
    """Of the decisions whose horizon has passed."""


class Scores(Protocol):
    """Read-only questions about reasoners."""

    async def scores(self, since_ms: int) -> tuple[ReasonerScore, ...]:
        """Return every reasoner and prompt used since a time, most used first."""
        ...
