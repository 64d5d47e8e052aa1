"""One lock an account, on a real PostgreSQL: who has it, and how its holder learns of its loss."""

import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest

from tai2.engine.clock import WallClock
from tai2.model.errors import ConfigError, LeaseLost
from tai2.store.postgres.database import Outage
from tai2.store.postgres.lease import LEASE_S, AccountLease, lock_key
from tests.fakes.postgres_server import AnyServer, PostgresServer, execute, signal_backends

APPLICATION = "tai2 account lock"
END_SESSIONS = f"""
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{APPLICATION}'
"""
Open = Callable[[], AccountLease]


class Clock(WallClock):
    """The machine's clock, which a test may set ahead, one hand at a time."""

    def __init__(self) -> None:
        self.ahead_s = 0.0
        self.wall_ahead_s = 0.0

    def monotonic_s(self) -> float:
        return super().monotonic_s() + self.ahead_s

    def now_ms(self) -> int:
        return super().now_ms() + int(self.wall_ahead_s * 1_000)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def desks(pg_server: AnyServer, pg_name: str, clock: Clock) -> AsyncIterator[Open]:
    """Return a factory of sessions that all want locks of one database."""
    async with AsyncExitStack() as stack:

        def another() -> AccountLease:
            lease = AccountLease(pg_server.dsn(pg_name), clock)
            stack.push_async_callback(lease.close)
            return lease

        yield another


async def held(lease: AccountLease, account: str = "a") -> bool:
    if await lease.take(account):
        await lease.prove()
    return lease.is_held()


async def test_one_has_it_until_it_ends(desks: Open) -> None:
    first, second = desks(), desks()
    assert await held(first)
    assert not await held(second)
    await first.close()
    assert not first.is_held()
    assert await held(second)


async def test_accounts_have_locks_of_their_own(desks: Open) -> None:
    assert await held(desks(), "real 1")
    assert await held(desks(), "real 2")
    assert -(2**63) <= lock_key("real 1") < 2**63


async def test_nothing_may_leave_before_the_first_proof(desks: Open) -> None:
    lease = desks()
    assert not lease.is_held()
    assert await lease.take("a")
    assert not lease.is_held()


@pytest.mark.parametrize("hand", ["ahead_s", "wall_ahead_s"])
async def test_an_old_proof_is_none_by_either_clock(desks: Open, clock: Clock, hand: str) -> None:
    lease = desks()
    assert await held(lease)
    setattr(clock, hand, LEASE_S)
    assert not lease.is_held()
    await lease.prove()
    assert lease.is_held()


async def test_a_session_that_the_server_ended_is_a_lost_lock_for_good(
    desks: Open, own_pg: PostgresServer
) -> None:
    first, second = desks(), desks()
    assert await held(first)
    await execute(own_pg.admin_dsn, END_SESSIONS)
    with pytest.raises(LeaseLost, match="can't be proven"):
        await first.prove()
    assert not first.is_held()
    assert await held(second)
    with pytest.raises(LeaseLost):
        await first.prove()


async def test_a_lock_that_another_statement_gave_away_is_lost(desks: Open) -> None:
    """A pooler that shares sessions may do so; the session itself still answers."""
    lease = desks()
    assert await held(lease)
    assert lease._connection is not None
    await lease._connection.execute("SELECT pg_advisory_unlock_all()")
    with pytest.raises(LeaseLost, match="isn't ours any more"):
        await lease.prove()
    assert not lease.is_held()


async def test_a_server_that_hangs_is_no_proof(
    desks: Open, pg_name: str, own_pg: PostgresServer
) -> None:
    lease = desks()
    assert await held(lease)
    assert await signal_backends(own_pg, pg_name, signal.SIGSTOP, APPLICATION) == 1
    try:
        with pytest.raises(LeaseLost, match="TimeoutError"):
            await lease.prove()
        assert not lease.is_held()
    finally:
        await signal_backends(own_pg, pg_name, signal.SIGCONT, APPLICATION)


async def test_a_server_that_is_away_says_nothing(own_pg: PostgresServer, desks: Open) -> None:
    lease = desks()
    own_pg.stop()
    try:
        with pytest.raises(Outage):
            await lease.take("a")
    finally:
        own_pg.start()
    assert await held(lease)


async def test_a_bad_address_is_named_without_its_password(clock: Clock) -> None:
    with pytest.raises(ConfigError) as refused:
        await AccountLease("postgresql://u:canary@h:port/x", clock).take("a")
    assert "canary" not in refused.value.message + refused.value.hint
