"""Records of PostgreSQL ↔ values of the model, and the statements that write them.

Outbox and history use it. Every insert repeats harmlessly: a natural key decides, because a
commit whose answer is lost may have happened.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from asyncpg import Record

from tai2.model.events import CycleRecord
from tai2.model.ids import ClOrdId, CycleId, DecisionId, FillId, InstId, OrdId
from tai2.model.instrument import Side
from tai2.model.money import BaseQty, Contracts, Px, QuoteAmt
from tai2.model.performance import EquityPoint
from tai2.model.round_trip import RoundTrip
from tai2.model.trade import ExecutedTrade
from tai2.store.journal.rows import Row, cycle_of, order_of, trade_of
from tai2.store.journal.trips import trip_of

Cells = tuple[Any, ...]
"""Arguments of one insert, in the order of its columns: asyncpg checks their types."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)


def instant(ts: int) -> datetime:
    """Return the time of a count of milliseconds, exactly."""
    return _EPOCH + ts * _MS


def millis(when: datetime) -> int:
    """Return milliseconds UTC."""
    return (when - _EPOCH) // _MS


def _maybe(ts: int | None) -> datetime | None:
    return instant(ts) if ts else None


def _text(text: str) -> str:
    """Return text that PostgreSQL takes: it has no NUL, yet a model may write one."""
    return text.replace("\x00", "\ufffd")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A table and how it takes a row again that it may have already."""

    table: str
    columns: tuple[str, ...]
    on_conflict: str = "DO NOTHING"

    @property
    def insert(self) -> str:
        """The statement; parameters only, names are constants of this module."""
        places = ", ".join(f"${n}" for n in range(1, len(self.columns) + 1))
        names = ", ".join(self.columns)
        return (
            f"INSERT INTO {self.table} ({names}) VALUES ({places}) "  # noqa: S608 - names of our schema
            f"ON CONFLICT {self.on_conflict}"
        )


_TRIP_COLUMNS: Final = (
    *("trip_id", "mode", "symbol", "side", "opened_at", "closed_at", "held_ms", "contracts"),
    *("amount", "entry_value", "exited", "exit_value", "entry_notional", "exit_notional"),
    *("pnl", "fees", "funding", "fills", "decision_id", "reasoner", "llm_reasoning"),
    *("ended_by", "is_turn", "is_void", "instance"),
)
TRADES: Final = Target(
    table="executed_trades",
    columns=(
        *("id", "timestamp", "symbol", "side", "price", "amount", "llm_reasoning", "pnl"),
        *("contracts", "notional", "fee", "fee_ccy", "ord_id", "cl_ord_id", "fill_id"),
        *("decision_id", "leg", "reasoner", "mode", "lag_ms", "instance"),
    ),
)
CYCLES: Final = Target(table="cycles", columns=(*CycleRecord.__dataclass_fields__, "instance"))
DECISIONS: Final = Target(
    table="decisions",
    columns=(
        *("decision_id", "reasoner", "raw_reply", "is_failed", "justification", "decision"),
        *("latency_ms", "cost_usd", "instance"),
    ),
)
ORDERS: Final = Target(
    table="orders",
    columns=(
        *("cl_ord_id", "decision_id", "leg", "inst_id", "algo_cl_ord_id", "intent", "state"),
        *("ord_id", "sent_at", "expires_at", "acc_fill", "avg_px", "updated_at", "reason"),
        *("created_at", "instance"),
    ),
    on_conflict=(
        "(instance, cl_ord_id) DO UPDATE SET state = excluded.state, ord_id = excluded.ord_id, "
        "sent_at = excluded.sent_at, expires_at = excluded.expires_at, "
        "acc_fill = excluded.acc_fill, avg_px = excluded.avg_px, "
        "updated_at = excluded.updated_at, reason = excluded.reason"
    ),
)
EQUITY: Final = Target(
    table="equity",
    columns=("ts", "equity", "upnl", "instance"),
    on_conflict="(instance, ts) DO UPDATE SET equity = excluded.equity, upnl = excluded.upnl",
)


TRIPS: Final = Target(
    table="round_trips",
    columns=_TRIP_COLUMNS,
    on_conflict="(instance, trip_id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _TRIP_COLUMNS[1:-1]),
)


def trade_cells(row: Row) -> Cells:
    """Return a trade of the journal in the order of TRADES."""
    trade = trade_of(row)
    return (
        *(trade.trade_id, instant(trade.timestamp_ms), trade.symbol, trade.side.value),
        *(trade.price, trade.amount, _text(trade.llm_reasoning), trade.pnl, trade.contracts),
        *(trade.notional, trade.fee, trade.fee_ccy, trade.ord_id, trade.cl_ord_id),
        *(trade.fill_id, trade.decision_id, trade.leg, _text(trade.reasoner), trade.mode),
        trade.lag_ms,
    )


def cycle_cells(row: Row) -> Cells:
    """Return a cycle of the journal in the order of CYCLES."""
    record = cycle_of(row)
    cells = {name: getattr(record, name) for name in CycleRecord.__dataclass_fields__}
    cells |= {"ts": instant(record.ts), "refusals": list(record.refusals)}
    return tuple(_text(cell) if isinstance(cell, str) else cell for cell in cells.values())


def decision_cells(row: Row) -> Cells:
    """Return a reply of the journal in the order of DECISIONS."""
    return (
        *(row["decision_id"], _text(row["reasoner"]), _text(row["raw_reply"])),
        *(bool(row["is_failed"]), _text(row["justification"])),
        _text(row["decision"]) if row["decision"] is not None else None,
        *(row["latency_ms"], Decimal(row["cost_usd"])),
    )


def order_cells(row: Row) -> Cells:
    """Return an order of the journal in the order of ORDERS."""
    order = order_of(row)
    return (
        *(row["cl_ord_id"], row["decision_id"], row["leg"], row["inst_id"]),
        *(row["algo_cl_ord_id"], row["intent"], row["state"], order.ord_id),
        *(_maybe(order.sent_ms), _maybe(order.exp_ms), order.acc_fill, order.avg_px),
        *(_maybe(order.u_time), _text(order.reason), instant(order.intent.created_ms)),
    )


def equity_cells(row: Row) -> Cells:
    """Return a point of the journal in the order of EQUITY."""
    return (instant(row["ts"]), Decimal(row["equity"]), Decimal(row["upnl"]))


def trip_cells(row: Row) -> Cells:
    """Return a round trip of the journal in the order of TRIPS."""
    trip = trip_of(row)
    return (
        *(trip.trip_id, trip.mode, trip.symbol, trip.side.value, instant(trip.opened_ms)),
        *(_maybe(trip.closed_ms), trip.held_ms, trip.contracts, trip.amount, trip.entry_value),
        *(trip.exited, trip.exit_value, trip.entry_notional, trip.exit_notional, trip.pnl),
        *(trip.fees, trip.funding, trip.fills, trip.decision_id, _text(trip.reasoner)),
        *(_text(trip.llm_reasoning), trip.ended_by, trip.is_turn, bool(row["is_void"])),
    )


def trade_from(record: Record) -> ExecutedTrade:
    """Return the trade of a record."""
    return ExecutedTrade(
        trade_id=record["id"],
        fill_id=FillId(record["fill_id"]),
        timestamp_ms=millis(record["timestamp"]),
        symbol=InstId(record["symbol"]),
        side=Side(record["side"]),
        price=Px(record["price"]),
        amount=BaseQty(record["amount"]),
        contracts=Contracts(record["contracts"]),
        notional=QuoteAmt(record["notional"]),
        fee=QuoteAmt(record["fee"]),
        fee_ccy=record["fee_ccy"],
        pnl=QuoteAmt(record["pnl"]),
        ord_id=OrdId(record["ord_id"]),
        cl_ord_id=ClOrdId(record["cl_ord_id"]) if record["cl_ord_id"] else None,
        decision_id=DecisionId(record["decision_id"]) if record["decision_id"] else None,
        leg=record["leg"],
        llm_reasoning=record["llm_reasoning"],
        reasoner=record["reasoner"],
        mode=record["mode"],
        lag_ms=record["lag_ms"],
    )


def cycle_from(record: Record) -> CycleRecord:
    """Return the cycle of a record."""
    cells = {name: record[name] for name in CycleRecord.__dataclass_fields__}
    cells |= {
        "cycle_id": CycleId(record["cycle_id"]),
        "ts": millis(record["ts"]),
        "refusals": tuple(record["refusals"]),
    }
    return CycleRecord(**cells)


def point_from(record: Record) -> EquityPoint:
    """Return the point of a record."""
    return EquityPoint(
        ts=millis(record["ts"]),
        equity=QuoteAmt(record["equity"]),
        upnl=QuoteAmt(record["upnl"]),
    )


def trip_from(record: Record) -> RoundTrip:
    """Return the round trip of a record."""
    closed_at = record["closed_at"]
    return RoundTrip(
        trip_id=FillId(record["trip_id"]),
        mode=record["mode"],
        symbol=InstId(record["symbol"]),
        side=Side(record["side"]),
        opened_ms=millis(record["opened_at"]),
        closed_ms=millis(closed_at) if closed_at else None,
        contracts=Contracts(record["contracts"]),
        amount=BaseQty(record["amount"]),
        entry_value=record["entry_value"],
        exited=Contracts(record["exited"]),
        exit_value=record["exit_value"],
        entry_notional=QuoteAmt(record["entry_notional"]),
        exit_notional=QuoteAmt(record["exit_notional"]),
        pnl=QuoteAmt(record["pnl"]),
        fees=QuoteAmt(record["fees"]),
        funding=QuoteAmt(record["funding"]),
        fills=record["fills"],
        decision_id=DecisionId(record["decision_id"]) if record["decision_id"] else None,
        reasoner=record["reasoner"],
        llm_reasoning=record["llm_reasoning"],
        ended_by=record["ended_by"],
        is_turn=record["is_turn"],
    )
