"""A desk trades while PostgreSQL and Redis are killed at random: nothing is lost or doubled.

Both are real servers and the desk is a process. What counts is row for row: the journal, which
was written whatever happened, against what PostgreSQL has when the noise is over.
"""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import pytest

from tai2.engine.clock import StepClock
from tai2.store.journal.database import FileDatabase
from tai2.store.postgres.database import PgDatabase
from tai2.store.postgres.outbox import Outbox
from tests.e2e.desk_process import Desk, Process
from tests.e2e.test_stores import Stores
from tests.fakes.postgres_server import signal_backends

SETTLE_S = 90.0
LENGTH_S = float(os.environ.get("TAI2_TEST_SOAK_S", "600"))

TABLES = {
    "executed_trades": (
        "SELECT id, fill_id, timestamp, price, contracts, fee, pnl, llm_reasoning, mode",
        "executed_trades",
    ),
    "cycles": ("SELECT cycle_id, ts, outcome, reason, justification", "cycles"),
    "orders": ("SELECT cl_ord_id, state, acc_fill, ord_id, reason", "orders"),
    "replies": ("SELECT decision_id, raw_reply, latency_ms", "decisions"),
    "equity": ("SELECT ts, equity, upnl", "equity"),
    "round_trips": ("SELECT trip_id, exited, net_pnl, fills, is_void", "round_trips"),
}
"""What is compared: columns, and PostgreSQL's table where the journal's is the key."""


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    made = Stores(tmp_path)
    yield made
    made.close()


def plain(cell: object) -> object:
    """Return a cell of either database as the same text."""
    if isinstance(cell, datetime):
        return f"{round(cell.timestamp() * 1000)}"
    if isinstance(cell, Decimal):
        return format(cell, "f")
    if isinstance(cell, bool):
        return str(int(cell))
    return None if cell is None else str(cell)


def rows(found: list[Any]) -> list[tuple[object, ...]]:
    return sorted((tuple(map(plain, row)) for row in found), key=repr)


class Noise:
    """Kills one server or the other, now and then, and brings it back."""

    def __init__(self, stores: Stores, seed: int) -> None:
        self._stores = stores
        self._random = Random(seed)
        self._down: dict[str, tuple[float, Callable[[], None]]] = {}
        self.kills = {"postgres": 0, "backends": 0, "redis": 0}

    def step(self, now_s: float) -> None:
        for name, (until_s, start) in tuple(self._down.items()):
            if now_s >= until_s:
                start()
                del self._down[name]
        match self._random.randrange(40):
            case 0 if "postgres" not in self._down:
                self._kill("postgres", now_s, self._stores.postgres.stop, self._start_postgres)
            case 1 if "redis" not in self._down:
                self._kill("redis", now_s, self._stores.redis.kill, self._stores.redis.start)
            case 2 if "postgres" not in self._down:
                database = urlsplit(self._stores.dsn).path.removeprefix("/")
                self.kills["backends"] += asyncio.run(
                    signal_backends(self._stores.postgres, database, signal.SIGKILL)
                )

    def end(self) -> None:
        for _, start in self._down.values():
            start()
        self._down.clear()

    def _kill(
        self, name: str, now_s: float, kill: Callable[[], None], start: Callable[[], None]
    ) -> None:
        kill()
        self.kills[name] += 1
        self._down[name] = (now_s + self._random.uniform(0, 6), start)

    def _start_postgres(self) -> None:
        self._stores.postgres.start()


async def deliver_rest(desk: Desk, stores: Stores) -> None:
    """Let the outbox of a stopped desk finish what waited."""
    journal, target = FileDatabase(desk.state / "journal.sqlite"), PgDatabase(stores.dsn)
    outbox = Outbox(journal, target, StepClock(0), instance="main")
    async with asyncio.timeout(SETTLE_S):
        while await outbox.deliver():
            pass
    await target.close()
    await journal.close()


def outages(daemon: Process, part: str) -> list[str]:
    events = [f"{part}_lost", f"{part}_back"]
    return [record["event"] for record in daemon.log() if record["event"] in events]


@pytest.mark.soak
@pytest.mark.timeout(LENGTH_S + 300)
def test_random_kills_under_trading_lose_and_double_nothing(desk: Desk, stores: Stores) -> None:
    desk.env |= {"DATABASE_URL": stores.dsn, "REDIS_URL": stores.redis.url}
    daemon, noise = desk.run("--interval", "1"), Noise(stores, seed=4)
    ends = time.monotonic() + LENGTH_S
    while time.monotonic() < ends:
        noise.step(time.monotonic())
        time.sleep(0.2)
    noise.end()
    daemon.signal(signal.SIGTERM)
    assert daemon.wait(60) == 0
    asyncio.run(deliver_rest(desk, stores))
    counts = {}
    for ours, (columns, theirs) in TABLES.items():
        kept = rows(desk.rows(f"{columns} FROM {ours}"))
        counts[ours] = len(kept)
        assert rows(stores.rows(f"{columns} FROM {theirs}")) == kept, ours
    said = {part: outages(daemon, part) for part in ("postgres", "redis")}
    print(f"\n{LENGTH_S:g} s, killed {noise.kills}, compared {counts}", flush=True)
    print({part: len(events) for part, events in said.items()}, flush=True)
    assert counts["cycles"] > 0
    assert not daemon.log("service_failed")
    for part, events in said.items():
        assert events == [f"{part}_{('lost', 'back')[n % 2]}" for n in range(len(events))]
