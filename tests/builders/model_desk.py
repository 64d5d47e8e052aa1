"""A desk whose reasoner is a language model, served by the fake, on a stepped clock."""

import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from tai2.daemon.thinking import Mind, open_mind
from tai2.engine.clock import StepClock
from tai2.model.decision import DecisionRequest, Reply, ReplyFailed
from tai2.model.events import CycleRecord
from tai2.model.order import OrderIntent
from tai2.ports.reasoner import Reasoner
from tai2.settings.sections import LlmSection, Settings
from tai2.sim.exchange.records import SimEvent
from tai2.store.journal.spending import SqliteSpending
from tests.builders.desk import DeskRig
from tests.builders.exchange import recorded
from tests.fakes.openrouter.server import KEY, Entry, FakeOpenRouter, fake_openrouter

MODEL = "acme/quant-large"
STEP_MS, STEPS = 15_000, 4
"""Between two cycles."""


class RigClock:
    """The rig's time, without waiting: pauses that a server asks for pass at once."""

    def __init__(self, clock: StepClock) -> None:
        self._clock = clock

    def now_ms(self) -> int:
        return self._clock.now_ms()

    def monotonic_s(self) -> float:
        return self._clock.monotonic_s()

    async def sleep(self, delay_s: float) -> None:
        """Return at once."""


class Remembering:
    """ports.reasoner.Reasoner that keeps question and answer of another one."""

    def __init__(self, reasoner: Reasoner) -> None:
        self._reasoner = reasoner
        self.last: tuple[DecisionRequest, Reply | ReplyFailed] | None = None

    @property
    def label(self) -> str:
        return self._reasoner.label

    @property
    def patience_s(self) -> float:
        return 0.0

    async def decide(self, request: DecisionRequest) -> Reply | ReplyFailed:
        reply = await self._reasoner.decide(request)
        self.last = (request, reply)
        return reply


@dataclass(frozen=True, kw_only=True)
class Told:
    """One cycle: its record, the question, what came back, and what the server saw of it."""

    record: CycleRecord
    request: DecisionRequest
    reply: Reply | ReplyFailed
    calls: list[Entry]
    placed: list[OrderIntent]
    """What the venue was handed during the cycle."""


@dataclass(kw_only=True)
class ModelDesk:
    """The rig and everything of the model that a test looks at."""

    rig: DeskRig
    fake: FakeOpenRouter
    mind: Mind
    memory: Remembering
    told: list[Told] = field(default_factory=list)
    seen: list[SimEvent] = field(default_factory=list)
    """Everything that the exchange itself says about orders."""
    px: int = 100_000
    _chance: random.Random = field(default_factory=lambda: random.Random(5))

    async def run(self, cycles: int) -> None:
        for _ in range(cycles):
            await self._pass_time()
            calls, placed = len(self.fake.journal), len(self.rig.venue.placed)
            record = await self.rig.cycle()
            assert self.memory.last is not None
            request, reply = self.memory.last
            self.told.append(
                Told(
                    record=record,
                    request=request,
                    reply=reply,
                    calls=self.fake.journal[calls:],
                    placed=self.rig.venue.placed[placed:],
                )
            )

    async def _pass_time(self) -> None:
        """Let a minute pass: forecasts fall due, the price moves, the account is read."""
        for _ in range(STEPS):
            self.rig.advance(STEP_MS)
            await self.rig.engine.outcomes.score_due()
        self.px += self._chance.randint(-60, 60)
        self.rig.crash_to(self.px)
        await self.rig.passing(self.rig.engine.reconcile.recover())
        await self.rig.engine.audit.look()
        await self.rig.engine.upkeep.look()
        await self.rig.guard()

    async def rows(self, query: str) -> list[dict[str, Any]]:
        """Ask the journal's database."""
        found = await self.rig.database.run(lambda c: c.execute(query).fetchall())
        return [dict(row) for row in found]


@asynccontextmanager
async def model_desk(place: Path) -> AsyncIterator[ModelDesk]:
    """Return a started desk; nothing has been asked yet."""
    async with fake_openrouter() as fake, AsyncExitStack() as stack:
        rig = DeskRig()
        llm = LlmSection(base_url=fake.url, model=MODEL, max_usd_day=Decimal(1_000))
        settings = Settings(openrouter_api_key=KEY, llm=llm)
        ledger = SqliteSpending(rig.database)
        mind = await open_mind(settings, place, ledger, RigClock(rig.clock), stack)
        memory = Remembering(mind.reasoner)
        rig.reasoner = memory  # type: ignore[assignment]
        await rig.start()
        mind.guide.take(replace(rig.engine.controls.current, interval_s=Decimal(180)))
        assert mind.catalogue is not None
        await mind.catalogue.refresh()
        seen = recorded(rig.exchange)
        yield ModelDesk(rig=rig, fake=fake, mind=mind, memory=memory, seen=seen)
