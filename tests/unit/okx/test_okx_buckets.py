"""Requests are paced at half of what the exchange allows, per instrument where it counts so."""

from tai2.okx.buckets import Buckets


class SteppedClock:
    def __init__(self) -> None:
        self.slept: list[float] = []
        self._now_s = 0.0

    def now_ms(self) -> int:
        return int(self._now_s * 1000)

    def monotonic_s(self) -> float:
        return self._now_s

    async def sleep(self, delay_s: float) -> None:
        self.slept.append(delay_s)
        self._now_s += delay_s


async def test_thirty_orders_leave_at_once_and_the_next_waits() -> None:
    clock = SteppedClock()
    buckets = Buckets(clock)
    for _ in range(30):
        await buckets.wait("POST", "/api/v5/trade/order", "BTC-USDT-SWAP")
    assert clock.slept == []
    await buckets.wait("POST", "/api/v5/trade/order", "BTC-USDT-SWAP")
    assert len(clock.slept) == 1
    assert 0 < clock.slept[0] <= 0.1


async def test_other_instruments_and_cancels_have_buckets_of_their_own() -> None:
    clock = SteppedClock()
    buckets = Buckets(clock)
    for _ in range(31):
        await buckets.wait("POST", "/api/v5/trade/order", "BTC-USDT-SWAP")
    waited = len(clock.slept)
    await buckets.wait("POST", "/api/v5/trade/order", "ETH-USDT-SWAP")
    await buckets.wait("GET", "/api/v5/trade/order", "BTC-USDT-SWAP")
    await buckets.wait("POST", "/api/v5/trade/cancel-order", "BTC-USDT-SWAP")
    assert len(clock.slept) == waited


async def test_a_hundred_reads_take_as_long_as_half_the_limit_says() -> None:
    clock = SteppedClock()
    buckets = Buckets(clock)
    for _ in range(105):
        await buckets.wait("GET", "/api/v5/public/time", "")
    assert 39.0 < sum(clock.slept) < 41.0
