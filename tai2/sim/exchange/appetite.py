"""How much more of the book an order takes while it is matched.

The matcher makes one per pass. It counts contracts, or money for a market order sized in the
quote currency; it must never let an order take more than it asked for.
"""

from decimal import Decimal
from typing import Final

from tai2.sim.exchange.records import OrderView

_ZERO: Final = Decimal(0)


class Appetite:
    """What is left to take."""

    def __init__(
        self, order: OrderView, lot_sz: Decimal, slices: list[Decimal] | None = None
    ) -> None:
        """Begin a pass; slices = a trouble's executions, last one first, instead of all."""
        self._in_money = order.tgt_ccy == "quote_ccy"
        self._left = order.sz if self._in_money else order.open_sz
        self._lot_sz = lot_sz
        self._slices = slices
        self._px = _ZERO

    @property
    def is_sated(self) -> bool:
        """True when nothing more may be taken in this pass."""
        return self._left <= 0 or self._slices == []

    @property
    def is_fed(self) -> bool:
        """True when the money left doesn't buy another lot: such an order is filled."""
        return self._in_money and self._left < self._lot_sz * self._px

    def bite(self, px: Decimal, there: Decimal) -> Decimal:
        """Return how much is taken of a level with `there` on it, 0 = it can't be afforded."""
        self._px = px
        if self._in_money:
            taken = min(there, self._left / px // self._lot_sz * self._lot_sz)
            self._left -= taken * px
            return taken
        taken = min(there, self._left)
        if self._slices:
            taken = min(taken, self._slices.pop())
        self._left -= taken
        return taken
