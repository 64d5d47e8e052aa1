"""Whatever is wrong outside, the person gets one line, a hint and the documented code."""

import json
import re
import signal
import socket
from pathlib import Path

import pytest

from tests.e2e.desk_process import READY_S, Desk, Done

HEADER = "timestamp,open,high,low,close,volume\n"
GOOD = "2022-01-01 00:00:00,1,2,0.5,1.5,3\n"
BAD_CANDLES = HEADER + GOOD + "2022-01-01 00:01:00,1,high,0.5,1.5,3\n"


def complaint(done: Done, code: int) -> str:
    """Return the message, after checking its form: one line, a hint, no traceback."""
    words = [line for line in done.err.splitlines() if not line.startswith("{")]
    assert (done.code, done.out) == (code, ""), done.err
    assert "Traceback" not in done.err
    assert '"level": "error"' not in done.err
    assert len(words) == 2, done.err
    assert re.match(r"tai2: \S", words[0])
    assert re.match(r"  hint: \S", words[1])
    return "\n".join(words)


def quick(desk: Desk) -> tuple[str, str]:
    """Return the flags of a market that opens fast."""
    return "--market", f"candles:{desk.candles()}"


@pytest.mark.parametrize(
    ("toml", "expected"),
    [
        ('instrumnets = ["BTC-USDT-SWAP"]', "Did you mean 'instruments'?"),
        ("[risk]\nmax_order_notionl = 5", "Did you mean 'risk.max_order_notional'?"),
        ("[risk\nx", "isn't valid TOML"),
        ('okx_secret_key = "hunter2"', "holds the secret okx_secret_key"),
        ('OPENROUTER_API_KEY = "hunter2"', "set OPENROUTER_API_KEY in the environment"),
        ('[risk]\nmax_order_notional = "lots"', "option risk.max_order_notional"),
        ('[okx]\nrest_url = "http://127.0.0.1:1"', "set both or none"),
    ],
    ids=lambda text: text.split("\n")[0][:24],
)
def test_a_wrong_configuration_file_is_named(desk: Desk, toml: str, expected: str) -> None:
    place = desk.home / "config" / "tai2" / "config.toml"
    place.parent.mkdir(parents=True)
    place.write_text(toml)
    words = complaint(desk.tai2("run"), 2)
    assert expected in words
    assert "hunter2" not in words


def test_an_unknown_variable_of_ours_is_named(desk: Desk) -> None:
    words = complaint(desk.tai2("run", TAI2_RISK__MAX_ORDER_NOTIONL="5"), 2)
    assert "Did you mean 'TAI2_RISK__MAX_ORDER_NOTIONAL'?" in words


@pytest.mark.parametrize("verb", [("replay", "c.csv"), ("run", "--market", "candles:c.csv")])
def test_a_bad_candle_file_is_named_with_its_line(desk: Desk, verb: tuple[str, ...]) -> None:
    (desk.home / "c.csv").write_text(BAD_CANDLES)
    assert "c.csv line 3: expected a number, found 'high'" in complaint(desk.tai2(*verb), 2)


def test_replay_writes_its_errors_as_json_on_request(desk: Desk) -> None:
    (desk.home / "c.csv").write_text(BAD_CANDLES)
    done = desk.tai2("replay", "c.csv", "--json")
    error = json.loads(done.err)
    assert (done.code, done.out, error["exit_code"]) == (2, "", 2)
    assert "line 3" in error["error"]
    assert error["hint"]


@pytest.mark.parametrize("verb", ["run", "sim"])
def test_a_taken_port_is_named(desk: Desk, verb: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = desk.tai2("sim", "--port", port) if verb == "sim" else _on_port(desk, port)
    assert f"127.0.0.1:{port}: Address already in use" in complaint(done, 2)


def _on_port(desk: Desk, port: str) -> Done:
    return desk.tai2("run", *quick(desk), TAI2_SIM__PORT=port)


def test_an_unusable_state_directory_is_named(desk: Desk, here: Path) -> None:
    (here / "file").write_text("")
    words = complaint(desk.tai2("run", XDG_STATE_HOME=str(here / "file")), 2)
    assert f"{here}/file/tai2: Not a directory" in words


@pytest.mark.parametrize(
    ("place", "cause"), [("file/tai2.sock", "Not a directory"), ("file", "is not a socket")]
)
def test_an_unusable_socket_path_stops_the_start(desk: Desk, place: str, cause: str) -> None:
    (desk.home / "file").write_text("keep me")
    assert cause in complaint(desk.tai2("run", "--socket", place), 2)
    assert (desk.home / "file").read_text() == "keep me"


def test_a_socket_path_longer_than_the_system_takes_stops_the_start(desk: Desk) -> None:
    assert "longer than 107 bytes" in complaint(desk.tai2("run", "--socket", "x" * 120), 2)


def test_an_unknown_instrument_is_named_with_the_nearest(desk: Desk) -> None:
    words = complaint(desk.tai2("run", "--instruments", "FOO-USDT-SWAP", *quick(desk)), 2)
    assert "no instrument 'FOO-USDT-SWAP'" in words
    assert "BTC-USDT-SWAP" in words


def test_an_exchange_that_cannot_be_reached_is_a_failure(desk: Desk) -> None:
    nowhere = {"TAI2_OKX__REST_URL": "http://127.0.0.1:1", "TAI2_OKX__WS_URL": "ws://127.0.0.1:1"}
    assert "no answer" in complaint(desk.tai2("run", **nowhere), 1)


def test_a_damaged_journal_refuses_the_start(desk: Desk) -> None:
    desk.state.mkdir(parents=True)
    (desk.state / "journal.sqlite").write_bytes(b"this was a journal once " * 400)
    assert "is damaged" in complaint(desk.tai2("run"), 78)


def test_a_foreign_simulator_log_refuses_the_start(desk: Desk) -> None:
    (desk.state / "sim").mkdir(parents=True)
    (desk.state / "sim" / "exchange.jsonl").write_text("not a line of ours\n")
    words = complaint(desk.tai2("run"), 1)
    assert "log" in words


@pytest.mark.parametrize(
    "verb",
    [
        ("status",),
        ("decisions",),
        ("history",),
        ("ask", "why?"),
        ("halt",),
        ("resume", "--reason", "checked", "--confirm", "y"),
        ("flatten", "--confirm", "flatten"),
        ("config", "set", "interval", "5"),
    ],
    ids=" ".join,
)
def test_without_a_daemon_the_code_is_three(desk: Desk, verb: tuple[str, ...]) -> None:
    assert "tai2 isn't running" in complaint(desk.tai2(*verb), 3)


def test_a_socket_that_a_dead_daemon_left_counts_as_none(desk: Desk) -> None:
    desk.socket.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(desk.socket))
    assert "nobody listens" in complaint(desk.tai2("status"), 3)
    daemon = desk.run("--interval", "600", *quick(desk))
    assert desk.tai2("status").code == 0
    assert daemon.stop() == 0
    assert not desk.socket.exists()


@pytest.mark.parametrize(
    "words",
    [
        ("frobnicate",),
        ("status", "--frob"),
        ("snapshot",),
        ("resume",),
        ("run", "--seed", "x"),
        ("sim", "--port", "99999"),
        ("replay", "nowhere.csv"),
        ("history", "--since", "soon"),
    ],
    ids=" ".join,
)
def test_a_wrong_word_is_a_usage_error(desk: Desk, words: tuple[str, ...]) -> None:
    complaint(desk.tai2(*words), 2)


@pytest.mark.parametrize("words", [("frobnicate",), ("status", "--frob"), ("status",)])
def test_with_json_every_error_is_an_object(desk: Desk, words: tuple[str, ...]) -> None:
    done = desk.tai2(*words, "--json")
    error = json.loads(done.err)
    assert error.keys() == {"error", "hint", "exit_code", "kind"}
    assert error["exit_code"] == done.code


def test_an_interrupted_command_ends_with_130_and_no_traceback(desk: Desk) -> None:
    candles = "".join(
        f"{1_640_995_200 + 60 * n},100,101,99,{100 + n % 2},5\n" for n in range(5_000)
    )
    (desk.home / "c.csv").write_text(HEADER + candles)
    replay = desk.start("replay", "c.csv")
    replay.err.wait(lambda line: line.startswith("replay 0%"), READY_S)
    replay.signal(signal.SIGINT)
    assert replay.wait() == 130
    assert "Traceback" not in "".join(replay.err.kept)


def test_hangup_with_a_bad_configuration_keeps_the_old_one_and_says_so(desk: Desk) -> None:
    daemon = desk.run(*quick(desk))
    place = desk.home / "config" / "tai2" / "config.toml"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("[risk]\nmax_order_notionl = 5")
    daemon.signal(signal.SIGHUP)
    daemon.wait_for("settings_refused")
    place.write_text("[risk]\nmax_order_notional = 5")
    daemon.signal(signal.SIGHUP)
    daemon.wait_for("settings_changed")
    assert desk.tai2("config", "get", "max_order_notional").out.strip() == "100"
    (refused,) = daemon.log("settings_refused")
    assert "max_order_notionl" in refused["detail"]
    assert daemon.stop() == 0
