"""The supervisor: long-running parts, what to do when one ends, and who is alive.

`daemon.run` gives it every Service and one TaskGroup; nobody else spawns tasks.
A money-moving service must never be restarted in place: its end is the process's end.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, Protocol

import structlog

from tai2.model.errors import Tai2Error
from tai2.ports.clock import Clock

log = structlog.get_logger()

BACKOFF_S: Final = (0.5, 30.0)
"""First and longest pause before a restart."""


STALL_S: Final = 30.0
"""A part without progress for so long is stuck."""


class OnEnd(Enum):
    """What the end of a service means."""

    RESTART = auto()
    """Start it again after a pause: market data, views, recorders."""
    EXIT = auto()
    """End the process: the start path is the recovery path."""


class Pulse:
    """A service's heartbeat: when it last made progress, on the monotonic clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.last_s = clock.monotonic_s()

    def beat(self) -> None:
        """Note progress."""
        self.last_s = self._clock.monotonic_s()

    def follow(self, heard_s: float) -> None:
        """Note progress as of a time on the monotonic clock; one that is to come means now."""
        self.last_s = min(heard_s, self._clock.monotonic_s())

    @property
    def age_s(self) -> float:
        """Seconds since the last progress."""
        return self._clock.monotonic_s() - self.last_s


class Runnable(Protocol):
    """What a service runs until it is cancelled."""

    async def run(self, pulse: Pulse) -> None:
        """Work until cancelled, beating the pulse at least every few seconds."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A named part with its policy."""

    name: str
    work: Runnable
    on_end: OnEnd


class ServiceFailed(Tai2Error):
    """A part that must not stop has stopped."""


class Supervisor:
    """Runs services in one TaskGroup and knows how they are."""

    def __init__(self, clock: Clock, report: Callable[[str, bool, str], None]) -> None:
        """report(part, is_ok, detail) is called when a service fails and when it is back."""
        self._clock = clock
        self._report = report
        self.pulses: dict[str, Pulse] = {}

    def start(self, group: asyncio.TaskGroup, services: Sequence[Service]) -> None:
        """Spawn every service, named, into the group."""
        for service in services:
            self.pulses[service.name] = Pulse(self._clock)
            group.create_task(self._keep(service), name=service.name)

    def stuck(self) -> tuple[str, ...]:
        """Return the parts that have made no progress lately."""
        return tuple(name for name, pulse in self.pulses.items() if pulse.age_s >= STALL_S)

    async def _keep(self, service: Service) -> None:
        pulse = self.pulses[service.name]
        pause_s = BACKOFF_S[0]
        while True:
            started_s = self._clock.monotonic_s()
            pulse.beat()
            try:
                await service.work.run(pulse)
                detail = "ended"
            except Exception as exc:
                detail = f"{type(exc).__name__}: {exc}"
                if service.on_end is OnEnd.EXIT:
                    log.exception("service_failed", service=service.name)
                    raise
                log.exception("service_restarting", service=service.name, pause_s=pause_s)
            if service.on_end is OnEnd.EXIT:
                raise ServiceFailed(f"service {service.name} ended")
            self._report(service.name, False, detail)  # noqa: FBT003 - part, is_ok, detail
            if self._clock.monotonic_s() - started_s > BACKOFF_S[1]:
                pause_s = BACKOFF_S[0]
            pulse.beat()  # a pause is no freeze
            await self._clock.sleep(pause_s * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
            pause_s = min(pause_s * 2, BACKOFF_S[1])
            self._report(service.name, True, "restarted")  # noqa: FBT003 - part, is_ok, detail
