"""Orders on this account that our journal doesn't know: other people's, and forgotten ones of ours.

The ledger asks it about every order that it doesn't know. A foreign order is counted and never
touched; one that carries our own id was forgotten by the journal and is taken back.
"""

from collections.abc import Mapping
from typing import Final

import structlog

from tai2.engine.alarm import Alarm
from tai2.model.ids import ENTRY_PREFIX, ClOrdId, DecisionId, InstId, OrdId, is_own
from tai2.model.instrument import Instrument
from tai2.model.money import Px
from tai2.model.order import Leg, Order, OrderIntent, OrderState, OrderUpdate
from tai2.ports.latch import Latch

log = structlog.get_logger()

FORGOTTEN: Final = DecisionId("forgotten")
"""Stands for the decision of an order whose journal is gone."""
ID_LENGTH: Final = 32


class Strangers:
    """Counts the foreign, takes back the forgotten."""

    def __init__(
        self,
        instance: str,
        instruments: Mapping[InstId, Instrument],
        alarm: Alarm,
        latch: Latch,
    ) -> None:
        self._latch = latch
        self._alarm = alarm
        self._instance = instance
        self._instruments = instruments
        self._working: dict[OrdId, InstId] = {}

    @property
    def working(self) -> frozenset[OrdId]:
        """Foreign orders that can still execute."""
        return frozenset(self._working)

    def working_on(self, inst_id: InstId) -> int:
        """Return how many foreign orders can still execute on an instrument."""
        return sum(each == inst_id for each in self._working.values())

    def is_forgotten(self, cl_ord_id: ClOrdId | None) -> bool:
        """Tell whether an order that the journal doesn't know was made by this desk."""
        return bool(cl_ord_id) and is_own(cl_ord_id or "", self._instance)

    async def meet(self, update: OrderUpdate) -> Order | None:
        """Count a foreign order, None; return a record of one of ours, with trading halted."""
        if sent := await self.sent_beside(update.cl_ord_id):
            return sent
        order = self._taken_back(update) if self.is_forgotten(update.cl_ord_id) else None
        if order is not None:
            log.error("forgotten_order_taken_back", cl_ord_id=update.cl_ord_id)
            await self._alarm.halt("forgotten_order", f"{update.cl_ord_id} isn't in the journal")
            return order
        if update.state.is_terminal:
            self._working.pop(update.ord_id, None)
        else:
            self._working[update.ord_id] = update.inst_id
        if self._is_other_desk(update.cl_ord_id or ""):
            await self._alarm.halt("other_desk", f"another tai2 sent {update.cl_ord_id}")
        return None

    async def sent_beside(self, cl_ord_id: ClOrdId | None) -> Order | None:
        """Return an order that `tai2 panic` sent beside this process, with trading halted."""
        if not self.is_forgotten(cl_ord_id) or not self._latch.is_set():
            return None
        left = self._latch.read()
        sent = left.order(cl_ord_id) if left else None
        if left and sent:
            await self._alarm.halt("panic", left.reason)
        return sent

    def _is_other_desk(self, client_id: str) -> bool:
        """Tell whether another tai2 made an order."""
        is_tai2 = client_id.startswith(ENTRY_PREFIX) and len(client_id) == ID_LENGTH
        return is_tai2 and not is_own(client_id, self._instance)

    def _taken_back(self, update: OrderUpdate) -> Order | None:
        """Return a record; None for an instrument that we don't follow."""
        instrument = self._instruments.get(update.inst_id)
        px = update.limit_px or update.avg_px
        if instrument is None or update.cl_ord_id is None or px is None:
            return None
        intent = OrderIntent(
            cl_ord_id=update.cl_ord_id,
            decision_id=FORGOTTEN,
            leg=Leg.IMPORTED,
            inst_id=update.inst_id,
            side=update.side,
            contracts=update.contracts,
            limit_px=Px(px),
            reduce_only=update.reduce_only,
            stop=None,
            notional=instrument.notional(update.contracts, Px(px)),
            created_ms=update.u_time,
        )
        return Order(intent=intent, state=OrderState.ACKED, ord_id=update.ord_id)
