"""Opens the reasoner: a language model when one is configured, rules-v1 otherwise.

Compose calls it. The choice is made once, by configuration; a model that fails is never
replaced by rules. What the operator changes while running reaches the model through Guide.
"""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from tai2.llm.breaker import Breaker
from tai2.llm.budget import Budget, Caps
from tai2.llm.cache_file import CacheFile
from tai2.llm.calls import Calls
from tai2.llm.catalogue import Catalogue
from tai2.llm.client import ChatClient
from tai2.llm.endpoint import OPENROUTER_URL, Endpoint
from tai2.llm.ladder import Ladder
from tai2.llm.reasoner import Instructions, ModelReasoner
from tai2.llm.rules import RulesReasoner
from tai2.llm.talk import ModelTalk
from tai2.model.controls import Controls
from tai2.ports.chat import ChatModel
from tai2.ports.clock import Clock
from tai2.ports.reasoner import Reasoner
from tai2.ports.spending import SpendLedger
from tai2.settings.sections import LlmSection, Settings


class Guide:
    """What the operator wants of the model now: settings, overlaid by the controls."""

    def __init__(self, llm: LlmSection) -> None:
        self._llm = llm
        self._controls: Controls | None = None

    def take(self, controls: Controls) -> None:
        """Follow a new version of the controls."""
        self._controls = controls

    @property
    def model(self) -> str:
        """Model id in force."""
        return (self._controls.model_id if self._controls else "") or self._llm.model

    def instructions(self) -> Instructions:
        """Return what counts for the next decision."""
        controls, llm = self._controls, self._llm
        return Instructions(
            model=self.model,
            system_prompt=controls.system_prompt if controls else "",
            strategy=controls.strategy if controls else "",
            deadline_s=float(llm.deadline_s),
            max_tokens=llm.max_tokens,
            effort=llm.effort,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mind:
    """Who reasons and who explains."""

    reasoner: Reasoner
    talk: ChatModel | None
    """None = answers come from facts alone."""
    catalogue: Catalogue | None
    guide: Guide
    day_cap_usd: Decimal | None
    """None for a reasoner that costs nothing."""
    ask_budget_usd: Decimal
    """Of one question."""


async def open_mind(
    settings: Settings, place: Path, ledger: SpendLedger, clock: Clock, stack: AsyncExitStack
) -> Mind:
    """Return the reasoner that the settings ask for; nothing is sent yet."""
    llm, key = settings.llm, settings.openrouter_api_key
    guide = Guide(llm)
    if key is None and not llm.base_url:
        return Mind(
            reasoner=RulesReasoner(),
            talk=None,
            catalogue=None,
            guide=guide,
            day_cap_usd=None,
            ask_budget_usd=llm.max_usd_ask,
        )
    endpoint = Endpoint(
        base_url=llm.base_url or OPENROUTER_URL,
        api_key=key.get_secret_value() if key else "",
    )
    client = ChatClient(endpoint, clock)
    stack.push_async_callback(client.aclose)
    catalogue = Catalogue(client, CacheFile(place / "models.json"), clock)
    await catalogue.load()
    caps = Caps(
        per_call_usd=llm.max_usd_call,
        per_day_usd=llm.max_usd_day,
        ask_per_day_usd=llm.max_usd_ask_day,
        per_ask_usd=llm.max_usd_ask,
    )
    calls = Calls(client, Budget(caps, ledger, clock), catalogue.price_of, Breaker(clock))
    ladder = Ladder(CacheFile(place / "rungs.json"), clock)
    return Mind(
        reasoner=ModelReasoner(calls, guide.instructions, catalogue, ladder, clock),
        talk=ModelTalk(calls, lambda: guide.model, clock),
        catalogue=catalogue,
        guide=guide,
        day_cap_usd=caps.per_day_usd,
        ask_budget_usd=caps.per_ask_usd,
    )
