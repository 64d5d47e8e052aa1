"""What was sent lately: from the journal, and noted again the moment an order may leave.

The desk asks it for each case and tells it under the sender's lock. It must count an order
before its first byte leaves, never after.
"""

from dataclasses import replace
from typing import Final

from tai2.engine.ledger import Ledger
from tai2.model.condition import Pace, Sent
from tai2.model.ids import InstId
from tai2.model.order import Leg, OrderIntent
from tai2.ports.clock import Clock
from tai2.ports.journal import RiskJournal

DAY_MS: Final = 86_400_000


class Paces:
    """Owner of the list of what was sent."""

    def __init__(self, journal: RiskJournal, ledger: Ledger, clock: Clock) -> None:
        self._journal = journal
        self._ledger = ledger
        self._clock = clock
        self._sent: tuple[Sent, ...] | None = None
        """None until the journal was read."""
        self.armed_ms = 0
        """When a person re-armed: told by the breakers' owner."""
        self._rests: dict[InstId, tuple[int | None, int | None]] = {}

    async def refresh(self, inst_id: InstId) -> Pace:
        """Read the journal and return the pace of one instrument."""
        since = self._clock.now_ms() - DAY_MS
        orders = await self._journal.sent_since(since)
        self._sent = tuple(_sent(order.intent, order.sent_ms or 0) for order in orders)
        self._rests[inst_id] = await self._journal.rests(inst_id)
        pace = self.of(inst_id)
        assert pace is not None  # both were just read
        return pace

    def of(self, inst_id: InstId) -> Pace | None:
        """Return the pace as last read, with what was noted since; None = never read."""
        if self._sent is None or inst_id not in self._rests:
            return None
        settled_ms, setback_ms = self._rests[inst_id]
        return Pace(
            sent=self._sent,
            in_flight=len(self._ledger.open_orders()),
            settled_ms=settled_ms,
            setback_ms=setback_ms,
            armed_ms=self.armed_ms,
        )

    def beside(self, order: OrderIntent) -> Pace | None:
        """Return the pace without an order that is journalled and about to leave."""
        pace = self.of(order.inst_id)
        return replace(pace, in_flight=max(pace.in_flight - 1, 0)) if pace else None

    def note(self, intent: OrderIntent) -> None:
        """Count an order that leaves now."""
        if self._sent is not None:
            self._sent = (*self._sent, _sent(intent, self._clock.now_ms()))


def _sent(intent: OrderIntent, sent_ms: int) -> Sent:
    return Sent(
        inst_id=intent.inst_id,
        side=intent.side,
        is_entry=intent.leg is Leg.ENTRY,
        contracts=intent.contracts,
        ts=sent_ms,
    )
