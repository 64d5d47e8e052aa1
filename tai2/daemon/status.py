"""The desk at a glance, gathered from the engine's owners for `tai2 status` and the faces.

The status handler calls it. It only reads memory, save the day's first equity point;
what isn't known must come out as None.
"""

from dataclasses import asdict
from decimal import Decimal
from typing import Final

from tai2.daemon.assembly import Engine
from tai2.daemon.storage import Storage
from tai2.engine.market import InstrumentMarket
from tai2.model.order import Order
from tai2.wire import status as wire

DAY_MS: Final = 86_400_000
SENT: Final = ("sent", "rejected", "unknown")


async def status_of(engine: Engine, storage: Storage, started_ms: int) -> wire.Status:
    """Return the status of a running engine."""
    now = engine.adapters.clock.now_ms()
    current, account = engine.controls.current, engine.accounts.latest
    balance = account.balance if account else None
    morning = await storage.recent.equity_at(now - now % DAY_MS)
    counts = engine.minutes.counts
    health = await _health(engine, storage, now)
    instruments = tuple(_instrument(market, now) for market in engine.markets.values())
    last = engine.minutes.last
    return wire.Status(
        mode=engine.charter.mode_label,
        trading_state=current.trading_state,
        state_reason=current.state_reason,
        reasoner=engine.adapters.reasoner.label,
        interval_s=current.interval_s,
        next_cycle_ms=max(engine.scheduler.due_ms - now, 0),
        started_ms=started_ms,
        now_ms=now,
        equity=balance.equity if balance else None,
        ccy=balance.ccy if balance else "",
        available=balance.available if balance else None,
        day_pnl=_difference(balance.equity if balance else None, morning),
        positions=account.positions if account else (),
        open_orders=tuple(_order(order) for order in engine.ledger.open_orders()),
        instruments=instruments,
        counts=wire.Counts(
            cycles=sum(counts.values()),
            holds=counts.get("hold", 0),
            refused=counts.get("refused", 0),
            sent=sum(counts.get(outcome, 0) for outcome in SENT),
            fills=engine.ledger.fills,
        ),
        health=health,
        degraded=not all(row.ok for row in health) or not all(i.book_ok for i in instruments),
        last_cycle=wire.CycleRow(**asdict(last)) if last else None,
    )


async def _health(engine: Engine, storage: Storage, now: int) -> tuple[wire.HealthRow, ...]:
    parts = tuple(
        wire.HealthRow(part=p.part, ok=p.is_ok, detail=p.detail, since_ms=p.since_ms)
        for p in engine.health.parts()
    )
    return parts + await storage.health(now)


def _difference(now: Decimal | None, before: Decimal | None) -> Decimal | None:
    return None if now is None or before is None else now - before


def _instrument(market: InstrumentMarket, now: int) -> wire.InstrumentRow:
    ticker, funding = market.ticker, market.funding
    return wire.InstrumentRow(
        inst_id=market.instrument.inst_id,
        last_px=ticker.last_px if ticker else None,
        book_ok=market.book.is_valid,
        age_ms=now - ticker.ts_event if ticker else None,
        funding_rate=funding.rate if funding else None,
    )


def _order(order: Order) -> wire.OpenOrderRow:
    intent = order.intent
    return wire.OpenOrderRow(
        inst_id=intent.inst_id,
        cl_ord_id=intent.cl_ord_id,
        leg=intent.leg.value,
        side=intent.side,
        state=order.state.value,
        contracts=intent.contracts,
        acc_fill=order.acc_fill,
        limit_px=intent.limit_px,
        reduce_only=intent.reduce_only,
        sent_ms=order.sent_ms,
        reason=order.reason,
    )
