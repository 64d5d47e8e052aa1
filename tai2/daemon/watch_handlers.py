"""The watch and chart methods of the socket: the view as it moves, and one series at once.

The handlers' table includes them. A watch lives as long as its client; it only reads.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

from tai2.daemon.hub import Hub
from tai2.model.errors import DataInvalid, UsageError
from tai2.view.chart import CHART_BARS
from tai2.wire.charts import CHART, ChartParams, ChartReply, body_of
from tai2.wire.codec import Tree, from_tree
from tai2.wire.method import Emit, RawHandler, Streaming, bind
from tai2.wire.watch import WATCH


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchHandlers:
    """Watching one running daemon."""

    hub: Hub

    def table(self) -> Mapping[str, RawHandler | Streaming]:
        """Return the dispatch table."""
        return {
            WATCH.name: Streaming(self.watch, is_unbounded=True),
            CHART.name: bind(CHART, self.chart),
        }

    async def watch(self, params: dict[str, object], emit: Emit) -> Tree:
        """Send frames until cancelled; they go out encoded, hence no typed handler."""
        try:
            asked = from_tree(WATCH.params, params, is_closed=True)
        except DataInvalid as exc:
            raise UsageError(f"{WATCH.name}: {exc.message}") from exc
        watcher = await self.hub.join(asked, emit)
        try:
            await asyncio.Event().wait()
        finally:
            self.hub.leave(watcher)
        return {}

    async def chart(self, params: ChartParams) -> ChartReply:
        """Return the newest bars of one chart."""
        series = await self.hub.series(params.inst_id, params.bar)
        shown = max(1, min(params.limit, CHART_BARS))
        return ChartReply(
            inst_id=params.inst_id,
            bar=params.bar,
            chart=body_of(replace(series, bars=series.bars[-shown:])),
        )
