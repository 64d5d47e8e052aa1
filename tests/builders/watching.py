"""A hub over a desk on the simulated exchange, and clients that keep what they are sent."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from tai2.client.picture import Picture
from tai2.daemon.audience import Watcher
from tai2.daemon.hub import Hub
from tai2.daemon.projection import Projection
from tai2.daemon.storage import Storage
from tai2.log import LogRing
from tai2.store.journal.ballast import Ballast
from tai2.store.journal.history import SqliteHistory
from tai2.store.journal.scores import SqliteScores
from tai2.store.journal.spending import SqliteSpending
from tai2.store.journal.thoughts import SqliteThoughts
from tai2.store.memory import MemoryState
from tai2.wire.rpc import Encoded
from tai2.wire.watch import WatchFrame, WatchParams
from tests.builders.desk import DeskRig


def storage_of(rig: DeskRig) -> Storage:
    past = SqliteHistory(rig.database)
    return Storage(
        journal=rig.journal,
        ballast=Ballast(Path(), 0),
        recent=past,
        history=past,
        scores=SqliteScores(rig.database),
        spending=SqliteSpending(rig.database),
        thoughts=SqliteThoughts(rig.database),
        state=MemoryState(),
        outbox=None,
        redis=None,
    )


def hub_of(rig: DeskRig, ring: LogRing | None = None, **options: Any) -> Hub:
    projection = Projection(
        engine=rig.engine, version="0.1.0", started_ms=rig.clock.now_ms(), **options
    )
    return Hub(rig.engine, storage_of(rig), projection, LogRing() if ring is None else ring)


class Client:
    """The far end of a watch: wire.method.Emit that applies frames as they come."""

    def __init__(self) -> None:
        self.picture = Picture()
        self.frames: list[WatchFrame] = []
        self.backlog = 0
        self.bytes = 0

    def __call__(self, event: object, /) -> None:
        assert isinstance(event, Encoded)
        self.bytes += len(event.text)
        frame = msgspec.convert(json.loads(event.text), WatchFrame)
        self.frames.append(frame)
        self.picture.apply(frame)

    def topics(self) -> list[str]:
        return [frame.topic for frame in self.frames]

    async def watch(self, hub: Hub, topics: Iterable[str], max_hz: float = 4.0) -> Watcher:
        return await hub.join(WatchParams(topics=tuple(topics), max_hz=max_hz), self)


async def pass_time(rig: DeskRig, hub: Hub, step_ms: int = 1_000) -> None:
    """Let time pass at exchange, desk and hub, one step."""
    rig.advance(step_ms)
    await rig.engine.inbox.drain()
    await hub.step()


def loose(picture: Picture) -> Any:
    """Return the picture's state, which must exist."""
    assert picture.state is not None
    return picture.state
