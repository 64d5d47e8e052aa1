"""Keeps the model server's list fresh: a small service of the daemon.

Prices and capabilities of the chosen model come from it, so budget and requests are exact
from the first minutes on. A server that doesn't answer leaves the last list in place.
"""

import asyncio
from typing import Final

import structlog

from tai2.engine.service import Pulse
from tai2.llm.catalogue import Catalogue
from tai2.ports.clock import Clock

log = structlog.get_logger()

FETCH_S: Final = 20.0
"""For all pages; shorter than what counts as stuck."""
BEAT_S: Final = 5.0
RETRY_S: Final = 300.0


class ModelList:
    """Refreshes one catalogue."""

    def __init__(self, catalogue: Catalogue, clock: Clock) -> None:
        self._catalogue = catalogue
        self._clock = clock
        self._retry_s = clock.monotonic_s()

    async def run(self, pulse: Pulse) -> None:
        """Keep the list younger than its greatest age until cancelled."""
        while True:
            pulse.beat()
            if self._clock.monotonic_s() >= self._retry_s:
                await self._refresh()
            await self._clock.sleep(BEAT_S)

    async def _refresh(self) -> None:
        """Fetch the list when it is old; after a failure leave the server alone for a while."""
        try:
            async with asyncio.timeout(FETCH_S):
                failed = await self._catalogue.refresh()
            cause = f"{failed.code.value}: {failed.detail}" if failed else ""
        except TimeoutError:
            cause = "no complete list in time"
        if cause:
            self._retry_s = self._clock.monotonic_s() + RETRY_S
            log.warning("model_list_not_refreshed", cause=cause, age_ms=self._catalogue.age_ms)
