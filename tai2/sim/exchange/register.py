"""Every order, fill and stop of the account, live ones and a bounded past.

The matcher and the stops put new states here, reads look them up, the log drains the changes.
It must never judge: it stores what it is given, newest state by id.
"""

from collections import deque
from typing import Final

from tai2.sim.exchange.records import AlgoView, BillView, FillView, OrderView, PastPosition

KEPT_ORDERS: Final = 5_000
KEPT_FILLS: Final = 10_000
KEPT_ALGOS: Final = 2_000
LIVE: Final = ("live", "partially_filled")


def is_live(order: OrderView) -> bool:
    """Tell whether an order may still execute."""
    return order.state in LIVE


class Register:
    """Orders and stops by id, in the order of their placement."""

    def __init__(self) -> None:
        self.orders: dict[str, OrderView] = {}
        self.live: dict[str, OrderView] = {}
        self.fills: deque[FillView] = deque(maxlen=KEPT_FILLS)
        self.algos: dict[str, AlgoView] = {}
        self.algos_done: deque[AlgoView] = deque(maxlen=KEPT_ALGOS)
        self._by_client: dict[str, str] = {}
        self.changed_orders: dict[str, OrderView] = {}
        self.changed_algos: dict[str, AlgoView] = {}
        self.new_fills: list[FillView] = []
        self.bills: deque[BillView] = deque(maxlen=KEPT_FILLS)
        self.new_bills: list[BillView] = []
        self.past: deque[PastPosition] = deque(maxlen=KEPT_ALGOS)
        self.new_past: list[PastPosition] = []

    def put_order(self, order: OrderView) -> None:
        """Store an order's newest state."""
        self.changed_orders[order.ord_id] = order
        self.orders[order.ord_id] = order
        if order.cl_ord_id:
            self._by_client[order.cl_ord_id] = order.ord_id
        if is_live(order):
            self.live[order.ord_id] = order
        else:
            self.live.pop(order.ord_id, None)
        if len(self.orders) > KEPT_ORDERS:
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        ended = next((one for one in self.orders.values() if not is_live(one)), None)
        if ended is None:
            return
        del self.orders[ended.ord_id]
        if self._by_client.get(ended.cl_ord_id) == ended.ord_id:
            del self._by_client[ended.cl_ord_id]

    def put_fill(self, fill: FillView) -> None:
        """Store an execution."""
        self.fills.append(fill)
        self.new_fills.append(fill)

    def put_bill(self, bill: BillView) -> None:
        """Store a change of cash."""
        self.bills.append(bill)
        self.new_bills.append(bill)

    def put_past(self, past: PastPosition) -> None:
        """Store a position that ended."""
        self.past.append(past)
        self.new_past.append(past)

    def put_algo(self, algo: AlgoView) -> None:
        """Store a stop's newest state."""
        self.changed_algos[algo.algo_id] = algo
        if algo.state == "live":
            self.algos[algo.algo_id] = algo
        else:
            self.algos.pop(algo.algo_id, None)
            self.algos_done.append(algo)

    def order(self, inst_id: str, ord_id: str, cl_ord_id: str) -> OrderView | None:
        """Return an order by id (which wins) or client id (the newest of it)."""
        order = self.orders.get(ord_id or self._by_client.get(cl_ord_id, ""))
        return order if order is not None and order.inst_id == inst_id else None

    def algo(self, inst_id: str, algo_id: str, algo_cl_ord_id: str) -> AlgoView | None:
        """Return a live stop by id (which wins) or client id."""
        for algo in self.algos.values():
            known = algo.algo_id if algo_id else algo.algo_cl_ord_id
            if algo.inst_id == inst_id and known == (algo_id or algo_cl_ord_id):
                return algo
        return None

    def resting(self, inst_id: str, side: str) -> list[OrderView]:
        """Return live orders of one side, best price first, then oldest first."""
        found = [one for one in self.live.values() if one.inst_id == inst_id and one.side == side]
        sign = -1 if side == "buy" else 1
        return sorted(found, key=lambda one: (sign * (one.px or 0), int(one.ord_id)))

    def forget_changes(self) -> None:
        """Start a new set of changes."""
        self.changed_orders, self.changed_algos = {}, {}
        self.new_fills, self.new_bills, self.new_past = [], [], []
