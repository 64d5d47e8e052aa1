"""One question to a model: turns, look-ups between them, and the check of the last words.

The dialogue makes one for each question. Whatever the model says or calls, only the look-ups
of the toolbox run, within the allowance of rounds, text, money and time.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from tai2.ask.arguments import MAX_ARGUMENTS
from tai2.ask.citations import check
from tai2.ask.cite import of_cycle, of_window
from tai2.ask.desk import Sources
from tai2.ask.events import Answered, AskEvent, Delta, Exchange, Failed, Looking, Waiting
from tai2.ask.findings import Printed
from tai2.ask.funnel import Answer
from tai2.ask.opening import opening
from tai2.ask.retrieval import retrieve
from tai2.ask.tools import SPECS, Toolbox
from tai2.model.money import ZERO
from tai2.ports.chat import (
    ChatEvent,
    ChatMessage,
    ChatModel,
    StillWorking,
    TextDelta,
    ToolCall,
    ToolSpec,
    TurnAllowance,
    TurnDone,
    TurnFailed,
)
from tai2.view.text import safe

NO_TOOLS: Final = "LLM_NO_TOOLS"
CALLS_A_ROUND: Final = 4
MAX_ANSWER: Final = 16_000
"""Characters that one turn may stream."""
_LETTERS_PER_TOKEN: Final = 4
_LAST: Final = "\n(This was the last look-up. Answer now from what you have.)"
_SHOWN: Final = 120
_LEAST_ROOM: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What one question may cost."""

    rounds: int = 6
    """Turns of the model."""
    tokens: int = 30_000
    """Of the conversation, estimated at four characters each."""
    budget_usd: Decimal = Decimal("0.05")
    """No further turn begins once this is spent."""
    deadline_s: float = 60.0
    """From the first turn to the last word."""
    facts_s: float = 10.0
    """For the facts before the first turn."""
    grace_s: float = 2.0
    """A model keeps the deadline by itself and reports its cost; later it's cut off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an inquiry is about."""

    question: str
    facts: Answer
    past: Sequence[Exchange]


class Inquiry:
    """The conversation of one question."""

    def __init__(
        self, asked: Asked, sources: Sources, model: ChatModel, allowance: Allowance
    ) -> None:
        self._asked, self._sources = asked, sources
        self._model, self._allowance = model, allowance
        self._toolbox = Toolbox(sources)
        self._tools: Sequence[ToolSpec] = SPECS
        self._outputs: list[str] = []
        self._ids: dict[str, str] = {}
        self._spent_usd = ZERO
        self._due_s = sources.clock.monotonic_s() + allowance.deadline_s
        self._end: TurnDone | TurnFailed = TurnFailed(code="", detail="", cost_usd=ZERO)
        self._messages: list[ChatMessage] = []
        self._open([_first_facts(asked.facts)])

    async def run(self) -> AsyncGenerator[AskEvent, None]:
        """Yield what happens; the last event is Answered or Failed."""
        for rounds_left in range(self._allowance.rounds - 1, -1, -1):
            if (spent := self._exhausted()) is not None:
                yield spent
                return
            async with aclosing(self._turn()) as events:
                async for event in events:
                    yield event
            end = self._end
            if isinstance(end, TurnFailed) and end.code == NO_TOOLS and self._tools:
                await self._do_without_tools()
                continue
            if isinstance(end, TurnFailed):
                yield self._failed(end.code, end.detail)
                return
            if not (end.tool_calls and self._tools and rounds_left):
                yield self._answered(end)
                return
            async with aclosing(self._look_up(end, is_last=rounds_left == 1)) as lookings:
                async for looking in lookings:
                    yield looking

    def _open(self, found: Sequence[Printed]) -> None:
        """Begin the conversation with these facts; whatever was said before is forgotten."""
        for each in found:
            self._note(each)
        asked, now_ms = self._asked, self._sources.clock.now_ms()
        facts = [each.text for each in found]
        self._messages = opening(asked.question, facts, asked.past, now_ms)

    def _note(self, shown: Printed) -> None:
        """Remember what the model was shown: only that may be cited and quoted."""
        self._outputs.append(shown.text)
        self._ids.update(shown.ids)

    async def _turn(self) -> AsyncGenerator[AskEvent, None]:
        """Stream one turn and keep how it ended."""
        self._end = TurnFailed(code="LLM_NO_FINISH", detail="the answer broke off", cost_usd=ZERO)
        allowed = TurnAllowance(
            deadline_s=self._left_s(),
            budget_usd=max(self._allowance.budget_usd - self._spent_usd, ZERO),
        )
        stream = self._model.turn(tuple(self._messages), self._tools, allowed)
        letters = 0
        try:
            while letters <= MAX_ANSWER and (event := await self._next(stream)) is not None:
                match event:
                    case TextDelta(text=text):
                        letters += len(text)
                        yield Delta(text=safe(text, keep_lines=True))
                    case StillWorking():
                        yield Waiting()
                    case TurnDone() | TurnFailed():
                        self._end = event
        except TimeoutError:
            self._end = TurnFailed(code="LLM_TIMEOUT", detail="no answer in time", cost_usd=ZERO)
        finally:
            if isinstance(stream, AsyncGenerator):
                await stream.aclose()
        self._spent_usd += self._end.cost_usd

    async def _next(self, stream: AsyncIterator[ChatEvent]) -> ChatEvent | None:
        async with asyncio.timeout(self._left_s() + self._allowance.grace_s):
            return await anext(stream, None)

    async def _look_up(self, done: TurnDone, *, is_last: bool) -> AsyncGenerator[AskEvent, None]:
        calls = tuple(map(_bounded, done.tool_calls[:CALLS_A_ROUND]))
        self._messages.append(
            ChatMessage(role="assistant", content=done.text[:MAX_ANSWER], tool_calls=calls)
        )
        for call in calls:
            yield Looking(tool=safe(call.name)[:_SHOWN], arguments=safe(call.arguments)[:_SHOWN])
            shown = await self._call(call)
            self._note(shown)
            content = shown.text + (_LAST if is_last else "")
            self._messages.append(
                ChatMessage(role="tool", content=content, tool_call_id=call.call_id)
            )

    async def _call(self, call: ToolCall) -> Printed:
        if (room := self._room()) < _LEAST_ROOM:
            return Printed(text="error: no room for more, answer now", ids={})
        try:
            async with asyncio.timeout(self._left_s()):
                return await self._toolbox.call(call, room)
        except TimeoutError:
            return Printed(text="error: the look-up took too long", ids={})

    async def _do_without_tools(self) -> None:
        """Begin anew for a model that can't call tools, with what it most likely needs."""
        self._tools, asked = (), self._asked
        found = [_first_facts(asked.facts)]
        try:
            async with asyncio.timeout(self._left_s()):
                found += await retrieve(asked.question, asked.facts, self._sources)
        except TimeoutError:
            found = found[:1]
        self._open(found)

    def _left_s(self) -> float:
        return max(self._due_s - self._sources.clock.monotonic_s(), 0.0)

    def _room(self) -> int:
        """Return how many characters the conversation may still grow by."""
        said = sum(_letters(message) for message in self._messages)
        offered = sum(len(spec.parameters) + len(spec.description) for spec in self._tools)
        return self._allowance.tokens * _LETTERS_PER_TOKEN - said - offered

    def _exhausted(self) -> Failed | None:
        if self._spent_usd >= self._allowance.budget_usd:
            return self._failed("ASK_BUDGET", "what this question may cost is spent")
        if self._room() < 0:
            return self._failed("ASK_TOKENS", "the conversation has grown too long")
        if self._left_s() <= 0:
            return self._failed("LLM_TIMEOUT", "no answer in time")
        return None

    def _answered(self, done: TurnDone) -> Answered | Failed:
        text = safe(done.text, keep_lines=True).strip()[:MAX_ANSWER]
        if not text:
            return self._failed("LLM_EMPTY", "the model said nothing")
        checked = check(text, self._outputs, self._ids)
        return Answered(
            text=text,
            citations=checked.citations,
            is_verified=checked.is_verified,
            footer=checked.footer,
            model=safe(done.model),
            cost_usd=self._spent_usd,
        )

    def _failed(self, code: str, detail: str) -> Failed:
        return Failed(code=code, detail=safe(detail)[:_SHOWN], cost_usd=self._spent_usd)


def _first_facts(facts: Answer) -> Printed:
    """Print the funnel as a result that can be cited."""
    cited = of_window("F", facts.funnel.since_ms, 0, facts.inst_id)
    ids = {of_cycle(each): each.decision_id or each.cycle_id for each in facts.newest}
    return Printed(text=f"[{cited}] {facts.text}", ids={cited: cited, **ids})


def _bounded(call: ToolCall) -> ToolCall:
    """Return a call that may be echoed: arguments too long to be checked are left out."""
    arguments = call.arguments if len(call.arguments) <= MAX_ARGUMENTS else ""
    return replace(call, name=call.name[:_SHOWN], arguments=arguments)


def _letters(message: ChatMessage) -> int:
    calls = sum(len(call.name) + len(call.arguments) for call in message.tool_calls)
    return len(message.content) + calls
