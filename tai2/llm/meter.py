"""How many tokens a decision takes, as counted by the servers since the start.

Calls feeds it; the price of a day in CFG and `tai2 models` rests on it. Without a count it says
so by the specification's figures, never by 0.
"""

from dataclasses import dataclass

from tai2.llm.chat import Usage
from tai2.llm.prices import TOKENS_IN, TOKENS_OUT
from tai2.model.spend import Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What one call takes on average."""

    prompt: int
    completion: int
    """Reasoning included."""
    calls: int
    """Calls behind the figures; 0 = not measured, the specification's figures."""


class Meter:
    """Averages by model and purpose."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, Purpose], tuple[int, int, int]] = {}

    def note(self, model: str, purpose: Purpose, usage: Usage) -> None:
        """Count a call; one without both counts is left out."""
        if usage.prompt_tokens is None or usage.completion_tokens is None:
            return
        prompt, completion, calls = self._sums.get((model, purpose), (0, 0, 0))
        self._sums[model, purpose] = (
            prompt + usage.prompt_tokens,
            completion + usage.completion_tokens,
            calls + 1,
        )

    def tokens(self, model: str, purpose: Purpose = Purpose.DECIDE) -> Tokens:
        """Return the averages, rounded up."""
        prompt, completion, calls = self._sums.get((model, purpose), (0, 0, 0))
        if not calls:
            return Tokens(prompt=TOKENS_IN, completion=TOKENS_OUT, calls=0)
        return Tokens(prompt=-(-prompt // calls), completion=-(-completion // calls), calls=calls)
