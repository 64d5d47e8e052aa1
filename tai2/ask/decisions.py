"""Look-ups over decision cycles: the funnel, decisions, rejections and the orders sent.

The toolbox offers them. Justifications and details in their rows are a model's words: they are
quoted, never read as anything but text.
"""

from typing import Final

from tai2.ask import cite
from tai2.ask.arguments import Given
from tai2.ask.desk import Sources
from tai2.ask.findings import Findings, Row, pairs, quoted
from tai2.ask.funnel import stage_lines
from tai2.ask.money import trade_row
from tai2.ask.scope import Scope, scope_of, word
from tai2.model.errors import UsageError
from tai2.model.events import CycleRecord
from tai2.model.ids import ClOrdId
from tai2.model.money import trimmed
from tai2.model.order import Order
from tai2.ports.history import TradeQuery
from tai2.view.text import utc_iso

SEARCHED: Final = 2_000
"""Newest cycles that are looked through."""
VERDICTS: Final = (
    "stale",
    "no_decision",
    "hold",
    "refused",
    "sent",
    "rejected",
    "unknown",
    "not_sent",
)
REJECTED: Final = ("refused", "rejected", "not_sent")
_WHY: Final = 160
_FULL: Final = 2_000
_REPLY: Final = 6_000
_TRADES: Final = 200
_HOUR_MS: Final = 3_600_000


async def funnel(given: Given, sources: Sources) -> Findings:
    """Count where the cycles of a window ended."""
    scope = scope_of(given, sources)
    found = await sources.history.funnel(scope.since_ms, scope.until_ms, scope.inst_id)
    head = Row(
        text=f"funnel {scope.label} cycles={found.cycles} sent={found.sent}",
        cite=scope.cite("F"),
    )
    return Findings(head=head, rows=tuple(Row(text=line) for line in stage_lines(found)))


async def list_decisions(given: Given, sources: Sources) -> Findings:
    """List decisions in one line each, newest first."""
    scope, action, verdict = scope_of(given, sources), word(given, "action"), word(given, "verdict")
    records, note = await _cycles(scope, sources)
    wanted = [
        record
        for record in records
        if action in ("", record.action) and verdict in ("", record.outcome)
    ]
    rows = tuple(decision_row(record) for record in wanted[: scope.limit])
    return _listed("decisions", scope, len(wanted), rows, note)


async def list_rejections(given: Given, sources: Sources) -> Findings:
    """List what was refused by a rule or the exchange, or not sent, newest first."""
    scope, code = scope_of(given, sources), word(given, "code")
    records, note = await _cycles(scope, sources)
    wanted = [
        record
        for record in records
        if record.outcome in REJECTED and code in ("", record.reason, *record.refusals)
    ]
    rows = tuple(map(_rejection_row, wanted[: scope.limit]))
    return _listed("rejections", scope, len(wanted), rows, note)


async def list_orders(given: Given, sources: Sources) -> Findings:
    """List orders that may still execute, then the orders of the window's decisions."""
    scope = scope_of(given, sources)
    records, note = await _cycles(scope, sources)
    live = [
        order
        for order in sources.desk.open_orders()
        if scope.inst_id in (None, order.intent.inst_id)
    ]
    shown = {order.intent.cl_ord_id for order in live}
    past = [each for each in records if each.cl_ord_id and each.cl_ord_id not in shown]
    rows = (*map(_order_row, live), *map(_sent_row, past))[: scope.limit]
    return _listed("orders", scope, len(live) + len(past), rows, note)


async def get_decision(given: Given, sources: Sources) -> Findings:
    """Show one decision in full: record, refusals, fills and the reply word for word."""
    record = await _find(word(given, "id"), sources)
    rows = [Row(text=f"justification: {quoted(record.justification, _FULL) or 'none'}")]
    if record.refusals or record.detail:
        rows.append(
            Row(text=pairs(refusals=",".join(record.refusals)), cite=cite.of_rejection(record))
        )
        rows.append(Row(text=f"detail: {quoted(record.detail, _FULL)}"))
    rows += await _trades_of(record, sources)
    if record.decision_id:
        reply = await sources.history.reply_text(record.decision_id)
        rows.append(Row(text=f"raw reply: {quoted(reply or '', _REPLY) or 'none stored'}"))
    head = decision_row(record, with_why=False)
    return Findings(head=head, rows=tuple(rows))


async def _find(short_id: str, sources: Sources) -> CycleRecord:
    """Return the cycle that D-…, C-…, R-… or a full id names."""
    wanted = short_id.removeprefix("R-")
    for record in await sources.history.cycles(limit=SEARCHED, inst_id=None):
        known = cite.of_cycle(record)
        if wanted in (known, known[2:], record.decision_id, record.cycle_id):
            return record
    raise UsageError(f"no decision {short_id} among the newest {SEARCHED}")


async def _trades_of(record: CycleRecord, sources: Sources) -> list[Row]:
    """Return the fills of a decision's orders within an hour of it."""
    if not record.cl_ord_id:
        return []
    query = TradeQuery(
        since_ms=record.ts, until_ms=record.ts + _HOUR_MS, symbol=record.inst_id, limit=_TRADES
    )
    trades = await sources.history.trades(query)
    return [trade_row(trade) for trade in trades if trade.cl_ord_id == record.cl_ord_id]


def decision_row(record: CycleRecord, *, with_why: bool = True) -> Row:
    """Write one cycle on one line."""
    facts = pairs(
        outcome=record.outcome,
        reason=record.reason,
        action=record.action,
        effect=record.effect,
        notional=record.notional,
        p_up=record.p_up,
        order=cite.of_order(ClOrdId(record.cl_ord_id)) if record.cl_ord_id else "",
        reasoner=quoted(record.reasoner, _WHY),
        why=quoted(record.justification or record.detail, _WHY) if with_why else "",
    )
    return Row(
        text=f"{utc_iso(record.ts)} {record.inst_id} {facts}",
        cite=cite.of_cycle(record),
        full_id=record.decision_id or record.cycle_id,
    )


def _rejection_row(record: CycleRecord) -> Row:
    facts = pairs(
        outcome=record.outcome,
        codes=",".join(record.refusals) or record.reason,
        action=record.action,
        effect=record.effect,
        notional=record.notional,
        decision=cite.of_cycle(record),
        detail=quoted(record.detail, _WHY),
    )
    return Row(
        text=f"{utc_iso(record.ts)} {record.inst_id} {facts}",
        cite=cite.of_rejection(record),
        full_id=record.decision_id or record.cycle_id,
    )


def _order_row(order: Order) -> Row:
    intent = order.intent
    facts = pairs(
        state=order.state,
        leg=intent.leg,
        side=intent.side,
        contracts=trimmed(intent.contracts),
        filled=trimmed(order.acc_fill),
        limit_px=trimmed(intent.limit_px),
        stop_px=trimmed(intent.stop.stop_px) if intent.stop else "",
        decision=cite.of_decision(intent.decision_id),
    )
    return Row(
        text=f"{utc_iso(intent.created_ms)} {intent.inst_id} open {facts}",
        cite=cite.of_order(intent.cl_ord_id),
        full_id=intent.cl_ord_id,
    )


def _sent_row(record: CycleRecord) -> Row:
    facts = pairs(
        outcome=record.outcome,
        reason=record.reason,
        action=record.action,
        effect=record.effect,
        notional=record.notional,
        decision=cite.of_cycle(record),
    )
    return Row(
        text=f"{utc_iso(record.ts)} {record.inst_id} {facts}",
        cite=cite.of_order(ClOrdId(record.cl_ord_id)),
        full_id=record.cl_ord_id,
    )


async def _cycles(scope: Scope, sources: Sources) -> tuple[list[CycleRecord], str]:
    """Return a window's cycles, newest first, and what could not be looked through."""
    newest = await sources.history.cycles(limit=SEARCHED, inst_id=scope.inst_id)
    is_short = len(newest) == SEARCHED and newest[-1].ts > scope.since_ms
    note = f"nothing before {utc_iso(newest[-1].ts)} was looked through" if is_short else ""
    return [each for each in newest if scope.covers(each.ts, each.inst_id)], note


def _listed(what: str, scope: Scope, found: int, rows: tuple[Row, ...], note: str) -> Findings:
    text = f"{what} {scope.label}: {found} found, {len(rows)} listed"
    head = Row(text=text, cite=scope.cite("L"))
    return Findings(head=head, rows=rows, note=note)
