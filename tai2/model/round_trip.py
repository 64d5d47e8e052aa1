"""Round trips: a position from flat to flat, made of the fills that opened and closed it.

The journal advances them fill by fill, history pages them, performance adds them up.
Money stays exact: what a fill that turns a position around costs is shared without a remainder.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from tai2.model.ids import DecisionId, FillId, InstId
from tai2.model.instrument import Side
from tai2.model.money import ZERO, BaseQty, Contracts, Px, QuoteAmt, rounded
from tai2.model.trade import ExecutedTrade

_PLACES: Final = 12
"""Of a share of a fee, an average price and a ratio."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundTrip:
    """One position, still open or closed."""

    trip_id: FillId
    """The fill that opened it: no fill opens two."""
    mode: str
    symbol: InstId
    side: Side
    """BUY = it is long."""
    opened_ms: int
    """Exchange time of the first fill, UTC."""
    closed_ms: int | None
    """Exchange time of the last fill; None while something is held."""
    contracts: Contracts
    """All that was opened; adding to a position counts."""
    amount: BaseQty
    """The same in base currency."""
    entry_value: Decimal
    """Sum of price × contracts over the opening fills."""
    exited: Contracts
    exit_value: Decimal
    """Sum of price × contracts over the closing fills."""
    entry_notional: QuoteAmt
    exit_notional: QuoteAmt
    pnl: QuoteAmt
    """Realised before fees, as the exchange states it."""
    fees: QuoteAmt
    """Signed: negative = paid."""
    funding: QuoteAmt
    """Signed: negative = paid, as far as the exchange has told."""
    fills: int
    decision_id: DecisionId | None
    """Of the opening fill; None when no decision of ours opened it."""
    reasoner: str
    llm_reasoning: str
    """The opening decision's justification."""
    ended_by: str
    """Leg of the last closing fill; "" before the first."""
    is_turn: bool
    """Opened by the rest of the fill that closed the one before."""

    @property
    def held(self) -> Contracts:
        """Contracts still held, unsigned."""
        return Contracts(self.contracts - self.exited)

    @property
    def entry_px(self) -> Px:
        """Average of the opening fills, by size."""
        return Px(rounded(self.entry_value / self.contracts, _PLACES))

    @property
    def exit_px(self) -> Px | None:
        """Average of the closing fills, by size; None before the first."""
        return Px(rounded(self.exit_value / self.exited, _PLACES)) if self.exited else None

    @property
    def net_pnl(self) -> QuoteAmt:
        """PnL after fees and funding."""
        return QuoteAmt(self.pnl + self.fees + self.funding)

    @property
    def net_ratio(self) -> Decimal:
        """Net PnL over the notional of the entry; 0 for one that cost nothing."""
        if self.entry_notional == ZERO:
            return ZERO
        return rounded(self.net_pnl / self.entry_notional, _PLACES)

    @property
    def notional(self) -> QuoteAmt:
        """Turnover of both ways."""
        return QuoteAmt(self.entry_notional + self.exit_notional)

    @property
    def held_ms(self) -> int | None:
        """From first to last fill; None while it is open."""
        return None if self.closed_ms is None else self.closed_ms - self.opened_ms

    @property
    def ending(self) -> str:
        """Why it ended: its last leg, where a stop that gained is called a target."""
        return "target" if self.ended_by == "stop" and self.pnl > ZERO else self.ended_by


def advance(
    trip: RoundTrip | None, fill: ExecutedTrade
) -> tuple[RoundTrip | None, RoundTrip | None]:
    """Return what a fill makes of the position held, and the position that it opens.

    Flat to flat the realised PnL is the same whether lots are matched first in, first out or
    by average cost. A fill that turns a position around ends one trip and opens the next; its
    fee and notional are shared by size. A fill that realises PnL while nothing is held closes
    what was opened before the first row: it belongs to no trip.

    Args:
        trip: The open position on the fill's instrument, None = flat.
        fill: The next fill in time.
    """
    if trip is None:
        return None, (_opened(fill, is_turn=False) if fill.pnl == ZERO else None)
    if fill.side is trip.side:
        return _added(trip, fill), None
    if fill.contracts <= trip.held:
        return _reduced(trip, fill), None
    closing, rest = _split(fill, trip.held)
    return _reduced(trip, closing), _opened(rest, is_turn=True)


def round_trips(trades: Iterable[ExecutedTrade]) -> Iterator[RoundTrip]:
    """Yield every position that was closed, as it closes.

    Args:
        trades: Fills, oldest first.
    """
    held: dict[tuple[InstId, str], RoundTrip] = {}
    for trade in trades:
        key = (trade.symbol, trade.mode)
        moved, opened = advance(held.pop(key, None), trade)
        if moved is not None and moved.closed_ms is not None:
            yield moved
            moved = None
        following = opened or moved
        if following is not None:
            held[key] = following


def _split(fill: ExecutedTrade, held: Contracts) -> tuple[ExecutedTrade, ExecutedTrade]:
    """Return what of a fill closes the position, and what opens the opposite one."""
    rest = Contracts(fill.contracts - held)
    fee, notional = _share(fill.fee, fill, held), _share(fill.notional, fill, held)
    base_qty = _share(fill.amount, fill, held)
    closing = replace(
        fill,
        contracts=held,
        amount=BaseQty(base_qty),
        fee=QuoteAmt(fee),
        notional=QuoteAmt(notional),
    )
    opening = replace(
        fill,
        contracts=rest,
        amount=BaseQty(fill.amount - base_qty),
        fee=QuoteAmt(fill.fee - fee),
        notional=QuoteAmt(fill.notional - notional),
        pnl=QuoteAmt(ZERO),
    )
    return closing, opening


def _share(whole: Decimal, fill: ExecutedTrade, held: Contracts) -> Decimal:
    return rounded(whole * held / fill.contracts, _PLACES)


def _opened(fill: ExecutedTrade, *, is_turn: bool) -> RoundTrip:
    return RoundTrip(
        trip_id=fill.fill_id,
        mode=fill.mode,
        symbol=fill.symbol,
        side=fill.side,
        opened_ms=fill.timestamp_ms,
        closed_ms=None,
        contracts=fill.contracts,
        amount=fill.amount,
        entry_value=fill.contracts * fill.price,
        exited=Contracts(ZERO),
        exit_value=ZERO,
        entry_notional=fill.notional,
        exit_notional=QuoteAmt(ZERO),
        pnl=fill.pnl,
        fees=fill.fee,
        funding=QuoteAmt(ZERO),
        fills=1,
        decision_id=fill.decision_id,
        reasoner=fill.reasoner,
        llm_reasoning=fill.llm_reasoning,
        ended_by="",
        is_turn=is_turn,
    )


def _added(trip: RoundTrip, fill: ExecutedTrade) -> RoundTrip:
    return replace(
        trip,
        contracts=Contracts(trip.contracts + fill.contracts),
        amount=BaseQty(trip.amount + fill.amount),
        entry_value=trip.entry_value + fill.contracts * fill.price,
        entry_notional=QuoteAmt(trip.entry_notional + fill.notional),
        pnl=QuoteAmt(trip.pnl + fill.pnl),
        fees=QuoteAmt(trip.fees + fill.fee),
        fills=trip.fills + 1,
    )


def _reduced(trip: RoundTrip, fill: ExecutedTrade) -> RoundTrip:
    is_over = fill.contracts == trip.held
    return replace(
        trip,
        closed_ms=fill.timestamp_ms if is_over else None,
        exited=Contracts(trip.exited + fill.contracts),
        exit_value=trip.exit_value + fill.contracts * fill.price,
        exit_notional=QuoteAmt(trip.exit_notional + fill.notional),
        pnl=QuoteAmt(trip.pnl + fill.pnl),
        fees=QuoteAmt(trip.fees + fill.fee),
        fills=trip.fills + 1,
        ended_by=fill.leg,
    )
