"""Where paid calls are written down, so that caps survive a restart.

The budget of `llm` writes and reads it. A reservation must be durable when `reserve` returns;
one that is never settled counts in full.
"""

from decimal import Decimal
from typing import Protocol

from tai2.model.spend import Purpose, Reservation


class SpendLedger(Protocol):
    """Rows of reservations and what became of them."""

    async def reserve(self, reservation: Reservation) -> int:
        """Store a reservation durably and return its number (grows by one)."""
        ...

    async def settle(self, number: int, cost_usd: Decimal) -> None:
        """Store what the call cost instead; the first settlement of a number stands."""
        ...

    async def spent_usd(
        self, since_ms: int, until_ms: int, purpose: Purpose | None = None
    ) -> Decimal:
        """Add up settled costs, and unsettled reservations in full.

        Args:
            since_ms: First instant that counts, ms UTC.
            until_ms: First instant that no longer counts.
            purpose: None = every purpose.
        """
        ...
