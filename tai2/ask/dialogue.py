"""Answers questions: facts first, always; then, with a model, an explanation that is checked.

The daemon keeps one Dialogue for `tai2 ask` and the ENGINE chat. It can't act: a request to
trade gets a fixed refusal, and the model isn't even asked.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Final

from tai2.ask.desk import Sources
from tai2.ask.events import AskEvent, Exchange, Failed, FunnelReady
from tai2.ask.funnel import Answer, answer
from tai2.ask.inquiry import Allowance, Asked, Inquiry
from tai2.ask.pace import Pace
from tai2.model.errors import Tai2Error, UsageError
from tai2.model.money import ZERO
from tai2.ports.chat import ChatModel
from tai2.view.text import safe

MAX_QUESTION: Final = 4 * 1024
"""Bytes of UTF-8."""
_DEFAULT: Final = Allowance()


class Dialogue:
    """Answers one question at a time; questions of different askers may overlap."""

    def __init__(
        self, sources: Sources, model: ChatModel | None = None, allowance: Allowance = _DEFAULT
    ) -> None:
        """Answer from `sources`; model None = from facts alone."""
        self._sources, self._model, self._allowance = sources, model, allowance
        self._pace = Pace(sources.clock)

    async def ask(
        self, question: str, past: Sequence[Exchange] = ()
    ) -> AsyncGenerator[AskEvent, None]:
        """Yield the answer as it comes: FunnelReady first, Answered or Failed last.

        Close the generator to stop the model. Nothing follows a FunnelReady that is final.

        Args:
            question: At most 4 KiB; anything a person may type.
            past: Earlier exchanges of the same chat, oldest first; the newest 8 count.

        Raises:
            UsageError: The question is empty or too long.
        """
        words = cleaned(question)
        try:
            facts = await self._facts(words)
        except Tai2Error as exc:
            yield Failed(code="ASK_HISTORY", detail=safe(exc.message), cost_usd=ZERO)
            return
        except TimeoutError:
            yield Failed(code="ASK_HISTORY", detail="history doesn't answer", cost_usd=ZERO)
            return
        model = None if facts.refusal else self._model
        yield FunnelReady(
            text=facts.text, funnel=facts.funnel, refusal=facts.refusal, is_final=model is None
        )
        if model is None:
            return
        if wait_s := self._pace.admit():
            detail = f"too many questions: ask again in {wait_s} s"
            yield Failed(code="ASK_PACE", detail=detail, cost_usd=ZERO)
            return
        asked = Asked(question=words, facts=facts, past=past)
        inquiry = Inquiry(asked, self._sources, model, self._allowance)
        async with aclosing(inquiry.run()) as events:
            async for event in events:
                yield event

    async def _facts(self, words: str) -> Answer:
        history, desk = self._sources.history, self._sources.desk
        now_ms = self._sources.clock.now_ms()
        async with asyncio.timeout(self._allowance.facts_s):
            return await answer(words, history, now_ms, desk.instruments(), desk.live())


def cleaned(question: str) -> str:
    """Return a question without control characters.

    Raises:
        UsageError: It is empty or longer than 4 KiB.
    """
    if len(question.encode("utf-8", "replace")) > MAX_QUESTION:
        raise UsageError("the question is longer than 4 KiB", "Shorten it.")
    words = safe(question, keep_lines=True).strip()
    if not words:
        raise UsageError("the question is empty", 'For example: tai2 ask "why no trade?"')
    return words
