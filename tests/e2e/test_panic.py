"""`tai2 panic` against a simulator in a process of its own: daemon killed, stopped, or cut off.

What the exchange holds is the truth. A person trades on the same account: what is theirs must
be as it was at the end, whatever happens to what is the desk's.
"""

import json
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.desk_process import CALL_S, Desk, Process, until
from tests.e2e.exchange_process import Exchange
from tests.e2e.killing import wait

OWN = "t2main"
RESTING_ID = "t2main01KZZZZZZZZZZZZZZZZZZZZZZZ"
THEIRS = "SOL-USDT-SWAP"
LIMIT = {"tdMode": "cross", "side": "buy", "ordType": "limit", "sz": "1", "px": "1"}
MARKET = {"instId": THEIRS, "tdMode": "cross", "side": "buy", "ordType": "market", "sz": "1"}


@pytest.fixture
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    with Desk(tmp_path_factory.mktemp("okx")) as place:
        yield Exchange.start(place)


@pytest.fixture
def busy(desk: Desk, exchange: Exchange) -> Process:
    """Run a desk until it holds something, beside a person who does the same elsewhere."""
    desk.env |= exchange.env | {"TAI2_INSTRUMENTS": "BTC-USDT-SWAP,ETH-USDT-SWAP"}
    daemon = desk.run("--interval", "1")
    daemon.wait_for("fill_recorded")
    exchange.call("POST", "/api/v5/trade/order", MARKET)
    exchange.call("POST", "/api/v5/trade/order", LIMIT | {"instId": THEIRS, "clOrdId": "byhand"})
    return daemon


def rest_an_entry(exchange: Exchange) -> None:
    """Let an order of the desk's own rest in the book, as a lost one might."""
    order = LIMIT | {"instId": "BTC-USDT-SWAP", "clOrdId": RESTING_ID, "sz": "0.1"}
    exchange.call("POST", "/api/v5/trade/order", order)


def pending(exchange: Exchange) -> list[str]:
    rows = exchange.call("GET", "/api/v5/trade/orders-pending?instType=SWAP")
    return [row["clOrdId"] for row in rows]


def only_theirs_is_left(exchange: Exchange) -> None:
    assert exchange.positions() == {THEIRS: "1"}
    assert pending(exchange) == ["byhand"]
    assert exchange.protected() == set()


def books_agree(desk: Desk, exchange: Exchange) -> None:
    """Every fill of ours is a row under its order, and each order was posted once."""
    fills = {f"{f['instId']}:{f['tradeId']}:{f['ordId']}": f for f in exchange.fills()}
    ours = {name: f for name, f in fills.items() if f["instId"] != THEIRS}
    rows = {row["fill_id"]: row for row in desk.rows("SELECT * FROM executed_trades")}
    assert rows.keys() == ours.keys()
    assert {row["leg"] for row in rows.values()} <= {"entry", "emergency", "stop"}
    orders = {row["cl_ord_id"]: row for row in desk.rows("SELECT * FROM orders")}
    assert all(row["cl_ord_id"] in orders for row in rows.values() if row["cl_ord_id"])
    assert all(row["is_terminal"] for row in orders.values())
    assert set(exchange.heard().values()) == {1}


def test_panic_closes_what_is_ours_after_a_kill_and_the_next_start_is_halted(
    desk: Desk, exchange: Exchange, busy: Process
) -> None:
    busy.kill()
    rest_an_entry(exchange)
    done = desk.tai2("panic", "--yes", "--reason", "gone mad", "--json")
    assert done.code == 0, done.err
    assert (done.tree["trading_state"], done.tree["cancelled"]) == ("halted", 1)
    assert all(row["remaining"] == "0" for row in done.tree["closed"])
    only_theirs_is_left(exchange)
    again = desk.run("--interval", "1")
    status = desk.tai2("status", "--json").tree
    assert (status["trading_state"], status["state_reason"]) == ("halted", "panic: gone mad")
    assert again.log("forgotten_order_taken_back") == []
    assert again.stop() == 0
    books_agree(desk, exchange)


def test_panic_beside_a_stopped_daemon_which_takes_it_over_before_it_sends_anything(
    desk: Desk, exchange: Exchange, busy: Process
) -> None:
    busy.signal(signal.SIGSTOP)
    rest_an_entry(exchange)
    done = desk.tai2("panic", "--yes", "--json")
    assert done.code == 0, done.err
    assert str(busy.pid) in done.tree["daemon"]
    only_theirs_is_left(exchange)
    heard = exchange.heard()
    busy.signal(signal.SIGCONT)
    busy.wait_for("panic_taken_over", CALL_S)
    assert desk.tai2("status", "--json").tree["state_reason"] == "panic: by hand"
    assert not (desk.state / "panic.ndjson").exists()
    with until(CALL_S) as goes_on:
        while desk.rows("SELECT 1 FROM orders WHERE is_terminal = 0"):
            goes_on()
    assert exchange.heard() == heard
    assert busy.stop() == 0
    books_agree(desk, exchange)


def test_panic_is_taken_over_by_the_next_start_of_a_daemon_that_hung_and_was_killed(
    desk: Desk, exchange: Exchange, busy: Process
) -> None:
    busy.signal(signal.SIGSTOP)
    assert desk.tai2("panic", "--yes").code == 0
    busy.kill()
    again = desk.run("--interval", "1")
    assert [record["reason"] for record in again.log("panic_taken_over")] == ["by hand"]
    assert again.stop() == 0
    only_theirs_is_left(exchange)
    books_agree(desk, exchange)


def test_panic_beside_a_living_daemon_halts_it_and_nothing_is_opened_again(
    desk: Desk, exchange: Exchange, busy: Process
) -> None:
    done = desk.tai2("panic", "--yes", "--json")
    assert done.code == 0, done.err
    busy.wait_for("panic_taken_over", CALL_S)
    assert desk.tai2("status", "--json").tree["trading_state"] == "halted"
    assert wait(lambda: exchange.positions() == {THEIRS: "1"}, CALL_S)
    assert busy.stop() == 0
    books_agree(desk, exchange)


def test_panic_without_an_exchange_says_so_and_halts_all_the_same(
    desk: Desk, exchange: Exchange, busy: Process
) -> None:
    exchange.process.kill()
    done = desk.tai2("panic", "--yes", "--json")
    assert done.code == 1
    told = json.loads(done.err.splitlines()[-1])
    assert told["exit_code"] == 1
    assert "halted all the same" in told["hint"]
    busy.wait_for("panic_taken_over", CALL_S)
    assert desk.tai2("status", "--json").tree["trading_state"] == "halted"


def test_panic_without_a_word_halts_and_cancels_and_closes_nothing(
    desk: Desk, exchange: Exchange, busy: Process
) -> None:
    busy.signal(signal.SIGSTOP)
    rest_an_entry(exchange)
    held = exchange.positions()
    seen: Any = desk.tai2("panic", "--dry-run", "--json").tree
    assert (seen["trading_state"], pending(exchange)) == ("", [RESTING_ID, "byhand"])
    assert {row["inst_id"] for row in seen["summary"]["positions"]} == held.keys() - {THEIRS}
    done = desk.tai2("panic")
    assert done.code == 5
    assert "close " in done.err
    assert pending(exchange) == ["byhand"]
    assert exchange.positions() == held
    assert exchange.protected() == held.keys() - {THEIRS}
    busy.signal(signal.SIGCONT)
    busy.wait_for("panic_taken_over", CALL_S)
    assert desk.tai2("resume", "--reason", "calm again", "--confirm", "y").code == 0
