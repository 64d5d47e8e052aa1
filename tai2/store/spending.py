"""The spending ledger in memory: for replays and tests, forgotten at the end.

A daemon's ledger is the journal's. It must pass the same contract as that one.
"""

from decimal import Decimal

from tai2.model.spend import Purpose, Reservation


class MemorySpending:
    """ports.spending.SpendLedger."""

    def __init__(self) -> None:
        self._rows: list[Reservation] = []
        self._settled: dict[int, Decimal] = {}

    async def reserve(self, reservation: Reservation) -> int:
        """Keep a reservation; numbers start at 1."""
        self._rows.append(reservation)
        return len(self._rows)

    async def settle(self, number: int, cost_usd: Decimal) -> None:
        """Note the cost of a call once."""
        self._settled.setdefault(number, cost_usd)

    async def spent_usd(
        self, since_ms: int, until_ms: int, purpose: Purpose | None = None
    ) -> Decimal:
        """Add up what counts within [since_ms, until_ms)."""
        costs = (
            self._settled.get(number, row.worst_usd)
            for number, row in enumerate(self._rows, start=1)
            if since_ms <= row.ts < until_ms and purpose in (None, row.purpose)
        )
        return sum(costs, Decimal(0))
