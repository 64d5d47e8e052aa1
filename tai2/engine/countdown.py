"""The dead man's switch: the exchange cancels our resting entries when we fall silent.

A service feeds it while an entry of ours may rest there. It covers entries only: stops, exits
and other people's orders carry other tags. It must never be disarmed while an entry may rest.
"""

from typing import Final

import structlog

from tai2.engine.alarm import Alarm
from tai2.engine.ledger import Ledger
from tai2.engine.service import Pulse
from tai2.model.errors import DataInvalid, KeysRejected, VenueUnavailable
from tai2.model.order import Accepted, Leg, Order
from tai2.ports.clock import Clock
from tai2.ports.venue import OrderGateway

log = structlog.get_logger()

BEAT_S: Final = 5.0
TIMEOUT_S: Final = 30
"""The exchange acts when it has heard nothing for so long; it takes 10 to 120."""
FAILURES: Final = 2
"""Heartbeats that may fail before we cancel by ourselves."""


class Countdown:
    """Feeds cancel-all-after."""

    def __init__(self, gateway: OrderGateway, ledger: Ledger, alarm: Alarm, clock: Clock) -> None:
        self._gateway = gateway
        self._ledger = ledger
        self._alarm = alarm
        self._clock = clock
        self._failures = 0
        self.is_armed = False
        """True from the first try to arm until a disarming was confirmed."""

    async def run(self, pulse: Pulse) -> None:
        """Beat until cancelled."""
        while True:
            pulse.beat()
            await self.beat()
            await self._clock.sleep(BEAT_S)

    async def beat(self) -> None:
        """Arm while an entry may rest, disarm once none does.

        After two failures in a row: cancel the entries one by one and allow no new ones.
        """
        resting = self._resting()
        if not resting and not self.is_armed:
            return
        try:
            await self._set(TIMEOUT_S if resting else 0)
            self._failures = 0
        except (VenueUnavailable, DataInvalid, KeysRejected) as exc:
            self._failures += 1
            log.warning("dead_mans_switch_unfed", detail=exc.message, failures=self._failures)
            if resting and self._failures >= FAILURES:
                await self._cancel(resting)
                await self._alarm.reduce("dead_mans_switch", "the exchange took no heartbeat")

    async def release(self) -> bool:
        """Cancel every resting entry, then disarm; True when nothing of ours rests any more."""
        is_gone = await self._cancel(self._resting())
        if is_gone and self.is_armed:
            try:
                await self._set(0)
            except (VenueUnavailable, DataInvalid, KeysRejected) as exc:
                log.warning("dead_mans_switch_left_armed", detail=exc.message)
        return is_gone

    async def _set(self, timeout_s: int) -> None:
        self.is_armed = True
        at_ms = await self._gateway.cancel_all_after(timeout_s)
        self.is_armed = at_ms is not None

    async def _cancel(self, orders: tuple[Order, ...]) -> bool:
        gone = [
            await self._gateway.cancel(order.intent.inst_id, order.intent.cl_ord_id)
            for order in orders
        ]
        return all(isinstance(outcome, Accepted) for outcome in gone)

    def _resting(self) -> tuple[Order, ...]:
        return tuple(o for o in self._ledger.open_orders() if o.intent.leg is Leg.ENTRY)
