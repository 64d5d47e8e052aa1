"""The circuit breakers: read how the account fares every few seconds, latch when it's too bad.

A service of its own, so that a loss on open positions trips without a decision. A breaker may
only tighten the trading state; only a person's resume arms the breakers anew.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

import structlog

from tai2.engine.accounts import Accounts
from tai2.engine.control_book import ControlBook
from tai2.engine.ledger import Ledger
from tai2.engine.service import Pulse
from tai2.model.condition import BreakerState, Condition, Realised
from tai2.model.controls import Controls, TradingState
from tai2.model.money import ZERO, QuoteAmt
from tai2.ports.clock import Clock
from tai2.ports.journal import RiskJournal
from tai2.risk import breakers as rules
from tai2.risk.breakers import Outcomes, Reading, Trip

log = structlog.get_logger()

TICK_S: Final = 5.0
SAVE_MS: Final = 60_000
LATEST: Final = 100
"""Cycles and orders that streaks are counted over."""


class Breakers:
    """Owner of the breakers' memory."""

    def __init__(
        self,
        journal: RiskJournal,
        accounts: Accounts,
        ledger: Ledger,
        controls: ControlBook,
        clock: Clock,
    ) -> None:
        self._journal = journal
        self._accounts = accounts
        self._ledger = ledger
        self._controls = controls
        self._clock = clock
        self._state: BreakerState | None = None
        self._saved_ms = 0
        self._was = controls.current.trading_state
        self._is_rearm_due = False
        self.latest: Condition | None = None
        """As of the last look; None = not looked yet."""
        self.on_trip: Callable[[Trip], None] = lambda _trip: None
        controls.listen(self._on_controls)

    @property
    def armed_ms(self) -> int:
        """When a person armed the breakers last; 0 = never."""
        return self._state.armed_ms if self._state else 0

    def _on_controls(self, controls: Controls) -> None:
        """Note a person's resume: the only thing that arms the breakers anew."""
        if self._was.is_tighter_than(controls.trading_state):
            self._is_rearm_due = True
        self._was = controls.trading_state

    async def recover(self) -> None:
        """Load the memory of the last process."""
        self._state = await self._journal.breaker_state()
        self._was = self._controls.current.trading_state

    async def look(self) -> Condition:
        """Take a reading, keep it, and latch what has reached its limit.

        Raises:
            JournalFailed: It can't be kept.
        """
        reading = await self._reading()
        if reading is not None:
            await self._advance(reading)
        found = rules.condition(self._state, reading, await self._past())
        self.latest = found
        limits = self._controls.limits
        for trip in rules.trips(found, limits):
            if await self._controls.tighten(trip.state, trip.text, "guard"):
                log.error("breaker_tripped", breaker=trip.name, detail=trip.text)
                self.on_trip(trip)
                await self._save()
        return found

    async def limit_sends(self, sent_today: int) -> None:
        """Latch REDUCING once the day has had all its orders."""
        limit = self._controls.limits.max_sends_day
        if sent_today >= limit:
            text = f"sends_day: {sent_today} orders today, {limit} allowed"
            await self._controls.tighten(TradingState.REDUCING, text, "guard")

    async def _reading(self) -> Reading | None:
        """Return the account as it is; None while it isn't known or is old."""
        now = self._clock.now_ms()
        balance = self._accounts.balance(now).fresh
        if balance is None:
            return None
        since = self._state.anchor_ms if self._state else now
        realised = sum((fill.net for fill in await self._journal.realised_since(since)), ZERO)
        return Reading(
            now_ms=now,
            equity=balance.equity,
            cash=balance.cash,
            realised=QuoteAmt(Decimal(realised)),
            is_quiet=not self._ledger.open_orders() and self._accounts.is_all_settled,
        )

    async def _advance(self, reading: Reading) -> None:
        is_new = self._state is None or self._is_rearm_due
        if self._state is None or self._is_rearm_due:
            self._is_rearm_due = False
            self._state = rules.armed(reading.now_ms, reading.equity, reading.cash)
        else:
            before, self._state = self._state, rules.advanced(self._state, reading)
            is_new = before.day_ms != self._state.day_ms or before.deposits != self._state.deposits
            if self._state.deposits != before.deposits:
                log.warning("deposit_seen", deposits=str(self._state.deposits))
        if is_new or reading.now_ms - self._saved_ms >= SAVE_MS:
            await self._save()

    async def _save(self) -> None:
        if self._state is not None:
            self._saved_ms = self._clock.now_ms()
            await self._journal.save_breaker_state(self._state)

    async def _past(self) -> Outcomes:
        since = self.armed_ms
        closings: tuple[Realised, ...] = await self._journal.realised_since(since)
        return Outcomes(
            cycles=await self._journal.cycle_outcomes(since, LATEST),
            orders=await self._journal.order_outcomes(since, LATEST),
            closings=closings,
        )

    async def run(self, pulse: Pulse) -> None:
        """Look until cancelled."""
        while True:
            await self.look()
            pulse.beat()
            await self._clock.sleep(TICK_S)
