"""One channel's queue and its patience: a slow channel holds up nobody but itself.

The notifier puts admitted notices in; run sends them one by one. A channel that fails is tried
again, longest for urgent notices; its outage is logged at its start and at its end only.
"""

import asyncio
from typing import Final

import structlog

from tai2.daemon.notices.channels import Channel, ChannelFailed
from tai2.model.notice import Grade, Notice
from tai2.ports.clock import Clock

WAITING: Final = 100
"""Notices that wait for one channel; beyond that the oldest is dropped and logged."""
PAUSES_S: Final = (2.0, 15.0, 60.0)
"""Between the tries of an urgent notice; others are tried once more."""

log = structlog.get_logger()


class Sender:
    """Sends to one channel."""

    def __init__(self, channel: Channel, clock: Clock) -> None:
        self.name = channel.name
        self._channel = channel
        self._clock = clock
        self._waiting: asyncio.Queue[Notice] = asyncio.Queue(maxsize=WAITING)
        self._is_failing = False

    def put(self, notice: Notice) -> None:
        """Queue a notice; never waits."""
        if self._waiting.full():
            lost = self._waiting.get_nowait()
            log.warning("notice_dropped", channel=self.name, title=lost.title)
        self._waiting.put_nowait(notice)

    async def run(self) -> None:
        """Send what is queued until cancelled."""
        while True:
            await self._deliver(await self._waiting.get())

    async def _deliver(self, notice: Notice) -> None:
        pauses = PAUSES_S if notice.grade is Grade.URGENT else PAUSES_S[:1]
        for pause_s in (*pauses, None):
            try:
                await self._channel.send(notice)
            except ChannelFailed as exc:
                self._note(exc)
                if pause_s is not None:
                    await self._clock.sleep(pause_s)
            else:
                self._note(None)
                return

    def _note(self, failure: ChannelFailed | None) -> None:
        if failure and not self._is_failing:
            log.warning("notice_channel_failed", channel=self.name, detail=failure.message)
        elif self._is_failing and not failure:
            log.info("notice_channel_recovered", channel=self.name)
        self._is_failing = failure is not None
