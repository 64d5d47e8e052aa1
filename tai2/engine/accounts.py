"""The newest account: balances and positions, from pushes and a regular reading.

The private stream and the poll write it, snapshots and the gate read it with its age.
A failed reading leaves the old one to grow stale; it must never turn into "flat".
"""

from dataclasses import replace
from decimal import Decimal
from typing import Final

import structlog

from tai2.engine.bus import Bus
from tai2.engine.service import Pulse
from tai2.model.account import Account, Balance
from tai2.model.errors import DataInvalid, KeysRejected, VenueUnavailable
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
        self._unseen: dict[InstId, int] = {}
        """Instruments with an execution that no account has shown yet: its exchange time."""
        self._executions = 0
        self.latest: Account | None = None
        self.levers: dict[InstId, Decimal] = {}
        """Leverage that the exchange reported at start, per instrument."""

    def expect(self, inst_id: InstId, ts_event: int) -> None:
        """Distrust an instrument's position until an account shows an execution of that time.

        The ledger calls it: fills and positions travel on different roads, and a position
        from before a fill would let the same risk be taken twice.
        """
        self._executions += 1
        held = self.latest.position(inst_id) if self.latest else None
        if held is None or held.ts_event < ts_event:
            self._unseen[inst_id] = max(ts_event, self._unseen.get(inst_id, 0))

    def is_settled(self, inst_id: InstId) -> bool:
        """Tell whether the position shows every execution that we know of."""
        return inst_id not in self._unseen

    @property
    def is_all_settled(self) -> bool:
        """True when every position shows every execution that we know of."""
        return not self._unseen

    def on_account(self, account: Account) -> None:
        """Take a pushed account; called by the private stream, synchronously."""
        known = self.latest
        if known and account.balance.ts_recv < known.balance.ts_recv:
            # A pushed position comes with the last pushed balance: the read one may be newer.
            account = replace(account, balance=known.balance)
        for held in account.positions:
            if held.ts_event >= self._unseen.get(held.inst_id, held.ts_event + 1):
                del self._unseen[held.inst_id]
        self._take(account)

    def _take(self, account: Account) -> None:
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

    async def refresh(self) -> Account:
        """Read the account now and return it as read.

        An execution that arrives meanwhile may be missing in it: then it isn't kept.

        Raises:
            VenueUnavailable: It can't be read; the old state stays and ages.
        """
        executions = self._executions
        account = await self._venue.account()
        if executions == self._executions:
            self._unseen.clear()
            self._take(account)
            await self._note_equity()
        return account

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
            except (VenueUnavailable, DataInvalid, KeysRejected) as exc:
                if not self._is_down:
                    log.warning("account_unreadable", detail=exc.message)
                self._is_down = True
            pulse.beat()
            await self._clock.sleep(POLL_S)
