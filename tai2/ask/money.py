"""Look-ups over money: executed trades, what was earned, what language models cost.

The toolbox offers them. Every sum is the history's or the ledger's own; nothing is estimated.
"""

from typing import Final

from tai2.ask import cite
from tai2.ask.arguments import Given
from tai2.ask.desk import Sources
from tai2.ask.findings import Findings, Row, pairs, quoted
from tai2.ask.scope import scope_of
from tai2.model.money import trimmed
from tai2.model.spend import Purpose
from tai2.model.trade import ExecutedTrade
from tai2.ports.history import TradeQuery
from tai2.ports.scores import ReasonerScore
from tai2.view.text import utc_iso

_WHY: Final = 160


async def list_trades(given: Given, sources: Sources) -> Findings:
    """List fills, newest first, with the sums over all of the window's."""
    scope = scope_of(given, sources)
    query = TradeQuery(
        since_ms=scope.since_ms, until_ms=scope.until_ms, symbol=scope.inst_id, limit=scope.limit
    )
    trades, totals = await sources.history.trades(query), await sources.history.totals(query)
    sums = pairs(
        fills=totals.fills,
        pnl_before_fees=trimmed(totals.pnl),
        fees=trimmed(totals.fees),
        notional=trimmed(totals.notional),
    )
    head = Row(text=f"trades {scope.label}: {sums}, {len(trades)} listed", cite=scope.cite("M"))
    return Findings(head=head, rows=tuple(map(trade_row, trades)))


async def performance(given: Given, sources: Sources) -> Findings:
    """Say what a window's fills earned and how equity moved."""
    scope = scope_of(given, sources)
    query = TradeQuery(since_ms=scope.since_ms, until_ms=scope.until_ms, symbol=scope.inst_id)
    totals = await sources.history.totals(query)
    before = await sources.history.equity_at(scope.since_ms)
    now = sources.desk.equity()
    earned = pairs(
        fills=totals.fills,
        pnl_before_fees=trimmed(totals.pnl),
        fees=trimmed(totals.fees),
        pnl_after_fees=trimmed(totals.pnl + totals.fees),
        notional=trimmed(totals.notional),
    )
    equity = pairs(
        equity_at_start="unknown" if before is None else trimmed(before),
        equity_now="unknown" if now is None else trimmed(now),
        change="" if before is None or now is None else trimmed(now - before),
    )
    head = Row(text=f"performance {scope.label}", cite=scope.cite("M"))
    return Findings(
        head=head,
        rows=(Row(text=earned), Row(text=equity)),
        note="equity is the whole account's; funding isn't part of a fill",
    )


async def llm_usage(given: Given, sources: Sources) -> Findings:
    """Say what language models cost, why they gave no decision, and how good they were."""
    scope = scope_of(given, sources)
    costs = {
        f"cost_usd_{purpose}": trimmed(
            await sources.spending.spent_usd(scope.since_ms, scope.until_ms, purpose)
        )
        for purpose in Purpose
    }
    found = await sources.history.funnel(scope.since_ms, scope.until_ms, None)
    failures = Row(text=f"no_decision: {pairs(**dict(found.no_decision)) or 'none'}")
    head = Row(text=f"llm usage {scope.label} cycles={found.cycles}", cite=scope.cite("U"))
    scores = await sources.scores.scores(scope.since_ms) if sources.scores else ()
    rows = (Row(text=pairs(**costs)), failures, *map(_score_row, scores))
    return Findings(head=head, rows=rows, note="reasoners are counted up to now")


def _score_row(score: ReasonerScore) -> Row:
    """Write what one reasoner with one prompt did and how good its forecasts were."""
    known = score.calibration
    facts = pairs(
        prompt=score.prompt_hash,
        replies=score.replies,
        failed=score.failed,
        held=score.held,
        refused=score.refused,
        sent=score.sent,
        cost_usd=trimmed(score.cost_usd),
        latency_p50_ms=score.latency_p50_ms,
        latency_p95_ms=score.latency_p95_ms,
        evidence_verified=f"{score.verified}/{score.evidence}",
        forecasts_scored=known.count,
        brier="" if known.brier is None else f"{known.brier:.4f}",
        bias="" if known.bias is None else f"{known.bias:+.4f}",
    )
    return Row(text=f"reasoner {quoted(score.reasoner, _WHY)} {facts}")


def trade_row(trade: ExecutedTrade) -> Row:
    """Write one fill on one line."""
    facts = pairs(
        leg=trade.leg,
        contracts=trimmed(trade.contracts),
        base=trimmed(trade.amount),
        px=trimmed(trade.price),
        notional=trimmed(trade.notional),
        fee=trimmed(trade.fee),
        pnl=trimmed(trade.pnl),
        order=cite.of_order(trade.cl_ord_id) if trade.cl_ord_id else "",
        decision=cite.of_decision(trade.decision_id) if trade.decision_id else "none",
        why=quoted(trade.llm_reasoning, _WHY),
    )
    return Row(
        text=f"{utc_iso(trade.timestamp_ms)} {trade.symbol} {trade.side} {facts}",
        cite=cite.of_trade(trade),
        full_id=str(trade.trade_id),
    )
