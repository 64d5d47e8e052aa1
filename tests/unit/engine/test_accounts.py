"""The account: pushes and readings agree, and no position from before a fill is believed."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tai2.engine.accounts import Accounts
from tai2.engine.bus import Bus
from tai2.engine.clock import StepClock
from tai2.engine.service import Pulse
from tai2.model.account import Account, Position
from tai2.model.errors import DataInvalid, VenueUnavailable
from tai2.model.money import QuoteAmt
from tai2.model.snapshot import Freshness
from tai2.store.journal.database import MemoryDatabase
from tai2.store.journal.journal import SqliteJournal
from tests.builders.market import AGES, INST, NOW, balance, position


class Stop(Exception):
    """Ends a loop of the service under test."""


class Reader:
    """Answers account() with what it has; `meanwhile` happens before the answer arrives."""

    def __init__(self) -> None:
        self.answers: list[Account | Exception] = []
        self.meanwhile = lambda: None

    async def account(self) -> Account:
        answer = self.answers.pop(0)
        self.meanwhile()
        if isinstance(answer, Exception):
            raise answer
        return answer


def account(*held: Position, ts_recv: int = NOW) -> Account:
    return Account(balance=replace(balance(), ts_recv=ts_recv), positions=held)


LONG = replace(position("1"), ts_event=NOW)


@pytest.fixture
def reader() -> Reader:
    return Reader()


@pytest.fixture
def accounts(reader: Reader) -> Accounts:
    journal = SqliteJournal(MemoryDatabase())
    return Accounts(reader, journal, StepClock(NOW), Bus(), AGES)  # type: ignore[arg-type]


def test_unread_account_is_missing(accounts: Accounts) -> None:
    assert accounts.balance(NOW).freshness is Freshness.MISSING


def test_account_grows_stale_with_its_reading(accounts: Accounts) -> None:
    accounts.on_account(account())
    assert accounts.balance(NOW + AGES.account_ms).freshness is Freshness.FRESH
    assert accounts.balance(NOW + AGES.account_ms + 1).freshness is Freshness.STALE


def test_pushed_position_counts_though_its_balance_is_older(accounts: Accounts) -> None:
    read = replace(balance("5000"), ts_recv=NOW + 10)
    accounts.on_account(Account(balance=read, positions=()))
    accounts.on_account(account(LONG, ts_recv=NOW))
    assert accounts.latest is not None
    assert accounts.latest.position(INST) == LONG
    assert accounts.latest.balance.equity == QuoteAmt(Decimal(5000))


def test_execution_unsettles_until_a_position_shows_it(accounts: Accounts) -> None:
    accounts.on_account(account())
    accounts.expect(INST, NOW + 5)
    accounts.on_account(account(LONG))
    assert not accounts.is_settled(INST)
    accounts.on_account(account(replace(LONG, ts_event=NOW + 5)))
    assert accounts.is_settled(INST)


def test_execution_that_the_position_shows_already_changes_nothing(accounts: Accounts) -> None:
    accounts.on_account(account(LONG))
    accounts.expect(INST, NOW)
    assert accounts.is_settled(INST)


async def test_reading_asked_after_the_execution_settles(
    accounts: Accounts, reader: Reader
) -> None:
    accounts.expect(INST, NOW + 5)
    reader.answers = [account()]
    await accounts.refresh()
    assert accounts.is_settled(INST)
    assert accounts.latest == account()


async def test_reading_overtaken_by_an_execution_is_not_kept(
    accounts: Accounts, reader: Reader
) -> None:
    accounts.on_account(account(LONG))
    reader.answers = [account()]
    reader.meanwhile = lambda: accounts.expect(INST, NOW + 5)
    assert (await accounts.refresh()).positions == ()
    assert accounts.latest == account(LONG)
    assert not accounts.is_settled(INST)


async def test_service_survives_outages_and_unreadable_answers(
    accounts: Accounts, reader: Reader
) -> None:
    class Clock(StepClock):
        async def sleep(self, delay_s: float) -> None:
            self.advance_to(self.now_ms() + int(delay_s * 1000))

    clock = Clock(NOW)
    accounts._clock = clock
    reader.answers = [VenueUnavailable("away"), DataInvalid("html"), account(), Stop()]
    with pytest.raises(Stop):
        await accounts.run(Pulse(clock))
    assert accounts.latest == account()
