"""Paces thinking: one snapshot and one cycle per instrument every WS_UPDATE_INTERVAL seconds.

The control book tells it of a new interval, which counts at once: the running wait is cut
short, not finished. It must never run two cycles of one instrument at a time.
"""

import asyncio
from typing import Final, Protocol

from tai2.engine.control_book import ControlBook
from tai2.engine.cycle import Cycle
from tai2.engine.service import Pulse
from tai2.model.controls import Controls
from tai2.model.ids import InstId
from tai2.ports.clock import Clock

BEAT_S: Final = 5.0


class Patient(Protocol):
    """Who may take its time."""

    @property
    def patience_s(self) -> float:
        """Seconds within which the next answer comes."""
        ...


class Scheduler:
    """Runs cycles."""

    def __init__(
        self, cycle: Cycle, controls: ControlBook, clock: Clock, reasoner: Patient
    ) -> None:
        """reasoner: whom the cycles wait for; while it may think, they aren't stuck."""
        self._reasoner = reasoner
        self._cycle = cycle
        self._controls = controls
        self._clock = clock
        self._poke = asyncio.Event()
        self._last_ms: int | None = None
        controls.listen(self._on_controls)

    def _on_controls(self, _controls: Controls) -> None:
        self._poke.set()

    @property
    def due_ms(self) -> int:
        """When the next round of cycles starts, ms UTC."""
        if self._last_ms is None:
            return self._clock.now_ms()
        return self._last_ms + int(self._controls.current.interval_s * 1000)

    async def run(self, pulse: Pulse) -> None:
        """Run rounds until cancelled."""
        while True:
            await self._wait(pulse)
            self._last_ms = self._clock.now_ms()
            for inst_id in self._controls.current.instruments:
                await self._run(inst_id, pulse)
                pulse.beat()

    async def _run(self, inst_id: InstId, pulse: Pulse) -> None:
        """Run a cycle; while its reasoner may think, waiting for it is progress."""
        async with asyncio.TaskGroup() as group:
            thinking = group.create_task(self._beat(pulse), name="thinking")
            await self._cycle.run(inst_id)
            thinking.cancel()

    async def _beat(self, pulse: Pulse) -> None:
        until_s = self._clock.monotonic_s() + self._reasoner.patience_s
        while (left_s := until_s - self._clock.monotonic_s()) > 0:
            pulse.beat()
            await self._clock.sleep(min(left_s, BEAT_S))

    async def _wait(self, pulse: Pulse) -> None:
        """Return when the next round is due by the interval that counts now."""
        while (left_ms := self.due_ms - self._clock.now_ms()) > 0:
            pulse.beat()
            self._poke.clear()
            try:
                # Real time on purpose: this bounds the wait, the clock decides.
                async with asyncio.timeout(min(left_ms / 1000, BEAT_S)):
                    await self._poke.wait()
            except TimeoutError:
                continue
