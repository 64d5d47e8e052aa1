"""The service that tells the owner: sees the bus, sends what the mailbag lets through.

`daemon.run` starts it when an address is configured. It never waits for a channel before it
looks at the next event, and nothing that it does can delay or end trading.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tai2.daemon.notices.channels import Channel
from tai2.daemon.notices.mailbag import Mailbag, MailRule
from tai2.daemon.notices.sender import Sender
from tai2.daemon.notices.watcher import Watcher
from tai2.engine.bus import Bus
from tai2.engine.service import Pulse
from tai2.model.controls import TradingState
from tai2.model.notice import Notice
from tai2.ports.clock import Clock

BEAT_S: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticePlan:
    """What is sent, where to, and how often the desk gives a sign of life."""

    channels: Sequence[Channel]
    rule: MailRule
    heartbeat_s: float
    """0 = no signs of life."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What the notifier may look at."""

    bus: Bus
    state: TradingState
    """In force when it begins to watch."""
    summary: Callable[[], str]
    """Says in a sentence how the desk is, for the signs of life."""


class Notifier:
    """Watches and sends until cancelled."""

    def __init__(self, plan: NoticePlan, outlook: Outlook, clock: Clock) -> None:
        self._plan = plan
        self._events = outlook.bus.subscribe()
        self._summary = outlook.summary
        self._clock = clock
        self._watcher = Watcher(outlook.state)
        self._bag = Mailbag(plan.rule)
        self._senders = tuple(Sender(channel, clock) for channel in plan.channels)

    async def run(self, pulse: Pulse) -> None:
        """Watch, send and give signs of life until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watch(), name="notices-watch")
            for sender in self._senders:
                group.create_task(sender.run(), name=f"notices-{sender.name}")
            if self._plan.heartbeat_s:
                group.create_task(self._live(), name="notices-heartbeat")
            while True:
                pulse.beat()
                await self._clock.sleep(BEAT_S)

    async def _watch(self) -> None:
        while True:
            for notice in self._watcher.see(await self._events.next()):
                self._put(notice)

    async def _live(self) -> None:
        while True:
            await self._clock.sleep(self._plan.heartbeat_s)
            now = self._clock.now_ms()
            self._put(
                Notice(
                    grade=self._plan.rule.least,  # asked for, so no grade may hold it back
                    key=f"alive:{now}",
                    title="Still running",
                    text=self._summary(),
                    ts=now,
                )
            )

    def _put(self, notice: Notice) -> None:
        admitted = self._bag.admit(notice, self._clock.now_ms())
        if admitted is not None:
            for sender in self._senders:
                sender.put(admitted)
