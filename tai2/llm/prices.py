"""What tokens cost: a model's price, the worst case of a call, the cost of a day.

Budget reservations and the model list use it. All amounts are exact; a price that isn't known
is None and never 0.
"""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tai2.llm.chat import ChatRequest, Usage
from tai2.model.money import ZERO

MILLION: Final = Decimal(1_000_000)
DAY_S: Final = Decimal(86_400)
TOKENS_IN: Final = 6_000
TOKENS_OUT: Final = 1_200
"""A decision's tokens until they are measured."""
FRAMING_TOKENS: Final = 256
"""What chat templates add around the messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """USD per token, and per request."""

    prompt_usd: Decimal
    completion_usd: Decimal
    request_usd: Decimal = ZERO

    def of(self, tokens_in: int, tokens_out: int) -> Decimal:
        """Return the cost of one call, nothing cached."""
        return self.request_usd + self.prompt_usd * tokens_in + self.completion_usd * tokens_out

    def of_usage(self, usage: Usage) -> Decimal | None:
        """Return the cost of what a server counted; None when it didn't count."""
        if usage.prompt_tokens is None or usage.completion_tokens is None:
            return None
        return self.of(usage.prompt_tokens, usage.completion_tokens)


def most_tokens_in(request: ChatRequest) -> int:
    """Return a count of prompt tokens that can't be exceeded.

    No tokenizer makes more tokens than a text has bytes; schema and tools count as text.
    """
    parts = [request.messages, request.tools, request.response_format]
    texts = (json.dumps(part, ensure_ascii=False) for part in parts if part)
    return sum(len(text.encode("utf-8", "replace")) for text in texts) + FRAMING_TOKENS


def worst_usd(request: ChatRequest, price: Price) -> Decimal:
    """Return the most that a call can cost at a price."""
    return price.of(most_tokens_in(request), request.max_tokens)


def per_day_usd(
    price: Price, interval_s: Decimal, tokens_in: int = TOKENS_IN, tokens_out: int = TOKENS_OUT
) -> Decimal:
    """Return the cost of asking every interval for a day, for one instrument.

    Args:
        price: Of the model.
        interval_s: Seconds between decisions, above 0.
        tokens_in: Prompt tokens of one decision.
        tokens_out: Completion tokens of one decision, reasoning included.
    """
    return price.of(tokens_in, tokens_out) * DAY_S / interval_s
