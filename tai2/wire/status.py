"""The desk at a glance: rows and reply of the method `status`.

The daemon's handler fills them, `tai2 status` and the LIVE view read them.
Unknown is None, never 0. Imported by `tai2 status`: keep it light.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tai2.model.account import Position
from tai2.model.controls import TradingState
from tai2.model.ids import ClOrdId, CycleId, DecisionId, InstId
from tai2.model.instrument import Side
from tai2.wire.method import Method, NoParams


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
class ForeignRow:
    """What somebody else holds on the account."""

    inst_id: InstId
    contracts: Decimal
    """Their signed part of the position."""
    orders: int
    """Their orders that can still execute there."""
    ignored: bool
    """True when a person knows of it; else it locks the instrument."""


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
class DayRow:
    """A day's account closed: the fields of model.day.DayClose, in settle currency, signed."""

    day_ms: int
    """00:00 UTC of the day, ms."""
    since_ms: int
    until_ms: int
    cash_open: Decimal
    cash_close: Decimal
    equity_open: Decimal
    equity_close: Decimal
    pnl: Decimal
    """Realised by fills, before fees."""
    fees: Decimal
    funding: Decimal
    others: Decimal
    transfers: Decimal
    drift: Decimal
    """Change of cash that none of these explains."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The desk at a glance."""

    mode: str
    trading_state: TradingState
    state_reason: str
    reasoner: str
    interval_s: Decimal
    next_cycle_ms: int | None
    """Milliseconds until the next cycle; None = none is planned."""
    started_ms: int
    now_ms: int
    """The daemon's clock."""
    equity: Decimal | None
    """None = the account has not been read."""
    ccy: str
    available: Decimal | None
    day_pnl: Decimal | None
    """Since 00:00 UTC, without transfers; None = not known."""
    drift: Decimal | None
    """Change of today's cash that no record of the exchange explains; None = not known."""
    last_day: DayRow | None
    """The newest day that was reconciled; None = none yet."""
    positions: tuple[Position, ...]
    open_orders: tuple[OpenOrderRow, ...]
    instruments: tuple[InstrumentRow, ...]
    foreign: tuple[ForeignRow, ...]
    foreign_orders: int
    """Orders of others on the whole account that can still execute."""
    counts: Counts
    health: tuple[HealthRow, ...]
    degraded: bool
    last_cycle: CycleRow | None


STATUS: Final = Method("status", NoParams, Status)
