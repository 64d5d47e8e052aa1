"""`tai2 init` as a newcomer has it: by flags, by questions on a terminal, and where it refuses."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.desk_process import CALL_S, Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_flags_write_a_file_that_the_next_start_reads(desk: Desk) -> None:
    done = desk.tai2("init", "--mode", "paper", "--interval", "300", "--json")
    path = desk.home / "config" / "tai2" / "config.toml"
    assert (done.code, done.tree["path"]) == (0, str(path))
    assert done.tree["set"] == {"mode": "paper", "ws_update_interval": "300"}
    assert desk.tai2("config", "path").out.strip() == str(path)
    assert desk.tai2("doctor", "--offline", "--json").tree["mode"] == "paper"
    again = desk.tai2("init")
    assert (again.code, "is there already" in again.err) == (2, True)
    other = desk.tai2("init", "--instance", "b", "--json")
    assert other.tree["path"] == str(path.with_name("b.toml"))


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--mode", "demmo"), "mode"),
        (("--interval", "0"), "WS_UPDATE_INTERVAL"),
        (("--instruments", "BTC USDT"), "isn't an instrument id"),
        (("--mode", "demo", "--region", "mars"), "region"),
    ],
)
def test_a_wrong_answer_is_one_clear_error_and_no_file(
    desk: Desk, flags: tuple[str, ...], words: str
) -> None:
    done = desk.tai2("init", *flags)
    assert (done.code, done.out) == (2, "")
    first, second = done.err.splitlines()
    assert words in first
    assert second == "  hint: Nothing was written."
    assert not (desk.home / "config" / "tai2" / "config.toml").exists()


def test_on_a_terminal_it_asks_what_no_flag_says(desk: Desk) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "tai2", "init", "--interval", "60"],
        env=desk.env,
        cwd=desk.home,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as asked:
        os.close(theirs)
        os.write(ours, b"real\neea\n\n")
        out, err = asked.communicate(timeout=CALL_S)
    os.close(ours)
    assert asked.returncode == 0, err
    assert [line in err for line in ("Mode", "Instruments", "Seconds")] == [True, True, False]
    assert "accept_real_money" in out
    assert "OKX_SECRET_KEY" in out
    text = (desk.home / "config" / "tai2" / "config.toml").read_text()
    assert [line for line in text.splitlines() if line[:1] not in ("#", "[", "")] == [
        'mode = "real"',
        "ws_update_interval = 60",
        'region = "eea"',
    ]
