"""The language-model room put together against the fake server, with short waits."""

import contextlib
import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from tai2.llm.breaker import Breaker, Limits
from tai2.llm.budget import Budget, Caps, Purse
from tai2.llm.cache_file import CacheFile
from tai2.llm.calls import Called, Calls
from tai2.llm.catalogue import Catalogue
from tai2.llm.chat import ChatFailed, ChatRequest, Completion, Heard
from tai2.llm.client import ChatClient
from tai2.llm.endpoint import Endpoint
from tai2.llm.ladder import Ladder
from tai2.llm.patience import Patience
from tai2.llm.reasoner import Instructions, ModelReasoner
from tai2.store.spending import MemorySpending
from tests.fakes.openrouter.server import KEY, FakeOpenRouter, fake_openrouter

GENEROUS = Caps(
    per_call_usd=Decimal(10),
    per_day_usd=Decimal(10_000),
    ask_per_day_usd=Decimal(1_000),
    per_ask_usd=Decimal(100),
)
NEVER = Limits(failures=10_000, pause_s=0)
"""A breaker that never keeps a call back."""
MODEL = "acme/quant-large"


class QuickClock:
    """Real time, a given wall time; sleeps return at once and are noted."""

    def __init__(self, now_ms: int = 1_763_890_200_000) -> None:
        self.start_ms = now_ms - time.time_ns() // 1_000_000
        self.slept_s: list[float] = []

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000 + self.start_ms

    def monotonic_s(self) -> float:
        return time.monotonic()

    async def sleep(self, delay_s: float) -> None:
        self.slept_s.append(delay_s)


@dataclass(kw_only=True)
class Room:
    fake: FakeOpenRouter
    clock: QuickClock
    client: ChatClient
    ledger: MemorySpending
    calls: Calls
    catalogue: Catalogue
    reasoner: ModelReasoner
    chosen: Instructions

    async def ask(
        self, deadline_s: float = 5.0, tries: int = 1, heard: Heard | None = None
    ) -> Called:
        patience = Patience(self.clock, deadline_s, tries)
        return await self.calls.ask(question(), patience, Purse(), heard)

    async def ask_once(
        self, deadline_s: float = 5.0, heard: Heard | None = None
    ) -> Completion | ChatFailed:
        return await self.client.ask(question(), deadline_s, heard)


def question(model: str = MODEL, **changes: object) -> ChatRequest:
    messages = ({"role": "user", "content": "Say it in JSON — “now” → 1."},)
    return ChatRequest(model=model, messages=messages, max_tokens=500, **changes)  # type: ignore[arg-type]


@contextlib.asynccontextmanager
async def llm_room(
    directory: Path | None = None,
    caps: Caps = GENEROUS,
    limits: Limits | None = None,
    *,
    is_plain: bool = False,
) -> AsyncIterator[Room]:
    async with fake_openrouter() as fake:
        clock = QuickClock()
        url = fake.plain_url if is_plain else fake.url
        client = ChatClient(Endpoint(base_url=url, api_key=KEY), clock)
        ledger = MemorySpending()
        models = CacheFile(directory / "models.json" if directory else None)
        rungs = CacheFile(directory / "rungs.json" if directory else None)
        catalogue = Catalogue(client, models, clock)
        calls = Calls(
            client,
            Budget(caps, ledger, clock),
            catalogue.price_of,
            Breaker(clock, limits),
            random.Random(7),
        )
        room = Room(
            fake=fake,
            clock=clock,
            client=client,
            ledger=ledger,
            calls=calls,
            catalogue=catalogue,
            reasoner=None,  # type: ignore[arg-type]
            chosen=Instructions(model=MODEL),
        )
        room.reasoner = ModelReasoner(
            calls, lambda: room.chosen, catalogue, Ladder(rungs, clock), clock
        )
        await catalogue.refresh()
        fake.journal.clear()
        try:
            yield room
        finally:
            await client.aclose()
