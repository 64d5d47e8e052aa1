"""The log of a desk, beside it and after its end."""

import json
from pathlib import Path

import pytest

from tests.e2e.desk_process import Desk

INTERVAL = ("--interval", "1")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(tmp_path_factory.mktemp("desk"))


def events(text: str) -> list[str]:
    return [json.loads(line)["event"] for line in text.splitlines()]


def test_the_file_holds_the_start_and_whatever_follows_once(desk: Desk) -> None:
    with desk:
        daemon = desk.run(*INTERVAL, "--market", f"candles:{desk.candles()}")
        daemon.wait_for("cycle_ended")
        since = desk.tai2("logs", "--since", "1h", "--json")
        assert since.code == 0, since.err
        rows = [json.loads(line) for line in since.out.splitlines()]
        assert [rows[0]["event"], events(since.out).count("ready")] == ["starting", 1]
        stamps = [row["ts"] for row in rows]
        assert stamps == sorted(set(stamps))
        follower = desk.start("logs", "-f", "--since", "0s", "--json")
        follower.out.wait(lambda line: "cycle_ended" in line, 60)
        assert daemon.stop() == 0
        assert follower.wait() == 3


def test_after_its_end_the_file_answers(desk: Desk) -> None:
    last = desk.tai2("logs", "-n", "1", "--json")
    assert (last.code, events(last.out)) == (0, ["stopped"])
    assert "isn't running (" in last.err
    found = desk.tai2("logs", "--since", "1h", "--grep", "^.* ready ")
    assert found.out.count("\n") == 1
    assert desk.tai2("logs", "--since", "0s").out == ""
    assert desk.tai2("logs", "-f").code == 3
    assert oct((desk.state / "tai2.log").stat().st_mode & 0o777) == "0o600"


def test_what_ended_a_start_is_there_too(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        assert desk.start("run", TAI2_ACCOUNT_LOCK="true").wait() == 2
        last = json.loads(desk.tai2("logs", "-n", "1", "--json").out)
    assert (last["event"], last["fields"]["code"]) == ("ended", "2")
    assert last["fields"]["detail"].startswith("account_lock needs")


def test_without_a_file_there_is_nothing_to_tell(tmp_path: Path) -> None:
    nobody = Desk(tmp_path)
    assert nobody.tai2("logs").code == 3
    assert nobody.tai2("logs", "--since", "soon").code == 2
    assert nobody.tai2("logs", "--since", "1h", TAI2_LOG_FILE="").code == 3
