"""Rate limits as data, and the token buckets that keep us at half of each.

The transport asks before every request; who is too fast sleeps on the Clock port.
It must never drop or reorder a request, and cancels never share a bucket with orders.
A bucket holds half a window's requests and refills at half the rate: the mean is half of what
is allowed, and no window ever holds more than all of it.
"""

from typing import Final

from tai2.ports.clock import Clock

WINDOW_S: Final = 2.0
DEFAULT_PER_WINDOW: Final = 10
PER_WINDOW: Final = {
    ("GET", "/api/v5/public/time"): 10,
    ("GET", "/api/v5/public/instruments"): 20,
    ("GET", "/api/v5/public/funding-rate"): 10,
    ("GET", "/api/v5/public/open-interest"): 20,
    ("GET", "/api/v5/public/mark-price"): 10,
    ("GET", "/api/v5/public/price-limit"): 20,
    ("GET", "/api/v5/market/books"): 40,
    ("GET", "/api/v5/market/ticker"): 20,
    ("GET", "/api/v5/market/trades"): 100,
    ("GET", "/api/v5/market/candles"): 40,
    ("GET", "/api/v5/market/history-candles"): 20,
    ("GET", "/api/v5/account/balance"): 10,
    ("GET", "/api/v5/account/positions"): 10,
    ("GET", "/api/v5/account/config"): 5,
    ("GET", "/api/v5/account/trade-fee"): 5,
    ("GET", "/api/v5/account/leverage-info"): 20,
    ("POST", "/api/v5/account/set-leverage"): 20,
    ("GET", "/api/v5/account/bills"): 10,
    ("GET", "/api/v5/account/bills-archive"): 5,
    ("POST", "/api/v5/trade/order"): 60,
    ("POST", "/api/v5/trade/cancel-order"): 60,
    ("GET", "/api/v5/trade/order"): 60,
    ("GET", "/api/v5/trade/orders-pending"): 60,
    ("GET", "/api/v5/trade/fills"): 60,
    ("GET", "/api/v5/trade/fills-history"): 10,
    ("POST", "/api/v5/trade/cancel-all-after"): 2,
    ("POST", "/api/v5/trade/order-algo"): 20,
    ("POST", "/api/v5/trade/cancel-algos"): 20,
    ("GET", "/api/v5/trade/orders-algo-pending"): 20,
}
"""Requests per 2 s that the exchange allows (source: OKX v5, rate limits)."""
PER_INSTRUMENT: Final = frozenset(
    {("POST", "/api/v5/trade/order"), ("POST", "/api/v5/trade/cancel-order")}
)
"""Requests whose limit is counted per instrument."""
PENALTY_S: Final = 1.0
"""A bucket stays shut so long after the exchange has said that we were too fast."""


class _Bucket:
    def __init__(self, per_window: int, now_s: float) -> None:
        self._capacity = max(per_window / 2, 1.0)
        self._tokens = self._capacity
        self._at_s = now_s

    def take(self, now_s: float) -> float:
        """Take a token; return how many seconds to wait before using it."""
        rate = self._capacity / WINDOW_S
        refilled = self._tokens + (now_s - self._at_s) * rate
        self._tokens = min(refilled, self._capacity) - 1
        self._at_s = now_s
        return max(-self._tokens / rate, 0.0)

    def shut(self, now_s: float) -> None:
        """Let the next request wait for the penalty."""
        rate = self._capacity / WINDOW_S
        self._tokens = min(self._tokens, 1 - rate * PENALTY_S)
        self._at_s = now_s


class Buckets:
    """One bucket per method, path and, where the exchange counts so, instrument."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: dict[tuple[str, str, str], _Bucket] = {}

    async def wait(self, method: str, path: str, inst_id: str) -> None:
        """Return when the request may leave."""
        now_s = self._clock.monotonic_s()
        delay_s = self._bucket(method, path, inst_id).take(now_s)
        if delay_s > 0:
            await self._clock.sleep(delay_s)

    def punish(self, method: str, path: str, inst_id: str) -> None:
        """Hear that the exchange refused a request as one too many."""
        self._bucket(method, path, inst_id).shut(self._clock.monotonic_s())

    def _bucket(self, method: str, path: str, inst_id: str) -> _Bucket:
        rule = (method, path)
        key = (method, path, inst_id if rule in PER_INSTRUMENT else "")
        if key not in self._buckets:
            per_window = PER_WINDOW.get(rule, DEFAULT_PER_WINDOW)
            self._buckets[key] = _Bucket(per_window, self._clock.monotonic_s())
        return self._buckets[key]
