"""Folds what happened into the view: ViewState and an event give the next ViewState.

The hub calls it for every event of the bus and for every reading of the engine's owners; it
is pure, and a section in which nothing changed stays the same object with the same revision.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final

from tai2.model.account import Account, Position
from tai2.model.events import (
    AccountChanged,
    ControlsChanged,
    CycleEnded,
    CycleRecord,
    Event,
    HealthChanged,
    OrderChanged,
    SnapshotRefreshed,
    TickerMoved,
    TradeRecorded,
)
from tai2.model.market import Ticker
from tai2.model.money import ZERO, QuoteAmt
from tai2.model.order import Order
from tai2.model.trade import ExecutedTrade
from tai2.view.rows import DecisionRow, HealthRow, OrderRow, PositionRow, TickerRow, TradeRow
from tai2.view.state import NEWEST, AccountView, Section, ViewState
from tai2.view.ta import ta_row

RATIO: Final = Decimal("0.000001")
"""Computed ratios are rounded to this: a millionth is nobody's news."""
_FED: Final = frozenset({"account", "positions", "tickers", "ta"})
"""Sections whose asof is the age of what the exchange said. The others are the desk's own
knowledge: always current, and their asof is when they last changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Sections as the engine's owners have them now: what no single event tells."""

    ts: int
    """ms UTC."""
    sections: Mapping[str, Section]
    """By name; rev is ignored."""


def fold(state: ViewState, event: Event | Reading) -> ViewState:
    """Return the view after an event."""
    if isinstance(event, Reading):
        return _changed(state, event.sections, event.ts)
    return _STEPS[type(event)](state, event)


def _changed(state: ViewState, sections: Mapping[str, Section], ts: int) -> ViewState:
    """Return the view with those sections that differ replaced under their next revision."""
    fresh = {
        name: replace(
            section, rev=getattr(state, name).rev + 1, asof=section.asof if name in _FED else ts
        )
        for name, section in sections.items()
        if not _is_same(name, getattr(state, name), section)
    }
    # The names are ViewState's own fields, which the mapping can't tell: hence Any.
    changes: dict[str, Any] = dict(fresh)
    return replace(state, **changes) if changes else state


def _is_same(name: str, known: Section, section: Section) -> bool:
    asof = section.asof if name in _FED else known.asof
    return known.rev > 0 and replace(section, rev=known.rev, asof=asof) == known


def _on_ticker(state: ViewState, event: TickerMoved) -> ViewState:
    ticker, known = event.ticker, state.tickers.rows.get(event.ticker.inst_id)
    if known is None:
        return state  # its units come with the next reading
    rows = state.tickers.rows | {ticker.inst_id: quoted(known, ticker)}
    asof = max(ticker.ts_recv, state.tickers.asof)
    return _changed(state, {"tickers": replace(state.tickers, rows=rows, asof=asof)}, asof)


def quoted(row: TickerRow, ticker: Ticker) -> TickerRow:
    """Return an instrument's row with a ticker's prices."""
    return replace(
        row,
        last_px=ticker.last_px,
        bid_px=ticker.bid_px,
        ask_px=ticker.ask_px,
        change_ratio=ratio(ticker.last_px - ticker.open_24h, ticker.open_24h),
        high_24h=ticker.high_24h,
        low_24h=ticker.low_24h,
        base_vol_24h=ticker.base_vol_24h,
        ts_event=ticker.ts_event,
    )


def _on_account(state: ViewState, event: AccountChanged) -> ViewState:
    account = event.account
    ts = account.balance.ts_recv
    known = state.positions.rows
    rows: dict[str, PositionRow] = {
        held.inst_id: held_row(held, known.get(held.inst_id)) for held in account.positions
    }
    return _changed(
        state,
        {
            "account": replace(with_balance(state.account, account), asof=ts),
            "positions": replace(state.positions, rows=rows, asof=ts),
        },
        ts,
    )


def with_balance(view: AccountView, account: Account) -> AccountView:
    """Return the account's section with a balance in it, and what follows from that."""
    balance, before = account.balance, view.day_equity
    gain = None if before is None else QuoteAmt(balance.equity - before)
    return replace(
        view,
        ccy=balance.ccy,
        equity=balance.equity,
        cash=balance.cash,
        available=balance.available,
        upnl=balance.upnl,
        day_pnl=gain,
        day_ratio=ratio(gain, before),
    )


def held_row(held: Position, known: PositionRow | None) -> PositionRow:
    """Return a position's row as the exchange states it.

    What a reading adds (value, stops, whose it is) stays while the size stays: for another
    size it isn't known until the next reading.
    """
    is_same = known is not None and known.contracts == held.contracts
    row = PositionRow(inst_id=held.inst_id, contracts=held.contracts)
    return replace(
        known if known and is_same else row,
        entry_px=held.avg_px,
        mark_px=held.mark_px,
        upnl=held.upnl,
        lever=held.lever,
        margin_mode=held.margin_mode,
        liq_px=held.liq_px,
        opened_ms=held.opened_ms,
    )


def _on_cycle(state: ViewState, event: CycleEnded) -> ViewState:
    rows = _newest(state.decisions.rows, event.record.cycle_id, decision_row(event.record))
    decisions = replace(state.decisions, rows=rows)
    return _changed(state, {"decisions": decisions}, event.record.ts + event.record.duration_ms)


def decision_row(record: CycleRecord) -> DecisionRow:
    """Return a cycle's record as a row."""
    return DecisionRow(**asdict(record))


def _on_trade(state: ViewState, event: TradeRecorded) -> ViewState:
    rows = _newest(state.trades.rows, str(event.trade.trade_id), trade_row(event.trade), _trade_age)
    trades = replace(state.trades, rows=rows)
    return _changed(state, {"trades": trades}, event.trade.timestamp_ms + event.trade.lag_ms)


def trade_row(trade: ExecutedTrade) -> TradeRow:
    """Return an executed trade as a row."""
    return TradeRow(**asdict(trade))


def _trade_age(item: tuple[str, TradeRow]) -> tuple[int, str]:
    return item[1].timestamp_ms, item[1].fill_id


def _newest(
    rows: Mapping[str, Any], key: str, row: object, age: Callable[[Any], Any] = lambda item: item[0]
) -> dict[str, Any]:
    """Return rows with one more, without the oldest beyond NEWEST."""
    ordered = sorted((dict(rows) | {key: row}).items(), key=age)
    return dict(ordered[-NEWEST:])


def _on_order(state: ViewState, event: OrderChanged) -> ViewState:
    order = event.order
    rows = {k: row for k, row in state.orders.rows.items() if k != order.intent.cl_ord_id}
    if not order.state.is_terminal:
        rows[order.intent.cl_ord_id] = order_row(order)
    ts = max(order.u_time, order.sent_ms or order.intent.created_ms)
    return _changed(state, {"orders": replace(state.orders, rows=rows)}, ts)


def order_row(order: Order) -> OrderRow:
    """Return a working order as a row."""
    intent, plan = order.intent, order.intent.stop
    return OrderRow(
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
        stop_px=plan.stop_px if plan else None,
        target_px=plan.target_px if plan else None,
        reason=order.reason,
    )


def _on_controls(state: ViewState, event: ControlsChanged) -> ViewState:
    controls, meta = event.controls, state.meta
    is_latched = controls.trading_state is not meta.trading_state
    fresh = replace(
        meta,
        trading_state=controls.trading_state,
        state_reason=controls.state_reason,
        state_by=controls.changed_by if is_latched else meta.state_by,
        state_ms=controls.changed_ms if is_latched else meta.state_ms,
        controls_version=controls.version,
        interval_s=controls.interval_s,
    )
    return _changed(state, {"meta": fresh}, controls.changed_ms)


def _on_health(state: ViewState, event: HealthChanged) -> ViewState:
    row = HealthRow(part=event.part, ok=event.is_ok, detail=event.detail, since_ms=event.ts)
    rows = state.health.rows | {event.part: row}
    return _changed(state, {"health": replace(state.health, rows=rows)}, event.ts)


def _on_snapshot(state: ViewState, event: SnapshotRefreshed) -> ViewState:
    row = ta_row(event.snapshot)
    ta = replace(state.ta, rows=state.ta.rows | {row.inst_id: row}, asof=row.ts)
    return _changed(state, {"ta": ta}, row.ts)


def ratio(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    """Return part / whole rounded to a millionth; None when either is unknown or whole is 0."""
    if part is None or whole is None or whole == ZERO:
        return None
    return (part / whole).quantize(RATIO, ROUND_HALF_EVEN)


# Each step takes the event it is listed under, which the table can't say: hence Any.
_STEPS: Final[dict[type, Callable[[ViewState, Any], ViewState]]] = {
    TickerMoved: _on_ticker,
    AccountChanged: _on_account,
    CycleEnded: _on_cycle,
    TradeRecorded: _on_trade,
    OrderChanged: _on_order,
    ControlsChanged: _on_controls,
    HealthChanged: _on_health,
    SnapshotRefreshed: _on_snapshot,
}
