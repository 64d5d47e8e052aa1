"""The bus: tells watchers what happened, and never waits for them.

Engine parts publish, the hub and recorders subscribe. It must never raise to a publisher
nor carry anything that a money path depends on: a full queue drops and counts.
"""

import asyncio
from typing import Final

from tai2.model.events import Event

QUEUE_SIZE: Final = 1_000


class Subscription:
    """One watcher's bounded queue."""

    def __init__(self, capacity: int) -> None:
        self._queue: asyncio.Queue[Event] = asyncio.Queue(maxsize=capacity)
        self.dropped = 0

    def offer(self, event: Event) -> None:
        """Queue an event, or count it as dropped."""
        try:
            self._queue.put_nowait(event)
        except asyncio.QueueFull:
            self.dropped += 1

    async def next(self) -> Event:
        """Return the oldest event, waiting for one."""
        return await self._queue.get()

    def drain(self) -> tuple[Event, ...]:
        """Return every event that waits, oldest first."""
        return tuple(self._queue.get_nowait() for _ in range(self._queue.qsize()))


class Bus:
    """Fan-out of events to subscriptions."""

    def __init__(self) -> None:
        self._subscriptions: list[Subscription] = []

    def subscribe(self, capacity: int = QUEUE_SIZE) -> Subscription:
        """Return a new subscription that sees every later event."""
        subscription = Subscription(capacity)
        self._subscriptions.append(subscription)
        return subscription

    def publish(self, event: Event) -> None:
        """Offer an event to every watcher."""
        for subscription in self._subscriptions:
            subscription.offer(event)
