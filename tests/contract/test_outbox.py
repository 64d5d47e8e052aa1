"""The outbox delivers every row exactly once, whatever becomes of PostgreSQL meanwhile."""

import asyncio
import os
import signal
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from random import Random

import asyncpg
import pytest
from structlog.testing import capture_logs

from tai2.engine.clock import StepClock
from tai2.model.decision import Reply
from tai2.model.ids import DecisionId
from tai2.model.money import Contracts, QuoteAmt
from tai2.model.order import Order, OrderState
from tai2.ports.history import TradeQuery
from tai2.store.journal.database import FileDatabase
from tai2.store.journal.journal import SqliteJournal
from tai2.store.journal.schema import MIGRATIONS
from tai2.store.postgres.database import ACQUIRE_S, COMMAND_S, POOL, Outage, PgDatabase
from tai2.store.postgres.history import PgHistory
from tai2.store.postgres.outbox import BATCH, DELIVERY_S, Outbox, OutboxLag
from tests.builders import market as m
from tests.builders.orders import intent
from tests.builders.trades import cycle, fill, trade
from tests.fakes.postgres_server import PostgresServer, execute, signal_backends
from tests.fakes.relay import Relay


@pytest.fixture
async def source(tmp_path: Path) -> AsyncIterator[FileDatabase]:
    database = FileDatabase(tmp_path / "journal.sqlite")
    yield database
    await database.close()


@pytest.fixture
def journal(source: FileDatabase) -> SqliteJournal:
    return SqliteJournal(source)


@pytest.fixture
def outbox(source: FileDatabase, pg: PgDatabase) -> Outbox:
    return Outbox(source, pg, StepClock(m.NOW + 5_000), instance="main")


@pytest.fixture
async def relay(own_pg: PostgresServer) -> AsyncIterator[Relay]:
    async with Relay(own_pg.upstream).listening() as made:
        yield made


@pytest.fixture
async def far(own_pg: PostgresServer, pg_name: str, relay: Relay) -> AsyncIterator[PgDatabase]:
    """The same database through the relay."""
    database = PgDatabase(own_pg.dsn(pg_name, relay.port))
    yield database
    await database.close()


class QuickClock(StepClock):
    """Sleeps a hundredth of what it is asked to, and lets time pass by as much as asked."""

    async def sleep(self, delay_s: float) -> None:
        await asyncio.sleep(delay_s / 100)
        self.advance_to(self.now_ms() + round(delay_s * 1000))


class Heart:
    def __init__(self) -> None:
        self.beats = 0

    def beat(self) -> None:
        self.beats += 1


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait for what no event tells: another process, or a row in a table."""
    deadline = time.monotonic() + 45
    while not await holds():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


async def write_fills(journal: SqliteJournal, first: int, last: int) -> None:
    """Store fills of one position, which is a row of its own beside theirs."""
    for number in range(first, last):
        await journal.save_fill(fill(number), trade(number))


async def is_drained(outbox: Outbox) -> bool:
    """Tell whether every row is delivered and the outbox has noticed that it is back."""
    return (await outbox.lag()).rows == 0 and outbox.is_reachable


async def passed(clock: StepClock, span_ms: int) -> bool:
    return clock.now_ms() >= m.NOW + span_ms


async def delivered(database: PgDatabase) -> list[int]:
    rows = await PgHistory(database, instance="main").trades(TradeQuery(limit=100_000))
    return [row.timestamp_ms - m.NOW for row in reversed(rows)]


async def drain(outbox: Outbox) -> None:
    """Deliver until nothing waits, however often PostgreSQL fails on the way."""
    deadline = time.monotonic() + 30
    while (await outbox.lag()).rows:
        assert time.monotonic() < deadline, "the outbox doesn't drain"
        try:
            await outbox.deliver()
        except Outage:
            await asyncio.sleep(0.05)


async def test_rows_are_delivered_once_and_then_nothing_waits(
    journal: SqliteJournal, outbox: Outbox, pg: PgDatabase
) -> None:
    await write_fills(journal, 0, 3)
    assert await outbox.lag() == OutboxLag(rows=3 + 1, age_ms=5_000)
    assert await outbox.deliver() == 3 + 1
    assert await outbox.deliver() == 0
    assert await outbox.lag() == OutboxLag(rows=0, age_ms=None)
    assert await delivered(pg) == [0, 1, 2]


async def test_every_kind_of_row_arrives(
    journal: SqliteJournal, outbox: Outbox, pg: PgDatabase
) -> None:
    reply = Reply(text="{}", reasoner="rules-v1", latency_ms=3, cost_usd=Decimal("0.01"))
    await journal.save_reply(DecisionId("D1"), reply, m.decision())
    await journal.save_cycle(cycle(0, "refused", "SPREAD"))
    await journal.save_order(Order(intent=intent(), state=OrderState.SENDING, sent_ms=5, exp_ms=9))
    await journal.save_equity(m.NOW, QuoteAmt(Decimal("9.90")), QuoteAmt(Decimal(0)))
    await write_fills(journal, 0, 1)
    assert await outbox.deliver() == 6
    counts = {}
    async with pg.connection() as connection:
        for table in ("decisions", "cycles", "orders", "equity", "executed_trades", "round_trips"):
            counts[table] = await connection.fetchval(f"SELECT count(*) FROM {table}")
    assert set(counts.values()) == {1}


async def test_order_that_changes_is_delivered_in_its_newest_state(
    journal: SqliteJournal, outbox: Outbox, pg: PgDatabase
) -> None:
    order = Order(intent=intent(), state=OrderState.SENDING, sent_ms=5, exp_ms=9)
    await journal.save_order(order)
    await outbox.deliver()
    done = replace(order, state=OrderState.PARTIAL, acc_fill=Contracts(Decimal("0.04")))
    await journal.save_order(done)
    assert await outbox.deliver() == 1
    async with pg.connection() as connection:
        rows = await connection.fetch("SELECT state, acc_fill FROM orders")
    assert [tuple(row) for row in rows] == [(OrderState.PARTIAL.value, Decimal("0.04"))]


async def test_change_during_a_delivery_stays_queued(
    source: FileDatabase, journal: SqliteJournal, relay: Relay, far: PgDatabase
) -> None:
    outbox = Outbox(source, far, StepClock(m.NOW), instance="main")
    await drain(outbox)
    order = Order(intent=intent(), state=OrderState.SENDING, sent_ms=5, exp_ms=9)
    async with far.connection():
        pass
    await journal.save_order(order)
    relay.hang()
    async with asyncio.TaskGroup() as group:
        delivery = group.create_task(outbox.deliver())
        await asyncio.sleep(0.2)
        await journal.save_order(replace(order, state=OrderState.LIVE))
        relay.release()
    assert delivery.result() == 1
    assert (await outbox.lag()).rows == 1


async def test_cut_on_commit_is_replayed_without_a_double(
    source: FileDatabase, journal: SqliteJournal, pg: PgDatabase, relay: Relay, far: PgDatabase
) -> None:
    outbox = Outbox(source, far, StepClock(m.NOW), instance="main")
    await pg.migrate()
    async with far.connection():
        pass
    await write_fills(journal, 0, 5)
    relay.cut_after = b"COMMIT;"
    with pytest.raises(Outage):
        await outbox.deliver()
    assert relay.cuts == 1
    assert await delivered(pg) == [0, 1, 2, 3, 4]
    assert (await outbox.lag()).rows == 5 + 1
    relay.cut_after = None
    await drain(outbox)
    assert await delivered(pg) == [0, 1, 2, 3, 4]


async def test_restart_after_a_commit_that_nobody_heard_of_doubles_nothing(
    journal: SqliteJournal, outbox: Outbox, source: FileDatabase, pg: PgDatabase
) -> None:
    await write_fills(journal, 0, 4)
    queue = await source.read(lambda c: c.execute("SELECT kind, key, ts FROM outbox").fetchall())
    await outbox.deliver()
    rows = [tuple(row) for row in queue]
    sql = "INSERT INTO outbox (kind, key, ts) VALUES (?, ?, ?)"
    await source.run(lambda c: c.executemany(sql, rows).rowcount)
    again = Outbox(source, pg, StepClock(m.NOW), instance="main")
    assert await again.deliver() == 4 + 1
    assert await delivered(pg) == [0, 1, 2, 3]


async def test_backlog_larger_than_a_batch_drains_in_order(
    journal: SqliteJournal, outbox: Outbox, source: FileDatabase, pg: PgDatabase
) -> None:
    many = BATCH * 2 + 7
    template = "INSERT INTO equity VALUES (?, '1', '0')"
    await source.run(lambda c: c.executemany(template, [(n + 1,) for n in range(many)]).rowcount)
    assert [await outbox.deliver() for _ in range(4)] == [BATCH, BATCH, 7, 0]
    async with pg.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM equity") == many


async def test_killed_backend_loses_and_doubles_nothing(
    journal: SqliteJournal, outbox: Outbox, own_pg: PostgresServer, pg_name: str, pg: PgDatabase
) -> None:
    await pg.migrate()
    for round_number in range(3):
        await write_fills(journal, round_number * 10, round_number * 10 + 10)
        async with asyncio.TaskGroup() as group:
            group.create_task(drain(outbox))
            group.create_task(signal_backends(own_pg, pg_name, signal.SIGKILL))
    await drain(outbox)
    await execute(own_pg.dsn(pg_name), "SELECT 'recovered'")
    assert await delivered(pg) == list(range(30))


async def test_stopped_backend_times_out_and_is_left_behind(
    journal: SqliteJournal, outbox: Outbox, own_pg: PostgresServer, pg_name: str, pg: PgDatabase
) -> None:
    async with pg.connection():
        pass
    await write_fills(journal, 0, 2)
    assert await signal_backends(own_pg, pg_name, signal.SIGSTOP) == 1
    started = time.monotonic()
    try:
        with pytest.raises(TimeoutError):
            await outbox.deliver()
        took_s = time.monotonic() - started
        await drain(outbox)
    finally:
        await signal_backends(own_pg, pg_name, signal.SIGCONT)
    assert COMMAND_S - 0.1 <= took_s <= DELIVERY_S + 1
    assert await delivered(pg) == [0, 1]


async def test_read_only_database_keeps_rows_waiting(
    journal: SqliteJournal, outbox: Outbox, own_pg: PostgresServer, pg_name: str, pg: PgDatabase
) -> None:
    await pg.migrate()
    await pg.close()
    dsn = own_pg.dsn(pg_name)
    await execute(dsn, f"ALTER DATABASE {pg_name} SET default_transaction_read_only = on")
    await write_fills(journal, 0, 3)
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await outbox.deliver()
    assert (await outbox.lag()).rows == 3 + 1
    await pg.close()
    await execute(own_pg.admin_dsn, f"ALTER DATABASE {pg_name} RESET default_transaction_read_only")
    await drain(outbox)
    assert await delivered(pg) == [0, 1, 2]


async def test_busy_pool_is_an_outage_with_an_end(
    journal: SqliteJournal, outbox: Outbox, pg: PgDatabase
) -> None:
    await write_fills(journal, 0, 1)
    async with AsyncExitStack() as stack:
        for _ in range(POOL[1]):
            await stack.enter_async_context(pg.connection())
        started = time.monotonic()
        with pytest.raises(TimeoutError):
            await outbox.deliver()
    assert time.monotonic() - started <= ACQUIRE_S + 1
    assert await outbox.deliver() == 1 + 1


async def test_fifty_fills_of_a_long_outage_arrive_when_the_server_is_back(
    source: FileDatabase, journal: SqliteJournal, own_pg: PostgresServer, pg: PgDatabase
) -> None:
    clock, heart = QuickClock(m.NOW), Heart()
    outbox = Outbox(source, pg, clock, instance="main")
    await pg.migrate()
    with capture_logs() as logs:
        own_pg.stop()
        try:
            async with asyncio.TaskGroup() as group:
                service = group.create_task(outbox.run(heart))
                await write_fills(journal, 0, 50)
                await until(lambda: passed(clock, 600_000))
                age_ms = clock.now_ms() - m.NOW
                assert await outbox.lag() == OutboxLag(rows=50 + 1, age_ms=age_ms)
                assert not outbox.is_reachable
                own_pg.start()
                await until(lambda: is_drained(outbox))
                service.cancel()
        finally:
            own_pg.start()
    assert await delivered(pg) == list(range(50))
    said = [line["event"] for line in logs if line["event"].startswith("postgres")]
    assert (said, outbox.is_reachable) == (["postgres_lost", "postgres_back"], True)
    assert heart.beats > 40


async def test_text_with_a_nul_does_not_block_the_queue(
    journal: SqliteJournal, outbox: Outbox, pg: PgDatabase
) -> None:
    await journal.save_fill(fill(0), trade(0, llm_reasoning="be\x00cause"))
    await write_fills(journal, 1, 2)
    assert await outbox.deliver() == 2 + 1
    (_, first) = await PgHistory(pg, instance="main").trades(TradeQuery())
    assert first.llm_reasoning == "be\ufffdcause"


async def test_rows_of_an_older_journal_are_queued_by_its_migration(
    tmp_path: Path, pg: PgDatabase
) -> None:
    path = tmp_path / "old.sqlite"
    with sqlite3.connect(path) as old:
        old.executescript(f"{MIGRATIONS[0]} PRAGMA user_version = 1;")
        old.execute("INSERT INTO equity VALUES (5, '1.50', '0')")
    old.close()
    database = FileDatabase(path)
    await Outbox(database, pg, StepClock(m.NOW), instance="main").deliver()
    await database.close()
    assert await PgHistory(pg, instance="main").equity_at(0) == Decimal("1.50")


@pytest.mark.soak
@pytest.mark.timeout(900)
async def test_random_kills_under_trading_lose_and_double_nothing(
    source: FileDatabase, journal: SqliteJournal, own_pg: PostgresServer, pg_name: str
) -> None:
    pg, random = PgDatabase(own_pg.dsn(pg_name)), Random(4)
    outbox, count = Outbox(source, pg, QuickClock(m.NOW), instance="main"), 0
    await pg.migrate()
    ends = time.monotonic() + float(os.environ.get("TAI2_TEST_SOAK_S", "600"))
    async with asyncio.TaskGroup() as group:
        service = group.create_task(outbox.run(Heart()))
        while time.monotonic() < ends:
            await write_fills(journal, count, count + 5)
            count += 5
            await asyncio.sleep(random.uniform(0, 0.2))
            match random.randrange(60):
                case 0:
                    await asyncio.to_thread(own_pg.stop)
                    await asyncio.sleep(random.uniform(0, 2))
                    await asyncio.to_thread(own_pg.start)
                case 1:
                    await signal_backends(own_pg, pg_name, signal.SIGKILL)
        await until(lambda: is_drained(outbox))
        service.cancel()
    assert await delivered(pg) == list(range(count))
    await pg.close()
