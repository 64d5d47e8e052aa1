"""Sees to it that no position of ours is without a live stop, and no stop without a position.

It looks every second while something is held, and at once when a push tells of a stop of ours.
It calls the rescue for what stays naked longer than the grace: five seconds after a fill a
position is protected or being closed. It must never touch a position or a stop that isn't ours,
nor act on what it saw only once.
"""

import asyncio
from dataclasses import dataclass
from typing import Final

import structlog

from tai2.engine.accounts import Accounts
from tai2.engine.cover import Bound, bound_of, cover
from tai2.engine.ledger import Ledger
from tai2.engine.rescue import Naked, Protection, Rescue
from tai2.engine.service import Pulse
from tai2.engine.stop_board import StopBoard
from tai2.model.account import Account, Position
from tai2.model.errors import DataInvalid, KeysRejected, VenueUnavailable
from tai2.model.ids import InstId
from tai2.model.money import ZERO, Contracts
from tai2.model.order import Accepted, Order, StopOrder, Unknown
from tai2.ports.venue import Venue

log = structlog.get_logger()

TICK_S: Final = 1.0
IDLE_MS: Final = 5_000
"""With nothing held and nothing working, left-over stops are looked for this often."""
GRACE_MS: Final = 2_000
"""A stop attached to an entry may take this long to appear after the fill."""
RETRY_MS: Final = 1_000
"""A stop that we placed must be seen this soon, else it is placed once more."""
DEADLINE_MS: Final = 4_000
"""A position still naked now is closed: with the look before, five seconds after its fill."""
FOREIGN_MS: Final = 60_000
"""A stop beside somebody else's position is left over only after two sweeps of fills."""
RESTORES: Final = 2
"""Stops that may be placed in vain before the position is closed."""


@dataclass(slots=True, kw_only=True)
class _Watch:
    """A position seen without enough stops."""

    first_ms: int
    next_ms: int
    """Nothing is mended before."""
    restores: int = 0
    is_told: bool = False


class Protector:
    """Guards positions."""

    def __init__(
        self,
        venue: Venue,
        ledger: Ledger,
        accounts: Accounts,
        rescue: Rescue,
        board: StopBoard,
        protection: Protection,
    ) -> None:
        self._venue = venue
        self._ledger = ledger
        self._accounts = accounts
        self._rescue = rescue
        self._board = board
        self._protection = protection
        self._clock = protection.clock
        self._naked: dict[InstId, _Watch] = {}
        self._surplus: dict[str, int] = {}
        """Stops seen without a use, by algo id: since when."""
        self._is_down = False
        self.missing: dict[InstId, Contracts] = {}
        """What of a position of ours no stop would have closed at the last look."""
        self._looked_ms = 0
        self.longest_naked_ms = 0
        """Longest time since the start that a position of ours was without a stop."""

    @property
    def stops(self) -> tuple[StopOrder, ...] | None:
        """Live stops of ours as last told; None = not looked yet."""
        return self._board.live

    def naked_ms(self) -> int:
        """Return for how long the longest naked position has been so; 0 = all are covered."""
        now = self._clock.now_ms()
        return max((now - watch.first_ms for watch in self._naked.values()), default=0)

    async def run(self, pulse: Pulse) -> None:
        """Check until cancelled."""
        while True:
            pulse.beat()
            is_asked = self._board.news.is_set() or self._is_busy()
            if is_asked or self._clock.now_ms() - self._looked_ms >= IDLE_MS:
                await self._try_check()
            await self._pause()

    async def _pause(self) -> None:
        """Wait for the next look: a tick, or less when a push tells of a stop."""
        async with asyncio.TaskGroup() as group:
            tick = group.create_task(self._clock.sleep(TICK_S), name="protector-tick")
            news = group.create_task(self._board.news.wait(), name="protector-news")
            await asyncio.wait((tick, news), return_when=asyncio.FIRST_COMPLETED)
            tick.cancel()
            news.cancel()

    def _is_busy(self) -> bool:
        account = self._accounts.latest
        return account is None or bool(account.positions or self._ledger.open_orders())

    async def _try_check(self) -> None:
        try:
            await self.check()
            if self._is_down:
                log.info("protection_checked_again")
            self._is_down = False
        except (VenueUnavailable, DataInvalid, KeysRejected) as exc:
            if not self._is_down:
                log.warning("protection_unchecked", detail=exc.message)
            self._is_down = True

    async def check(self) -> None:
        """Compare positions with stops once and mend what is missing or left over.

        Raises:
            VenueUnavailable: The exchange can't be asked; nothing was changed blindly.
        """
        self._looked_ms = self._clock.now_ms()
        markets = self._protection.markets
        stops = await self._board.read(tuple(markets))
        account = await self._accounts.refresh()
        live = {stop.algo_id for stop in stops}
        self._surplus = {one: ms for one, ms in self._surplus.items() if one in live}
        for inst_id in markets:
            if self._accounts.is_settled(inst_id):  # else the next look sees the execution
                await self._compare(account, inst_id, [s for s in stops if s.inst_id == inst_id])

    async def _compare(self, account: Account, inst_id: InstId, stops: list[StopOrder]) -> None:
        held = account.position(inst_id)
        share = self._ledger.holdings.share(held) if held else Contracts(ZERO)
        if held is None or share == ZERO:
            self.missing.pop(inst_id, None)
            self._cover(inst_id)
            await self._sweep(inst_id, stops, FOREIGN_MS if held else GRACE_MS)
        else:
            await self._protect(held, share, stops)

    async def _sweep(self, inst_id: InstId, stops: list[StopOrder], wait_ms: int) -> None:
        """Cancel stops of ours that have no use, once they have had none for a while."""
        if self._ledger.working(inst_id):
            return
        now = self._clock.now_ms()
        for stop in stops:
            # Positions may lag behind orders: once seen is not yet left over.
            if now - self._surplus.setdefault(stop.algo_id, now) < wait_ms:
                continue
            outcome = await self._venue.cancel_stop(inst_id, stop.algo_id)
            log.info(
                "orphan_stop_cancelled",
                inst=inst_id,
                algo_id=stop.algo_id,
                is_gone=isinstance(outcome, Accepted),
            )

    async def _protect(self, held: Position, share: Contracts, stops: list[StopOrder]) -> None:
        instrument = self._protection.markets[held.inst_id].instrument
        bound = bound_of(share, held.avg_px, instrument, self._protection.limits)
        found = cover(share, stops, bound)
        self.missing[held.inst_id] = found.missing
        spare = {stop.algo_id for stop in found.spare}
        for stop in stops:
            if stop.algo_id not in spare:
                self._surplus.pop(stop.algo_id, None)
        if found.missing == ZERO:
            self._cover(held.inst_id)
            await self._sweep(held.inst_id, list(found.spare), GRACE_MS)
            return
        entry = await self._ledger.last_entry(held.inst_id)
        await self._undress(held.inst_id, found.missing, entry, bound)

    def _cover(self, inst_id: InstId) -> None:
        watch = self._naked.pop(inst_id, None)
        if watch is not None:
            naked_ms = self._clock.now_ms() - watch.first_ms
            self.longest_naked_ms = max(self.longest_naked_ms, naked_ms)
            log.info("position_covered", inst=inst_id, naked_ms=naked_ms)

    async def _undress(
        self, inst_id: InstId, missing: Contracts, entry: Order | None, bound: Bound
    ) -> None:
        """Count the time without a stop and mend it after the grace."""
        now = self._clock.now_ms()
        fresh = _Watch(first_ms=now, next_ms=now + GRACE_MS)
        watch = self._naked.setdefault(inst_id, fresh)
        self.longest_naked_ms = max(self.longest_naked_ms, now - watch.first_ms)
        if now < watch.next_ms:
            return
        plan = entry.intent.stop if entry else None
        if entry is None or plan is None or entry.intent.side is bound.closing:
            self._tell(inst_id, missing, watch, is_helpless=True)
            return
        stop_px = bound.nearest(plan.stop_px)
        naked = Naked(inst_id=inst_id, entry=entry, contracts=missing, stop_px=stop_px)
        await self._mend(naked, watch)

    async def _mend(self, naked: Naked, watch: _Watch) -> None:
        """Place the stop again; close what can't be protected."""
        now = self._clock.now_ms()
        is_overdue = now - watch.first_ms >= DEADLINE_MS or watch.restores >= RESTORES
        if not is_overdue and not self._rescue.is_too_late(naked):
            outcome = await self._rescue.restore(naked)
            if isinstance(outcome, Accepted | Unknown):
                # It must be seen live before it counts.
                watch.restores += 1
                watch.next_ms = self._clock.now_ms() + RETRY_MS
                return
        is_closing = await self._rescue.close(naked)
        self._tell(naked.inst_id, naked.contracts, watch, is_helpless=not is_closing)

    def _tell(
        self, inst_id: InstId, contracts: Contracts, watch: _Watch, *, is_helpless: bool
    ) -> None:
        if is_helpless and not watch.is_told:
            log.error("position_unprotected", inst=inst_id, contracts=str(contracts))
        watch.is_told = is_helpless
