"""What an answer consists of as it comes: facts, look-ups, words, the check at the end.

The dialogue yields these; CLI, chat and tests show them. All texts are cleaned of control
characters; none of them may carry anything that acts.
"""

from dataclasses import dataclass
from decimal import Decimal

from tai2.ask.citations import Citation
from tai2.ports.history import Funnel


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelReady:
    """The answer from facts alone; always first."""

    text: str
    funnel: Funnel
    refusal: str
    """Set when the question asked to act; the first line of text then."""
    is_final: bool
    """True when nothing follows: no model, or a refusal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """The model looks something up."""

    tool: str
    arguments: str
    """As the model wrote them, shortened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The model is alive but silent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """More words. What comes before a Looking is talk; the answer is in Answered."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The answer is complete and checked; always last."""

    text: str
    citations: tuple[Citation, ...]
    is_verified: bool
    """True when every source and every number was returned by a tool."""
    footer: str
    model: str
    """That served it."""
    cost_usd: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The model gave no answer; the facts above stand. Always last."""

    code: str
    """LLM_…, ASK_PACE, ASK_BUDGET, ASK_ROUNDS, ASK_HISTORY."""
    detail: str
    cost_usd: Decimal


AskEvent = FunnelReady | Looking | Waiting | Delta | Answered | Failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One earlier question of a chat with its answer."""

    question: str
    answer: str
