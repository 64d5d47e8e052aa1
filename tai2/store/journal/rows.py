"""Rows of the journal ↔ values of the model, in one place for both directions.

Journal and history use it. A row that can't be read must raise, never become a default.
"""

import sqlite3
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec

from tai2.model.decision import ClaimVerdict, Decision, Reply, ReplyFailed
from tai2.model.events import CycleRecord
from tai2.model.ids import ClOrdId, DecisionId, FillId, InstId, OrdId
from tai2.model.instrument import Side
from tai2.model.money import BaseQty, Contracts, Px, QuoteAmt, plain
from tai2.model.order import Order, OrderIntent, OrderState
from tai2.model.trade import ExecutedTrade, Execution

Row = sqlite3.Row | dict[str, Any]
"""Column → SQLite value; only this module reads it."""

CYCLE_COLUMNS: Final = tuple(CycleRecord.__dataclass_fields__)


def cycle_row(record: CycleRecord) -> dict[str, object]:
    """Return a cycle's columns."""
    cells = {column: getattr(record, column) for column in CYCLE_COLUMNS}
    return cells | {"refusals": ",".join(record.refusals)}


def cycle_of(row: Row) -> CycleRecord:
    """Return the cycle of a row."""
    cells = {column: row[column] for column in CYCLE_COLUMNS}
    refusals = tuple(filter(None, str(cells["refusals"]).split(",")))
    return CycleRecord(**(cells | {"refusals": refusals}))


def reply_row(
    decision_id: DecisionId, reply: Reply | ReplyFailed, decision: Decision | None
) -> tuple[object, ...]:
    """Return a reply's values in the order of the insert."""
    quoted = (*decision.evidence, *decision.counter_evidence) if decision else ()
    is_failed = isinstance(reply, ReplyFailed)
    return (
        decision_id,
        reply.reasoner,
        f"{reply.code}: {reply.detail}" if isinstance(reply, ReplyFailed) else reply.text,
        int(is_failed),
        decision.justification if decision else "",
        msgspec.json.encode(decision).decode() if decision else None,
        reply.latency_ms,
        plain(reply.cost_usd),
        reply.prompt.prompt_hash if reply.prompt else "",
        reply.prompt.user if reply.prompt else "",
        len(quoted),
        sum(item.verdict is not ClaimVerdict.FAILED for item in quoted),
        reply.provider if isinstance(reply, Reply) else "",
    )


def order_row(order: Order) -> dict[str, object]:
    """Return an order's columns."""
    intent = order.intent
    return {
        "cl_ord_id": intent.cl_ord_id,
        "decision_id": intent.decision_id,
        "leg": intent.leg.value,
        "inst_id": intent.inst_id,
        "algo_cl_ord_id": intent.stop.algo_cl_ord_id if intent.stop else None,
        "intent": msgspec.json.encode(intent).decode(),
        "state": order.state.value,
        "is_terminal": int(order.state.is_terminal),
        "ord_id": order.ord_id,
        "sent_ms": order.sent_ms,
        "exp_ms": order.exp_ms,
        "acc_fill": plain(order.acc_fill),
        "avg_px": plain(order.avg_px) if order.avg_px is not None else None,
        "u_time": order.u_time,
        "reason": order.reason,
        "created_ms": intent.created_ms,
    }


def order_of(row: Row) -> Order:
    """Return the order of a row."""
    return Order(
        intent=msgspec.json.decode(row["intent"], type=OrderIntent),
        state=OrderState(row["state"]),
        ord_id=OrdId(row["ord_id"]) if row["ord_id"] else None,
        sent_ms=row["sent_ms"],
        exp_ms=row["exp_ms"],
        acc_fill=Contracts(Decimal(row["acc_fill"])),
        avg_px=Px(Decimal(row["avg_px"])) if row["avg_px"] else None,
        u_time=row["u_time"],
        reason=row["reason"],
    )


def trade_row(trade: ExecutedTrade) -> dict[str, object]:
    """Return a trade's columns."""
    return {
        "id": str(trade.trade_id),
        "fill_id": trade.fill_id,
        "timestamp": trade.timestamp_ms,
        "symbol": trade.symbol,
        "side": trade.side.value,
        "price": plain(trade.price),
        "amount": plain(trade.amount),
        "contracts": plain(trade.contracts),
        "notional": plain(trade.notional),
        "fee": plain(trade.fee),
        "fee_ccy": trade.fee_ccy,
        "pnl": plain(trade.pnl),
        "ord_id": trade.ord_id,
        "cl_ord_id": trade.cl_ord_id,
        "decision_id": trade.decision_id,
        "leg": trade.leg,
        "llm_reasoning": trade.llm_reasoning,
        "reasoner": trade.reasoner,
        "mode": trade.mode,
        "lag_ms": trade.lag_ms,
    }


def execution_of(row: Row) -> Execution:
    """Return what a stored fill did to its position."""
    return Execution(
        symbol=InstId(row["symbol"]),
        side=Side(row["side"]),
        contracts=Contracts(Decimal(row["contracts"])),
        leg=row["leg"],
    )


def trade_of(row: Row) -> ExecutedTrade:
    """Return the trade of a row."""
    return ExecutedTrade(
        trade_id=UUID(row["id"]),
        fill_id=FillId(row["fill_id"]),
        timestamp_ms=row["timestamp"],
        symbol=InstId(row["symbol"]),
        side=Side(row["side"]),
        price=Px(Decimal(row["price"])),
        amount=BaseQty(Decimal(row["amount"])),
        contracts=Contracts(Decimal(row["contracts"])),
        notional=QuoteAmt(Decimal(row["notional"])),
        fee=QuoteAmt(Decimal(row["fee"])),
        fee_ccy=row["fee_ccy"],
        pnl=QuoteAmt(Decimal(row["pnl"])),
        ord_id=OrdId(row["ord_id"]),
        cl_ord_id=ClOrdId(row["cl_ord_id"]) if row["cl_ord_id"] else None,
        decision_id=DecisionId(row["decision_id"]) if row["decision_id"] else None,
        leg=row["leg"],
        llm_reasoning=row["llm_reasoning"],
        reasoner=row["reasoner"],
        mode=row["mode"],
        lag_ms=row["lag_ms"],
    )
