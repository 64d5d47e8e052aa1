"""Carries the private stream into the ledger: pushes in, durable state out, in order.

The venue's stream calls `take`, one service drains it; a replay drains it after each step.
It must never drop silently: an overflow asks reconciliation to read everything again.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, assert_never

import structlog

from tai2.engine.accounts import Accounts
from tai2.engine.alarm import Alarm
from tai2.engine.ledger import Ledger
from tai2.engine.service import Pulse
from tai2.engine.stop_board import StopBoard
from tai2.failpoint import reach
from tai2.model.account import Account
from tai2.model.errors import KeysRejected
from tai2.model.order import OrderUpdate
from tai2.model.stop_update import StopUpdate
from tai2.ports.clock import Clock
from tai2.ports.venue import PrivateEvent, PrivateStream

log = structlog.get_logger()

CAPACITY: Final = 10_000
BEAT_S: Final = 2.0
LOGIN_AGAIN_S: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Receivers:
    """Whoever the private pushes are for."""

    ledger: Ledger
    accounts: Accounts
    stops: StopBoard
    on_gap: Callable[[], None]
    """Asks reconciliation to read everything again."""


class Inbox:
    """Queue of private pushes."""

    def __init__(
        self, stream: PrivateStream, receivers: Receivers, alarm: Alarm, clock: Clock
    ) -> None:
        self._alarm = alarm
        self._clock = clock
        self._stream = stream
        self._receivers = receivers
        self._updates: asyncio.Queue[OrderUpdate] = asyncio.Queue(maxsize=CAPACITY)
        self.is_up = asyncio.Event()
        """Set once the private stream has been subscribed."""
        self.overflows = 0
        self._is_refused = False

    def take(self, event: PrivateEvent) -> None:
        """Take one push; never raises."""
        match event:
            case Account():
                self._receivers.accounts.on_account(event)
            case StopUpdate():
                self._receivers.stops.on_stop(event)
            case OrderUpdate():
                self._queue(event)
            case _:
                assert_never(event)

    def _queue(self, update: OrderUpdate) -> None:
        try:
            self._updates.put_nowait(update)
        except asyncio.QueueFull:
            self.overflows += 1
            self._receivers.on_gap()

    def gap(self) -> None:
        """Note that pushes may have been missed; called after each (re)connection."""
        self.is_up.set()
        self._receivers.stops.stir()
        self._receivers.on_gap()

    async def drain(self) -> None:
        """Apply everything that waits."""
        while not self._updates.empty():
            await self._receivers.ledger.apply(self._updates.get_nowait())

    async def run(self, pulse: Pulse) -> None:
        """Follow the stream and apply pushes until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow(), name="private-stream")
            while True:
                if self._is_refused:
                    pulse.beat()
                else:
                    pulse.follow(self._stream.heard_s())
                try:
                    async with asyncio.timeout(BEAT_S):
                        update = await self._updates.get()
                except TimeoutError:
                    continue
                reach("push_read")
                await self._receivers.ledger.apply(update)
                reach("push_saved")

    async def _follow(self) -> None:
        """Follow the stream; a login refused halts trading and is tried again, for the operator."""
        while True:
            try:
                await self._stream.watch(self.take, self.gap)
            except KeysRejected as exc:
                if not self.is_up.is_set():
                    raise  # nothing has started: the start is refused
                await self._alarm.halt("keys_rejected", exc.message)
                self._is_refused = True
                await self._clock.sleep(LOGIN_AGAIN_S)
                self._is_refused = False
