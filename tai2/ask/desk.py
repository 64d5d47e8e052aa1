"""What a question may look at: ports that only read, and the desk's own live facts.

The daemon implements DeskFacts over its engine and hands everything in as Sources. There must
be no way from here to an order, and no secret may ever pass through a DeskFacts.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from tai2.ask.funnel import LiveFacts
from tai2.model.controls import Controls
from tai2.model.decision import DecisionRequest, Features
from tai2.model.ids import InstId
from tai2.model.order import Order
from tai2.model.snapshot import Snapshot
from tai2.model.spend import Purpose
from tai2.ports.clock import Clock
from tai2.ports.history import History
from tai2.ports.scores import Scores
from tai2.ports.state import StateService
from tai2.wire.controls import ConfigEntry


class DeskFacts(Protocol):
    """What the running desk knows and no store holds. Nothing here changes anything."""

    def instruments(self) -> tuple[InstId, ...]:
        """Return the instruments that are followed."""
        ...

    def live(self) -> LiveFacts:
        """Return the trading state and who decides next."""
        ...

    async def request(self, inst_id: InstId) -> DecisionRequest:
        """Return what a reasoner would be asked about a followed instrument now."""
        ...

    def features(self, snapshot: Snapshot) -> Features:
        """Print the facts of a stored snapshot."""
        ...

    def config(self) -> tuple[ConfigEntry, ...]:
        """Return the options and controls that are no secret."""
        ...

    async def controls(self, version: int | None) -> Controls | None:
        """Return one version of the controls; None asks for the newest and means unknown."""
        ...

    def open_orders(self) -> tuple[Order, ...]:
        """Return our orders that may still execute."""
        ...

    def equity(self) -> Decimal | None:
        """Return equity in settle currency; None = the account has not been read."""
        ...


class Spending(Protocol):
    """What was paid to language models: the reading half of ports.spending.SpendLedger."""

    async def spent_usd(
        self, since_ms: int, until_ms: int, purpose: Purpose | None = None
    ) -> Decimal:
        """Add up the cost of a stretch of time, unsettled calls at their worst."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Everything that an answer can be made of."""

    history: History
    state: StateService
    desk: DeskFacts
    spending: Spending
    clock: Clock
    scores: Scores | None = None
    """None = how good reasoners were isn't told."""
