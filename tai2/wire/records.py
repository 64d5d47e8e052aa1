"""Params and replies of every method: the words that client and daemon share.

Handlers in the daemon take and return them, faces read them; the codec carries them.
Money is Decimal (plain strings on the wire), instants are int milliseconds UTC.
"""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from tai2.model.account import Position
from tai2.model.controls import TradingState
from tai2.model.ids import ClOrdId, CycleId, DecisionId, FillId, InstId, OrdId
from tai2.model.instrument import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class NoParams:
    """The method takes none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """Who answers."""

    protocol: int
    version: str
    mode: str
    instance: str
    pid: int
    state_dir: str


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
    """Since 00:00 UTC; None = not known."""
    positions: tuple[Position, ...]
    open_orders: tuple[OpenOrderRow, ...]
    instruments: tuple[InstrumentRow, ...]
    counts: Counts
    health: tuple[HealthRow, ...]
    degraded: bool
    last_cycle: CycleRow | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotParams:
    """Whose snapshot."""

    inst_id: InstId


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotReply:
    """The Latest Market Snapshot as the daemon's own JSON document."""

    snapshot: object


@dataclass(frozen=True, slots=True, kw_only=True)
class CyclesParams:
    """Which cycles, newest first."""

    limit: int = 20
    inst_id: InstId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CyclesReply:
    """Cycles, newest first."""

    cycles: tuple[CycleRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyParams:
    """Whose raw reply."""

    decision_id: DecisionId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyText:
    """What the reasoner said, word for word."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TradesParams:
    """Which trades, newest first."""

    since_ms: int = 0
    until_ms: int | None = None
    symbol: InstId | None = None
    side: str | None = None
    limit: int = 50
    before: tuple[int, str] | None = None
    """(timestamp_ms, fill_id) of the last row of the previous page."""


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
class TradesReply:
    """One page of trades and the sums over all pages."""

    trades: tuple[TradeRow, ...]
    totals: TotalsRow


@dataclass(frozen=True, slots=True, kw_only=True)
class AskParams:
    """A question in plain words, at most 4 KiB."""

    question: str


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
class AskReply:
    """The answer as text, and the counts behind it."""

    answer: str
    funnel: FunnelRow


@dataclass(frozen=True, slots=True, kw_only=True)
class LogsParams:
    """Log records behind a sequence number."""

    after: int = 0
    limit: int = 200
    level: str | None = None
    """Lowest level shown: debug, info, warning or error; None = all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRow:
    """One log record: the fields of log.LogLine."""

    seq: int
    ts: str
    level: str
    event: str
    fields: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogsReply:
    """Records, oldest first, and the newest sequence number there is."""

    lines: tuple[LogRow, ...]
    last_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigEntry:
    """One option or control as it stands."""

    key: str
    current: str
    source: str
    default: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigReply:
    """Every option, and the version of the controls among them."""

    version: int
    entries: tuple[ConfigEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigSetParams:
    """One change of a control."""

    key: str
    text: str
    expected_version: int | None = None
    """Refused when the controls have moved on; None = don't care."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigSetReply:
    """The control after the change."""

    version: int
    key: str
    current: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonParams:
    """Why, for the journal."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingStateReply:
    """The trading state after a halt or a resume."""

    trading_state: TradingState
