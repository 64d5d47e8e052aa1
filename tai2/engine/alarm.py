"""Stops trading because the engine itself has found something that must not be.

Ledger, reconcile and account checks raise it; a person resumes. It must never loosen a state,
and raising it twice for the same cause must not pile up versions of the controls.
"""

import structlog

from tai2.engine.control_book import ControlBook
from tai2.model.controls import TradingState

log = structlog.get_logger()

ACTOR = "engine"


class Alarm:
    """Latches HALTED or REDUCING with a code that says why."""

    def __init__(self, controls: ControlBook) -> None:
        self._controls = controls
        self.raised: dict[str, str] = {}
        """What was found since the start, by code: the newest text of each."""

    async def halt(self, code: str, text: str) -> None:
        """Let nothing but emergency exits leave until a person resumes.

        Raises:
            JournalFailed: It can't be latched.
        """
        await self._latch(TradingState.HALTED, code, text)

    async def reduce(self, code: str, text: str) -> None:
        """Let no entry leave until a person resumes; a halt stays a halt."""
        await self._latch(TradingState.REDUCING, code, text)

    async def _latch(self, state: TradingState, code: str, text: str) -> None:
        self.raised[code] = text
        now = self._controls.current.trading_state
        if now in (state, TradingState.HALTED):
            log.warning("alarm_while_latched", code=code, detail=text)
            return
        log.error("alarm", code=code, detail=text, state=state.value)
        await self._controls.set_state(state, f"{code}: {text}", ACTOR)
