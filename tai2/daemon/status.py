"""The desk at a glance for `tai2 status` and the exporter, from the same sections as the view.

The status handler calls it. Nothing is computed here: a figure on the terminal and one that
status prints come from one place.
"""

from dataclasses import asdict

from tai2.daemon.assembly import Engine
from tai2.daemon.beside import beside
from tai2.daemon.projection import Projection
from tai2.daemon.storage import Storage
from tai2.engine.foreigners import Foreign
from tai2.view.rows import TickerRow
from tai2.view.state import MetaView
from tai2.wire import status as wire
from tai2.wire.codec import recast


async def status_of(engine: Engine, storage: Storage, started_ms: int) -> wire.Status:
    """Return the status of a running engine."""
    now = engine.adapters.clock.now_ms()
    projection = Projection(engine=engine, version="", started_ms=started_ms)
    known = await beside(engine, storage)
    health, tickers = projection.health(known), projection.tickers()
    meta, account = projection.meta(known, health, tickers), projection.account(known)
    condition, last_day = engine.breakers.latest, engine.breakers.last_day
    latest, last = engine.accounts.latest, engine.minutes.last
    return wire.Status(
        mode=meta.mode,
        trading_state=engine.controls.current.trading_state,
        state_reason=meta.state_reason,
        reasoner=meta.reasoner,
        interval_s=engine.controls.current.interval_s,
        next_cycle_ms=max(engine.scheduler.due_ms - now, 0),
        started_ms=started_ms,
        now_ms=now,
        equity=account.equity,
        ccy=account.ccy,
        available=account.available,
        day_pnl=account.day_pnl,
        drift=condition.drift if condition else None,
        last_day=wire.DayRow(**asdict(last_day)) if last_day else None,
        positions=latest.positions if latest else (),
        open_orders=tuple(
            recast(wire.OpenOrderRow, row) for row in projection.orders().rows.values()
        ),
        instruments=tuple(_instrument(row, now) for row in tickers.rows.values()),
        foreign=tuple(_foreign(one) for one in engine.guards.foreigners.found()),
        foreign_orders=len(engine.ledger.strangers.working),
        counts=_counts(meta),
        health=tuple(recast(wire.HealthRow, row) for row in health.rows.values()),
        degraded=meta.degraded,
        last_cycle=wire.CycleRow(**asdict(last)) if last else None,
    )


def _counts(meta: MetaView) -> wire.Counts:
    return wire.Counts(
        cycles=meta.cycles,
        holds=meta.holds,
        refused=meta.refused,
        sent=meta.sent,
        fills=meta.fills,
    )


def _foreign(one: Foreign) -> wire.ForeignRow:
    return wire.ForeignRow(
        inst_id=one.position.inst_id,
        contracts=one.contracts,
        orders=one.orders,
        ignored=one.is_ignored,
    )


def _instrument(row: TickerRow, now: int) -> wire.InstrumentRow:
    return wire.InstrumentRow(
        inst_id=row.inst_id,
        last_px=row.last_px,
        book_ok=row.book_ok,
        age_ms=None if row.ts_event is None else now - row.ts_event,
        funding_rate=row.funding_rate,
    )
