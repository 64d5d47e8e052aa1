"""Watchers of the same rate: what they were sent last, and the frames that bring them on.

The hub flushes each audience when its time comes. A frame is made once and sent to all; a
watcher that doesn't keep up is left out and later gets the newest state whole, never a queue.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from tai2.view.chart import ChartSeries
from tai2.view.patch import Tree, diff
from tai2.view.state import SECTIONS
from tai2.wire.charts import body_of, change_of
from tai2.wire.codec import to_tree
from tai2.wire.method import Emit
from tai2.wire.rpc import Encoded
from tai2.wire.watch import BEAT, ITEMS, STATE

BEHIND_BYTES: Final = 256 * 1024
"""With so much not taken, a watcher is left out until it has taken all."""
BEAT_MS: Final = 4_000
"""Watchers hear something at least so often."""


class Scene(Protocol):
    """What there is to see now; the hub."""

    @property
    def now_ms(self) -> int: ...

    def tree(self, name: str) -> Mapping[str, Tree]:
        """Return a section as JSON without nulls; the same object while it hasn't changed."""
        ...

    def chart(self, topic: str) -> ChartSeries | None: ...

    def items(self, topic: str, after: int | None) -> tuple[tuple[Tree, ...], int]:
        """Return items behind a number and the newest number; after None = the newest few."""
        ...


@dataclass(slots=True, kw_only=True, eq=False)
class Watcher:
    """One watch."""

    topics: frozenset[str]
    emit: Emit
    is_behind: bool = False


@dataclass(slots=True, kw_only=True)
class Audience:
    """Watchers of one rate."""

    period_ms: int
    watchers: list[Watcher] = field(default_factory=list)
    due_ms: int = 0
    _said_ms: int = 0
    _trees: dict[str, Mapping[str, Tree]] = field(default_factory=dict)
    _charts: dict[str, ChartSeries] = field(default_factory=dict)
    _seqs: dict[str, int] = field(default_factory=dict)

    def topics(self) -> frozenset[str]:
        """Return everything that one of them watches."""
        return frozenset().union(*(watcher.topics for watcher in self.watchers))

    def join(self, watcher: Watcher, scene: Scene) -> None:
        """Bring everybody up to now, then show the new one the same."""
        self.flush(scene)
        self.watchers.append(watcher)
        self._begin(watcher.topics, scene)
        self._show(watcher, scene)

    def leave(self, watcher: Watcher) -> None:
        """Send nothing more; what nobody watches is forgotten."""
        self.watchers.remove(watcher)
        left = self.topics()
        for known in (self._trees, self._charts, self._seqs):
            for topic in known.keys() - left:
                del known[topic]

    def flush(self, scene: Scene) -> None:
        """Send what has changed since the last flush."""
        self.due_ms = scene.now_ms + self.period_ms
        frames = self._frames(scene)
        if not frames and scene.now_ms - self._said_ms >= BEAT_MS:
            frames = {BEAT: _frame(scene, BEAT, None)}
        if frames:
            self._said_ms = scene.now_ms
        for watcher in self.watchers:
            self._send(watcher, frames, scene)

    def _send(self, watcher: Watcher, frames: Mapping[str, Encoded], scene: Scene) -> None:
        backlog = watcher.emit.backlog
        if watcher.is_behind and backlog == 0:
            watcher.is_behind = False
            self._show(watcher, scene)
        elif backlog > BEHIND_BYTES:
            watcher.is_behind = True
        elif not watcher.is_behind:
            for topic, frame in frames.items():
                if topic in watcher.topics or topic == BEAT:
                    watcher.emit(frame)

    def _begin(self, topics: Iterable[str], scene: Scene) -> None:
        """Start to follow topics that nobody here watched before."""
        for topic in topics:
            if topic in SECTIONS:
                self._trees.setdefault(topic, scene.tree(topic))
            elif topic in ITEMS:
                self._seqs.setdefault(topic, scene.items(topic, None)[1])
            elif topic not in self._charts and (series := scene.chart(topic)):
                self._charts[topic] = series

    def _show(self, watcher: Watcher, scene: Scene) -> None:
        """Send one watcher everything whole, as of the last flush."""
        whole = {name: self._trees[name] for name in SECTIONS if name in watcher.topics}
        if whole:
            watcher.emit(_frame(scene, STATE, whole))
        for topic in ITEMS:
            if topic in watcher.topics:
                rows, seq = scene.items(topic, None)
                watcher.emit(_frame(scene, topic, rows, rev=seq))
        for topic in watcher.topics & self._charts.keys():
            watcher.emit(_whole_chart(scene, topic, self._charts[topic]))

    def _frames(self, scene: Scene) -> dict[str, Encoded]:
        """Return one frame per topic that has moved, and take note of it as sent."""
        frames = {}
        for topic in self.topics():
            if topic in self._trees:
                frame = self._section(topic, scene)
            elif topic in self._seqs:
                frame = self._items(topic, scene)
            else:
                frame = self._chart(topic, scene)
            if frame is not None:
                frames[topic] = frame
        return frames

    def _section(self, name: str, scene: Scene) -> Encoded | None:
        before, after = self._trees[name], scene.tree(name)
        if before is after:
            return None
        self._trees[name] = after
        revs = {"base": before["rev"], "rev": after["rev"]}
        return _frame(scene, name, diff(before, after), **revs)

    def _items(self, topic: str, scene: Scene) -> Encoded | None:
        before = self._seqs[topic]
        rows, seq = scene.items(topic, before)
        if seq == before:
            return None
        self._seqs[topic] = seq
        is_whole = seq - before != len(rows)  # some were dropped before anybody saw them
        return _frame(scene, topic, rows, base=None if is_whole else before, rev=seq)

    def _chart(self, topic: str, scene: Scene) -> Encoded | None:
        before, after = self._charts.get(topic), scene.chart(topic)
        if after is None or after is before:
            return None
        self._charts[topic] = after
        change = change_of(before, after) if before else None
        if before is None or change is None:
            return _whole_chart(scene, topic, after)
        return _frame(scene, topic, _slim(to_tree(change)), base=before.rev, rev=after.rev)


def _whole_chart(scene: Scene, topic: str, series: ChartSeries) -> Encoded:
    return _frame(scene, topic, _slim(to_tree(body_of(series))), rev=series.rev)


def _slim(tree: Tree) -> Tree:
    """Drop what is as before from a chart's body."""
    assert isinstance(tree, dict)
    return {key: item for key, item in tree.items() if item is not None}


def _frame(scene: Scene, topic: str, body: Tree, **revs: Tree) -> Encoded:
    """Return a WatchFrame as JSON; a revision that isn't given is None."""
    tree = {"topic": topic, "now": scene.now_ms} | revs | {"body": body}
    given = {key: item for key, item in tree.items() if item is not None}
    return Encoded(json.dumps(given, allow_nan=False, separators=(",", ":")).encode("ascii"))
