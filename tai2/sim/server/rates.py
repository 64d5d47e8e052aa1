"""Rate limits: so many requests of a kind in a sliding window, then 50011.

The REST gate and WebSocket order operations ask before they execute; both share the counts.
Order operations count per instrument, place, amend and cancel apart; a refused request must
never be executed nor counted.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from tai2.sim.server.params import Params
from tai2.sim.server.refusals import ApiRefusal


class Rule(NamedTuple):
    """At most `most` in `window_ms`, counted by `by`."""

    most: int
    window_ms: int = 2_000
    by: str = "ip"
    """ip, user, inst (user and instrument) or tag (user and tag)."""


_ORDERS: Final = {"order": "batch-orders", "cancel-order": "cancel-batch-orders"} | {
    "amend-order": "amend-batch-orders"
}
_BATCHES: Final = {f"trade/{batch}": f"trade/{single}" for single, batch in _ORDERS.items()}
RULES: Final[Mapping[str, Rule]] = {
    **{f"trade/{single}": Rule(60, by="inst") for single in _ORDERS},
    **dict.fromkeys(_BATCHES, Rule(300, by="inst")),
    "trade/close-position": Rule(20, by="user"),
    "trade/cancel-all-after": Rule(1, 1_000, by="tag"),
    "trade/orders-pending": Rule(60, by="user"),
    "trade/orders-history": Rule(40, by="user"),
    "trade/orders-history-archive": Rule(20, by="user"),
    "trade/fills": Rule(60, by="user"),
    "trade/fills-history": Rule(10, by="user"),
    "trade/order-algo": Rule(20, by="user"),
    "trade/cancel-algos": Rule(20, by="user"),
    "trade/orders-algo-pending": Rule(20, by="user"),
    "trade/orders-algo-history": Rule(20, by="user"),
    "account/balance": Rule(10, by="user"),
    "account/positions": Rule(10, by="user"),
    "account/positions-history": Rule(10, by="user"),
    "account/config": Rule(5, by="user"),
    "account/set-position-mode": Rule(5, by="user"),
    "account/set-leverage": Rule(20, by="user"),
    "account/leverage-info": Rule(20, by="user"),
    "account/max-size": Rule(20, by="user"),
    "account/trade-fee": Rule(5, by="user"),
    "account/bills": Rule(5, 1_000, by="user"),
    "account/bills-archive": Rule(5, by="user"),
    "account/instruments": Rule(20, by="user"),
    "public/time": Rule(10),
    "public/instruments": Rule(20),
    "public/funding-rate": Rule(10, by="inst"),
    "public/funding-rate-history": Rule(10, by="inst"),
    "public/open-interest": Rule(20),
    "public/mark-price": Rule(10, by="inst"),
    "public/price-limit": Rule(20),
    "public/position-tiers": Rule(10),
    "market/ticker": Rule(20),
    "market/tickers": Rule(20),
    "market/index-tickers": Rule(20),
    "market/books": Rule(40),
    "market/books-full": Rule(10),
    "market/candles": Rule(40),
    "market/history-candles": Rule(20),
    "market/trades": Rule(100),
    "market/history-trades": Rule(20),
}
"""By path behind /api/v5/. GET trade/order has its own rule in `admit`."""
_ORDER_QUERY: Final = Rule(60, by="inst")


class Rates:
    """Counts requests of one server's clients."""

    def __init__(self) -> None:
        self._windows: dict[tuple[str, ...], deque[int]] = {}

    def admit(self, kind: str, orders: Sequence[Params], source: str, now_ms: int) -> None:
        """Count a request, or refuse it.

        Args:
            kind: Method and path, such as "POST trade/order".
            orders: Its parameters; of a batch, one for each order.
            source: Address of the client.
            now_ms: The machine's clock.

        Raises:
            ApiRefusal: 50011.
        """
        method, _, path = kind.partition(" ")
        path = _BATCHES.get(path, path) if len(orders) == 1 else path
        rule = _ORDER_QUERY if kind == "GET trade/order" else RULES.get(path)
        if rule is None:
            return
        keys = [(method, path, *_who(rule, one, source)) for one in orders]
        for key in set(keys):
            window = self._windows.setdefault(key, deque())
            while window and window[0] <= now_ms - rule.window_ms:
                window.popleft()
            if len(window) + keys.count(key) > rule.most:
                raise ApiRefusal("50011")
        for key in keys:
            self._windows[key].append(now_ms)


def _who(rule: Rule, params: Params, source: str) -> tuple[str, ...]:
    match rule.by:
        case "ip":
            return (source,)
        case "inst":
            return (params.text("instId"),)
        case "tag":
            return (params.text("tag"),)
        case _:
            return ()
