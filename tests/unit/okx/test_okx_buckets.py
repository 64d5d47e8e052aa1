"""Requests are paced at half of what the exchange allows, per instrument where it counts so."""

import pytest

from tai2.okx.buckets import PER_WINDOW, Buckets


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


async def test_no_window_ever_holds_more_than_the_exchange_allows() -> None:
    clock = SteppedClock()
    buckets = Buckets(clock)
    sent: list[float] = []
    for _ in range(200):
        await buckets.wait("POST", "/api/v5/trade/order", "BTC-USDT-SWAP")
        sent.append(clock.monotonic_s())
    for at_s in sent:
        assert sum(at_s <= one < at_s + 2.0 for one in sent) <= 60


async def test_cancels_are_never_starved_by_orders() -> None:
    clock = SteppedClock()
    buckets = Buckets(clock)
    for _ in range(500):
        await buckets.wait("POST", "/api/v5/trade/order", "BTC-USDT-SWAP")
    waited = len(clock.slept)
    for _ in range(10):
        await buckets.wait("POST", "/api/v5/trade/cancel-order", "BTC-USDT-SWAP")
        await buckets.wait("POST", "/api/v5/trade/cancel-algos", "BTC-USDT-SWAP")
    assert (waited > 400, len(clock.slept)) == (True, waited)


async def test_bucket_stays_shut_for_a_second_after_one_too_many() -> None:
    clock = SteppedClock()
    buckets = Buckets(clock)
    await buckets.wait("POST", "/api/v5/trade/order", "BTC-USDT-SWAP")
    buckets.punish("POST", "/api/v5/trade/order", "BTC-USDT-SWAP")
    await buckets.wait("POST", "/api/v5/trade/order", "BTC-USDT-SWAP")
    assert 0.9 < sum(clock.slept) < 1.1
    await buckets.wait("POST", "/api/v5/trade/order", "ETH-USDT-SWAP")
    assert 0.9 < sum(clock.slept) < 1.1


@pytest.mark.parametrize("rule", sorted(PER_WINDOW))
async def test_every_rule_keeps_half_of_its_limit(rule: tuple[str, str]) -> None:
    clock = SteppedClock()
    buckets = Buckets(clock)
    free = max(PER_WINDOW[rule] // 2, 1)
    for _ in range(free + 2 * PER_WINDOW[rule]):
        await buckets.wait(*rule, "BTC-USDT-SWAP")
    slowest = 2 * PER_WINDOW[rule] / (PER_WINDOW[rule] / 2) * 2.0
    assert slowest - 2.1 < sum(clock.slept) < slowest + 0.1
