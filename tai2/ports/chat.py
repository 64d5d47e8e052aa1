"""A language model to talk with: turns of messages in, streamed text and tool calls out.

`ask` talks through it, the llm adapter implements it, tests script it. It carries text only:
nothing here can place an order, and a failure is an event, never an exception.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSpec:
    """One read-only look-up that the model may ask for."""

    name: str
    description: str
    parameters: str
    """JSON schema of its arguments, as text; byte-stable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """The model's wish to look something up, not yet checked."""

    call_id: str
    name: str
    arguments: str
    """Raw JSON text as the model wrote it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMessage:
    """One message of a conversation."""

    role: str
    """system, user, assistant or tool."""
    content: str
    tool_calls: tuple[ToolCall, ...] = ()
    """Of an assistant's message."""
    tool_call_id: str = ""
    """Of a tool's message: which call it answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextDelta:
    """More text of the answer."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StillWorking:
    """The other side is alive but has nothing to say yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnDone:
    """The turn is complete."""

    text: str
    """All of the answer's text."""
    tool_calls: tuple[ToolCall, ...]
    """Look-ups that the model waits for; empty = the answer is final."""
    model: str
    """The model that served it."""
    cost_usd: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnFailed:
    """No usable turn came."""

    code: str
    """For example LLM_TIMEOUT, LLM_NO_TOOLS or BUDGET."""
    detail: str
    cost_usd: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnAllowance:
    """What one turn may take."""

    deadline_s: float
    budget_usd: Decimal


ChatEvent = TextDelta | StillWorking | TurnDone | TurnFailed


class ChatModel(Protocol):
    """One model to talk with."""

    @property
    def label(self) -> str:
        """Model id as shown to people."""
        ...

    def turn(
        self, messages: Sequence[ChatMessage], tools: Sequence[ToolSpec], allowed: TurnAllowance
    ) -> AsyncIterator[ChatEvent]:
        """Stream one turn; the last event is TurnDone or TurnFailed. Closing it stops it."""
        ...
