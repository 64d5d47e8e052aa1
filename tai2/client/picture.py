"""What a client knows of the desk: frames of a watch applied to a ViewState, purely.

The session and the reader of recordings feed it, faces read its state. A frame that doesn't
stand on what is known must raise Gap: a wrong picture is worse than an old one.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import msgspec

from tai2.model.errors import DataInvalid
from tai2.model.ids import InstId
from tai2.model.market import Bar
from tai2.view.chart import ChartSeries
from tai2.view.patch import Tree, merged
from tai2.view.rows import DecisionRow, TradeRow
from tai2.view.state import SECTIONS, Section, ViewState
from tai2.wire.charts import ChartBody, continued, series_of
from tai2.wire.watch import BEAT, DECISION, FILL, LOG, STATE, LogRow, WatchFrame, chart_of

KEPT: Final[Mapping[str, int]] = {LOG: 500, DECISION: 200, FILL: 200}
"""Items kept per topic; older ones are dropped."""
Item = LogRow | DecisionRow | TradeRow
_ROWS: Final[Mapping[str, type[Item]]] = {LOG: LogRow, DECISION: DecisionRow, FILL: TradeRow}


class Gap(Exception):
    """A frame stands on a revision that we don't have: watch again from the start."""


class Picture:
    """Sections, charts and items as of the last frame."""

    def __init__(self) -> None:
        self.state: ViewState | None = None
        """None until the first whole frame."""
        self.charts: dict[str, ChartSeries] = {}
        """By topic."""
        self._items: dict[str, deque[Item]] = {name: deque(maxlen=KEPT[name]) for name in _ROWS}
        self._seqs: dict[str, int] = {}
        self._trees: dict[str, Tree] = {}

    def items(self, topic: str) -> tuple[Item, ...]:
        """Return the items of a topic that are kept, oldest first."""
        return tuple(self._items[topic])

    def seq(self, topic: str) -> int:
        """Return the number of a topic's newest item, 0 before the first."""
        return self._seqs.get(topic, 0)

    def apply(self, frame: WatchFrame) -> frozenset[str]:
        """Take one frame and return the names of what changed.

        Raises:
            Gap: It doesn't follow what is known.
            DataInvalid: It can't be read: the daemon is of another version.
        """
        try:
            return self._applied(frame)
        except (msgspec.ValidationError, TypeError, ValueError, KeyError) as exc:
            raise DataInvalid(f"can't read a frame of {frame.topic:.40}: {exc}") from exc

    def _applied(self, frame: WatchFrame) -> frozenset[str]:
        if frame.topic == BEAT:
            return frozenset()
        if frame.topic == STATE:
            return self._whole(_tree(frame.body))
        if frame.topic in SECTIONS:
            return self._patched(frame)
        if frame.topic in _ROWS:
            return self._listed(frame)
        if (chart := chart_of(frame.topic)) is not None:
            return self._drawn(frame, *chart)
        return frozenset()  # a newer daemon's topic that nobody here asked for

    def _whole(self, sections: Mapping[str, Tree]) -> frozenset[str]:
        known = {name: _tree(body) for name, body in sections.items() if name in SECTIONS}
        self._trees |= known
        read = {name: _section(name, body) for name, body in known.items()}
        self._take(read)
        return frozenset(read)

    def _patched(self, frame: WatchFrame) -> frozenset[str]:
        name, tree = frame.topic, self._trees.get(frame.topic)
        if tree is None or _tree(tree).get("rev", 0) != frame.base:
            raise Gap(name)
        self._trees[name] = patched = merged(tree, frame.body)
        self._take({name: _section(name, _tree(patched))})
        return frozenset({name})

    def _take(self, sections: Mapping[str, Section]) -> None:
        # The names come from SECTIONS, which is made of ViewState's own fields: hence Any.
        changes: dict[str, Any] = dict(sections)
        self.state = replace(self.state or ViewState(), **changes)

    def _listed(self, frame: WatchFrame) -> frozenset[str]:
        items = self._items[frame.topic]
        if frame.base is None:
            items.clear()
        elif frame.base != self.seq(frame.topic):
            raise Gap(frame.topic)
        items.extend(msgspec.convert(row, _ROWS[frame.topic]) for row in _list(frame.body))
        self._seqs[frame.topic] = frame.rev or 0
        return frozenset({frame.topic})

    def _drawn(self, frame: WatchFrame, inst_id: InstId, bar: Bar) -> frozenset[str]:
        body, rev = msgspec.convert(frame.body, ChartBody), frame.rev or 0
        known = self.charts.get(frame.topic)
        if frame.base is None:
            self.charts[frame.topic] = series_of(inst_id, bar, body, rev)
        elif known is None or known.rev != frame.base:
            raise Gap(frame.topic)
        else:
            self.charts[frame.topic] = continued(known, body, rev)
        return frozenset({frame.topic})


def _section(name: str, tree: Mapping[str, Tree]) -> Section:
    return msgspec.convert(tree, SECTIONS[name])


def _tree(body: object) -> dict[str, Tree]:
    if not isinstance(body, dict):
        raise TypeError("not an object")
    return body


def _list(body: object) -> list[object]:
    if not isinstance(body, list):
        raise TypeError("not an array")
    return body
