"""Holds what models may cost: the worst case is reserved before a call, its cost settled after.

Calls draws on it, for decisions and for `ask` alike. No call may be made without a reservation,
and a call whose cost stays unknown counts in full: caps can be undershot, never overshot.
"""

import asyncio
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from tai2.llm.chat import ChatFailed, Code
from tai2.model.money import ZERO, trimmed
from tai2.model.spend import Purpose, Reservation
from tai2.ports.clock import Clock
from tai2.ports.spending import SpendLedger

DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """Ceilings in USD; all hold at once."""

    per_call_usd: Decimal = Decimal("0.25")
    per_day_usd: Decimal = Decimal(5)
    """A UTC day, everything together."""
    ask_per_day_usd: Decimal = Decimal(1)
    """The part of a day's cap that questions may use."""
    per_ask_usd: Decimal = Decimal("0.05")
    """One question with all its calls."""


@dataclass(slots=True)
class Purse:
    """Who pays: decisions share one, each question has its own."""

    purpose: Purpose = Purpose.DECIDE
    limit_usd: Decimal | None = None
    """Most that this purse may spend in all; None = only the day's cap."""
    spent_usd: Decimal = field(default=ZERO)
    """Settled costs plus open reservations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A reservation that stands."""

    number: int
    worst_usd: Decimal
    purse: Purse


class Budget:
    """Reserves and settles."""

    def __init__(self, caps: Caps, ledger: SpendLedger, clock: Clock) -> None:
        self.caps = caps
        self._ledger = ledger
        self._clock = clock
        self._turn = asyncio.Lock()

    def ask_purse(self) -> Purse:
        """Return a purse for one question."""
        return Purse(Purpose.ASK, self.caps.per_ask_usd)

    async def reserve(self, worst_usd: Decimal, model: str, purse: Purse) -> Held | ChatFailed:
        """Take the worst case of a call from all caps, or say which one forbids it.

        Raises:
            JournalFailed: The reservation can't be stored.
        """
        async with self._turn:
            if refused := await self._refusal(worst_usd, purse):
                return refused
            number = await self._ledger.reserve(
                Reservation(
                    ts=self._clock.now_ms(),
                    purpose=purse.purpose,
                    model=model,
                    worst_usd=worst_usd,
                )
            )
            purse.spent_usd += worst_usd
        return Held(number=number, worst_usd=worst_usd, purse=purse)

    async def settle(self, held: Held, cost_usd: Decimal | None) -> Decimal:
        """Replace a reservation by what the call cost; return what counts now.

        Args:
            held: From `reserve`; settled once.
            cost_usd: None = unknown: the worst case stays.
        """
        if cost_usd is None:
            return held.worst_usd
        await self._ledger.settle(held.number, cost_usd)
        held.purse.spent_usd += cost_usd - held.worst_usd
        return cost_usd

    async def spent_today_usd(self, purpose: Purpose | None = None) -> Decimal:
        """Return the cost of this UTC day so far, open reservations included."""
        start_ms = self._clock.now_ms() // DAY_MS * DAY_MS
        return await self._ledger.spent_usd(start_ms, start_ms + DAY_MS, purpose)

    async def _refusal(self, worst_usd: Decimal, purse: Purse) -> ChatFailed | None:
        checks = [
            (Code.BUDGET_CALL, "one call", ZERO, self.caps.per_call_usd),
            (Code.BUDGET_DAY, "a day", await self.spent_today_usd(), self.caps.per_day_usd),
        ]
        if purse.purpose is Purpose.ASK:
            asked_usd = await self.spent_today_usd(Purpose.ASK)
            checks.append((Code.BUDGET_DAY, "a day's questions", asked_usd, self._ask_cap))
        if purse.limit_usd is not None:
            checks.append((Code.BUDGET_ASK, "one question", purse.spent_usd, purse.limit_usd))
        for code, what, spent_usd, cap_usd in checks:
            if spent_usd + worst_usd > cap_usd:
                return _refused(
                    code, f"{what} may cost {trimmed(cap_usd)} USD", spent_usd, worst_usd
                )
        return None

    @property
    def _ask_cap(self) -> Decimal:
        return self.caps.ask_per_day_usd


def _refused(code: Code, rule: str, spent_usd: Decimal, worst_usd: Decimal) -> ChatFailed:
    detail = f"{rule}: {trimmed(spent_usd)} spent, this call up to {trimmed(worst_usd)}"
    return ChatFailed(code=code, detail=detail, may_be_billed=False)
