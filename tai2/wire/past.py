"""Reading back: cycles, raw replies, trades and questions about them.

The daemon answers from the history port, `tai2 decisions`, `history` and `ask` read it.
Every method here only reads; rows keep the field names of the model records they carry.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from tai2.model.ids import ClOrdId, DecisionId, FillId, InstId, OrdId
from tai2.model.instrument import Side
from tai2.ports.history import Sort
from tai2.wire.method import Method, StreamMethod
from tai2.wire.status import CycleRow


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
    """Which trades or round trips, in which order: the fields of ports.history.TradeQuery."""

    since_ms: int = 0
    """Fill time (closing time of a round trip) at or after, UTC."""
    until_ms: int | None = None
    symbol: InstId | None = None
    side: str | None = None
    """buy or sell; a round trip that was long is a buy."""
    mode: str | None = None
    sort: Sort = Sort.TIME
    is_ascending: bool = False
    limit: int = 50
    after: str | None = None
    """`next` of the previous page of the same question."""
    with_totals: bool = True
    """False spares the sums: for every page but one."""


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
    totals: TotalsRow | None
    """None when they weren't asked for."""
    next: str | None = None
    """Where the next page begins; None = this was the last."""


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


class AskStep(StrEnum):
    """What an event on the way to an answer is."""

    FACTS = "facts"
    """The answer from recorded facts alone; always first."""
    LOOKING = "looking"
    """The model looks something up."""
    WAITING = "waiting"
    """The model is alive but silent."""
    DELTA = "delta"
    """More words of the explanation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskEvent:
    """One event on the way to an answer."""

    step: AskStep
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What the model made of the facts, checked afterwards."""

    text: str
    citations: tuple[str, ...]
    """Ids that it cites."""
    is_verified: bool
    """True when every source and every number came from a look-up."""
    footer: str
    """The check in words."""
    model: str
    cost_usd: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class AskReply:
    """The answer as text, and the counts behind it."""

    answer: str
    """From recorded facts alone."""
    funnel: FunnelRow
    explanation: Explanation | None = None
    """None without a model, or when it failed."""
    failure: str = ""
    """Why a model that was asked gave no explanation."""


CYCLES: Final = Method("cycles", CyclesParams, CyclesReply)
REPLY: Final = Method("reply", ReplyParams, ReplyText)
TRADES: Final = Method("trades", TradesParams, TradesReply)
ASK: Final = StreamMethod("ask", AskParams, AskEvent, AskReply)
