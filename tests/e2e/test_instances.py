"""Two desks on one machine: each has its own state, socket, orders, keys and rows."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.e2e.desk_process import Desk, Process, until
from tests.e2e.test_stores import Stores

WAIT_S = 120.0
ORDERS = "SELECT instance, count(*) AS n, min(cl_ord_id) AS own FROM orders GROUP BY instance"


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    made = Stores(tmp_path_factory.mktemp("redis"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def machine(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with Desk(tmp_path_factory.mktemp("machine")) as made:
        made.env |= {"DATABASE_URL": stores.dsn, "REDIS_URL": stores.redis.url}
        made.env["XDG_RUNTIME_DIR"] = str(made.home)
        del made.env["TAI2_SOCKET"]
        yield made


@pytest.fixture(scope="module")
def daemons(machine: Desk) -> dict[str, Process]:
    started = {
        "main": machine.run("--interval", "1"),
        "b": machine.run("--interval", "1", "--instance", "b"),
    }
    for daemon in started.values():
        daemon.wait_for("fill_recorded", WAIT_S)
    return started


def test_each_answers_at_a_socket_of_its_own(machine: Desk, daemons: dict[str, Process]) -> None:
    for name, directory in (("main", "tai2"), ("b", "tai2-b")):
        (ready,) = daemons[name].log("ready")
        assert ready["socket"] == str(machine.home / directory / "tai2.sock")
        assert machine.tai2("status", "--instance", name, "--json").tree["mode"] == "sim"
        assert (machine.home / "state" / directory / "journal.sqlite").is_file()
    halted = machine.tai2("--instance=b", "halt", "--reason", "this one")
    assert halted.code == 0, halted.err
    states = {
        name: machine.tai2("status", "--json", TAI2_INSTANCE=name).tree["trading_state"]
        for name in ("main", "b")
    }
    assert states == {"main": "active", "b": "halted"}


def test_orders_rows_and_keys_carry_the_name(stores: Stores, daemons: dict[str, Process]) -> None:
    with until(WAIT_S) as goes_on:
        while len(rows := stores.rows(ORDERS)) < len(daemons):
            assert goes_on()
    assert {row["instance"]: row["own"][:6] for row in rows} == {"main": "t2main", "b": "t2b000"}
    with redis.Redis.from_url(stores.redis.url) as client:
        for name in daemons:
            snapshot = json.loads(client.get(f"tai2:{name}:snapshot:BTC-USDT-SWAP"))
            assert snapshot["inst_id"] == "BTC-USDT-SWAP"


@pytest.mark.parametrize("name", ["", "TWO", "toolong", "../b"])
def test_a_name_that_cannot_be_one_is_refused(machine: Desk, name: str) -> None:
    done = machine.tai2("status", "--instance", name)
    assert done.code == 2
    assert "no name of an instance" in done.err


def test_an_instance_that_does_not_run_says_where_it_would_be(machine: Desk) -> None:
    done = machine.tai2("status", "--instance", "c")
    assert done.code == 3
    assert str(Path("tai2-c") / "tai2.sock") in done.err
