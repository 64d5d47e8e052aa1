"""kill -9 at any moment: the exchange's own ledger and the journal must still agree.

The simulator runs in a process of its own and survives every daemon. Between two kills its
positions are closed by hand, so that rules-v1 opens new ones and orders keep flowing.
"""

import random
import time
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

import pytest

from tests.e2e.desk_process import Desk, Process
from tests.e2e.exchange_process import Exchange, Row

OWN = "t2main"
MOMENTS = (
    "order_submitted",
    "starting",
    "order_submitted",
    "cycle_ended",
    "ready",
    "fill_recorded",
)
"""Log lines right behind which the daemon dies."""
LATER_S = 0.08


@pytest.fixture
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    with Desk(tmp_path_factory.mktemp("okx")) as place:
        yield Exchange.start(place)


@pytest.mark.timeout(180)
def test_no_order_and_no_fill_is_lost_or_doubled_by_kills(desk: Desk, exchange: Exchange) -> None:
    lives(desk, exchange, kills=3, seed=3)
    agree(desk, exchange, at_least=2)


@pytest.mark.crash
@pytest.mark.timeout(600)
def test_twenty_kills(desk: Desk, exchange: Exchange) -> None:
    lives(desk, exchange, kills=20, seed=20)
    agree(desk, exchange, at_least=10)


@pytest.mark.crash
@pytest.mark.timeout(4_000)
def test_two_hundred_kills(desk: Desk, exchange: Exchange) -> None:
    lives(desk, exchange, kills=200, seed=200)
    agree(desk, exchange, at_least=100)


def lives(desk: Desk, exchange: Exchange, kills: int, seed: int) -> None:
    """Start the daemon and kill it, again and again."""
    chance = random.Random(seed)
    for number in range(kills):
        daemon = desk.start("run", "--interval", "1", **exchange.env)
        live_until(daemon, exchange, chance, MOMENTS[number % len(MOMENTS)])
        daemon.kill()
        assert [record for record in daemon.log() if record["level"] == "error"] == []


def live_until(daemon: Process, exchange: Exchange, chance: random.Random, moment: str) -> None:
    """Return right behind a chosen log line, or somewhere in the middle of a start."""
    daemon.wait_for("starting")
    if moment == "starting":
        time.sleep(chance.uniform(0, 2.0))
        return
    seen = daemon.wait_for("ready")
    if moment != "ready":
        exchange.flatten()
        seen = daemon.wait_for(moment, 20.0, after=seen)
    time.sleep(chance.uniform(0, LATER_S))


def agree(desk: Desk, exchange: Exchange, at_least: int) -> None:
    """Compare the exchange's ledger with the journal, after one start that ends cleanly."""
    daemon = desk.run("--interval", "600", **exchange.env)
    assert desk.tai2("halt").code == 0
    status = desk.tai2("status", "--json").tree
    assert daemon.stop() == 0
    assert [record for record in daemon.log() if record["level"] == "error"] == []

    ours = [row for row in exchange.orders() if row["clOrdId"].startswith(OWN)]
    assert len(ours) >= at_least
    assert {p["inst_id"]: p["contracts"] for p in status["positions"]} == exchange.positions()
    orders_agree(desk, ours)
    trades_agree(desk, exchange)


def orders_agree(desk: Desk, ours: list[Row]) -> None:
    """Every order was sent once, is in the journal, and ended there as it did at the exchange."""
    assert set(Counter(row["clOrdId"] for row in ours).values()) == {1}
    journal = {row["cl_ord_id"]: row for row in desk.rows("SELECT * FROM orders")}
    assert {row["clOrdId"] for row in ours} <= journal.keys()
    for row in ours:
        known = journal[row["clOrdId"]]
        assert known["is_terminal"], dict(known)
        assert (known["state"], known["ord_id"]) == (row["state"], row["ordId"])
        assert Decimal(known["acc_fill"]) == Decimal(row["accFillSz"])
    unsent = journal.keys() - {row["clOrdId"] for row in ours}
    assert {journal[each]["state"] for each in unsent} <= {"abandoned", "absent"}


def trades_agree(desk: Desk, exchange: Exchange) -> None:
    """Every fill is one row of executed_trades, and the rows add up to the positions."""
    fills = {f"{f['instId']}:{f['tradeId']}:{f['ordId']}": f for f in exchange.fills()}
    rows = {row["fill_id"]: row for row in desk.rows("SELECT * FROM executed_trades")}
    assert rows.keys() == fills.keys()
    held: dict[str, Decimal] = {}
    for name, row in rows.items():
        assert Decimal(row["price"]) == Decimal(fills[name]["fillPx"])
        assert Decimal(row["contracts"]) == Decimal(fills[name]["fillSz"])
        sign = 1 if row["side"] == "buy" else -1
        held[row["symbol"]] = held.get(row["symbol"], Decimal(0)) + sign * Decimal(row["contracts"])
    positions = {inst: Decimal(pos) for inst, pos in exchange.positions().items()}
    assert {inst: pos for inst, pos in held.items() if pos} == positions
