"""The desk as pages see it: one session for all of them, and events that push what changed.

Serving makes one and runs it beside the web server. Pages subscribe while they are open; the
subscription ends with the page. Nothing here polls, and a page can't reach further than this.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Final, Protocol

from nicegui import Event

from tai2.client.outlook import CONDITION, Outlook
from tai2.client.session import Session
from tai2.view.state import SECTIONS
from tai2.wire.watch import DECISION, FILL, LOG

TICK_S: Final = 1.0
TOPICS: Final = (*SECTIONS, LOG, DECISION, FILL)
ALL: Final = frozenset({*TOPICS, CONDITION})
"""Every name that a page may hear of, for its first picture."""


class Heart(Protocol):
    """The pause between two ticks."""

    async def sleep(self, delay_s: float) -> None: ...


class WebDesk:
    """One session, shared."""

    def __init__(self, session: Session, heart: Heart, *, may_control: bool, palette: str) -> None:
        """may_control: False refuses everything but halt; palette: name of the colours."""
        self.session = session
        self.may_control = may_control
        self.palette = palette
        self.changed: Event[frozenset[str]] = Event()
        """Names of sections, items, charts, or CONDITION."""
        self.ticked: Event[[]] = Event()
        """Once a second: ages and countdowns move on."""
        self._heart = heart
        self._charts: Counter[str] = Counter()
        session.listen(self.changed.emit)
        session.watch(TOPICS)

    @property
    def outlook(self) -> Outlook:
        """The reading half."""
        return self.session

    async def run(self) -> None:
        """Follow the daemon until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.session.run(), name="session")
            while True:
                await self._heart.sleep(TICK_S)
                self.ticked.emit()

    def follow(self, topic: str) -> Callable[[], None]:
        """Watch a chart for as long as some page shows it; returns the page's goodbye."""
        self._charts[topic] += 1
        self._rewatch()

        def leave() -> None:
            self._charts[topic] -= 1
            self._charts = +self._charts
            self._rewatch()

        return leave

    def _rewatch(self) -> None:
        self.session.watch((*TOPICS, *sorted(self._charts)))
