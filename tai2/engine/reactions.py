"""What a refusal of the exchange asks for besides its record: the reaction table, obeyed.

The executor hands over each refused order. Whatever it does, it must never send the order again:
a new decision makes a new one.
"""

from collections.abc import Callable
from typing import assert_never

import structlog

from tai2.engine.alarm import Alarm
from tai2.engine.venue_clock import VenueClock
from tai2.model.errors import DataInvalid, VenueUnavailable
from tai2.model.order import Order, Rejected
from tai2.model.reaction import Reaction

log = structlog.get_logger()


class Reactions:
    """Does what each reaction asks."""

    def __init__(self, alarm: Alarm, clock: VenueClock, want_sweep: Callable[[], None]) -> None:
        """want_sweep: asks for a reconciliation; what we believed of the account wasn't so."""
        self._alarm = alarm
        self._clock = clock
        self._want_sweep = want_sweep

    async def take(self, order: Order, rejected: Rejected) -> None:
        """React to a refused order.

        An instrument whose entry was refused rests by itself: the journal's record of the order is
        what the cooldown counts from.

        Raises:
            JournalFailed: A halt can't be latched.
        """
        text = f"{order.intent.inst_id}: {rejected.code} {rejected.reason}"
        match rejected.reaction:
            case Reaction.HALT:
                await self._alarm.halt("refused_by_exchange", text)
            case Reaction.CLOCK:
                await self._measure_clock()
            case Reaction.BENIGN | Reaction.CLEAR | Reaction.REPRICE | Reaction.BLOCK:
                self._want_sweep()
            case Reaction.FIX:
                log.error("order_malformed", cl_ord_id=order.intent.cl_ord_id, detail=text)
            case Reaction.RETRY | Reaction.WAIT | Reaction.QUERY | None:
                log.info("order_refused", cl_ord_id=order.intent.cl_ord_id, detail=text)
            case _:
                assert_never(rejected.reaction)

    async def _measure_clock(self) -> None:
        try:
            await self._clock.sync()
        except (VenueUnavailable, DataInvalid) as exc:
            log.warning("clock_not_measured", detail=exc.message)
