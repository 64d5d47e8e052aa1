"""Stops asking a server that keeps failing, and lets one call through to see whether it's back.

Calls asks it before each request and tells it how each ended. It only pauses the model: risk,
exits and everything else go on. It must never stay shut because a probe was cancelled.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import structlog

from tai2.llm.chat import ChatFailed, Code, Outcome
from tai2.ports.clock import Clock

log = structlog.get_logger()

FAILURES: Final = 5
PAUSE_S: Final = 300.0
AT_ONCE: Final = frozenset({Code.KEY_REJECTED, Code.NO_CREDIT})
"""Nothing but a person helps: the first one pauses."""
ALIVE: Final = frozenset({Code.LENGTH, Code.CONTENT_FILTER, Code.REFUSED, Code.OTHER_MODEL})
"""A bad answer from a server that works."""


class Phase(StrEnum):
    """What the breaker does with the next call."""

    CLOSED = "closed"
    """Calls pass."""
    OPEN = "open"
    """Calls are refused until the pause is over."""
    HALF_OPEN = "half_open"
    """The pause is over: one call may probe."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """When to pause, and for how long."""

    failures: int = FAILURES
    """Consecutive failures before a pause."""
    pause_s: float = PAUSE_S


class Breaker:
    """One per server."""

    def __init__(self, clock: Clock, limits: Limits | None = None) -> None:
        self._clock = clock
        self._limits = limits or Limits()
        self._failures = 0
        self._until_s: float | None = None
        self.reason = ""
        """Why calls are paused: a code and its detail; "" while closed."""

    @property
    def phase(self) -> Phase:
        """Return the phase now."""
        if self._until_s is None:
            return Phase.CLOSED
        return Phase.OPEN if self.paused_s() > 0 else Phase.HALF_OPEN

    def paused_s(self) -> float:
        """Return the seconds until the next probe, 0 when a call may pass."""
        return 0.0 if self._until_s is None else max(self._until_s - self._clock.monotonic_s(), 0.0)

    def admits(self) -> bool:
        """Tell whether a call may be made now; a probe shuts the door behind itself."""
        if self._until_s is None:
            return True
        if self.paused_s() > 0:
            return False
        self._pause()
        return True

    def note(self, outcome: Outcome) -> None:
        """Take the outcome of a call that was admitted."""
        if not isinstance(outcome, ChatFailed) or outcome.code in ALIVE:
            self._close()
        elif not outcome.is_format_fault:
            self._fail(outcome)

    def _fail(self, failed: ChatFailed) -> None:
        self._failures += 1
        is_probe = self._until_s is not None
        if is_probe or failed.code in AT_ONCE or self._failures >= self._limits.failures:
            self.reason = f"{failed.code}: {failed.detail}"
            self._pause()
            if not is_probe:
                log.error("llm_paused", reason=self.reason, pause_s=self._limits.pause_s)

    def _pause(self) -> None:
        self._until_s = self._clock.monotonic_s() + self._limits.pause_s

    def _close(self) -> None:
        if self._until_s is not None:
            log.warning("llm_resumed", was=self.reason)
        self._failures, self._until_s, self.reason = 0, None, ""
