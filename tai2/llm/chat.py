"""What is asked of a chat model and what may come of it, as values.

The reasoner and `ask` make requests, the client returns outcomes. An outcome is either a
Completion that ended well or a ChatFailed; there must be nothing in between.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

Json = Any
"""A JSON value: the edge where a server's answer becomes typed."""

Heard = Callable[[str], None]
"""Receives each piece of text as it streams in; "" = the server only says it is alive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """Which of a model's providers may serve (OpenRouter only)."""

    only: tuple[str, ...] = ()
    """Provider slugs; empty = any."""
    quantizations: tuple[str, ...] = ()
    """Such as fp8; empty = any."""
    max_prompt_usd_per_m: Decimal | None = None
    """Dearest prompt price that may serve, USD per million tokens; None = any."""
    max_completion_usd_per_m: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """One question to a model."""

    model: str
    messages: tuple[Mapping[str, Json], ...]
    """In the OpenAI shape; echoed assistant messages unchanged."""
    max_tokens: int
    """Of the answer, reasoning included."""
    session_id: str = ""
    """Sticky routing key of OpenRouter; "" = none."""
    temperature: float | None = None
    """None = the provider's default."""
    effort: str = ""
    """Reasoning effort (low, medium, high…); "" = the model's default."""
    response_format: Mapping[str, Json] | None = None
    tools: tuple[Mapping[str, Json], ...] = ()
    routing: Routing = Routing()


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What the server says it counted; None = it did not say."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    reasoning_tokens: int | None = None
    cached_tokens: int | None = None
    cost_usd: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A look-up that the model wants."""

    call_id: str
    name: str
    arguments: str
    """JSON text as the model wrote it, unchecked; "" when it gave null."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """An answer that ended well: finished by itself, complete, and not empty."""

    text: str
    """Exactly what the model wrote; "" only beside tool calls."""
    tool_calls: tuple[ToolCall, ...]
    message: Mapping[str, Json]
    """The assistant's message to echo in a tool loop, reasoning details included."""
    model: str
    """Model that served, "" when the server doesn't say."""
    provider: str
    generation_id: str
    usage: Usage


class Code(StrEnum):
    """Why there is no answer; shown to people and stored with the cycle."""

    TIMEOUT = "LLM_TIMEOUT"
    UNREACHABLE = "LLM_UNREACHABLE"
    CONNECTION = "LLM_CONNECTION"
    TRUNCATED = "LLM_TRUNCATED"
    BAD_BODY = "LLM_BAD_BODY"
    NO_CHOICES = "LLM_NO_CHOICES"
    NO_FINISH = "LLM_NO_FINISH"
    LENGTH = "LLM_LENGTH"
    CONTENT_FILTER = "LLM_CONTENT_FILTER"
    REFUSED = "LLM_REFUSED"
    EMPTY = "LLM_EMPTY"
    OTHER_MODEL = "LLM_OTHER_MODEL"
    BAD_REQUEST = "LLM_BAD_REQUEST"
    KEY_REJECTED = "LLM_KEY_REJECTED"
    NO_CREDIT = "LLM_NO_CREDIT"
    FORBIDDEN = "LLM_FORBIDDEN"
    NO_MODEL = "LLM_NO_MODEL"
    RATE_LIMITED = "LLM_RATE_LIMITED"
    UPSTREAM_TIMEOUT = "LLM_UPSTREAM_TIMEOUT"
    SERVER = "LLM_SERVER"
    OVERLOADED = "LLM_OVERLOADED"
    PAUSED = "LLM_PAUSED"
    BUDGET_CALL = "LLM_BUDGET_CALL"
    BUDGET_DAY = "LLM_BUDGET_DAY"
    BUDGET_ASK = "LLM_BUDGET_ASK"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatFailed:
    """No usable answer, and what may be done about it."""

    code: Code
    detail: str
    """One line for people, keys and control characters removed."""
    may_retry: bool = False
    """True when the same request may be sent again."""
    retry_after_s: float | None = None
    """What the server asks for, 0 to 60; None = it doesn't say."""
    is_format_fault: bool = False
    """True when the server can't do the response format that was asked for."""
    may_be_billed: bool = True
    """False when nothing can have been generated: not connected, or refused with an HTTP status."""
    generation_id: str = ""
    usage: Usage = Usage()


Outcome = Completion | ChatFailed
