"""Mends a position of ours that no stop guards: a new stop, or a way out when none can be had.

The protector calls it once a position has been naked for longer than the grace.
It must never send more than the uncovered part, and only reduce-only.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from tai2.engine.executor import Executor
from tai2.engine.ledger import Ledger
from tai2.engine.market import InstrumentMarket
from tai2.model.ids import InstId
from tai2.model.instrument import Side
from tai2.model.limits import Limits
from tai2.model.money import Contracts, Px
from tai2.model.order import Leg, Order, OrderIntent, Outcome, StopIntent
from tai2.ports.clock import Clock
from tai2.ports.ids import IdSource
from tai2.ports.venue import OrderGateway

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """What guarding a desk's positions takes."""

    instance: str
    """Short name that marks our stops."""
    limits: Limits
    markets: Mapping[InstId, InstrumentMarket]
    clock: Clock
    ids: IdSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Naked:
    """The part of a position that no live stop would close."""

    inst_id: InstId
    entry: Order
    """Newest filled entry: it carries the stop plan and the decision."""
    contracts: Contracts
    """Unsigned."""

    @property
    def closing(self) -> Side:
        """Side that closes it."""
        return self.entry.intent.side.opposite


class Rescue:
    """Places stand-alone stops and emergency exits."""

    def __init__(
        self, gateway: OrderGateway, executor: Executor, ledger: Ledger, protection: Protection
    ) -> None:
        self._gateway = gateway
        self._executor = executor
        self._ledger = ledger
        self._protection = protection

    def is_too_late(self, naked: Naked) -> bool:
        """Tell whether the mark has already gone through the stop; unknown counts as no."""
        mark = self._protection.markets[naked.inst_id].mark
        plan = naked.entry.intent.stop
        assert plan is not None  # entries can't exist without one
        return mark is not None and (mark.px - plan.stop_px) * naked.closing.sign >= 0

    async def restore(self, naked: Naked) -> Outcome:
        """Place the entry's stop again, for the uncovered part."""
        plan = naked.entry.intent.stop
        assert plan is not None  # entries can't exist without one
        outcome = await self._gateway.place_stop(
            StopIntent(
                algo_cl_ord_id=self._protection.ids.algo_cl_ord_id(),
                inst_id=naked.inst_id,
                side=naked.closing,
                contracts=naked.contracts,
                stop_px=plan.stop_px,
                target_px=plan.target_px,
            )
        )
        log.warning("stop_restored", inst=naked.inst_id, outcome=type(outcome).__name__)
        return outcome

    async def close(self, naked: Naked) -> bool:
        """Send one reduce-only order for it; False when that isn't possible now.

        A working entry doesn't stand in the way, another exit of ours does.
        """
        px = self._worst_px(naked)
        leaving = [o for o in self._ledger.working(naked.inst_id) if o.intent.reduce_only]
        if px is None or leaving:
            return False
        instrument = self._protection.markets[naked.inst_id].instrument
        log.error("position_closed_for_lack_of_stop", inst=naked.inst_id, side=naked.closing.value)
        await self._executor.submit(
            OrderIntent(
                cl_ord_id=self._protection.ids.cl_ord_id(),
                decision_id=naked.entry.intent.decision_id,
                leg=Leg.EMERGENCY,
                inst_id=naked.inst_id,
                side=naked.closing,
                contracts=naked.contracts,
                limit_px=px,
                reduce_only=True,
                stop=None,
                notional=instrument.notional(naked.contracts, px),
                created_ms=self._protection.clock.now_ms(),
            )
        )
        return True

    def _worst_px(self, naked: Naked) -> Px | None:
        """Return the touch, else the mark, plus or minus the slippage cap; None without both."""
        market, side = self._protection.markets[naked.inst_id], naked.closing
        top, mark = market.book.top(1), market.mark
        if top is not None:
            from_px = top.best_ask if side is Side.BUY else top.best_bid
        elif mark is not None:
            from_px = mark.px
        else:
            return None
        slip = self._protection.limits.max_slippage_bps / 10_000 * side.sign
        return market.instrument.marketable_px(side, Px(from_px * (1 + slip)))
