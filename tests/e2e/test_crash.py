"""kill -9 at every named step and at any moment: the exchange's own ledger and ours still agree.

The simulator runs in a process of its own and survives every daemon; a real PostgreSQL takes
the projection. Between two kills positions are closed by hand, so that rules-v1 opens new ones
and orders keep flowing. What the simulator heard and holds is the truth.
"""

import asyncio
import json
import os
import random
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from tests.e2e.desk_process import Desk
from tests.e2e.exchange_process import Exchange, Row
from tests.e2e.killing import DIRECTED, RANDOM, Killing, plan, wait
from tests.fakes.postgres_server import PostgresServer, create_database

OWN = "t2main"
FOREIGN = {
    "instId": "SOL-USDT-SWAP",
    "tdMode": "cross",
    "side": "buy",
    "ordType": "limit",
    "sz": "1",
    "px": "1",
    "clOrdId": "byhand",
}
"""An order of somebody else, far below the market: it must still rest there at the end."""
BREACHES = ("settled_order_exists", "service_failed", "forgotten_order_taken_back")
SEED = int(os.environ.get("TAI2_CRASH_SEED", "200"))


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    server = PostgresServer()
    yield server
    server.close()


@pytest.fixture
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    with Desk(tmp_path_factory.mktemp("okx")) as place:
        yield Exchange.start(place)


@pytest.fixture
def dsn(desk: Desk, postgres: PostgresServer) -> str:
    dsn = postgres.dsn(asyncio.run(create_database(postgres)))
    desk.env["DATABASE_URL"] = dsn
    return dsn


@pytest.mark.timeout(1_200)
def test_no_order_and_no_fill_is_lost_or_doubled_by_kills(
    desk: Desk, exchange: Exchange, dsn: str
) -> None:
    chance = random.Random(10)
    deaths = plan(chance, directed=1, at_random=8)[:5]
    killed(Killing(desk, exchange, seed=10), deaths, dsn, at_least=1)


@pytest.mark.crash
@pytest.mark.timeout(6_000)
def test_two_hundred_kills(desk: Desk, exchange: Exchange, dsn: str) -> None:
    deaths = plan(random.Random(SEED), DIRECTED, RANDOM)
    assert len(deaths) == 200
    toll = killed(Killing(desk, exchange, SEED), deaths, dsn, at_least=60)
    assert toll["steps_hit"] == 22


@pytest.mark.crash
@pytest.mark.timeout(900)
def test_thirty_kills(desk: Desk, exchange: Exchange, dsn: str) -> None:
    deaths = plan(random.Random(30), directed=1, at_random=8)
    assert len(deaths) == 30
    killed(Killing(desk, exchange, seed=30), deaths, dsn, at_least=8)


def killed(killing: Killing, deaths: list[Any], dsn: str, at_least: int) -> dict[str, Any]:
    """Live and die, then let three clean lives settle everything and compare."""
    desk, exchange = killing.desk, killing.exchange
    exchange.call("POST", "/api/v5/trade/order", FOREIGN)
    for number, death in enumerate(deaths, start=1):
        killing.live(death)
        print(number, death.step, flush=True)
    exchange.control("DELETE")
    for _ in range(3):
        quiet = desk.run("--interval", "600", **exchange.env)
        assert {record["event"] for record in quiet.log()}.isdisjoint(BREACHES)
        last = desk.tai2("status", "--json").tree
        assert quiet.stop() == 0
    agree(desk, exchange, last, dsn)
    ours = [row for row in exchange.orders() if row["clOrdId"].startswith(OWN)]
    killing.toll.orders, killing.toll.fills = len(ours), len(exchange.fills())
    assert len(ours) >= at_least
    print(killing.toll.told())
    return dict(json.loads(killing.toll.told()))


def agree(desk: Desk, exchange: Exchange, status: dict[str, Any], dsn: str) -> None:
    """Compare the exchange's ledger with the journal, and the journal with its projection."""
    ours = [row for row in exchange.orders() if row["clOrdId"].startswith(OWN)]
    positions = exchange.positions()
    assert {p["inst_id"]: p["contracts"] for p in status["positions"]} == positions
    orders_agree(desk, exchange, ours)
    trades_agree(desk, exchange)
    projection_agrees(desk, exchange, dsn)
    pending = exchange.call("GET", "/api/v5/trade/orders-pending?instType=SWAP")
    assert [row["clOrdId"] for row in pending] == [FOREIGN["clOrdId"]]
    assert exchange.protected() >= positions.keys()


def orders_agree(desk: Desk, exchange: Exchange, ours: list[Row]) -> None:
    """Every order was posted once, is in the journal, and ended there as at the exchange."""
    journal = {row["cl_ord_id"]: row for row in desk.rows("SELECT * FROM orders")}
    heard = {name: n for name, n in exchange.heard().items() if name.startswith((OWN, "s2main"))}
    assert set(heard.values()) <= {1}, [name for name, n in heard.items() if n > 1]
    stops = {row["algo_cl_ord_id"] for row in desk.rows("SELECT algo_cl_ord_id FROM stops")}
    assert heard.keys() <= journal.keys() | stops
    assert set(Counter(row["clOrdId"] for row in ours).values()) <= {1}
    legs = Counter(
        (known["decision_id"], known["leg"])
        for row in ours
        if (known := journal[row["clOrdId"]])["leg"] != "emergency"
    )
    assert set(legs.values()) <= {1}
    for row in ours:
        known = journal[row["clOrdId"]]
        assert known["is_terminal"], dict(known)
        assert (known["state"], known["ord_id"]) == (row["state"], row["ordId"])
        assert Decimal(known["acc_fill"]) == Decimal(row["accFillSz"])
    unsent = journal.keys() - {row["clOrdId"] for row in ours}
    assert {journal[each]["state"] for each in unsent} <= {
        "abandoned",
        "absent",
        "rejected",
        "expired",
    }


def trades_agree(desk: Desk, exchange: Exchange) -> None:
    """Every fill is one row of executed_trades, and the rows add up to the positions."""
    fills = {f"{f['instId']}:{f['tradeId']}:{f['ordId']}": f for f in exchange.fills()}
    rows = {row["fill_id"]: row for row in desk.rows("SELECT * FROM executed_trades")}
    assert rows.keys() == fills.keys()
    held: dict[str, Decimal] = {}
    for name, row in rows.items():
        assert Decimal(row["price"]) == Decimal(fills[name]["fillPx"])
        assert Decimal(row["contracts"]) == Decimal(fills[name]["fillSz"])
        assert Decimal(row["fee"]) == Decimal(fills[name]["fee"])
        assert row["llm_reasoning"] or row["leg"] == "external"
        sign = 1 if row["side"] == "buy" else -1
        held[row["symbol"]] = held.get(row["symbol"], Decimal(0)) + sign * Decimal(row["contracts"])
    positions = {inst: Decimal(pos) for inst, pos in exchange.positions().items()}
    assert {inst: pos for inst, pos in held.items() if pos} == positions


def projection_agrees(desk: Desk, exchange: Exchange, dsn: str) -> None:
    """PostgreSQL has every row of the journal's, once."""
    daemon = desk.run("--interval", "600", **exchange.env)
    count = "SELECT count(*) AS n FROM outbox"
    assert wait(lambda: desk.rows(count)[0]["n"] == 0, 60.0)
    assert daemon.stop() == 0
    wanted = sorted(row["id"] for row in desk.rows("SELECT id FROM executed_trades"))
    assert sorted(str(row["id"]) for row in asyncio.run(projected(dsn))) == wanted


async def projected(dsn: str) -> list[Any]:
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        return await connection.fetch("SELECT id FROM executed_trades")
    finally:
        await connection.close()
