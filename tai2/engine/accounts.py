"""The newest account: balances and positions, from pushes and a regular reading.

The private stream and the poll write it, snapshots and the gate read it with its age.
A failed reading leaves the old one to grow stale; it must never turn into "flat".
"""

from decimal import Decimal
from typing import Final

import structlog

from tai2.engine.bus import Bus
from tai2.engine.service import Pulse
from tai2.model.account import Account, Balance
from tai2.model.errors import VenueUnavailable
from tai2.model.events import AccountChanged
from tai2.model.ids import InstId
from tai2.model.limits import AgeLimits
from tai2.model.snapshot import Aged, Freshness
from tai2.ports.clock import Clock
from tai2.ports.journal import EquityJournal
from tai2.ports.venue import AccountReader

log = structlog.get_logger()

POLL_S: Final = 5.0
EQUITY_STEP_MS: Final = 60_000


class Accounts:
    """Owner of the account state."""

    def __init__(
        self,
        venue: AccountReader,
        journal: EquityJournal,
        clock: Clock,
        bus: Bus,
        ages: AgeLimits,
    ) -> None:
        self._venue = venue
        self._journal = journal
        self._clock = clock
        self._bus = bus
        self._max_age_ms = ages.account_ms
        self._read_ms = 0
        self._equity_ms = 0
        self._is_down = False
        self.latest: Account | None = None
        self.levers: dict[InstId, Decimal] = {}
        """Leverage that the exchange reported at start, per instrument."""

    def on_account(self, account: Account) -> None:
        """Take a newer account; called by the private stream, synchronously."""
        known = self.latest
        if known and account.balance.ts_recv < known.balance.ts_recv:
            return
        self.latest = account
        self._read_ms = self._clock.now_ms()
        self._bus.publish(AccountChanged(account=account))

    def balance(self, now_ms: int) -> Aged[Balance]:
        """Return the balance with the age of its reading."""
        if self.latest is None:
            return Aged(
                value=None, ts_event=None, ts_recv=None, age_ms=None, freshness=Freshness.MISSING
            )
        balance, age_ms = self.latest.balance, now_ms - self._read_ms
        return Aged(
            value=balance,
            ts_event=balance.ts_event,
            ts_recv=balance.ts_recv,
            age_ms=age_ms,
            freshness=Freshness.FRESH if age_ms <= self._max_age_ms else Freshness.STALE,
        )

    async def refresh(self) -> None:
        """Read the account now.

        Raises:
            VenueUnavailable: It can't be read; the old state stays and ages.
        """
        self.on_account(await self._venue.account())
        await self._note_equity()

    async def _note_equity(self) -> None:
        now = self._clock.now_ms()
        if self.latest and now - self._equity_ms >= EQUITY_STEP_MS:
            self._equity_ms = now
            balance = self.latest.balance
            await self._journal.save_equity(now, balance.equity, balance.upnl)

    async def run(self, pulse: Pulse) -> None:
        """Read the account every few seconds until cancelled."""
        while True:
            try:
                await self.refresh()
                if self._is_down:
                    log.info("account_readable_again")
                self._is_down = False
            except VenueUnavailable as exc:
                if not self._is_down:
                    log.warning("account_unreadable", detail=exc.message)
                self._is_down = True
            pulse.beat()
            await self._clock.sleep(POLL_S)
