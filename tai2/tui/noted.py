"""A feed that writes into the diary how long requests took and how the line stands.

The shell puts it between its tabs and the session. It changes nothing on the way.
"""

import time
from collections.abc import Callable, Iterable
from typing import TypeVar

from tai2.client.condition import Condition
from tai2.client.outlook import CONDITION, Listener
from tai2.client.picture import Item
from tai2.tui.diary import Diary
from tai2.tui.feed import Feed
from tai2.view.chart import ChartSeries
from tai2.view.state import ViewState
from tai2.wire.method import Method, StreamMethod
from tai2.wire.rpc import Fault

E = TypeVar("E")
P = TypeVar("P")
R = TypeVar("R")


class NotedFeed:
    """tui.feed.Feed around another one."""

    def __init__(self, feed: Feed) -> None:
        """Begin a diary of a feed."""
        self._feed = feed
        self.diary = Diary(feed.now_ms)
        feed.listen(self._on_change)

    def _on_change(self, names: frozenset[str]) -> None:
        if CONDITION in names:
            found = self._feed.condition
            reason = getattr(found, "reason", "")
            level = "info" if self._feed.is_attached else "warning"
            self.diary.note(type(found).__name__.lower(), level, **_told(reason=reason))

    @property
    def state(self) -> ViewState | None:
        """The picture."""
        return self._feed.state

    @property
    def condition(self) -> Condition:
        """How the line stands."""
        return self._feed.condition

    @property
    def is_attached(self) -> bool:
        """True while the daemon answers."""
        return self._feed.is_attached

    def chart(self, topic: str) -> ChartSeries | None:
        """Return a chart."""
        return self._feed.chart(topic)

    def items(self, topic: str) -> tuple[Item, ...]:
        """Return items of a topic."""
        return self._feed.items(topic)

    def seq(self, topic: str) -> int:
        """Return the number of a topic's newest item."""
        return self._feed.seq(topic)

    def now_ms(self) -> int | None:
        """Return the daemon's clock."""
        return self._feed.now_ms()

    def silence_ms(self) -> int:
        """Return for how long nothing was heard."""
        return self._feed.silence_ms()

    def age_ms(self, name: str) -> int | None:
        """Return the age of a section."""
        return self._feed.age_ms(name)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call a listener with what changes."""
        return self._feed.listen(listener)

    def watch(self, topics: Iterable[str], max_hz: float | None = None) -> None:
        """Replace what is watched."""
        self._feed.watch(topics, max_hz)

    def retry(self) -> None:
        """Connect now."""
        self._feed.retry()

    async def run(self) -> None:
        """Attach and follow."""
        await self._feed.run()

    async def call(self, method: Method[P, R], params: P, timeout_s: float = 10.0) -> R | Fault:
        """Ask, and note how long it took."""
        began_s = time.monotonic()
        reply = await self._feed.call(method, params, timeout_s)
        self._note(method.name, began_s, reply)
        return reply

    async def stream(
        self,
        method: StreamMethod[P, E, R],
        params: P,
        on_event: Callable[[E], None],
        timeout_s: float,
    ) -> R | Fault:
        """Ask, hand over events, and note how long it took."""
        began_s = time.monotonic()
        reply = await self._feed.stream(method, params, on_event, timeout_s)
        self._note(method.name, began_s, reply)
        return reply

    def _note(self, name: str, began_s: float, reply: object) -> None:
        took_ms = int((time.monotonic() - began_s) * 1000)
        fault = reply if isinstance(reply, Fault) else None
        level = "warning" if fault else "info"
        told = _told(method=name, fault=fault.message if fault else "")
        self.diary.note("asked", level, ms=took_ms, **told)


def _told(**fields: str) -> dict[str, str]:
    return {name: text for name, text in fields.items() if text}
