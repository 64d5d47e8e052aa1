"""An order's whole life: intent, the answer to its one submit, updates, states, fills.

Risk makes intents, the executor sends them once, the ledger merges what the venue says.
Nothing here may weaken an intent or let a terminal state regress.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from tai2.model.ids import AlgoClOrdId, ClOrdId, DecisionId, FillId, InstId, OrdId, fill_id
from tai2.model.instrument import Side
from tai2.model.money import ZERO, Contracts, Px, QuoteAmt
from tai2.model.reaction import Reaction

NOTHING: Final = Contracts(ZERO)


class Leg(StrEnum):
    """What an order does for its decision; (decision, leg) is unique."""

    ENTRY = "entry"
    EXIT = "exit"
    """Reduces or closes by the decision's wish."""
    EMERGENCY = "emergency"
    """Closes because protection is missing or an operator flattens."""
    STOP = "stop"
    """Child of a stop or target that triggered at the exchange."""
    IMPORTED = "imported"
    """Ours by its id, yet not in the journal: a backup was restored."""
    ADOPTED = "adopted"
    """Never sent: a person put a position of somebody else's under our care, with a stop."""
    RELEASED = "released"
    """Never sent: what was adopted is somebody else's again."""


GUARDED: Final = (Leg.ENTRY, Leg.ADOPTED)
"""What opens a position of ours carries the plan of a stop."""


class OrderState(StrEnum):
    """Where an order stands; every change is durable before the next step."""

    INTENT = "intent"
    """Journalled, provably not sent."""
    SENDING = "sending"
    """The first byte may leave from now on."""
    ACKED = "acked"
    """The gateway took it; not yet seen in the book."""
    UNKNOWN = "unknown"
    """No readable answer: it may or may not exist. Freezes the instrument."""
    LIVE = "live"
    PARTIAL = "partial"
    FILLED = "filled"
    CANCELED = "canceled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    """The exchange dropped it unexecuted because its expTime had passed."""
    ABSENT = "absent"
    """Proven never to have existed at the exchange."""
    ABANDONED = "abandoned"
    """Proven never to have been sent."""

    @property
    def is_terminal(self) -> bool:
        """True when no further execution can follow from this state."""
        return self in _TERMINAL

    @property
    def is_ambiguous(self) -> bool:
        """True while the order may exist without our knowing it."""
        return self in (OrderState.SENDING, OrderState.UNKNOWN)


_TERMINAL: Final = frozenset(
    {
        OrderState.FILLED,
        OrderState.CANCELED,
        OrderState.REJECTED,
        OrderState.EXPIRED,
        OrderState.ABSENT,
        OrderState.ABANDONED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StopPlan:
    """Protection that travels with an entry: reduce-only market orders at the exchange."""

    algo_cl_ord_id: AlgoClOrdId
    stop_px: Px
    """Stop-loss trigger on the mark price."""
    target_px: Px | None
    """Take-profit trigger on the last price; None = none, as for an adopted position."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderIntent:
    """One order that may be sent once. An IOC limit: the price is the slippage cap."""

    cl_ord_id: ClOrdId
    decision_id: DecisionId
    leg: Leg
    inst_id: InstId
    side: Side
    contracts: Contracts
    """Positive, a multiple of the lot."""
    limit_px: Px
    reduce_only: bool
    stop: StopPlan | None
    """Required for what opens a position, None otherwise."""
    notional: QuoteAmt
    """Value at limit_px, for caps and reports."""
    created_ms: int
    """UTC."""

    def __post_init__(self) -> None:
        """Refuse to exist as an entry without a stop or as an order without size."""
        if self.contracts <= ZERO:
            raise ValueError("an intent needs a positive size")
        if (self.leg in GUARDED) != (self.stop is not None):
            raise ValueError("an entry needs a stop, and only an entry has one")
        if self.leg not in (*GUARDED, Leg.IMPORTED) and not self.reduce_only:
            raise ValueError("whatever is not an entry must be reduce-only")


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The gateway took the order; the matching engine has yet to speak."""

    ord_id: OrdId


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """The exchange refused: nothing happened there."""

    code: str
    """The exchange's code, sub-code appended with _ where given."""
    reason: str
    is_expired: bool = False
    """Refused because expTime had passed."""
    reaction: Reaction | None = field(default=None, compare=False)
    """What the code asks for; None = the venue states none. The code says which it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """No byte of the order left this machine."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """The order may exist. Only evidence from the exchange resolves it."""

    reason: str


Outcome = Accepted | Rejected | NotSent | Unknown
"""Answer to a submit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """One execution, exactly as the exchange states it."""

    inst_id: InstId
    trade_id: str
    ord_id: OrdId
    cl_ord_id: ClOrdId | None
    """None for orders that carry no client id (children of stops, liquidations)."""
    side: Side
    px: Px
    contracts: Contracts
    fee: QuoteAmt
    """Signed: negative = paid, positive = rebate."""
    fee_ccy: str
    pnl: QuoteAmt
    """Realised by this fill before fees, 0 when it opens."""
    is_maker: bool
    ts_event: int
    """Fill time at the exchange, ms UTC."""

    @property
    def is_forced(self) -> bool:
        """True for a liquidation or deleveraging: the exchange numbers those negatively."""
        return self.trade_id.startswith("-")

    @property
    def fill_id(self) -> FillId:
        """Natural key of this fill."""
        return fill_id(self.inst_id, self.trade_id, self.ord_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderUpdate:
    """What the venue says of one order, by push or by query."""

    inst_id: InstId
    ord_id: OrdId
    cl_ord_id: ClOrdId | None
    algo_cl_ord_id: AlgoClOrdId | None
    """Set when the order is the child of a stop."""
    side: Side
    state: OrderState
    """LIVE, PARTIAL, FILLED or CANCELED."""
    contracts: Contracts
    acc_fill: Contracts
    """Filled so far."""
    avg_px: Px | None
    limit_px: Px | None
    reduce_only: bool
    cancel_source: str
    """The exchange's code, "" when not cancelled."""
    u_time: int
    """Exchange time of this state, ms UTC."""
    fill: Fill | None
    """The execution that caused this update, when it was one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopOrder:
    """A live stop or target at the exchange."""

    inst_id: InstId
    algo_id: str
    algo_cl_ord_id: AlgoClOrdId | None
    side: Side
    """Side of the order that it would place."""
    contracts: Contracts | None
    """None = the whole position."""
    stop_px: Px | None
    target_px: Px | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StopIntent:
    """A stand-alone protective order: reduce-only, market, whole size given."""

    algo_cl_ord_id: AlgoClOrdId
    inst_id: InstId
    side: Side
    """Side that closes the position."""
    contracts: Contracts
    stop_px: Px
    target_px: Px | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Our record of one order: the intent and everything learned since."""

    intent: OrderIntent
    state: OrderState
    ord_id: OrdId | None = None
    sent_ms: int | None = None
    exp_ms: int | None = None
    """The exchange drops the order unexecuted when it arrives later, ms UTC server time."""
    acc_fill: Contracts = NOTHING
    avg_px: Px | None = None
    u_time: int = 0
    reason: str = ""
    """Why it is rejected, unknown, cancelled or absent."""

    @property
    def open_contracts(self) -> Contracts:
        """Size that may still execute: all of it while the outcome is unknown."""
        if self.state.is_terminal:
            return NOTHING
        return Contracts(self.intent.contracts - self.acc_fill)


_RISING: Final = (OrderState.LIVE, OrderState.PARTIAL, OrderState.CANCELED, OrderState.FILLED)
_RANK: Final = {state: rank for rank, state in enumerate(_RISING)}


def merge(order: Order, update: OrderUpdate) -> Order:
    """Fold one venue update into our record, whatever the order of arrival.

    What only ever grows is joined by itself: filled size, time, and the state along LIVE,
    PARTIAL, CANCELED, FILLED. So any permutation of a history gives the same record: an end is
    never taken back, and a late fill after CANCELED still raises acc_fill.
    Source: OKX v5 orders channel, duplicate and ordering rules.
    """
    is_known = order.state in _RANK
    state = max(order.state, update.state, key=_RANK.__getitem__) if is_known else update.state
    is_newer = (update.acc_fill, update.u_time) >= (order.acc_fill, order.u_time)
    reason = order.reason if is_known else ""
    return replace(
        order,
        ord_id=update.ord_id,
        state=state,
        acc_fill=max(order.acc_fill, update.acc_fill),
        avg_px=(update.avg_px or order.avg_px) if is_newer else (order.avg_px or update.avg_px),
        u_time=max(order.u_time, update.u_time),
        reason=update.cancel_source or reason,
    )
