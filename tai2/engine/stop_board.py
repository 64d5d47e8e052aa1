"""The live stops of ours as the exchange last told them: by its list, and by push in between.

The inbox brings pushes, the protector reads the list and compares it with what is held. A stop
that was pushed as over must never count again, even when an older list still has it.
"""

import asyncio
from collections.abc import Sequence

import structlog

from tai2.model.ids import InstId, is_own
from tai2.model.order import StopOrder
from tai2.model.stop_update import StopState, StopUpdate
from tai2.ports.venue import OrderReader

log = structlog.get_logger()


class StopBoard:
    """Owner of the stops as last seen."""

    def __init__(self, venue: OrderReader, instance: str) -> None:
        """instance: the short name that marks our stops."""
        self._venue = venue
        self._instance = instance
        self._over: set[str] = set()
        """Algo ids that were pushed as over and that the list may still have."""
        self.live: tuple[StopOrder, ...] | None = None
        """None = not looked yet."""
        self.news = asyncio.Event()
        """Set when protection must be looked at before its next turn."""

    def on_stop(self, update: StopUpdate) -> None:
        """Take a push; called by the private stream, synchronously."""
        stop = update.stop
        if not is_own(stop.algo_cl_ord_id or "", self._instance):
            return
        self.news.set()
        if update.state.is_over:
            if stop.algo_id not in self._over:
                _tell(update)
            self._over.add(stop.algo_id)
        if self.live is None:
            return
        others = tuple(one for one in self.live if one.algo_id != stop.algo_id)
        is_live = update.state is StopState.LIVE and stop.algo_id not in self._over
        self.live = (*others, stop) if is_live else others

    def stir(self) -> None:
        """Ask for a look: pushes may have been missed."""
        self.news.set()

    async def read(self, inst_ids: Sequence[InstId]) -> tuple[StopOrder, ...]:
        """Read the exchange's list and return our live stops.

        Raises:
            VenueUnavailable: It can't be asked; what was known stays.
        """
        self.news.clear()
        told = set(self._over)
        listed = await self._venue.stops(inst_ids)
        self._over -= told - {stop.algo_id for stop in listed}
        self.live = tuple(
            stop
            for stop in listed
            if is_own(stop.algo_cl_ord_id or "", self._instance) and stop.algo_id not in self._over
        )
        return self.live


def _tell(update: StopUpdate) -> None:
    stop = update.stop
    facts = {"inst": stop.inst_id, "algo_id": stop.algo_id, "ts_event": update.u_time}
    if update.state is StopState.FAILED:
        log.error("stop_failed", code=update.fail_code, **facts)
    else:
        log.info("stop_ended", state=update.state.value, **facts)
