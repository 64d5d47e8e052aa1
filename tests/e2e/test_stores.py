"""The desk with a real PostgreSQL and a real Redis beside it: it copies, and it outlives both."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import redis

from tai2.store.postgres.database import PgDatabase
from tests.e2e.desk_process import Desk, Process
from tests.e2e.desk_process import until as within
from tests.fakes.postgres_server import PostgresServer, create_database
from tests.fakes.redis_server import RedisServer

WAIT_S = 120.0


class Stores:
    """Both servers and what the desk put into them."""

    def __init__(self, place: Path) -> None:
        self.postgres, self.redis = PostgresServer(), RedisServer(place)
        self.dsn = self.postgres.dsn(asyncio.run(create_database(self.postgres)))

    def rows(self, sql: str) -> list[Any]:
        return asyncio.run(self._rows(sql))

    async def _rows(self, sql: str) -> list[Any]:
        connection = await asyncpg.connect(self.dsn, timeout=WAIT_S)
        try:
            return await connection.fetch(sql)
        finally:
            await connection.close()

    def migrate(self) -> None:
        asyncio.run(PgDatabase(self.dsn).migrate())

    def execute(self, sql: str) -> None:
        asyncio.run(self._execute(sql))

    async def _execute(self, sql: str) -> None:
        connection = await asyncpg.connect(self.dsn, timeout=WAIT_S)
        try:
            await connection.execute(sql, timeout=900)
        finally:
            await connection.close()

    def close(self) -> None:
        self.redis.kill()
        self.postgres.close()


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    made = Stores(tmp_path_factory.mktemp("redis"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def desk(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with Desk(tmp_path_factory.mktemp("desk")) as made:
        made.env |= {"DATABASE_URL": stores.dsn, "REDIS_URL": stores.redis.url}
        yield made


@pytest.fixture(scope="module")
def daemon(desk: Desk) -> Process:
    started = desk.run("--interval", "1")
    started.wait_for("fill_recorded", WAIT_S)
    return started


def health(desk: Desk, part: str) -> dict[str, Any]:
    status = desk.tai2("status", "--json").tree
    return next(row for row in status["health"] if row["part"] == part)


def until(desk: Desk, part: str, *, ok: bool) -> dict[str, Any]:
    """Ask until a part is as wanted; each question takes its own while."""
    for _ in range(60):
        if (found := health(desk, part))["ok"] is ok:
            return found
    raise AssertionError(f"{part} never became ok={ok}: {found}")


def test_trade_reaches_the_missions_table_with_its_reasoning(
    desk: Desk, daemon: Process, stores: Stores
) -> None:
    sql = "SELECT symbol, side, price, amount, llm_reasoning, pnl FROM executed_trades"
    with within(WAIT_S) as goes_on:
        while not (rows := stores.rows(sql)):
            assert goes_on()
    assert all(row["side"] in ("buy", "sell") and row["price"] > 0 for row in rows)
    assert all("m5.ema20_vs_50" in row["llm_reasoning"] for row in rows)
    shown = desk.tai2("history", "--json").tree["trades"]
    assert {row["symbol"] for row in rows} <= {trade["symbol"] for trade in shown}


def test_latest_snapshot_lies_in_redis_for_other_programs(daemon: Process, stores: Stores) -> None:
    with redis.Redis.from_url(stores.redis.url) as client:
        key = "tai2:main:snapshot:BTC-USDT-SWAP"
        snapshot = json.loads(client.get(key))
        assert client.ttl(key) > 0
    assert snapshot["inst_id"] == "BTC-USDT-SWAP"
    assert len(snapshot["book"]["value"]["bids"]) == 20


def test_desk_goes_on_while_both_are_gone_and_copies_afterwards(
    desk: Desk, daemon: Process, stores: Stores
) -> None:
    stores.redis.kill()
    stores.postgres.stop()
    until(desk, "redis", ok=False)
    until(desk, "postgres", ok=False)
    at = len(daemon.err.kept)
    daemon.wait_for("cycle_ended", WAIT_S, after=at)
    stores.postgres.start()
    stores.redis.start()
    until(desk, "redis", ok=True)
    until(desk, "postgres", ok=True)
    ours = desk.rows("SELECT id FROM executed_trades")
    copied = stores.rows("SELECT id FROM executed_trades")
    assert {str(row["id"]) for row in copied} >= {row["id"] for row in ours[:1]}
    assert not daemon.log("service_failed")
