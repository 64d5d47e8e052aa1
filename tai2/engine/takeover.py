"""Takes over what `tai2 panic` left beside a dead or hung daemon: the halt, and its orders.

The start path looks once before it reconciles, a service every second. The latch must not come
off before both are in the journal; what became of the orders, reconciliation asks the exchange.
"""

from typing import Final

import structlog

from tai2.engine.control_book import ControlBook
from tai2.engine.ledger import Ledger
from tai2.engine.service import Pulse
from tai2.model.controls import TradingState
from tai2.ports.clock import Clock
from tai2.ports.latch import Latch

log = structlog.get_logger()

ACTOR: Final = "panic"
TICK_S: Final = 1.0


class Takeover:
    """Reads the latch."""

    def __init__(self, latch: Latch, controls: ControlBook, ledger: Ledger, clock: Clock) -> None:
        self._latch = latch
        self._controls = controls
        self._ledger = ledger
        self._clock = clock

    @property
    def is_pending(self) -> bool:
        """True while a panic hasn't been taken over wholly: its process may still be at work."""
        return self._latch.is_set()

    async def look(self) -> bool:
        """Take over what was left; False = nothing was, or its process still runs.

        Raises:
            JournalFailed: It can't be recorded; the latch stays.
        """
        if not self._latch.is_set() or (left := self._latch.read()) is None:
            return False
        halted = (TradingState.HALTED, f"panic: {left.reason}")
        current = self._controls.current
        if (current.trading_state, current.state_reason) != halted:
            await self._controls.set_state(*halted, ACTOR)
        taken = await self._ledger.take_over(left.orders)
        if is_over := self._latch.clear():
            log.error("panic_taken_over", reason=left.reason, orders=len(taken))
        return is_over

    async def run(self, pulse: Pulse) -> None:
        """Look until cancelled."""
        while True:
            pulse.beat()
            await self.look()
            await self._clock.sleep(TICK_S)
