"""Sees to it that no position of ours is without a live stop, and no stop without a position.

It looks every two seconds and calls the rescue for what stays naked longer than the grace.
It must never touch a position or a stop that isn't ours, nor act on what it saw only once.
"""

from dataclasses import dataclass
from typing import Final

import structlog

from tai2.engine.accounts import Accounts
from tai2.engine.holdings import Holdings
from tai2.engine.ledger import Ledger
from tai2.engine.rescue import Naked, Protection, Rescue
from tai2.engine.service import Pulse
from tai2.model.account import Position
from tai2.model.errors import DataInvalid, VenueUnavailable
from tai2.model.ids import InstId, is_own
from tai2.model.instrument import Side
from tai2.model.money import ZERO, Contracts
from tai2.model.order import Accepted, StopOrder, Unknown
from tai2.ports.venue import Venue

log = structlog.get_logger()

TICK_S: Final = 2.0
GRACE_MS: Final = 2_500
"""A stop attached to an entry may take this long to appear after the fill."""
FOREIGN_MS: Final = 60_000
"""A stop beside somebody else's position is left over only after two sweeps of fills."""
RESTORES: Final = 2
"""Stops that may be placed in vain before the position is closed."""


@dataclass(slots=True, kw_only=True)
class _Watch:
    """A position seen without enough stops."""

    since_ms: int
    restores: int = 0
    is_told: bool = False


class Protector:
    """Guards positions."""

    def __init__(
        self,
        venue: Venue,
        ledger: Ledger,
        accounts: Accounts,
        holdings: Holdings,
        rescue: Rescue,
        protection: Protection,
    ) -> None:
        self._venue = venue
        self._ledger = ledger
        self._accounts = accounts
        self._holdings = holdings
        self._rescue = rescue
        self._protection = protection
        self._clock = protection.clock
        self._naked: dict[InstId, _Watch] = {}
        self._orphans: dict[str, int] = {}
        """Stops seen without a position of ours, by algo id: since when."""
        self._is_down = False
        self.stops: tuple[StopOrder, ...] | None = None
        """Live stops of ours as last seen; None = not looked yet."""
        self.missing: dict[InstId, Contracts] = {}
        """What of a position of ours no stop would have closed at the last look."""

    async def run(self, pulse: Pulse) -> None:
        """Check until cancelled."""
        while True:
            pulse.beat()
            try:
                await self.check()
                if self._is_down:
                    log.info("protection_checked_again")
                self._is_down = False
            except (VenueUnavailable, DataInvalid) as exc:
                if not self._is_down:
                    log.warning("protection_unchecked", detail=exc.message)
                self._is_down = True
            await self._clock.sleep(TICK_S)

    async def check(self) -> None:
        """Compare positions with stops once and mend what is missing or left over.

        Raises:
            VenueUnavailable: The exchange can't be asked; nothing was changed blindly.
        """
        markets = self._protection.markets
        stops = [s for s in await self._venue.stops(tuple(markets)) if self._is_ours(s)]
        self.stops = tuple(stops)
        account = await self._accounts.refresh()
        live = {stop.algo_id for stop in stops}
        self._orphans = {one: ms for one, ms in self._orphans.items() if one in live}
        for inst_id in markets:
            if not self._accounts.is_settled(inst_id):
                continue  # an execution arrived while we asked: the next look sees it
            held = account.position(inst_id)
            guards = [stop for stop in stops if stop.inst_id == inst_id]
            share = self._holdings.share(held) if held else Contracts(ZERO)
            if held is None or share == ZERO:
                self.missing.pop(inst_id, None)
                await self._sweep_orphans(inst_id, guards, FOREIGN_MS if held else GRACE_MS)
            else:
                await self._protect(held, share, guards)

    def _is_ours(self, stop: StopOrder) -> bool:
        return is_own(stop.algo_cl_ord_id or "", self._protection.instance)

    async def _sweep_orphans(self, inst_id: InstId, stops: list[StopOrder], wait_ms: int) -> None:
        """Cancel stops of ours that outlived their position."""
        self._naked.pop(inst_id, None)
        if self._ledger.working(inst_id):
            return
        now = self._clock.now_ms()
        for stop in stops:
            # Positions may lag behind orders: once seen is not yet left over.
            if now - self._orphans.setdefault(stop.algo_id, now) < wait_ms:
                continue
            outcome = await self._venue.cancel_stop(inst_id, stop.algo_id)
            log.info(
                "orphan_stop_cancelled",
                inst=inst_id,
                algo_id=stop.algo_id,
                is_gone=isinstance(outcome, Accepted),
            )

    async def _protect(self, held: Position, share: Contracts, stops: list[StopOrder]) -> None:
        for stop in stops:
            self._orphans.pop(stop.algo_id, None)
        entry = await self._ledger.last_entry(held.inst_id)
        self.missing[held.inst_id] = missing = uncovered(share, stops)
        if missing == ZERO or entry is None or entry.intent.side.sign * share < ZERO:
            self._naked.pop(held.inst_id, None)
            return
        now = self._clock.now_ms()
        watch = self._naked.setdefault(held.inst_id, _Watch(since_ms=now))
        if now - watch.since_ms >= GRACE_MS:
            await self._mend(Naked(inst_id=held.inst_id, entry=entry, contracts=missing), watch)

    async def _mend(self, naked: Naked, watch: _Watch) -> None:
        """Place the stop again; close what can't be protected."""
        if watch.restores < RESTORES and not self._rescue.is_too_late(naked):
            outcome = await self._rescue.restore(naked)
            if isinstance(outcome, Accepted | Unknown):
                # It must be seen live before it counts, and needs its own grace to appear.
                watch.restores += 1
                watch.since_ms = self._clock.now_ms()
                return
        is_closing = await self._rescue.close(naked)
        if not is_closing and not watch.is_told:
            log.error("position_unprotected", inst=naked.inst_id, contracts=str(naked.contracts))
        watch.is_told = not is_closing


def uncovered(share: Contracts, stops: list[StopOrder]) -> Contracts:
    """Return how many contracts of a signed holding no live stop would close, unsigned."""
    closing = Side.SELL if share > ZERO else Side.BUY
    guarding = [stop for stop in stops if stop.side is closing and stop.stop_px is not None]
    if any(stop.contracts is None for stop in guarding):
        return Contracts(ZERO)
    covered = sum((stop.contracts or ZERO for stop in guarding), ZERO)
    return Contracts(max(abs(share) - covered, ZERO))
