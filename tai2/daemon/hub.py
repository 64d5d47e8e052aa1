"""The hub: folds the desk into one ViewState and brings every watcher on, each at its rate.

One service beside the engine. Events are folded as they come, owners are read twice a second
while somebody watches. It may fall behind or be restarted; it must never slow trading.
"""

from collections import deque
from collections.abc import Container, Mapping, Sequence
from dataclasses import asdict
from typing import Final

import structlog

from tai2.daemon.assembly import Engine
from tai2.daemon.audience import Audience, Watcher
from tai2.daemon.beside import Beside, beside
from tai2.daemon.charts import Charts
from tai2.daemon.projection import Projection
from tai2.daemon.storage import Storage
from tai2.engine.service import Pulse
from tai2.log import LogRing
from tai2.model.errors import HistoryUnavailable, UsageError
from tai2.model.events import CycleEnded, Event, TradeRecorded
from tai2.model.ids import InstId
from tai2.model.market import Bar
from tai2.ports.history import TradeQuery
from tai2.view.chart import ChartSeries
from tai2.view.fold import Reading, decision_row, fold, trade_row
from tai2.view.patch import Tree, pruned
from tai2.view.state import (
    NEWEST,
    SECTIONS,
    DecisionsView,
    TaView,
    TradesView,
    ViewState,
    section,
)
from tai2.view.ta import ta_row
from tai2.wire.codec import to_tree
from tai2.wire.method import Emit
from tai2.wire.watch import DECISION, FILL, ITEMS, LOG, MAX_HZ, MAX_TOPICS, WatchParams, chart_of

log = structlog.get_logger()

TICK_S: Final = 1 / MAX_HZ
IDLE_S: Final = 0.5
"""Pace while nobody watches: only decisions and fills have to be noted."""
SLOWEST_HZ: Final = 0.1
READ_MS: Final = 500
TA_MS: Final = 1_000
GUARDS_MS: Final = 3_000
CHART_MS: Final = 1_000
SHOWN_LINES: Final = 300
KEPT_ITEMS: Final = 500


class Hub:
    """Owner of the view."""

    def __init__(
        self, engine: Engine, storage: Storage, projection: Projection, ring: LogRing
    ) -> None:
        self._engine = engine
        self._storage = storage
        self._projection = projection
        self._ring = ring
        self._clock = engine.adapters.clock
        self._charts = Charts(engine)
        self._events = engine.bus.subscribe()
        self._dropped = 0
        self._audiences: dict[int, Audience] = {}
        self._items = {DECISION: _Tape(), FILL: _Tape()}
        self._trees: dict[str, tuple[int, Mapping[str, Tree]]] = {}
        self._beside = Beside()
        self._read_ms = self._ta_ms = self._guards_ms = self._chart_ms = 0
        self.state = ViewState()
        """The desk as of the last step."""
        self.now_ms = self._clock.now_ms()

    # the service

    async def run(self, pulse: Pulse) -> None:
        """Keep everybody up to date until cancelled."""
        await self.recover()
        while True:
            pulse.beat()
            await self.step()
            await self._clock.sleep(TICK_S if self._audiences else IDLE_S)

    async def recover(self) -> None:
        """Start from what history holds: newest cycles and trades."""
        recent = self._storage.recent
        cycles = await recent.cycles(limit=NEWEST, inst_id=None)
        trades = await recent.trades(TradeQuery(limit=NEWEST))
        past = Reading(
            ts=self._clock.now_ms(),
            sections={
                "decisions": DecisionsView(rows={c.cycle_id: decision_row(c) for c in cycles}),
                "trades": TradesView(rows={str(t.trade_id): trade_row(t) for t in trades}),
            },
        )
        self.state = fold(self.state, past)

    async def step(self) -> None:
        """Fold what has happened, read what is due, flush who is due."""
        self.now_ms = now = self._clock.now_ms()
        for event in self._events.drain():
            self._take(event)
        if self._events.dropped != self._dropped:
            self._dropped = self._events.dropped
            log.warning("view_events_dropped", total=self._dropped)
            await self.recover()
        if not self._audiences:
            return
        await self._read(now, self._topics())
        self.now_ms = now = self._clock.now_ms()
        for audience in tuple(self._audiences.values()):
            if audience.due_ms <= now:
                audience.flush(self)

    def _take(self, event: Event) -> None:
        self.state = fold(self.state, event)
        match event:
            case CycleEnded():
                self._items[DECISION].add(decision_row(event.record))
            case TradeRecorded():
                self._items[FILL].add(trade_row(event.trade))

    async def _read(self, now: int, topics: frozenset[str]) -> None:
        """Read the owners of everything that is due."""
        if now - self._read_ms >= READ_MS:
            self._read_ms = now
            await self._look_beside(now)
            self.state = fold(self.state, self._projection.reading(now, self._beside))
        if "ta" in topics and now - self._ta_ms >= TA_MS:
            self._ta_ms = now
            await self._read_ta(now)
        if "guards" in topics and now - self._guards_ms >= GUARDS_MS:
            self._guards_ms = now
            guards = await self._projection.guards()
            self.state = fold(self.state, Reading(ts=now, sections={"guards": guards}))
        if now - self._chart_ms >= CHART_MS:
            self._chart_ms = now
            await self._charts.refresh(topics, self.state)

    async def _look_beside(self, now: int) -> None:
        if not self._beside.is_old(now, self._engine.controls.current.version):
            return
        try:
            self._beside = await beside(self._engine, self._storage)
        except HistoryUnavailable as exc:
            log.debug("view_beside_unread", detail=exc.message)

    async def _read_ta(self, now: int) -> None:
        desk = self._engine.desk
        rows = [ta_row(await desk.snapshots.take(market)) for market in desk.markets.values()]
        ta = TaView(asof=now, rows={row.inst_id: row for row in rows})
        self.state = fold(self.state, Reading(ts=now, sections={"ta": ta}))

    def _topics(self) -> frozenset[str]:
        return frozenset().union(*(a.topics() for a in self._audiences.values()))

    # watchers

    async def join(self, params: WatchParams, emit: Emit) -> Watcher:
        """Send everything whole, then what changes, until `leave`.

        Raises:
            UsageError: A topic doesn't exist, or there are too many.
        """
        _check(params.topics, self._engine.markets.keys())
        await self._read(self._clock.now_ms(), frozenset())
        await self._charts.refresh(params.topics, self.state)
        self.now_ms = self._clock.now_ms()
        watcher = Watcher(topics=frozenset(params.topics), emit=emit)
        period_ms = round(1000 / min(max(params.max_hz, SLOWEST_HZ), MAX_HZ))
        audience = self._audiences.setdefault(period_ms, Audience(period_ms=period_ms))
        audience.join(watcher, self)
        return watcher

    def leave(self, watcher: Watcher) -> None:
        """Forget a watcher."""
        for period_ms, audience in tuple(self._audiences.items()):
            if watcher in audience.watchers:
                audience.leave(watcher)
            if not audience.watchers:
                del self._audiences[period_ms]
        self._charts.forget(self._topics())

    async def series(self, inst_id: InstId, bar: Bar) -> ChartSeries:
        """Return one chart as of now.

        Raises:
            UsageError: The instrument isn't followed.
        """
        if inst_id not in self._engine.markets:
            known = ", ".join(self._engine.markets)
            raise UsageError(f"{inst_id:.40} isn't followed", f"Followed: {known}.")
        await self._read(self._clock.now_ms(), frozenset())
        return await self._charts.series(inst_id, bar, self.state)

    # audience.Scene

    def tree(self, name: str) -> Mapping[str, Tree]:
        """Return a section as JSON without nulls; the same object while it hasn't changed."""
        found = section(self.state, name)
        known = self._trees.get(name)
        if known is None or known[0] != found.rev:
            tree = pruned(to_tree(found))
            assert isinstance(tree, dict)
            known = self._trees[name] = (found.rev, tree)
        return known[1]

    def chart(self, topic: str) -> ChartSeries | None:
        """Return the newest series of a chart's topic."""
        return self._charts.known.get(topic)

    def items(self, topic: str, after: int | None) -> tuple[tuple[Tree, ...], int]:
        """Return items behind a number and the newest number; after None = the newest few."""
        if topic != LOG:
            return self._items[topic].after(after)
        if after == self._ring.last_seq:
            return (), after
        lines = self._ring.after(after or 0, SHOWN_LINES)
        return tuple(asdict(line) for line in lines), self._ring.last_seq


class _Tape:
    """The newest rows of one kind, numbered."""

    def __init__(self) -> None:
        self._rows: deque[Tree] = deque(maxlen=KEPT_ITEMS)
        self._seq = 0

    def add(self, row: object) -> None:
        self._seq += 1
        self._rows.append(pruned(to_tree(row)))

    def after(self, seq: int | None) -> tuple[tuple[Tree, ...], int]:
        wanted = len(self._rows) if seq is None else min(self._seq - seq, len(self._rows))
        return tuple(self._rows)[len(self._rows) - wanted :], self._seq


def _check(topics: Sequence[str], inst_ids: Container[InstId]) -> None:
    """Refuse topics that nobody could ever send.

    Raises:
        UsageError: One doesn't exist, or there are too many or none.
    """
    if not 0 < len(topics) <= MAX_TOPICS:
        raise UsageError(f"watch needs 1 to {MAX_TOPICS} topics")
    for topic in topics:
        chart = chart_of(topic)
        if topic in SECTIONS or topic in ITEMS or (chart and chart[0] in inst_ids):
            continue
        known = ", ".join((*SECTIONS, *ITEMS, "chart:INSTRUMENT:BAR"))
        raise UsageError(f"no such topic: {topic:.60}", f"Known: {known}.")
