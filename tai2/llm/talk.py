"""Conversations over the calls of the model room: ports.chat.ChatModel for `ask`.

The composition root makes one; each question has a purse of its own. A turn streams its words
while it runs and must end in exactly one TurnDone or TurnFailed.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Final

from tai2.llm.budget import Purse
from tai2.llm.calls import Called, Calls
from tai2.llm.chat import ChatFailed, ChatRequest, Code, Completion, Json
from tai2.llm.patience import Patience
from tai2.model.spend import Purpose
from tai2.ports.chat import (
    ChatEvent,
    ChatMessage,
    StillWorking,
    TextDelta,
    ToolCall,
    ToolSpec,
    TurnAllowance,
    TurnDone,
    TurnFailed,
)
from tai2.ports.clock import Clock

MAX_TOKENS: Final = 1_000
SILENCE_S: Final = 3.0
"""After so long without a word the other side is told that the model still works."""
QUEUE: Final = 10_000
NO_TOOLS: Final = "LLM_NO_TOOLS"
_TOOL_REFUSALS: Final = (Code.BAD_REQUEST, Code.NO_MODEL)
"""How servers say that no provider of a model knows tools."""


class ModelTalk:
    """Turns of one server's models."""

    def __init__(self, calls: Calls, model: Callable[[], str], clock: Clock) -> None:
        """model: id of the model to talk with, read at each turn."""
        self._calls = calls
        self._model = model
        self._clock = clock

    @property
    def label(self) -> str:
        """Return the id of the model that is chosen now."""
        return self._model()

    async def turn(
        self, messages: Sequence[ChatMessage], tools: Sequence[ToolSpec], allowed: TurnAllowance
    ) -> AsyncIterator[ChatEvent]:
        """Stream one turn within its time and money; closing it hangs up."""
        request = ChatRequest(
            model=self._model(),
            messages=tuple(_message(message) for message in messages),
            max_tokens=MAX_TOKENS,
            tools=tuple(_tool(tool) for tool in tools),
        )
        words: asyncio.Queue[str | Called] = asyncio.Queue(maxsize=QUEUE)
        patience = Patience(self._clock, allowed.deadline_s, 1)
        purse = Purse(Purpose.ASK, allowed.budget_usd)
        async with asyncio.TaskGroup() as group:
            asking = group.create_task(self._ask(request, patience, purse, words), name="llm-turn")
            try:
                while True:
                    event = await _next(words)
                    if isinstance(event, Called):
                        yield _end(event, self._model())
                        return
                    yield TextDelta(text=event) if event else StillWorking()
            except GeneratorExit:
                return  # the asker left: nothing of that may reach the task group
            finally:
                asking.cancel()

    async def _ask(
        self,
        request: ChatRequest,
        patience: Patience,
        purse: Purse,
        words: asyncio.Queue[str | Called],
    ) -> None:
        called = await self._calls.ask(request, patience, purse, words.put_nowait)
        await words.put(called)


async def _next(words: asyncio.Queue[str | Called]) -> str | Called:
    """Return the next piece, "" after a while of silence."""
    try:
        async with asyncio.timeout(SILENCE_S):
            return await words.get()
    except TimeoutError:
        return ""


def _end(called: Called, asked: str) -> TurnDone | TurnFailed:
    outcome = called.outcome
    if isinstance(outcome, Completion):
        return TurnDone(
            text=outcome.text,
            tool_calls=tuple(
                ToolCall(call_id=call.call_id, name=call.name, arguments=call.arguments)
                for call in outcome.tool_calls
            ),
            model=outcome.model or asked,
            cost_usd=called.cost_usd,
        )
    return TurnFailed(code=_code(outcome), detail=outcome.detail, cost_usd=called.cost_usd)


def _code(failed: ChatFailed) -> str:
    """Return the failure's code; a request refused for its tools has one of its own."""
    is_about_tools = failed.code in _TOOL_REFUSALS and "tool" in failed.detail.lower()
    return NO_TOOLS if is_about_tools else failed.code.value


def _message(message: ChatMessage) -> Mapping[str, Json]:
    shaped: dict[str, Json] = {"role": message.role, "content": message.content}
    if message.tool_calls:
        shaped["tool_calls"] = [
            {
                "id": call.call_id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in message.tool_calls
        ]
    if message.tool_call_id:
        shaped["tool_call_id"] = message.tool_call_id
    return shaped


def _tool(tool: ToolSpec) -> Mapping[str, Json]:
    parameters: Json = json.loads(tool.parameters)
    function: dict[str, Json] = {
        "name": tool.name,
        "description": tool.description,
        "parameters": parameters,
    }
    return {"type": "function", "function": function}
