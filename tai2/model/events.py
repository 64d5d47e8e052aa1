"""What happened inside the daemon, for watching: views, logs, recorders.

Engine parts publish them on the bus, the hub and the log consume them.
No money path may depend on an event arriving: the bus drops when a watcher is slow.
"""

from dataclasses import dataclass

from tai2.model.account import Account
from tai2.model.controls import Controls
from tai2.model.ids import CycleId, DecisionId, InstId
from tai2.model.market import Ticker
from tai2.model.order import Order
from tai2.model.snapshot import Snapshot
from tai2.model.trade import ExecutedTrade


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotRefreshed:
    """A new Latest Market Snapshot exists."""

    snapshot: Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class TickerMoved:
    """The live ticker of an instrument changed."""

    ticker: Ticker


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChanged:
    """Balance or positions changed."""

    account: Account


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleRecord:
    """One line that says what a cycle did and why: the canonical record."""

    cycle_id: CycleId
    decision_id: DecisionId | None
    inst_id: InstId
    ts: int
    """Start of the cycle, ms UTC."""
    duration_ms: int
    outcome: str
    """stale, no_decision, hold, refused, sent, rejected, unknown, not_sent."""
    reason: str
    """Code of the outcome: hold reason, first refusal's code, exchange code…"""
    reasoner: str
    action: str
    effect: str
    notional: str
    """Requested, plain decimal; "" with none."""
    p_up: str
    cl_ord_id: str
    justification: str
    refusals: tuple[str, ...]
    """Codes of every rule that refused."""
    detail: str
    """Numbers of the refusals, or what was wrong with the reply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleEnded:
    """A decision cycle was recorded."""

    record: CycleRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderChanged:
    """An order of ours changed its state."""

    order: Order


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeRecorded:
    """A fill became a row of executed_trades."""

    trade: ExecutedTrade


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlsChanged:
    """The operator, or a guard, changed the controls."""

    controls: Controls


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthChanged:
    """A part became better or worse."""

    part: str
    is_ok: bool
    detail: str
    ts: int


Event = (
    SnapshotRefreshed
    | TickerMoved
    | AccountChanged
    | CycleEnded
    | OrderChanged
    | TradeRecorded
    | ControlsChanged
    | HealthChanged
)
