"""Reads the engine's owners into sections of the view: what no single event tells.

The hub reads it at most twice a second while somebody watches, `tai2 status` once: both show
the same figures. It only reads memory; what isn't known must come out as None.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Final

from tai2.daemon.assembly import Engine
from tai2.daemon.beside import Beside
from tai2.daemon.guarding import foreign_row, protection_row
from tai2.engine.cover import uncovered
from tai2.engine.market import InstrumentMarket
from tai2.model.account import Account, Position
from tai2.model.ids import InstId
from tai2.model.market import Bar
from tai2.model.money import ZERO, BaseQty, Contracts, QuoteAmt, trimmed
from tai2.model.order import StopOrder
from tai2.view.fold import Reading, held_row, order_row, quoted, ratio, with_balance
from tai2.view.rows import GuardRow, HealthRow, OptionRow, PositionRow, StopRow, TickerRow
from tai2.view.state import (
    AccountView,
    ConfigView,
    GuardsView,
    HealthView,
    MetaView,
    OrdersView,
    PositionsView,
    SpendingView,
    TickersView,
)
from tai2.wire import guards as wire
from tai2.wire.guards import GuardsReply

CLOSES: Final = 30
_PERCENT: Final = Decimal(100)
SENT: Final = ("sent", "rejected", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """Sections of one running engine."""

    engine: Engine
    version: str
    started_ms: int
    day_cap_usd: Decimal | None = None
    read_guards: Callable[[], Awaitable[GuardsReply]] | None = None
    """Measures every guard; None = nobody here can."""

    async def guards(self) -> GuardsView:
        """Return every guard as it would judge an entry now."""
        if self.read_guards is None:
            return GuardsView()
        rows = map(_guard, (await self.read_guards()).guards)
        return GuardsView(rows={f"{row.scope}:{row.name}": row for row in rows})

    def reading(self, now: int, known: Beside) -> Reading:
        """Return every section that follows the owners."""
        health, tickers = self.health(known), self.tickers()
        return Reading(
            ts=now,
            sections={
                "meta": self.meta(known, health, tickers),
                "account": self.account(known),
                "positions": self.positions(),
                "orders": self.orders(),
                "tickers": tickers,
                "health": health,
                "config": self.config(),
                "spending": SpendingView(
                    spent_today_usd=known.spent_usd, day_cap_usd=self.day_cap_usd
                ),
            },
        )

    def meta(self, known: Beside, health: HealthView, tickers: TickersView) -> MetaView:
        """Return who runs and what happens next."""
        engine, current = self.engine, self.engine.controls.current
        counts = engine.minutes.counts
        is_well = all(row.ok for row in health.rows.values())
        return MetaView(
            mode=engine.charter.mode_label,
            instance=engine.charter.instance,
            version=self.version,
            reasoner=engine.adapters.reasoner.label,
            trading_state=current.trading_state,
            state_reason=current.state_reason,
            state_by=known.latch.changed_by if known.latch else "",
            state_ms=known.latch.changed_ms if known.latch else None,
            controls_version=current.version,
            interval_s=current.interval_s,
            next_cycle_ms=engine.scheduler.due_ms,
            started_ms=self.started_ms,
            degraded=not is_well or not all(row.book_ok for row in tickers.rows.values()),
            cycles=sum(counts.values()),
            holds=counts.get("hold", 0),
            refused=counts.get("refused", 0),
            sent=sum(counts.get(outcome, 0) for outcome in SENT),
            fills=engine.ledger.fills,
        )

    def account(self, known: Beside) -> AccountView:
        """Return the money."""
        engine, account = self.engine, self.engine.accounts.latest
        if account is None:
            return AccountView()
        before = None if known.day_equity is None else QuoteAmt(known.day_equity)
        equity, limits = account.balance.equity, engine.charter.limits
        exposure, condition = engine.desk.exposures.total(), engine.breakers.latest
        fallen = condition.drawdown_pct if condition else None
        return with_balance(
            AccountView(
                asof=account.balance.ts_recv,
                day_equity=before,
                exposure=exposure,
                exposure_ratio=ratio(exposure, equity),
                net_ratio=ratio(self._net(account), equity),
                exposure_limit_ratio=limits.max_total_equity_ratio,
                day_limit_ratio=-limits.max_daily_loss_pct / _PERCENT,
                drawdown_ratio=None if fallen is None else -max(fallen, ZERO) / _PERCENT,
                drawdown_limit_ratio=-limits.max_drawdown_pct / _PERCENT,
            ),
            account,
        )

    def _net(self, account: Account) -> Decimal | None:
        """Return longs less shorts at the mark; None when one of them can't be valued."""
        net = ZERO
        for held in account.positions:
            worth = _worth(self.engine.markets.get(held.inst_id), held)
            if worth is None:
                return None
            net += worth if held.contracts > ZERO else -worth
        return net

    def positions(self) -> PositionsView:
        """Return what is held, whose it is and what guards it."""
        account = self.engine.accounts.latest
        if account is None:
            return PositionsView()
        shares = {one.position.inst_id: one.contracts for one in self.engine.closer.owned()}
        rows: dict[str, PositionRow] = {
            held.inst_id: self._position(held, shares.get(held.inst_id, Contracts(ZERO)))
            for held in account.positions
        }
        return PositionsView(asof=account.balance.ts_recv, rows=rows)

    def _position(self, held: Position, share: Contracts) -> PositionRow:
        engine = self.engine
        market = engine.markets.get(held.inst_id)
        stops = [s for s in engine.guards.protector.stops or () if s.inst_id == held.inst_id]
        first = next((s for s in stops if s.stop_px is not None), None)
        target = next((s.target_px for s in stops if s.target_px is not None), None)
        at_entry = None
        if market and held.avg_px:
            at_entry = abs(market.instrument.notional(held.contracts, held.avg_px))
        return replace(
            held_row(held, None),
            base_qty=_base(market, held),
            notional=_worth(market, held),
            ratio=ratio(held.upnl, at_entry),
            stop_px=first.stop_px if first else None,
            target_px=target,
            protected=self._is_guarded(held.inst_id, share, stops),
            foreign=share == ZERO,
        )

    def _is_guarded(self, inst_id: InstId, share: Contracts, stops: list[StopOrder]) -> bool | None:
        """Tell whether stops cover our share; None until the protector has looked since a fill."""
        if share == ZERO or self.engine.guards.protector.stops is None:
            return None
        if uncovered(share, stops) == ZERO:
            return True
        return False if self.engine.guards.protector.missing.get(inst_id) else None

    def orders(self) -> OrdersView:
        """Return working orders and live stops of ours."""
        engine = self.engine
        return OrdersView(
            rows={o.intent.cl_ord_id: order_row(o) for o in engine.ledger.open_orders()},
            stops={stop.algo_id: _stop(stop) for stop in engine.guards.protector.stops or ()},
        )

    def tickers(self) -> TickersView:
        """Return the followed instruments."""
        markets = self.engine.markets
        heard = [market.ticker.ts_recv for market in markets.values() if market.ticker]
        return TickersView(
            asof=max(heard, default=0),
            rows={inst_id: _ticker(market) for inst_id, market in markets.items()},
        )

    def health(self, known: Beside) -> HealthView:
        """Return every part's condition."""
        parts = {
            part.part: HealthRow(
                part=part.part, ok=part.is_ok, detail=part.detail, since_ms=part.since_ms
            )
            for part in self.engine.health.parts()
        }
        now = self.engine.adapters.clock.now_ms()
        guarded = protection_row(self.engine.guards.protector, now)
        foreign = foreign_row(self.engine.guards.foreigners, now)
        outside = {row.part: row for row in known.outside}
        return HealthView(rows=parts | {guarded.part: guarded, foreign.part: foreign} | outside)

    def config(self) -> ConfigView:
        """Return the controls."""
        book = self.engine.controls
        rows = {entry.key: OptionRow(**asdict(entry)) for entry in book.entries()}
        return ConfigView(version=book.current.version, rows=rows)


def _ticker(market: InstrumentMarket) -> TickerRow:
    instrument, funding, interest = market.instrument, market.funding, market.open_interest
    closes = market.candles[Bar.M5].closed[-CLOSES:]
    row = TickerRow(
        inst_id=instrument.inst_id,
        base_ccy=instrument.base_ccy,
        quote_ccy=instrument.quote_ccy,
        tick_sz=instrument.tick_sz,
        lot_sz=instrument.lot_sz,
        ct_val=instrument.ct_val,
        mark_px=market.mark.px if market.mark else None,
        closes=tuple(float(candle.close_px) for candle in closes),
        funding_rate=funding.rate if funding else None,
        funding_ms=funding.funding_time if funding else None,
        open_interest=interest.base_qty if interest else None,
        oi_change_ratio=market.oi_change_1h(),
        book_ok=market.book.is_valid,
    )
    return quoted(row, market.ticker) if market.ticker else row


def _worth(market: InstrumentMarket | None, held: Position) -> QuoteAmt | None:
    """Return a position's value at the mark, unsigned; None when it can't be told."""
    mark = held.mark_px or (market.mark.px if market and market.mark else None)
    if market is None or mark is None:
        return None
    return QuoteAmt(abs(market.instrument.notional(held.contracts, mark)))


def _base(market: InstrumentMarket | None, held: Position) -> BaseQty | None:
    px = held.mark_px or held.avg_px
    return None if market is None or px is None else market.instrument.base_qty(held.contracts, px)


def _guard(row: wire.GuardRow) -> GuardRow:
    def shown(figure: Decimal | None) -> str:
        return "" if figure is None else f"{trimmed(figure)} {row.unit}".rstrip()

    return GuardRow(
        name=row.name,
        ok=row.ok,
        actual=shown(row.current),
        limit=shown(row.limit),
        why=row.why,
        scope=row.scope,
        last_trip_ms=row.last_trip_ms,
        last_trip=row.last_trip,
    )


def _stop(stop: StopOrder) -> StopRow:
    return StopRow(**asdict(stop))
