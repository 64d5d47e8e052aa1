"""What `tai2 panic` leaves for a daemon that it couldn't ask: why, when, and its own orders.

The latch carries it from one process to the next; the engine takes it over. Nothing here may
say that an order was executed: only the exchange does.
"""

from dataclasses import dataclass

from tai2.model.ids import ClOrdId
from tai2.model.order import Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Panic:
    """The word of a person who didn't wait for the daemon."""

    reason: str
    ts: int
    """ms UTC, by the machine's clock."""
    orders: tuple[Order, ...] = ()
    """Sent beside the daemon, newest record of each."""

    def order(self, cl_ord_id: ClOrdId | None) -> Order | None:
        """Return one of its orders; None = it sent none of that id."""
        return next((one for one in self.orders if one.intent.cl_ord_id == cl_ord_id), None)
