"""Params and replies of every method: the words that client and daemon share.

Handlers in the daemon take and return them, faces read them; the codec carries them.
Money is Decimal (plain strings on the wire), instants are int milliseconds UTC.
"""

from dataclasses import dataclass
from decimal import Decimal

from tai2.model.account import Position
from tai2.model.controls import TradingState
from tai2.model.ids import DecisionId, InstId
from tai2.wire.rows import (
    ConfigEntry,
    Counts,
    CycleRow,
    FunnelRow,
    HealthRow,
    InstrumentRow,
    LogRow,
    OpenOrderRow,
    TotalsRow,
    TradeRow,
)


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
class TradesReply:
    """One page of trades and the sums over all pages."""

    trades: tuple[TradeRow, ...]
    totals: TotalsRow


@dataclass(frozen=True, slots=True, kw_only=True)
class AskParams:
    """A question in plain words, at most 4 KiB."""

    question: str


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
class LogsReply:
    """Records, oldest first, and the newest sequence number there is."""

    lines: tuple[LogRow, ...]
    last_seq: int


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
