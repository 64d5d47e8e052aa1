"""The account's statement: every change of its balance, as the exchange keeps its books.

The breakers ask for it when cash moved without a fill, a service reads it every few minutes for
the funding of round trips. It must never take a failed question for an empty statement.
"""

from decimal import Decimal
from typing import Final

import structlog

from tai2.engine.service import Pulse
from tai2.model.account import BillKind
from tai2.model.errors import DataInvalid, KeysRejected, VenueUnavailable
from tai2.model.money import ZERO
from tai2.ports.clock import Clock
from tai2.ports.journal import BillJournal
from tai2.ports.venue import AccountReader

log = structlog.get_logger()

READ_S: Final = 300.0
BEAT_S: Final = 5.0
FIRST_MS: Final = 2 * 24 * 3_600_000
"""A journal without any bill begins so far back."""
OVERLAP_MS: Final = 600_000
"""A bill may show up a little after it was made."""


class Statement:
    """Keeps the journal's bills up to date."""

    def __init__(
        self, venue: AccountReader, journal: BillJournal, clock: Clock, mode_label: str
    ) -> None:
        self._venue = venue
        self._journal = journal
        self._clock = clock
        self._mode_label = mode_label
        self._is_down = False

    async def refresh(self) -> None:
        """Read what is new and store it.

        Raises:
            VenueUnavailable: It can't be read; nothing is concluded from that.
        """
        newest_ms = await self._journal.last_bill_ms()
        since_ms = newest_ms or self._clock.now_ms() - FIRST_MS
        bills = await self._venue.bills(since_ms - OVERLAP_MS)
        await self._journal.save_bills(bills, self._mode_label)

    async def transfers_since(self, since_ms: int, ccy: str) -> Decimal:
        """Return what its owner moved into the account since a time, signed, in one currency."""
        bills = await self._journal.bills_since(since_ms)
        moved = (one for one in bills if one.kind is BillKind.TRANSFER and one.ccy == ccy)
        return sum((one.change for one in moved), ZERO)

    async def try_refresh(self) -> bool:
        """Read what is new; False when the exchange doesn't tell."""
        try:
            await self.refresh()
        except (VenueUnavailable, DataInvalid, KeysRejected) as exc:
            if not self._is_down:
                log.warning("statement_unreadable", detail=exc.message)
            self._is_down = True
            return False
        self._is_down = False
        return True

    async def run(self, pulse: Pulse) -> None:
        """Read until cancelled."""
        due_s = self._clock.monotonic_s()
        while True:
            pulse.beat()
            if self._clock.monotonic_s() >= due_s:
                due_s = self._clock.monotonic_s() + READ_S
                await self.try_refresh()
            await self._clock.sleep(BEAT_S)
