"""The messages that open a conversation: who the model is, what it may believe, what is asked.

The inquiry sends them. Facts stand apart from the question, and both are data to the model:
only the system message instructs.
"""

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Final

from tai2.ask.events import Exchange
from tai2.ports.chat import ChatMessage
from tai2.view.text import safe, utc_iso

MAX_PAST: Final = 8
"""Earlier exchanges of a chat that the model is reminded of; older ones are dropped."""
_ANSWER: Final = 2_000
"""Characters of an earlier question or answer."""
_TAG: Final = re.compile(r"<\s*/?\s*facts[^>\n]*>", re.IGNORECASE)


@cache
def system_message() -> str:
    """Return the system prompt of every question."""
    return (files("tai2.ask") / "templates" / "ask-1.txt").read_text(encoding="utf-8")


def opening(
    question: str, facts: Sequence[str], past: Sequence[Exchange], now_ms: int
) -> list[ChatMessage]:
    """Return system message, the newest exchanges of the chat, and the question with facts."""
    messages = [ChatMessage(role="system", content=system_message())]
    for exchange in past[-MAX_PAST:]:
        messages.append(ChatMessage(role="user", content=_earlier(exchange.question)))
        messages.append(ChatMessage(role="assistant", content=_earlier(exchange.answer)))
    blocks = [f"<facts>\n{_untagged(text)}\n</facts>" for text in facts]
    asked = "\n".join([f"NOW {utc_iso(now_ms)}", *blocks, "QUESTION", _untagged(question)])
    return [*messages, ChatMessage(role="user", content=asked)]


def _earlier(text: str) -> str:
    return _untagged(safe(text, keep_lines=True))[:_ANSWER]


def _untagged(text: str) -> str:
    """Take our own marks out of somebody's words: nobody else says where facts end."""
    return _TAG.sub("(facts)", text)
