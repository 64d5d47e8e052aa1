"""Rows that replies list: cycles, trades, orders, instruments, health, logs, options.

The daemon makes them from model records (`codec.recast`), faces place them in tables.
They must keep the field names of what they carry; money is Decimal, instants int ms UTC.
"""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from tai2.model.ids import ClOrdId, CycleId, DecisionId, FillId, InstId, OrdId
from tai2.model.instrument import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleRow:
    """One decision cycle: the fields of model.events.CycleRecord."""

    cycle_id: CycleId
    decision_id: DecisionId | None
    inst_id: InstId
    ts: int
    duration_ms: int
    outcome: str
    reason: str
    reasoner: str
    action: str
    effect: str
    notional: str
    p_up: str
    cl_ord_id: str
    justification: str
    refusals: tuple[str, ...]
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOrderRow:
    """One order that may still execute."""

    inst_id: InstId
    cl_ord_id: ClOrdId
    leg: str
    side: Side
    state: str
    contracts: Decimal
    acc_fill: Decimal
    """Contracts filled so far."""
    limit_px: Decimal
    reduce_only: bool
    sent_ms: int | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentRow:
    """Live state of one instrument."""

    inst_id: InstId
    last_px: Decimal | None
    book_ok: bool
    age_ms: int | None
    """Of the ticker; None = none received."""
    funding_rate: Decimal | None
    """As a ratio per funding interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Since the start of the daemon."""

    cycles: int
    holds: int
    refused: int
    sent: int
    fills: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthRow:
    """One part and how it does."""

    part: str
    ok: bool
    detail: str
    since_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeRow:
    """One fill with its reason: the fields of model.trade.ExecutedTrade."""

    trade_id: UUID
    fill_id: FillId
    timestamp_ms: int
    symbol: InstId
    side: Side
    price: Decimal
    amount: Decimal
    contracts: Decimal
    notional: Decimal
    fee: Decimal
    fee_ccy: str
    pnl: Decimal
    ord_id: OrdId
    cl_ord_id: ClOrdId | None
    decision_id: DecisionId | None
    leg: str
    llm_reasoning: str
    reasoner: str
    mode: str
    lag_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalsRow:
    """Sums over every trade that matches, pages ignored."""

    fills: int
    pnl: Decimal
    """Before fees."""
    fees: Decimal
    """Signed: negative = paid."""
    notional: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelRow:
    """Where the cycles of a window ended: the fields of ports.history.Funnel."""

    since_ms: int
    until_ms: int
    cycles: int
    stale: int
    no_decision: tuple[tuple[str, int], ...]
    held: tuple[tuple[str, int], ...]
    refused: tuple[tuple[str, int], ...]
    sent: int
    not_sent: int
    filled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRow:
    """One log record: the fields of log.LogLine."""

    seq: int
    ts: str
    level: str
    event: str
    fields: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigEntry:
    """One option or control as it stands."""

    key: str
    current: str
    source: str
    default: str
