"""Two desks on one account and one PostgreSQL: one trades, the other waits and takes over.

The simulator's ledger says who traded when; each desk's journal says which orders were its own.
"""

import asyncio
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.desk_process import Desk, Process
from tests.e2e.exchange_process import Exchange
from tests.fakes.notify_socket import NotifySocket, is_ping
from tests.fakes.postgres_server import PostgresServer, create_database, signal_backends

WAIT_S = 120.0
TAKEOVER_S = 30.0
"""From the death of one to the other's first cycle."""
LATE_S = 15.0
"""A loaded machine may take longer."""
LOCK = "tai2 account lock"


@dataclass(slots=True)
class Pair:
    """Two homes, one exchange, one database."""

    exchange: Exchange
    postgres: PostgresServer
    database: str
    desks: dict[str, Desk]

    def start(self, name: str, **env: str) -> Process:
        dsn = {"DATABASE_URL": self.postgres.dsn(self.database), "TAI2_ACCOUNT_LOCK": "true"}
        return self.desks[name].start("run", "--interval", "1", **self.exchange.env, **dsn, **env)

    def trade_on(self, name: str, desk: Process) -> None:
        """Resume a desk that found the other's orders, and return once it has sent its own."""
        done = self.desks[name].tai2("resume", "--reason", "took over", "--confirm", "y")
        assert done.code == 0, done.err
        self.exchange.flatten()  # it would hold what the other bought
        self.exchange.cancel_stops()
        desk.wait_for("order_submitted", WAIT_S, after=len(desk.err.kept) - 1)

    def sends(self, name: str) -> set[str]:
        """Return the client ids of every order that a desk's journal knows to have left here."""
        query = "SELECT cl_ord_id FROM orders WHERE leg IN ('entry', 'exit') AND sent_ms > 0"
        return {row["cl_ord_id"] for row in self.desks[name].rows(query)}

    def times(self, name: str) -> list[int]:
        """Return when the exchange took each order of a desk's, ms UTC, in order."""
        own = self.sends(name)
        assert not any(own & self.sends(other) for other in self.desks if other != name)
        return sorted(int(row["cTime"]) for row in self.exchange.orders() if row["clOrdId"] in own)

    def disturb(self, number: signal.Signals) -> None:
        """Signal the server's processes that hold or ask for the lock."""
        asyncio.run(signal_backends(self.postgres, self.database, number, LOCK))


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with ExitStack() as stack:
        postgres = PostgresServer()
        stack.callback(postgres.close)
        homes = {name: tmp_path_factory.mktemp(name) for name in ("a", "b", "exchange")}
        desks = {name: stack.enter_context(Desk(home)) for name, home in homes.items()}
        exchange = Exchange.start(desks.pop("exchange"))
        name = asyncio.run(create_database(postgres))
        yield Pair(exchange, postgres, name, desks)


@dataclass(slots=True)
class Story:
    """The processes of one run through, in the order of their leading."""

    leader: Process
    standby: Process
    systemd: NotifySocket


@pytest.fixture(scope="module")
def story(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """One leads and has traded; the other waits under a systemd of ours."""
    with NotifySocket(tmp_path_factory.mktemp("systemd") / "notify.sock") as systemd:
        leader = pair.start("a")
        leader.wait_for("fill_recorded", WAIT_S)
        manager = {"NOTIFY_SOCKET": str(systemd.path), "WATCHDOG_USEC": "60000000"}
        standby = pair.start("b", **manager)
        standby.wait_for("standing_by", WAIT_S)
        yield Story(leader, standby, systemd)


def test_the_second_waits_and_systemd_knows_it(story: Story) -> None:
    story.systemd.wait(is_ping, count=3)
    (ready,) = story.systemd.said("READY")
    assert ready.lines["STATUS"] == "standby: another desk trades on this account"
    assert not story.standby.log("ready")
    assert not story.standby.log("order_submitted")


def test_who_asks_it_hears_that_it_waits(pair: Pair, story: Story) -> None:
    done = pair.desks["b"].tai2("status")
    assert done.code == 3
    assert f"(pid {story.standby.pid}) doesn't listen yet" in done.err
    assert "standing_by" in pair.desks["b"].tai2("logs").out


def test_it_takes_over_soon_after_the_first_is_killed(pair: Pair, story: Story) -> None:
    story.leader.kill()
    dead_ms, dead_s = time.time_ns() // 1_000_000, time.monotonic()
    story.standby.wait_for("ready", WAIT_S)
    assert time.monotonic() - dead_s < TAKEOVER_S + LATE_S
    status = pair.desks["b"].tai2("status", "--json").tree
    assert status["trading_state"] == "halted"
    assert "forgotten_order" in status["state_reason"]
    assert set(pair.exchange.positions()) <= pair.exchange.protected()
    pair.trade_on("b", story.standby)
    first, second = pair.times("a"), pair.times("b")
    assert first[-1] <= dead_ms < second[0]


def test_who_loses_the_lock_ends_and_sends_no_more(pair: Pair, story: Story) -> None:
    returned = pair.start("a")
    returned.wait_for("standing_by", WAIT_S)
    earlier = len(pair.times("a"))
    pair.disturb(signal.SIGTERM)
    assert story.standby.wait() == 1
    ended_ms = time.time_ns() // 1_000_000
    assert any("account's lock" in line for line in story.standby.err.kept[-3:])
    returned.wait_for("ready", WAIT_S)
    pair.trade_on("a", returned)
    assert pair.times("b")[-1] <= ended_ms < pair.times("a")[earlier]
    story.leader = returned


def test_a_database_that_hangs_ends_the_leader_within_its_lease(pair: Pair, story: Story) -> None:
    assert story.leader.is_running
    pair.disturb(signal.SIGSTOP)
    try:
        assert story.leader.wait() == 1
        sent = pair.times("a")
        waiting = pair.start("b")
        waiting.wait_for("standing_by", WAIT_S)
    finally:
        pair.disturb(signal.SIGCONT)
    waiting.wait_for("ready", WAIT_S)
    assert pair.times("a") == sent
    assert waiting.stop() == 0


def test_a_standby_is_stopped_like_any_desk(pair: Pair) -> None:
    leader = pair.start("a")
    leader.wait_for("account_lock_taken", WAIT_S)
    waiting = pair.start("b")
    waiting.wait_for("standing_by", WAIT_S)
    assert waiting.stop() == 0
    assert leader.stop() == 0


def test_without_its_database_a_desk_waits_for_it(pair: Pair) -> None:
    pair.postgres.stop()
    try:
        waiting = pair.start("a")
        waiting.wait_for("standing_by", WAIT_S)
        assert "PostgreSQL can't say" in waiting.log("standing_by")[0]["reason"]
    finally:
        pair.postgres.start()
    waiting.wait_for("ready", WAIT_S)
    assert waiting.stop() == 0


def test_a_lock_needs_a_database(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        refused = desk.start("run", TAI2_ACCOUNT_LOCK="true")
        assert refused.wait() == 2
        assert any("Set DATABASE_URL" in line for line in refused.err.kept)
