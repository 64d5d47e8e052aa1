"""What a face reads of the desk, wherever it comes from: picture, condition, ages, changes.

A session fills it from the daemon, a replay from a recording; faces hold it and never know
which. An old figure must never look new: ages keep growing while nothing arrives.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from tai2.client.condition import Attached, Condition, Connecting
from tai2.client.picture import Item, Picture
from tai2.view.chart import ChartSeries
from tai2.view.state import ViewState, section
from tai2.wire.watch import WatchFrame

CONDITION: Final = "condition"
"""Name that listeners get when the condition has changed."""

Listener = Callable[[frozenset[str]], None]


class Outlook:
    """The reading half of a session."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """monotonic: local clock in seconds."""
        self._monotonic = monotonic
        self._picture = Picture()
        self._condition: Condition = Connecting()
        self._listeners: list[Listener] = []
        self._taps: list[Callable[[WatchFrame], None]] = []
        self._fresh: set[str] = set()
        self._changed = asyncio.Event()
        self._now_ms = 0
        self._heard_s = monotonic()

    @property
    def state(self) -> ViewState | None:
        """The newest picture; None until the first one has arrived. Kept when it is lost."""
        return self._picture.state

    @property
    def condition(self) -> Condition:
        """Connecting, Attached, Lost or Mismatch."""
        return self._condition

    @property
    def is_attached(self) -> bool:
        """True while the daemon answers."""
        return isinstance(self._condition, Attached)

    def chart(self, topic: str) -> ChartSeries | None:
        """Return the newest series of a watched chart (topic: wire.watch.chart_topic)."""
        return self._picture.charts.get(topic)

    def items(self, topic: str) -> tuple[Item, ...]:
        """Return what a watched log, decision or fill topic has brought, oldest first."""
        return self._picture.items(topic)

    def seq(self, topic: str) -> int:
        """Return the number of a topic's newest item: items(topic) ends with it."""
        return self._picture.seq(topic)

    def now_ms(self) -> int | None:
        """Return what the daemon's clock shows now; None before it was first heard.

        Counts on by the local monotonic clock, so a countdown runs between frames.
        """
        return self._now_ms + self.silence_ms() if self._now_ms else None

    def silence_ms(self) -> int:
        """Return for how long nothing has arrived from the daemon."""
        return int((self._monotonic() - self._heard_s) * 1000)

    def age_ms(self, name: str) -> int | None:
        """Return the age of a section's content; None = never filled. Grows while lost."""
        state, now = self.state, self.now_ms()
        if state is None or now is None or not (asof := section(state, name).asof):
            return None
        return max(now - asof, 0)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call listener with the names of what changed, on the loop; returns its end.

        Names are those of sections, items and chart topics, and CONDITION. It is called
        often and must be short and never fail: mark dirty, paint later.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def changes(self) -> frozenset[str]:
        """Wait until something has changed since the last call; return all its names.

        For one reader: a slow one gets everything in one set, never a queue.
        """
        await self._changed.wait()
        self._changed.clear()
        fresh, self._fresh = frozenset(self._fresh), set()
        return fresh

    def tap(self, tap: Callable[[WatchFrame], None]) -> None:
        """Call tap with every frame that was applied: what a recording is made of."""
        self._taps.append(tap)

    def _take(self, frame: WatchFrame) -> None:
        """Apply a frame and say what it changed.

        Raises:
            Gap: It doesn't follow what is known.
            DataInvalid: It can't be read.
        """
        changed = self._picture.apply(frame)
        self._now_ms, self._heard_s = frame.now, self._monotonic()
        for tap in self._taps:
            tap(frame)
        self._tell(changed)

    def _become(self, condition: Condition) -> None:
        self._condition = condition
        self._tell(frozenset({CONDITION}))

    def _tell(self, names: frozenset[str]) -> None:
        if not names:
            return
        self._fresh |= names
        self._changed.set()
        for listener in tuple(self._listeners):
            listener(names)
