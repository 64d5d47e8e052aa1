"""What every ledger of paid calls keeps."""

from decimal import Decimal

import pytest

from tai2.model.spend import Purpose, Reservation
from tai2.ports.spending import SpendLedger
from tai2.store.spending import MemorySpending


@pytest.fixture(params=[MemorySpending])
def ledger(request: pytest.FixtureRequest) -> SpendLedger:
    made: SpendLedger = request.param()
    return made


def row(ts: int, worst: str, purpose: Purpose = Purpose.DECIDE) -> Reservation:
    return Reservation(ts=ts, purpose=purpose, model="acme/x", worst_usd=Decimal(worst))


async def test_a_reservation_counts_in_full_until_it_is_settled(ledger: SpendLedger) -> None:
    number = await ledger.reserve(row(5, "0.0300001"))
    assert await ledger.spent_usd(0, 10) == Decimal("0.0300001")
    await ledger.settle(number, Decimal("0.0000000001"))
    assert await ledger.spent_usd(0, 10) == Decimal("0.0000000001")


async def test_the_first_settlement_stands(ledger: SpendLedger) -> None:
    number = await ledger.reserve(row(5, "1"))
    await ledger.settle(number, Decimal("0.5"))
    await ledger.settle(number, Decimal("0.1"))
    assert await ledger.spent_usd(0, 10) == Decimal("0.5")


async def test_the_window_takes_its_first_instant_and_not_its_last(ledger: SpendLedger) -> None:
    for ts in (9, 10, 19, 20):
        await ledger.reserve(row(ts, "1"))
    assert await ledger.spent_usd(10, 20) == 2


async def test_purposes_are_counted_apart_and_together(ledger: SpendLedger) -> None:
    await ledger.reserve(row(1, "0.1"))
    await ledger.reserve(row(1, "0.2", Purpose.ASK))
    assert await ledger.spent_usd(0, 9, Purpose.ASK) == Decimal("0.2")
    assert await ledger.spent_usd(0, 9, Purpose.DECIDE) == Decimal("0.1")
    assert await ledger.spent_usd(0, 9) == Decimal("0.3")


async def test_numbers_grow(ledger: SpendLedger) -> None:
    first, second = await ledger.reserve(row(1, "1")), await ledger.reserve(row(1, "1"))
    assert second > first


async def test_nothing_costs_nothing(ledger: SpendLedger) -> None:
    assert await ledger.spent_usd(0, 9) == 0
