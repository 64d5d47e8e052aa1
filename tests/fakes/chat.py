"""A chat model that says what a test tells it to, and remembers what it was told.

It stands at ports.chat.ChatModel. Each turn plays the next script; the last one repeats.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from decimal import Decimal

from tai2.ports.chat import (
    ChatEvent,
    ChatMessage,
    TextDelta,
    ToolCall,
    ToolSpec,
    TurnAllowance,
    TurnDone,
    TurnFailed,
)

CENT = Decimal("0.001")
Script = Sequence[ChatEvent] | Callable[[Sequence[ChatMessage]], Sequence[ChatEvent]]


class ScriptedChat:
    """ports.chat.ChatModel over scripts."""

    def __init__(self, *scripts: Script) -> None:
        self._scripts = scripts
        self.told: list[tuple[ChatMessage, ...]] = []
        self.offered: list[tuple[ToolSpec, ...]] = []
        self.closed = 0

    @property
    def label(self) -> str:
        return "scripted/model"

    async def turn(
        self, messages: Sequence[ChatMessage], tools: Sequence[ToolSpec], allowed: TurnAllowance
    ) -> AsyncIterator[ChatEvent]:
        script = self._scripts[min(len(self.told), len(self._scripts) - 1)]
        self.told.append(tuple(messages))
        self.offered.append(tuple(tools))
        try:
            for event in script(messages) if callable(script) else script:
                yield event
        finally:
            self.closed += 1

    def everything_told(self) -> str:
        """Return all text that ever reached the model: messages, calls, tool specs."""
        parts = [message.content for told in self.told for message in told]
        for told in self.told:
            parts += [f"{c.name} {c.arguments}" for message in told for c in message.tool_calls]
        for tools in self.offered:
            parts += [f"{spec.name} {spec.description} {spec.parameters}" for spec in tools]
        return "\n".join(parts)


def says(text: str, *, cost_usd: Decimal = CENT) -> tuple[ChatEvent, ...]:
    """A final turn: the text word by word, then whole."""
    words = tuple(TextDelta(text=f"{word} ") for word in text.split(" "))
    done = TurnDone(text=text, tool_calls=(), model="scripted/model", cost_usd=cost_usd)
    return (*words, done)


def calls(*wanted: tuple[str, str], text: str = "", cost_usd: Decimal = CENT) -> list[ChatEvent]:
    """A turn that wants look-ups: (name, JSON arguments) each."""
    made = tuple(
        ToolCall(call_id=f"call_{place}", name=name, arguments=arguments)
        for place, (name, arguments) in enumerate(wanted)
    )
    return [TurnDone(text=text, tool_calls=made, model="scripted/model", cost_usd=cost_usd)]


def fails(code: str, detail: str = "broken") -> list[ChatEvent]:
    """A turn that fails."""
    return [TurnFailed(code=code, detail=detail, cost_usd=Decimal(0))]
