"""The terminal in a real one: bytes through a pseudo-terminal, the screen read back by tmux.

A daemon on the simulator runs as a process beside it, as its user has it.
"""

import fcntl
import os
import pty
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.e2e.desk_process import Desk, until

WAIT_S = 120.0
BYTES_A_SECOND = 5_000
SECONDS = 6
SETTLING = 12
"""Frames after the first picture while the desk's first readings still come in."""

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux isn't installed")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path) as made:
        yield made


def attach(desk: Desk, columns: int, rows: int) -> tuple[int, int]:
    """Start `tai2 tui` in a pseudo-terminal; return its process id and our end."""
    child, end = pty.fork()
    if child == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        env = desk.env | {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        os.execve(sys.executable, [sys.executable, "-m", "tai2", "tui"], env)
    return child, end


def read(end: int, wanted: bytes, chunks: list[bytes]) -> None:
    """Read until the newest chunks hold a text."""
    with until(WAIT_S) as goes_on:
        while goes_on():
            with suppress(OSError):  # its end of the line is closed once it has said goodbye
                while select.select([end], [], [], 0)[0]:
                    chunks.append(os.read(end, 65_536))
            if wanted in b"".join(chunks[-200:]):
                return


def test_an_attached_terminal_is_cheap_in_bytes(desk: Desk) -> None:
    desk.run("--interval", "60")
    child, end = attach(desk, 120, 40)
    chunks: list[bytes] = []
    try:
        read(end, b"all well", chunks)
        assert b"\x1b[" in b"".join(chunks)
        chunks.clear()
        while len(chunks) < SETTLING + 4 * SECONDS:
            select.select([end], [], [], WAIT_S)
            chunks.append(os.read(end, 65_536))
        assert sum(map(len, chunks[SETTLING:])) < BYTES_A_SECOND * SECONDS
        os.write(end, b"q")
        read(end, b"The daemon keeps running", chunks)
    finally:
        os.kill(child, signal.SIGKILL)  # it has left by itself, or the test has failed
        os.waitpid(child, 0)
        os.close(end)


class Tmux:
    """One tmux server of our own with one window."""

    def __init__(self, desk: Desk, columns: int, rows: int) -> None:
        self._socket = desk.home / "tmux"
        command = f"{sys.executable} -m tai2 tui; echo left with $?; cat"
        self._run(desk.env, "new-session", "-d", "-x", str(columns), "-y", str(rows), command)

    def _run(self, env: dict[str, str] | None, *words: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", str(self._socket), "-f", "/dev/null", *words],
            env=env,
            capture_output=True,
            text=True,
            timeout=WAIT_S,
            check=True,
        )
        return done.stdout

    def press(self, *keys: str) -> None:
        self._run(None, "send-keys", *keys)

    def wait(self, *wanted: str) -> str:
        """Read the screen until it holds all these texts, and return it."""
        seen = ""
        with until(WAIT_S) as goes_on:
            while not seen or not all(each in seen for each in wanted):
                assert goes_on()
                seen = self._run(None, "capture-pane", "-p")
        return seen

    def close(self) -> None:
        self._run(None, "kill-server")


@needs_tmux
@pytest.mark.timeout(600)
@pytest.mark.parametrize("extent", [(120, 40), (80, 24)], ids=["120x40", "80x24"])
def test_the_desk_is_seen_lost_and_found_again_in_tmux(desk: Desk, extent: tuple[int, int]) -> None:
    daemon = desk.run("--interval", "60")
    terminal = Tmux(desk, *extent)
    try:
        seen = terminal.wait(" SIM ", "1 LIVE", "Equity USDT", "next ", "Eq ")
        assert seen.splitlines()[1].startswith(" 1 LIVE │ 2 TA │ 3 ENGINE")
        terminal.press("2")
        terminal.wait("VOL", "UTC", "BB20,2")
        daemon.kill()
        terminal.wait("✗ DISCONNECTED", "last data", "VOL")
        terminal.press("H")
        terminal.wait("halt: not connected")
        desk.run("--interval", "60")
        terminal.wait("next ", "VOL")
        terminal.press("H")
        terminal.wait("HALTED")
        assert desk.tai2("status", "--json").tree["trading_state"] == "halted"
        terminal.press("q")
        terminal.wait("The daemon keeps running", "left with 0")
        assert desk.tai2("status").code in (0, 7)
    finally:
        terminal.close()


def test_without_a_terminal_it_says_what_to_use_instead(desk: Desk) -> None:
    done = desk.tai2("tui")
    assert done.code == 2
    assert "tai2 status" in done.err
