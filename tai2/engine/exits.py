"""The order that gets out: reduce-only, at any price within a slippage cap, never more.

The closer sends it for an operator. It must never be larger than what is asked to be closed,
nor exist without a price that bounds the loss.
"""

from dataclasses import dataclass
from decimal import Decimal

from tai2.engine.market import InstrumentMarket
from tai2.model.ids import ClOrdId, DecisionId
from tai2.model.instrument import Side
from tai2.model.money import BPS, ZERO, Contracts, Px
from tai2.model.order import Leg, OrderIntent


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How an exit may go out."""

    cl_ord_id: ClOrdId
    decision_id: DecisionId
    """The decision that it ends, else one of its own."""
    slip_bps: Decimal
    """The limit price lies this far behind the touch, else behind the mark."""
    now_ms: int


def exit_order(market: InstrumentMarket, contracts: Contracts, way: Way) -> OrderIntent | None:
    """Return the order that closes a signed holding; None without any price to bound it.

    One order is at most what the exchange takes at once: the caller looks what is left.
    """
    side = Side.SELL if contracts > ZERO else Side.BUY
    px = worst_px(market, side, way.slip_bps)
    if px is None or contracts == ZERO:
        return None
    instrument = market.instrument
    most = abs(contracts)
    if instrument.max_lmt_sz is not None:
        most = min(most, instrument.max_lmt_sz)
    return OrderIntent(
        cl_ord_id=way.cl_ord_id,
        decision_id=way.decision_id,
        leg=Leg.EMERGENCY,
        inst_id=instrument.inst_id,
        side=side,
        contracts=Contracts(most),
        limit_px=px,
        reduce_only=True,
        stop=None,
        notional=instrument.notional(Contracts(most), px),
        created_ms=way.now_ms,
    )


def worst_px(market: InstrumentMarket, side: Side, slip_bps: Decimal) -> Px | None:
    """Return the touch, else the mark, moved against us by the cap; None without both.

    It stays within the exchange's price limit, beyond which the order would be refused whole.
    """
    top, mark = market.book.top(1), market.mark
    if top is not None:
        from_px = top.best_ask if side is Side.BUY else top.best_bid
    elif mark is not None:
        from_px = mark.px
    else:
        return None
    px = Px(from_px * (1 + side.sign * slip_bps / BPS))
    if market.price_limit is not None:
        px = market.price_limit.within(side, px)
    return market.instrument.marketable_px(side, px)
