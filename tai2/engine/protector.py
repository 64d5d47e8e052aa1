"""Sees to it that no position of ours is without a live stop, and no stop without a position.

It looks every two seconds. A position that can't be protected is closed.
It must never touch a position or a stop that isn't ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import structlog

from tai2.engine.accounts import Accounts
from tai2.engine.executor import Executor
from tai2.engine.ledger import Ledger
from tai2.engine.market import InstrumentMarket
from tai2.engine.service import Pulse
from tai2.model.account import Position
from tai2.model.errors import VenueUnavailable
from tai2.model.ids import InstId, is_own
from tai2.model.instrument import Side
from tai2.model.limits import Limits
from tai2.model.money import ZERO, Contracts, Px
from tai2.model.order import Accepted, Leg, Order, OrderIntent, StopIntent, StopOrder
from tai2.ports.clock import Clock
from tai2.ports.ids import IdSource
from tai2.ports.venue import Venue

log = structlog.get_logger()

TICK_S: Final = 2.0
GRACE_MS: Final = 2_500
"""A stop attached to an entry may take this long to appear after the fill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """What the protector needs to know of the desk that it guards."""

    instance: str
    """Short name that marks our stops."""
    limits: Limits
    markets: Mapping[InstId, InstrumentMarket]


class Protector:
    """Guards positions."""

    def __init__(
        self,
        venue: Venue,
        ledger: Ledger,
        accounts: Accounts,
        executor: Executor,
        protection: Protection,
        clock_ids: tuple[Clock, IdSource],
    ) -> None:
        self._venue = venue
        self._ledger = ledger
        self._accounts = accounts
        self._executor = executor
        self._protection = protection
        self._clock, self._ids = clock_ids
        self._naked_since: dict[InstId, int] = {}
        self._is_down = False

    async def run(self, pulse: Pulse) -> None:
        """Check until cancelled."""
        while True:
            pulse.beat()
            try:
                await self.check()
                if self._is_down:
                    log.info("protection_checked_again")
                self._is_down = False
            except VenueUnavailable as exc:
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
        stops = await self._venue.stops(tuple(markets))
        account = await self._venue.account()
        self._accounts.on_account(account)
        for inst_id in markets:
            own = [stop for stop in stops if stop.inst_id == inst_id and self._is_ours(stop)]
            held = account.position(inst_id)
            if held is None or held.is_flat:
                await self._sweep_orphans(inst_id, own)
            else:
                await self._protect(held, own)

    def _is_ours(self, stop: StopOrder) -> bool:
        return bool(stop.algo_cl_ord_id) and is_own(
            str(stop.algo_cl_ord_id), self._protection.instance
        )

    async def _sweep_orphans(self, inst_id: InstId, stops: list[StopOrder]) -> None:
        """Cancel stops of ours that outlived their position."""
        self._naked_since.pop(inst_id, None)
        if self._ledger.working(inst_id):
            return
        for stop in stops:
            outcome = await self._venue.cancel_stop(inst_id, stop.algo_id)
            log.info(
                "orphan_stop_cancelled",
                inst=inst_id,
                algo_id=stop.algo_id,
                is_gone=isinstance(outcome, Accepted),
            )

    async def _protect(self, held: Position, stops: list[StopOrder]) -> None:
        entry = await self._ledger.last_entry(held.inst_id)
        if entry is None or entry.intent.side.sign * held.contracts < ZERO:
            return  # not opened by us: counted in exposure, never touched
        missing = uncovered(held, stops)
        if missing == ZERO:
            self._naked_since.pop(held.inst_id, None)
            return
        now = self._clock.now_ms()
        since = self._naked_since.setdefault(held.inst_id, now)
        if now - since < GRACE_MS:
            return
        await self._cover(held, entry, missing)

    async def _cover(self, held: Position, entry: Order, missing: Contracts) -> None:
        """Place a stand-alone stop for the uncovered part, or close it."""
        plan = entry.intent.stop
        assert plan is not None  # entries can't exist without one
        side = entry.intent.side.opposite
        if not self._is_passed(held, plan.stop_px):
            outcome = await self._venue.place_stop(
                StopIntent(
                    algo_cl_ord_id=self._ids.algo_cl_ord_id(),
                    inst_id=held.inst_id,
                    side=side,
                    contracts=missing,
                    stop_px=plan.stop_px,
                    target_px=plan.target_px,
                )
            )
            log.warning("stop_restored", inst=held.inst_id, outcome=type(outcome).__name__)
            if isinstance(outcome, Accepted):
                return
        await self._close(held, entry, side)

    def _is_passed(self, held: Position, stop_px: Px) -> bool:
        """Tell whether the mark has already gone through the stop; unknown counts as no."""
        mark = self._protection.markets[held.inst_id].mark
        return mark is not None and (mark.px - stop_px) * held.contracts <= ZERO

    async def _close(self, held: Position, entry: Order, side: Side) -> None:
        """Send one reduce-only order for the whole position."""
        market = self._protection.markets[held.inst_id]
        top = market.book.top(1)
        if top is None or self._ledger.working(held.inst_id):
            log.error("position_unprotected", inst=held.inst_id, contracts=str(held.contracts))
            return
        touch = top.best_ask if side is Side.BUY else top.best_bid
        slip = self._protection.limits.max_slippage_bps / 10_000 * side.sign
        px = market.instrument.marketable_px(side, Px(touch * (1 + slip)))
        contracts = Contracts(abs(held.contracts))
        log.error("position_closed_for_lack_of_stop", inst=held.inst_id, side=side.value)
        await self._executor.submit(
            OrderIntent(
                cl_ord_id=self._ids.cl_ord_id(),
                decision_id=entry.intent.decision_id,
                leg=Leg.EMERGENCY,
                inst_id=held.inst_id,
                side=side,
                contracts=contracts,
                limit_px=px,
                reduce_only=True,
                stop=None,
                notional=market.instrument.notional(contracts, px),
                created_ms=self._clock.now_ms(),
            )
        )


def uncovered(held: Position, stops: list[StopOrder]) -> Contracts:
    """Return how many contracts of a position no live stop would close."""
    closing = Side.SELL if held.contracts > ZERO else Side.BUY
    guarding = [stop for stop in stops if stop.side is closing and stop.stop_px is not None]
    if any(stop.contracts is None for stop in guarding):
        return Contracts(ZERO)
    covered = sum((stop.contracts or ZERO for stop in guarding), ZERO)
    return Contracts(max(abs(held.contracts) - covered, ZERO))
