"""Rate limits as data, and the token buckets that keep us at half of each.

The transport asks before every request; who is too fast sleeps on the Clock port.
It must never drop or reorder a request, and cancels never share a bucket with orders.
"""

from typing import Final

from tai2.ports.clock import Clock

WINDOW_S: Final = 2.0
DEFAULT_PER_WINDOW: Final = 10
PER_WINDOW: Final = {
    "/api/v5/public/instruments": 20,
    "/api/v5/market/books": 40,
    "/api/v5/market/candles": 40,
    "/api/v5/market/history-candles": 20,
    "/api/v5/account/config": 5,
    "/api/v5/account/trade-fee": 5,
    "/api/v5/account/set-leverage": 20,
    "/api/v5/account/leverage-info": 20,
    "/api/v5/trade/order": 60,
    "/api/v5/trade/cancel-order": 60,
    "/api/v5/trade/cancel-all-after": 2,
    "/api/v5/trade/orders-pending": 60,
    "/api/v5/trade/fills": 60,
    "/api/v5/trade/order-algo": 20,
    "/api/v5/trade/cancel-algos": 20,
    "/api/v5/trade/orders-algo-pending": 20,
}
"""Requests per 2 s that the exchange allows (source: OKX v5, rate limits)."""
PER_INSTRUMENT: Final = frozenset({"/api/v5/trade/order", "/api/v5/trade/cancel-order"})
"""Paths whose limit is counted per instrument."""


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


class Buckets:
    """One bucket per method, path and, where the exchange counts so, instrument."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: dict[tuple[str, str, str], _Bucket] = {}

    async def wait(self, method: str, path: str, inst_id: str) -> None:
        """Return when the request may leave."""
        key = (method, path, inst_id if path in PER_INSTRUMENT else "")
        now_s = self._clock.monotonic_s()
        if key not in self._buckets:
            self._buckets[key] = _Bucket(PER_WINDOW.get(path, DEFAULT_PER_WINDOW), now_s)
        delay_s = self._buckets[key].take(now_s)
        if delay_s > 0:
            await self._clock.sleep(delay_s)
