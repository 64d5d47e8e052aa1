"""The circuit breakers: read how the account fares every few seconds, latch when it's too bad.

A service of its own, so that a loss on open positions trips without a decision. A breaker may
only tighten the trading state; only a person's resume arms the breakers anew.
"""

from collections.abc import Callable
from typing import Final, Protocol

import structlog

from tai2.engine.accounts import Accounts
from tai2.engine.control_book import ControlBook
from tai2.engine.ledger import Ledger
from tai2.engine.service import Pulse
from tai2.engine.statement import Statement
from tai2.model.account import BillKind
from tai2.model.condition import BreakerState, Condition, Realised
from tai2.model.controls import Controls
from tai2.model.day import DayClose
from tai2.model.money import ZERO, QuoteAmt, plain
from tai2.ports.clock import Clock
from tai2.ports.journal import BillJournal, RiskJournal
from tai2.risk import breakers as rules
from tai2.risk.breakers import DAY_MS, Flows, Outcomes, Reading, Trip

log = structlog.get_logger()

TICK_S: Final = 5.0
SAVE_MS: Final = 60_000
LATEST: Final = 100
"""Cycles and orders that streaks are counted over."""


class BreakerJournal(RiskJournal, BillJournal, Protocol):
    """What the breakers read and keep."""


class Breakers:
    """Owner of the breakers' memory."""

    def __init__(
        self,
        journal: BreakerJournal,
        statement: Statement,
        accounts: Accounts,
        ledger: Ledger,
        controls: ControlBook,
        clock: Clock,
    ) -> None:
        self._journal = journal
        self._statement = statement
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
        self.last_day: DayClose | None = None
        """The newest day that was closed; None = none yet."""
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
        self.last_day = await self._journal.last_day()
        self._was = self._controls.current.trading_state

    async def look(self) -> Condition:
        """Take a reading, keep it, and latch what has reached its limit.

        Raises:
            JournalFailed: It can't be kept.
        """
        reading = await self._explained_reading()
        if reading is not None:
            await self._advance(reading)
        past = await self._past()
        self.latest = found = rules.condition(self._state, reading, past)
        sure = rules.surely(self._state, reading) if self._state and reading else None
        for trip in rules.trips(rules.condition(self._state, sure, past), self._controls.limits):
            if await self._controls.tighten(trip.state, trip.text, "guard"):
                log.error("breaker_tripped", breaker=trip.name, detail=trip.text)
                self.on_trip(trip)
                await self._save()
        return found

    async def _explained_reading(self) -> Reading | None:
        """Take a reading; the statement is read first where cash moved without a fill."""
        reading = await self._reading()
        if self._state is None or self._is_rearm_due or reading is None:
            return reading
        if rules.needs_bills(self._state, reading) or rules.is_new_day(self._state, reading):
            await self._statement.try_refresh()
            reading = await self._reading()
        return reading

    async def _reading(self) -> Reading | None:
        """Return the account as it is; None while it isn't known or is old."""
        now = self._clock.now_ms()
        balance = self._accounts.balance(now).fresh
        if balance is None:
            return None
        since = self._state.anchor_ms if self._state else now
        return Reading(
            now_ms=now,
            equity=balance.equity,
            cash=balance.cash,
            flows=await self._flows(since, balance.ccy),
            is_quiet=not self._ledger.open_orders() and self._accounts.is_all_settled,
        )

    async def _flows(self, since: int, ccy: str) -> Flows:
        fills = await self._journal.realised_since(since)
        bills = [bill for bill in await self._journal.bills_since(since) if bill.ccy == ccy]

        def total(kind: BillKind) -> QuoteAmt:
            return QuoteAmt(sum((bill.change for bill in bills if bill.kind is kind), ZERO))

        return Flows(
            pnl=QuoteAmt(sum((fill.pnl for fill in fills), ZERO)),
            fees=QuoteAmt(sum((fill.fee for fill in fills), ZERO)),
            funding=total(BillKind.FUNDING),
            others=total(BillKind.OTHER),
            transfers=total(BillKind.TRANSFER),
        )

    async def _advance(self, reading: Reading) -> None:
        before = self._state
        if before is None or self._is_rearm_due:
            self._is_rearm_due = False
            self._state = rules.armed(reading.now_ms, reading.equity, reading.cash)
            await self._save()
            return
        self._state = rules.advanced(before, reading)
        if self._state.day_ms != before.day_ms:
            await self._close_day(rules.closed(before, reading))
        elif self._state.deposits != before.deposits:
            log.warning("transfer_seen", deposits=str(self._state.deposits))
        elif reading.now_ms - self._saved_ms < SAVE_MS:
            return
        await self._save()

    async def _close_day(self, day: DayClose) -> None:
        """Keep what the account did in a day, and say what nobody explains."""
        self.last_day = day
        await self._journal.save_day(day)
        log.info(
            "day_reconciled",
            day_ms=day.day_ms,
            pnl=plain(day.pnl),
            fees=plain(day.fees),
            funding=plain(day.funding),
            transfers=plain(day.transfers),
            drift=plain(day.drift),
            equity=plain(day.equity_close),
        )

    async def _save(self) -> None:
        if self._state is not None:
            self._saved_ms = self._clock.now_ms()
            await self._journal.save_breaker_state(self._state)

    async def _past(self) -> Outcomes:
        since, now = self.armed_ms, self._clock.now_ms()
        closings: tuple[Realised, ...] = await self._journal.realised_since(since)
        return Outcomes(
            cycles=await self._journal.cycle_outcomes(since, LATEST),
            orders=await self._journal.order_outcomes(since, LATEST),
            closings=closings,
            sends=await self._journal.sends_since(max(since, now - now % DAY_MS)),
        )

    async def run(self, pulse: Pulse) -> None:
        """Look until cancelled."""
        while True:
            await self.look()
            pulse.beat()
            await self._clock.sleep(TICK_S)
