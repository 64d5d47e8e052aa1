"""Opens the reasoner: a language model when one is configured, rules-v1 otherwise.

Compose calls it. The choice is made once, by configuration; a model that fails is never
replaced by rules. What the operator changes while running reaches the model through Guide.
"""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from tai2.daemon.model_list import ModelList
from tai2.engine.service import OnEnd, Service
from tai2.llm.budget import Caps
from tai2.llm.catalogue import Catalogue
from tai2.llm.connect import Spending, connect
from tai2.llm.endpoint import OPENROUTER_URL, Endpoint
from tai2.llm.gate import GatedReasoner, GateRule
from tai2.llm.prices import MILLION, TOKENS_OUT, Price
from tai2.llm.reasoner import Instructions
from tai2.llm.rules import RulesReasoner
from tai2.llm.talk import ModelTalk
from tai2.model.controls import Controls
from tai2.ports.chat import ChatModel
from tai2.ports.clock import Clock
from tai2.ports.reasoner import Reasoner
from tai2.ports.spending import SpendLedger
from tai2.settings.sections import LlmSection, Settings

LEAST_S: Final = Decimal(5)


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
            deadline_s=self._deadline_s(),
            max_tokens=llm.max_tokens,
            effort=llm.effort,
        )

    def _deadline_s(self) -> float:
        """Return the seconds for one decision: at most half the interval, never under 5."""
        allowed = self._llm.deadline_s
        if self._controls is not None:
            allowed = min(allowed, self._controls.interval_s / 2)
        return float(max(allowed, LEAST_S))


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
    services: tuple[Service, ...] = ()
    """Run beside the engine: keeps the model list fresh."""

    def call_usd(self, tokens_in: int) -> Decimal | None:
        """Return what one decision with a usual reply costs; None = no known price."""
        price = self.catalogue.price_of(self.guide.model) if self.catalogue else None
        return price.of(tokens_in, TOKENS_OUT) if price else None


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
    spending = Spending(caps=_caps(llm), ledger=ledger, unlisted=_unlisted(llm))
    room = connect(endpoint, spending, guide.instructions, clock, place)
    stack.push_async_callback(room.client.aclose)
    await room.catalogue.load()
    models = Service(name="models", work=ModelList(room.catalogue, clock), on_end=OnEnd.RESTART)
    return Mind(
        reasoner=_gated(room.reasoner, llm),
        talk=ModelTalk(room.calls, lambda: guide.model, clock),
        catalogue=room.catalogue,
        guide=guide,
        day_cap_usd=llm.max_usd_day,
        ask_budget_usd=llm.max_usd_ask,
        services=(models,),
    )


def _gated(reasoner: Reasoner, llm: LlmSection) -> Reasoner:
    """Put the gate in front where the settings ask for it."""
    if not llm.gate_atr:
        return reasoner
    rule = GateRule(atr_share=llm.gate_atr, heartbeat_ms=int(llm.gate_heartbeat_s * 1000))
    return GatedReasoner(reasoner, rule)


def _caps(llm: LlmSection) -> Caps:
    return Caps(
        per_call_usd=llm.max_usd_call,
        per_day_usd=llm.max_usd_day,
        ask_per_day_usd=llm.max_usd_ask_day,
        per_ask_usd=llm.max_usd_ask,
    )


def _unlisted(llm: LlmSection) -> Price | None:
    """Return the price of a model that its server doesn't list; None = unknown, so the cap."""
    if not llm.base_url:
        return None
    return Price(prompt_usd=llm.usd_per_m_in / MILLION, completion_usd=llm.usd_per_m_out / MILLION)
