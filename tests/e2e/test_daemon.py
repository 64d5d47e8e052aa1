"""The desk as a person runs it: it starts, trades, answers, obeys, stops and goes on."""

import csv
import json
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from io import StringIO

import pytest

from tests.e2e.desk_process import READY_S, STOP_S, Desk, Process

TRADE_S = 120.0
HALTED_CYCLES = "SELECT DISTINCT outcome, reason, detail, justification FROM cycles WHERE ts > {}"


@dataclass(frozen=True, slots=True)
class Live:
    """A desk with a daemon that has traded."""

    desk: Desk
    daemon: Process


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """Share one trading daemon; in the end it must stop cleanly, without one ERROR line."""
    with Desk(tmp_path_factory.mktemp("live")) as desk:
        daemon = desk.run("--interval", "1")
        daemon.wait_for("fill_recorded", TRADE_S)
        yield Live(desk, daemon)
        assert daemon.stop() == 0
        assert [record for record in daemon.log() if record["level"] == "error"] == []


def traded(desk: Desk) -> list[sqlite3.Row]:
    """Return every row of executed_trades, oldest first."""
    return desk.rows("SELECT * FROM executed_trades ORDER BY timestamp, fill_id")


def cycles(desk: Desk) -> int:
    """Return how many cycles are recorded."""
    return int(desk.rows("SELECT count(*) AS n FROM cycles")[0]["n"])


def test_it_says_ready_with_mode_reasoner_and_socket(live: Live) -> None:
    (ready,) = live.daemon.log("ready")
    assert ready["mode"] == "sim"
    assert ready["reasoner"] == "rules-v1 (no LLM)"
    assert ready["trading_state"] == "active"
    assert ready["socket"] == str(live.desk.socket)
    assert live.desk.tai2("status", "--json").tree["mode"] == "sim"


def test_it_trades_on_its_own_and_writes_down_why(live: Live) -> None:
    row = traded(live.desk)[0]
    assert row["leg"] == "entry"
    assert row["llm_reasoning"].startswith("Opening ")
    assert row["reasoner"] == "rules-v1 (no LLM)"
    assert row["mode"] == "sim"
    assert row["decision_id"]


def test_an_entry_carries_a_stop_at_the_exchange(live: Live) -> None:
    intents = [json.loads(row["intent"]) for row in live.desk.rows("SELECT intent FROM orders")]
    assert intents
    assert all(intent["stop"] for intent in intents if intent["leg"] == "entry")


READS = (
    ("status",),
    ("decisions", "-n", "5"),
    ("decisions", "--instrument", "BTC-USDT-SWAP"),
    ("history",),
    ("history", "--since", "1h", "--symbol", "BTC-USDT-SWAP"),
    ("ask", "why no trade in the last hour?"),
    ("snapshot", "BTC-USDT-SWAP"),
    ("logs", "-n", "5"),
    ("config", "get"),
    ("config", "get", "interval"),
    ("config", "path"),
    ("version",),
)


@pytest.mark.parametrize("words", READS, ids=" ".join)
def test_every_verb_answers_in_text_and_in_json(live: Live, words: tuple[str, ...]) -> None:
    text, tree = live.desk.tai2(*words), live.desk.tai2(*words, "--json")
    assert (text.code, tree.code) == (0, 0), text.err + tree.err
    assert text.out.strip()
    documents = tree.out.splitlines() if words[0] == "logs" else [tree.out]
    assert all(isinstance(json.loads(document), dict) for document in documents)


def test_a_decision_can_be_read_in_full_with_its_raw_reply(live: Live) -> None:
    newest = live.desk.tai2("decisions", "-n", "1", "--json").tree["cycles"][0]
    chosen = ("decisions", "--id", newest["decision_id"])
    assert live.desk.tai2(*chosen, "--json").tree["justification"] == newest["justification"]
    raw = json.loads(live.desk.tai2(*chosen, "--raw").out)
    assert raw["justification"] == newest["justification"]


def test_the_trades_can_be_exported_as_csv(live: Live) -> None:
    piped = live.desk.tai2("history", "--csv", "-")
    written = live.desk.tai2("history", "--csv", "trades.csv")
    table = list(csv.reader(StringIO(piped.out)))
    assert (piped.code, written.code, written.out) == (0, 0, "")
    assert len(table) >= 2
    assert {len(row) for row in table} == {len(table[0])}
    exported = (live.desk.home / "trades.csv").read_bytes().decode().splitlines()
    assert exported[0] == piped.out.splitlines()[0]
    assert live.desk.tai2("history", "--csv", "trades.csv").code == 2


def test_the_log_can_be_followed(live: Live) -> None:
    follower = live.desk.start("logs", "-f", "-n", "1", "--json", "--grep", "cycle_ended")
    first = follower.out.wait(lambda _line: True, READY_S)
    follower.out.wait(lambda _line: True, READY_S, after=first + 4)
    follower.signal(signal.SIGINT)
    assert follower.wait() == 130
    numbers = [json.loads(line)["seq"] for line in follower.out.kept]
    assert numbers == sorted(set(numbers))


def test_a_second_daemon_is_refused_by_name(live: Live) -> None:
    second = live.desk.tai2("run", TAI2_SOCKET=str(live.desk.home / "other.sock"))
    assert second.code == 2
    assert f"another tai2 (pid {live.daemon.pid})" in second.err
    assert live.daemon.is_running


def test_a_control_beyond_its_ceiling_is_refused(live: Live) -> None:
    done = live.desk.tai2("config", "set", "max_order_notional", "1000000")
    assert done.code in (2, 5)
    assert "hint:" in done.err
    assert live.desk.tai2("config", "get", "max_order_notional").out.strip() == "100"


def test_halt_holds_every_cycle_until_a_person_resumes_with_a_reason(live: Live) -> None:
    assert live.desk.tai2("halt", "--reason", "news at 14:30").code == 0
    try:
        orders = len(live.desk.rows("SELECT 1 FROM orders"))
        start = live.desk.tai2("status", "--json").tree["now_ms"]
        seen = len(live.daemon.err.kept)
        for _round in range(6):
            seen = 1 + live.daemon.wait_for("cycle_ended", after=seen)
        held = live.desk.rows(HALTED_CYCLES.format(start))
        assert {(row["outcome"], row["reason"]) for row in held} == {("hold", "HALTED")}
        assert all("HALTED" in row["justification"].upper() for row in held)
        assert len(live.desk.rows("SELECT 1 FROM orders")) == orders
        assert live.desk.tai2("resume").code == 2
        assert "halted" in live.desk.tai2("status").out
    finally:
        resumed = live.desk.tai2("resume", "--reason", "read the news", "--confirm", "y")
    assert "active" in resumed.out


def test_pause_is_undone_by_resume_and_never_loosens_a_halt(live: Live) -> None:
    try:
        assert live.desk.tai2("pause", "--reason", "lunch").out == "trading is reducing\n"
        held = live.desk.tai2("status", "--json").tree
        assert (held["trading_state"], held["state_reason"]) == ("reducing", "lunch")
        live.desk.tai2("halt", "--reason", "news")
        assert live.desk.tai2("pause", "--reason", "lunch").out == "trading is halted\n"
        assert live.desk.tai2("status", "--json").tree["state_reason"] == "news"
    finally:
        resumed = live.desk.tai2("resume", "--reason", "read the news", "--confirm", "y")
    assert "active" in resumed.out


def test_a_new_interval_counts_at_once(desk: Desk) -> None:
    daemon = desk.run("--interval", "600", "--market", f"candles:{desk.candles()}")
    first = daemon.wait_for("cycle_ended")
    assert desk.tai2("status", "--json").tree["next_cycle_ms"] > 500_000
    assert cycles(desk) == 1
    assert desk.tai2("config", "set", "interval", "1").out.startswith("interval = 1 ")
    daemon.wait_for("cycle_ended", after=first + 1)
    assert daemon.stop() == 0


def test_a_restart_goes_on_where_it_stopped(desk: Desk) -> None:
    first = desk.run("--interval", "1")
    first.wait_for("fill_recorded", TRADE_S)
    desk.tai2("halt", "--reason", "over night")
    before, rows = desk.tai2("status", "--json").tree, traded(desk)
    assert first.stop() == 0
    assert first.log("stopped")

    second = desk.run("--interval", "1")
    after = desk.tai2("status", "--json").tree
    second.wait_for("cycle_ended")
    assert (after["trading_state"], after["state_reason"]) == ("halted", "over night")
    assert holdings(after) == holdings(before)
    assert abs(Decimal(after["equity"]) - Decimal(before["equity"])) < 50
    assert [tuple(row) for row in traded(desk)] == [tuple(row) for row in rows]
    assert len(desk.tai2("history", "--json").tree["trades"]) == len(rows)
    assert desk.rows("SELECT 1 FROM orders WHERE NOT is_terminal") == []
    assert second.stop() == 0


def holdings(status: dict[str, list[dict[str, str]]]) -> set[tuple[str, str]]:
    """Return the positions of a status as (instrument, contracts)."""
    return {(held["inst_id"], held["contracts"]) for held in status["positions"]}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda each: each.name)
def test_a_signal_during_the_start_ends_it_cleanly(desk: Desk, number: signal.Signals) -> None:
    daemon = desk.start("run")
    daemon.wait_for("starting")
    daemon.signal(number)
    assert daemon.wait(STOP_S) == 0
    assert not desk.socket.exists()
    assert [record for record in daemon.log() if record["level"] == "error"] == []


def test_ctrl_c_stops_a_running_desk(desk: Desk) -> None:
    daemon = desk.run("--interval", "1", "--market", f"candles:{desk.candles()}")
    daemon.wait_for("cycle_ended")
    daemon.signal(signal.SIGINT)
    assert daemon.wait(STOP_S) == 0
    assert daemon.log("stopped")
    assert desk.tai2("status").code == 3


def test_a_journal_that_cannot_be_written_ends_the_desk_with_74(desk: Desk) -> None:
    daemon = desk.run("--interval", "1", "--market", f"candles:{desk.candles()}")
    with closing(sqlite3.connect(desk.state / "journal.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert daemon.wait(STOP_S + 10) == 74
    last = [line for line in daemon.err.kept if not line.startswith("{")]
    assert [line.split(":")[0] for line in last] == ["tai2", "  hint"]
    assert "the journal can't be used: database is locked" in last[0]
