"""`tai2 adopt` and `tai2 ignore` at the command line, over the socket, on a running desk."""

from collections.abc import Iterator

import pytest

from tests.e2e.desk_process import CALL_S, Desk
from tests.e2e.exchange_process import Exchange
from tests.e2e.killing import wait

FOLLOWED, OTHER = "BTC-USDT-SWAP", "SOL-USDT-SWAP"


@pytest.fixture
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    with Desk(tmp_path_factory.mktemp("okx")) as place:
        yield Exchange.start(place)


def test_what_is_not_ours_is_shown_adopted_and_ignored_by_a_persons_word(
    desk: Desk, exchange: Exchange
) -> None:
    order = {"tdMode": "cross", "side": "buy", "ordType": "market", "sz": "1"}
    for inst_id in (FOLLOWED, OTHER):
        exchange.call("POST", "/api/v5/trade/order", order | {"instId": inst_id})
    desk.env |= exchange.env | {"TAI2_INSTRUMENTS": FOLLOWED}
    daemon = desk.run("--interval", "600")
    wait(lambda: len(desk.tai2("status", "--json").tree["foreign"]) == 2, CALL_S)
    shown = desk.tai2("status")
    assert f"Not ours: 1 contracts {FOLLOWED}, locks it: tai2 adopt" in shown.out
    assert desk.tai2("adopt", FOLLOWED).code == 2
    assert desk.tai2("adopt", FOLLOWED, "--stop-pct", "2").code == 5
    assert exchange.protected() == set()
    done = desk.tai2("adopt", FOLLOWED, "--stop-pct", "2", "--confirm", "y")
    assert (done.code, done.out) == (0, "adopted; its stop is placed\n")
    assert exchange.protected() == {FOLLOWED}
    assert desk.tai2("ignore", OTHER, "--confirm", "y").code == 0
    rows = desk.tai2("status", "--json").tree["foreign"]
    assert [(row["inst_id"], row["ignored"]) for row in rows] == [(OTHER, True)]
    assert desk.tai2("settle", "t2mainNOSUCH", "absent").code == 2
    assert desk.tai2("adopt", FOLLOWED, "--undo", "--confirm", "y").code == 0
    assert exchange.protected() == set()
    assert exchange.positions() == {FOLLOWED: "1", OTHER: "1"}
    assert daemon.stop() == 0
