"""Whoever answers "trade or wait?": a language model, or rules without one.

The cycle asks it once per snapshot. It must return text to be checked, never an order,
and a failure as a value, never as a heuristic answer.
"""

from typing import Protocol

from tai2.model.decision import DecisionRequest, Reply, ReplyFailed


class Reasoner(Protocol):
    """One engine that reasons."""

    @property
    def label(self) -> str:
        """Name as shown to people, such as "rules-v1 (no LLM)"."""
        ...

    @property
    def patience_s(self) -> float:
        """Seconds within which the next answer comes, or its failure; 0 = at once."""
        ...

    async def decide(self, request: DecisionRequest) -> Reply | ReplyFailed:
        """Answer within the engine's own deadline."""
        ...
