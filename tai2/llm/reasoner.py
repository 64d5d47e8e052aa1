"""The language model behind the port: renders the question, asks, and hands back raw text.

The cycle calls it once per snapshot. It never believes a reply (the engine's parser does that)
and only looks whether one can be read at all; every failure is a value, never another answer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

import structlog

from tai2.llm.budget import Purse
from tai2.llm.calls import Called, Calls
from tai2.llm.catalogue import Catalogue
from tai2.llm.chat import ChatFailed, ChatRequest, Code, Completion, Json, Outcome, Routing
from tai2.llm.endpoint import Dialect
from tai2.llm.ladder import Ladder, Rung, in_words, ladder_key, read_back, response_format
from tai2.llm.models import Model
from tai2.llm.patience import Patience
from tai2.model.decision import DecisionRequest, NoDecision, Reply, ReplyFailed, SentPrompt
from tai2.model.money import ZERO
from tai2.ports.clock import Clock
from tai2.prompt.parse import parse_reply
from tai2.prompt.render import render
from tai2.prompt.version import prompt_hash

log = structlog.get_logger()

READABLE: Final = ("extract", "parse", "schema")
"""Stages whose fault is of form only: the model may be asked to write it again. A fault of
meaning or evidence never is, that would teach it to please the check."""
CALLS: Final = 2
"""Requests per decision in all: a retry, a lower rung and a second question share them."""
ANY_PROVIDER: Final = Routing()
MAX_ECHO: Final = 8_000
"""Characters of an unreadable reply that are shown to the model again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instructions:
    """What the operator has chosen; read anew for each decision."""

    model: str
    """Model id."""
    system_prompt: str = ""
    """Template with {strategy}; "" = the default decide/1."""
    strategy: str = ""
    deadline_s: float = 55.0
    """Seconds for one decision from its snapshot on: its freshness, and at most half the
    interval or 120 s."""
    max_tokens: int = 4_000
    temperature: float | None = 0.2
    """Sent only to models that list it as supported."""
    effort: str = ""
    """Reasoning effort, "" = the model's default."""
    routing: Routing = ANY_PROVIDER


@dataclass(slots=True)
class _Question:
    """One decision on its way: everything that changes between its calls."""

    request: DecisionRequest
    chosen: Instructions
    model: Model | None
    rung: Rung
    patience: Patience
    cost_usd: Decimal = ZERO


class ModelReasoner:
    """ports.reasoner.Reasoner over an OpenAI-compatible server, OpenRouter by default."""

    def __init__(
        self,
        calls: Calls,
        instructions: Callable[[], Instructions],
        catalogue: Catalogue,
        ladder: Ladder,
        clock: Clock,
    ) -> None:
        self._calls = calls
        self._instructions = instructions
        self._catalogue = catalogue
        self._ladder = ladder
        self._clock = clock
        self._purse = Purse()

    @property
    def label(self) -> str:
        """Return the id of the model that is chosen now."""
        return self._instructions().model

    @property
    def patience_s(self) -> float:
        """Return the deadline that is chosen now."""
        return self._instructions().deadline_s

    async def decide(self, request: DecisionRequest) -> Reply | ReplyFailed:
        """Answer within the deadline of the instructions, counted from the snapshot.

        Raises:
            JournalFailed: The budget can't store its reservation; nothing was sent.
        """
        question = await self._question(request)
        called = await self._asked(question, self._chat(question))
        if isinstance(called, ChatFailed) and called.is_format_fault:
            called = await self._asked_lower(question, called)
        if isinstance(called, Completion):
            called = await self._readable(question, called)
        return self._reply(question, called)

    async def _question(self, request: DecisionRequest) -> _Question:
        chosen = self._instructions()
        model = self._catalogue.find(chosen.model)
        age_s = max(self._clock.now_ms() - request.ts, 0) / 1000
        return _Question(
            request=request,
            chosen=chosen,
            model=model,
            rung=await self._ladder.rung(self._key(chosen), model),
            patience=Patience(self._clock, chosen.deadline_s - age_s, CALLS),
        )

    def _key(self, chosen: Instructions) -> str:
        server = self._calls.client.endpoint.base_url
        return ladder_key(server, chosen.model, chosen.routing.only)

    def _chat(self, question: _Question) -> ChatRequest:
        chosen = question.chosen
        prompt = render(question.request, chosen.strategy, chosen.system_prompt)
        system = prompt.system + in_words(question.rung)
        return ChatRequest(
            model=chosen.model,
            messages=(_message("system", system), _message("user", prompt.user)),
            max_tokens=chosen.max_tokens,
            session_id=f"tai2:{question.request.inst_id}:decide",
            temperature=chosen.temperature if self._takes(question, "temperature") else None,
            effort=chosen.effort if self._takes(question, "reasoning") else "",
            response_format=response_format(question.rung),
            routing=chosen.routing,
        )

    def _takes(self, question: _Question, parameter: str) -> bool:
        """Tell whether a field may be sent; OpenRouter finds no provider for an unknown one."""
        model = question.model
        if model is None or model.parameters is None:
            return self._calls.client.endpoint.dialect is not Dialect.OPENROUTER
        return model.supports(parameter)

    async def _asked(self, question: _Question, chat: ChatRequest) -> Outcome:
        called: Called = await self._calls.ask(chat, question.patience, self._purse)
        question.cost_usd += called.cost_usd
        if isinstance(called.outcome, Completion):
            return _fit_to_decide(called.outcome, question)
        return called.outcome

    async def _asked_lower(self, question: _Question, refused: ChatFailed) -> Outcome:
        """Step down one rung and ask again, if a call is left."""
        lower = await self._ladder.step_down(self._key(question.chosen), question.rung)
        if lower is None or question.patience.is_over():
            return refused
        question.rung = lower
        return await self._asked(question, self._chat(question))

    async def _readable(self, question: _Question, completion: Completion) -> Outcome:
        """Ask once to write an unreadable reply again; whatever comes then is final."""
        fault = self._fault_of_form(question, completion)
        if fault is None or question.patience.is_over():
            return completion
        chat = self._chat(question)
        again = (
            _message("assistant", completion.text[:MAX_ECHO]),
            _message(
                "user",
                f"That reply can't be read: {fault.code}, {fault.detail}. "
                "Write the whole decision again as exactly one JSON object. JSON only.",
            ),
        )
        log.info("llm_asked_again", decision_id=question.request.decision_id, code=fault.code)
        second = await self._asked(question, replace(chat, messages=chat.messages + again))
        return second if isinstance(second, Completion) else completion

    def _fault_of_form(self, question: _Question, completion: Completion) -> NoDecision | None:
        checked = parse_reply(read_back(completion.text, question.rung), question.request)
        is_of_form = isinstance(checked, NoDecision) and checked.stage in READABLE
        return checked if is_of_form and isinstance(checked, NoDecision) else None

    def _reply(self, question: _Question, outcome: Outcome) -> Reply | ReplyFailed:
        latency_ms, cost_usd = question.patience.spent_ms(), question.cost_usd
        sent = _sent(question)
        if isinstance(outcome, Completion):
            return Reply(
                text=read_back(outcome.text, question.rung),
                reasoner=question.chosen.model,
                provider=self._provider(outcome),
                latency_ms=latency_ms,
                cost_usd=cost_usd,
                prompt=sent,
            )
        return ReplyFailed(
            code=outcome.code.value,
            detail=outcome.detail,
            reasoner=question.chosen.model,
            latency_ms=latency_ms,
            cost_usd=cost_usd,
            prompt=sent,
        )

    def _provider(self, completion: Completion) -> str:
        """Return who served the model, as shown to people."""
        return self._calls.client.endpoint.redacted(completion.provider)[:40]


def _sent(question: _Question) -> SentPrompt:
    """Return what the model was told, for the journal."""
    chosen = question.chosen
    prompt = render(question.request, chosen.strategy, chosen.system_prompt)
    return SentPrompt(
        prompt_hash=prompt_hash(chosen.system_prompt, chosen.strategy),
        system=prompt.system,
        user=prompt.user,
    )


def _message(role: str, content: str) -> Mapping[str, Json]:
    return {"role": role, "content": content}


def _fit_to_decide(completion: Completion, question: _Question) -> Outcome:
    """Refuse an answer that calls tools nobody offered, or comes from a model nobody chose.

    A model that isn't listed can't be judged and passes.
    """
    if completion.tool_calls:
        return ChatFailed(
            code=Code.NO_FINISH,
            detail=f"calls a tool instead of deciding: {completion.tool_calls[0].name!r:.40}",
            generation_id=completion.generation_id,
            usage=completion.usage,
        )
    model = question.model
    if not completion.model or model is None or model.is_served_by(completion.model):
        return completion
    return ChatFailed(
        code=Code.OTHER_MODEL,
        detail=f"asked {model.model_id}, served by {completion.model!r:.60}",
        generation_id=completion.generation_id,
        usage=completion.usage,
    )
