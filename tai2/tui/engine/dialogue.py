"""One question on its way: asks the daemon and feeds the chat with what comes.

The ENGINE tab runs it in a worker. A daemon that is gone or a model that fails ends in a
sentence in the chat, never in an exception.
"""

import asyncio
from collections.abc import Iterable
from typing import Final

from tai2.tui.engine.chat import Chat
from tai2.tui.feed import Feed
from tai2.view.panels.chat import cited
from tai2.view.rows import DecisionRow
from tai2.wire.past import ASK, AskEvent, AskParams, AskReply, AskStep
from tai2.wire.rpc import Fault

TIMEOUT_S: Final = 90.0
QUEUED: Final = 10_000
"""Events that may wait for the screen: more than an answer can have words."""


class Dialogue:
    """A question and its answer."""

    def __init__(self, desk: Feed, chat: Chat) -> None:
        self._desk, self._chat = desk, chat
        self._events: asyncio.Queue[AskEvent | None] = asyncio.Queue(QUEUED)

    async def ask(self, question: str, known: Iterable[DecisionRow]) -> None:
        """Ask, show the events in their order, then the checked answer.

        Args:
            question: What a person typed.
            known: Loaded decisions, to which citations may lead.
        """
        await self._chat.begin(question)
        try:
            async with asyncio.TaskGroup() as group:
                painting = group.create_task(self._paint(), name="chat-paint")
                reply = await self._desk.stream(
                    ASK, AskParams(question=question), self._events.put_nowait, TIMEOUT_S
                )
                self._events.put_nowait(None)
                await painting
            await self._close(reply, known)
        finally:
            await self._chat.end()

    async def _paint(self) -> None:
        while (event := await self._events.get()) is not None:
            match event.step:
                case AskStep.FACTS:
                    await self._chat.facts(event.text)
                case AskStep.LOOKING:
                    await self._chat.looking(event.text)
                case AskStep.DELTA:
                    await self._chat.delta(event.text)
                case AskStep.WAITING:
                    pass

    async def _close(self, reply: AskReply | Fault, known: Iterable[DecisionRow]) -> None:
        if isinstance(reply, Fault):
            await self._chat.failed(f"{reply.message} {reply.hint}".strip())
        elif reply.explanation is not None:
            explanation = reply.explanation
            sources = cited(explanation.citations, known)
            await self._chat.explained(explanation.text, explanation, sources)
        elif reply.failure:
            await self._chat.failed(reply.failure)
