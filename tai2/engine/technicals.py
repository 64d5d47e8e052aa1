"""Indicators of every bar width, computed once for each newly closed bar.

Snapshots ask for them; the computation runs in a worker and its outcome is kept per bar.
A set must never be served for another bar than the newest closed one: what can't be computed
is missing.
"""

import structlog

from tai2.engine.market import InstrumentMarket
from tai2.engine.worker import Worker
from tai2.indicators.columns import columns_of
from tai2.indicators.jobs import TechnicalJob
from tai2.indicators.technical import used
from tai2.model.errors import IndicatorsFailed
from tai2.model.ids import InstId
from tai2.model.limits import AgeLimits
from tai2.model.market import Bar, Candle
from tai2.model.snapshot import Aged, Freshness, TechnicalSet

log = structlog.get_logger()


class Technicals:
    """Caches one TechnicalSet per instrument and bar width."""

    def __init__(self, worker: Worker, ages: AgeLimits) -> None:
        self._worker = worker
        self._grace_ms = ages.candle_grace_ms
        self._known: dict[tuple[InstId, Bar], tuple[Candle, TechnicalSet]] = {}

    async def of(self, market: InstrumentMarket, now_ms: int) -> tuple[Aged[TechnicalSet], ...]:
        """Return the indicators of every bar width, shortest first, with their age."""
        return tuple([await self._one(market, bar, now_ms) for bar in Bar])

    async def _one(self, market: InstrumentMarket, bar: Bar, now_ms: int) -> Aged[TechnicalSet]:
        last = market.candles[bar].last
        found = None if last is None else await self._computed(market, bar, last)
        if last is None or found is None:
            return Aged(
                value=None, ts_event=None, ts_recv=None, age_ms=None, freshness=Freshness.MISSING
            )
        age_ms = now_ms - (last.ts_event + bar.ms)
        is_fresh = age_ms <= bar.ms + self._grace_ms
        return Aged(
            value=found,
            ts_event=last.ts_event,
            ts_recv=last.ts_recv,
            age_ms=age_ms,
            freshness=Freshness.FRESH if is_fresh else Freshness.STALE,
        )

    async def _computed(
        self, market: InstrumentMarket, bar: Bar, last: Candle
    ) -> TechnicalSet | None:
        """Return the set of the newest closed bar; None while it can't be computed."""
        key = (market.instrument.inst_id, bar)
        known = self._known.get(key)
        if known and known[0] == last:
            return known[1]
        job = TechnicalJob(bar=bar, columns=columns_of(used(market.candles[bar].closed)))
        try:
            fresh = await self._worker.compute(job)
        except IndicatorsFailed as exc:
            log.warning("indicators_failed", inst=key[0], bar=bar.value, detail=exc.message)
            return None
        self._known[key] = (last, fresh)
        return fresh
