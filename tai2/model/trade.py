"""The rows that a person and a tax office read: one executed trade per exchange fill.

The ledger makes them from fills and decisions, history adapters store and page them.
A row must never exist without a fill, nor state a figure that the exchange didn't.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final
from uuid import UUID, uuid5

from tai2.model.ids import ClOrdId, DecisionId, FillId, InstId, OrdId
from tai2.model.instrument import Side
from tai2.model.money import BaseQty, Contracts, Px, QuoteAmt

_NAMESPACE = UUID("5d3b7c2e-6f41-5c8e-9a53-2f1d7a0b4e61")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutedTrade:
    """One fill with the reason behind it."""

    trade_id: UUID
    """Derived from the fill's own key: the same fill always gives the same row."""
    fill_id: FillId
    timestamp_ms: int
    """Fill time at the exchange, UTC."""
    symbol: InstId
    side: Side
    price: Px
    amount: BaseQty
    """Base currency."""
    contracts: Contracts
    notional: QuoteAmt
    fee: QuoteAmt
    """Signed: negative = paid."""
    fee_ccy: str
    pnl: QuoteAmt
    """Realised by this fill before fees."""
    ord_id: OrdId
    cl_ord_id: ClOrdId | None
    decision_id: DecisionId | None
    """None for fills that no decision of ours caused."""
    leg: str
    llm_reasoning: str
    """The decision's justification; "" when there was none."""
    reasoner: str
    mode: str
    lag_ms: int = 0
    """From fill at the exchange to this record."""

    @property
    def execution(self) -> "Execution":
        """What this fill did to its position."""
        return Execution(symbol=self.symbol, side=self.side, contracts=self.contracts, leg=self.leg)

    @property
    def net_pnl(self) -> Decimal:
        """PnL after this fill's own fee."""
        return self.pnl + self.fee


EXTERNAL: Final = "external"
"""Leg of a fill that no order of ours caused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """What a fill did to a position, and for whom; the least that adding up needs."""

    symbol: InstId
    side: Side
    contracts: Contracts
    leg: str
    """A Leg's value, or EXTERNAL."""


def netted(executions: Iterable[Execution]) -> Iterator[Execution]:
    """Yield what leads to the same positions in fewer: ours between two foreign ones as one.

    Ours simply add up; a foreign fill can only take away, so its place among them matters.

    Args:
        executions: Oldest first.
    """
    ours: dict[InstId, Execution] = {}
    for execution in executions:
        known = ours.pop(execution.symbol, None)
        if execution.leg == EXTERNAL:
            yield from filter(None, (known, execution))
        elif (both := _sum(known, execution)) is not None:
            ours[execution.symbol] = both
    yield from ours.values()


def _sum(known: Execution | None, more: Execution) -> Execution | None:
    if known is None:
        return more
    net = known.contracts * known.side.sign + more.contracts * more.side.sign
    if not net:
        return None
    side = Side.BUY if net > 0 else Side.SELL
    return replace(more, side=side, contracts=Contracts(abs(net)))


def trade_uuid(fill: FillId, mode: str) -> UUID:
    """Return the row id of a fill: a UUIDv5 of mode and natural key."""
    return uuid5(_NAMESPACE, f"{mode}:{fill}")
