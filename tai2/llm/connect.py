"""Puts the language-model room together: one server, one budget, one reasoner.

The composition root calls it in the daemon, `tai2 models` for the list alone. It opens no
connection by itself; whoever asks first does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tai2.llm.breaker import Breaker
from tai2.llm.budget import Budget, Caps
from tai2.llm.cache_file import CacheFile
from tai2.llm.calls import Calls
from tai2.llm.catalogue import Catalogue
from tai2.llm.client import ChatClient
from tai2.llm.endpoint import Endpoint
from tai2.llm.ladder import Ladder
from tai2.llm.prices import Price
from tai2.llm.reasoner import Instructions, ModelReasoner
from tai2.ports.clock import Clock
from tai2.ports.spending import SpendLedger


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRoom:
    """Everything that talks to one model server, sharing client, budget and breaker."""

    client: ChatClient
    """Close it at the end: `await room.client.aclose()`."""
    catalogue: Catalogue
    """Empty until `load` and `refresh`."""
    calls: Calls
    """For `ask`; the reasoner holds the same one."""
    reasoner: ModelReasoner


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What may be spent, and where it is written down."""

    caps: Caps
    ledger: SpendLedger
    unlisted: Price | None = None
    """Price of a model that the server doesn't list; None = unknown, counted at the cap."""


def connect(
    endpoint: Endpoint,
    spending: Spending,
    instructions: Callable[[], Instructions],
    clock: Clock,
    cache_dir: Path | None = None,
) -> ModelRoom:
    """Return the parts, connected.

    Args:
        endpoint: Address, dialect, key.
        spending: Caps and ledger.
        instructions: Gives what the operator has chosen now; asked for each decision.
        clock: Stamps, deadlines, pauses.
        cache_dir: Where model list and rungs are kept; None = in memory only.
    """
    client = ChatClient(endpoint, clock)
    catalogue = Catalogue(client, _file(cache_dir, "models.json"), clock)
    budget = Budget(spending.caps, spending.ledger, clock)
    calls = Calls(
        client,
        budget,
        lambda model_id: catalogue.price_of(model_id) or spending.unlisted,
        Breaker(clock),
    )
    ladder = Ladder(_file(cache_dir, "rungs.json"), clock)
    return ModelRoom(
        client=client,
        catalogue=catalogue,
        calls=calls,
        reasoner=ModelReasoner(calls, instructions, catalogue, ladder, clock),
    )


def _file(cache_dir: Path | None, name: str) -> CacheFile:
    return CacheFile(cache_dir / name if cache_dir else None)
