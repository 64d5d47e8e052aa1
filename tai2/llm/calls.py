"""Makes paid calls: breaker, reservation, request, settlement, and at most the retries allowed.

The reasoner and `ask` go through it, never to the client directly. It must never send without a
reservation, repeat after text was heard, or outlive the patience that it was given.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from urllib.parse import quote

from tai2.llm.breaker import Breaker, Phase
from tai2.llm.budget import Budget, Held, Purse
from tai2.llm.chat import ChatFailed, ChatRequest, Code, Completion, Heard, Outcome
from tai2.llm.client import ChatClient, Document
from tai2.llm.endpoint import Dialect
from tai2.llm.envelope import record, usd
from tai2.llm.meter import Meter
from tai2.llm.patience import Patience
from tai2.llm.prices import Price, worst_usd
from tai2.model.money import ZERO

LOOK_UP_S: Final = 2.0
"""Deadline for asking what a lost call cost."""
BACKOFF_S: Final = 1.0
"""Longest pause before a retry where the server names none."""

PriceOf = Callable[[str], Price | None]
"""Price of a model by id; None = unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """What came of a question, with everything that it cost."""

    outcome: Outcome
    cost_usd: Decimal
    """All attempts; a call of unknown cost counts with its worst case."""


class Calls:
    """One server, one budget."""

    def __init__(
        self,
        client: ChatClient,
        budget: Budget,
        price_of: PriceOf,
        breaker: Breaker,
        jitter: random.Random | None = None,
    ) -> None:
        self.client = client
        self.budget = budget
        self.breaker = breaker
        self.meter = Meter()
        self.reported_usd = ZERO
        """Sum of all costs that the server has named since the start."""
        self._price_of = price_of
        self._jitter = jitter or random.SystemRandom()

    async def ask(
        self, request: ChatRequest, patience: Patience, purse: Purse, heard: Heard | None = None
    ) -> Called:
        """Ask, and once more where the server's failure and the patience allow it.

        Args:
            request: What to ask.
            patience: Shared by everything that belongs to one decision or one round.
            purse: Who pays.
            heard: Streams the text into it; once it has heard something nothing is repeated.

        Raises:
            JournalFailed: A reservation can't be stored; nothing was sent.
        """
        ear = _Ear(heard)
        cost_usd = ZERO
        while True:
            once = await self._once(request, patience, purse, ear if heard else None)
            cost_usd += once.cost_usd
            is_final = not isinstance(once.outcome, ChatFailed) or not once.outcome.may_retry
            if is_final or ear.has_heard or not await patience.pause(self._delay_s(once.outcome)):
                return Called(outcome=once.outcome, cost_usd=cost_usd)

    async def _once(
        self, request: ChatRequest, patience: Patience, purse: Purse, heard: Heard | None
    ) -> Called:
        if patience.is_over():
            return _free(Code.TIMEOUT, "no time or no call left before asking")
        if self.breaker.phase is Phase.OPEN:
            return _free(Code.PAUSED, f"paused after {self.breaker.reason}")
        held = await self._reserved(request, patience, purse)
        if isinstance(held, ChatFailed):
            return Called(outcome=held, cost_usd=ZERO)
        if not self.breaker.admits():  # while waiting for the reservation another call probed
            await self.budget.settle(held, ZERO)
            return _free(Code.PAUSED, f"paused after {self.breaker.reason}")
        patience.take_call()
        outcome = await self.client.ask(request, patience.left_s(), heard)
        self.breaker.note(outcome)
        self.meter.note(request.model, purse.purpose, outcome.usage)
        return Called(outcome=outcome, cost_usd=await self._settle(held, request, outcome))

    async def _reserved(
        self, request: ChatRequest, patience: Patience, purse: Purse
    ) -> Held | ChatFailed:
        most_usd = self._worst_usd(request, purse)
        try:
            async with asyncio.timeout(patience.left_s()):
                return await self.budget.reserve(most_usd, request.model, purse)
        except TimeoutError:
            return _nothing(Code.TIMEOUT, "the budget's ledger did not answer in time")

    def _worst_usd(self, request: ChatRequest, purse: Purse) -> Decimal:
        """Return what to reserve; a call of unknown price counts as dear as one may be."""
        price = self._price_of(request.model)
        if price is not None:
            return worst_usd(request, price)
        caps = [self.budget.caps.per_call_usd, purse.limit_usd]
        return min(cap for cap in caps if cap is not None)

    async def _settle(self, held: Held, request: ChatRequest, outcome: Outcome) -> Decimal:
        cost_usd = await self._cost_usd(request, outcome)
        return await self.budget.settle(held, cost_usd)

    async def _cost_usd(self, request: ChatRequest, outcome: Outcome) -> Decimal | None:
        """Return the cost as named by the server, else as counted, else as looked up."""
        if isinstance(outcome, ChatFailed) and not outcome.may_be_billed:
            return ZERO
        named_usd = outcome.usage.cost_usd
        if named_usd is None and self.client.endpoint.dialect is Dialect.OPENROUTER:
            named_usd = await self._looked_up(outcome)
        if named_usd is not None:
            self.reported_usd += named_usd
            return named_usd
        price = self._price_of(request.model)
        is_whole = isinstance(outcome, Completion)
        return price.of_usage(outcome.usage) if price and is_whole else None

    async def _looked_up(self, outcome: Outcome) -> Decimal | None:
        """Ask what a call cost whose usage never arrived; None when that isn't known (yet)."""
        if not outcome.generation_id:
            return None
        path = f"generation?id={quote(outcome.generation_id[:200], safe='')}"
        found = await self.client.get(path, LOOK_UP_S)
        if not isinstance(found, Document):
            return None
        return usd(record(record(found.node).get("data")).get("total_cost"))

    def _delay_s(self, outcome: Outcome) -> float:
        asked_s = outcome.retry_after_s if isinstance(outcome, ChatFailed) else None
        spread_s = self._jitter.uniform(BACKOFF_S / 4, BACKOFF_S)
        return spread_s if asked_s is None else asked_s + spread_s / 4


class _Ear:
    """Passes text on and remembers that there was some."""

    def __init__(self, heard: Heard | None) -> None:
        self._heard = heard
        self.has_heard = False

    def __call__(self, piece: str) -> None:
        self.has_heard = self.has_heard or bool(piece)
        if self._heard is not None:
            self._heard(piece)


def _nothing(code: Code, detail: str) -> ChatFailed:
    """Return why nothing was sent."""
    return ChatFailed(code=code, detail=detail, may_be_billed=False)


def _free(code: Code, detail: str) -> Called:
    return Called(outcome=_nothing(code, detail), cost_usd=ZERO)
