"""A desk as its user has it: a home directory, the daemon as a process, and the command line.

Every process started here is owned by a Desk, which ends it by its own id when the test is
over. Waiting is for lines that a process prints, never for time to pass.
"""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

Record = dict[str, Any]
READY_S = 120.0
STOP_S = 60.0
CALL_S = 120.0
"""Patience with a slow machine, not a promise: no test counts on how fast a process is."""
TAI2 = ("-m", "tai2")
PASSED_ON = ("PATH", "PYTHONPATH")
"""Of the tests' own environment; nothing that steers tai2 may leak in."""
UNHURRIED = {
    f"TAI2_RISK__{name}": limit
    for name, limit in (
        ("COOLDOWN_S", "0"),
        ("STOP_COOLDOWN_S", "0"),
        ("DUPLICATE_S", "0"),
        ("MAX_ENTRIES_HOUR", "1000"),
        ("MAX_ENTRIES_HOUR_TOTAL", "1000"),
        ("MAX_SENDS_DAY", "10000"),
        ("MAX_LOSING_STREAK", "1000"),
        ("MAX_REFUSALS", "1000"),
        ("MAX_DAILY_LOSS_PCT", "50"),
    )
}
"""Limits of pace that don't bind: orders have to flow while a test watches."""
CANDLES_FROM_S = 1_640_995_200  # 2022-01-01 00:00 UTC
CANDLE_HOURS = 4


class Lines:
    """What a process prints, line by line, for whoever waits."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._news = threading.Condition()
        self._is_over = False
        self.kept: list[str] = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        for line in self._stream:
            with self._news:
                self.kept.append(line)
                self._news.notify_all()
        with self._news:
            self._is_over = True
            self._news.notify_all()

    def wait(self, wanted: Callable[[str], bool], timeout_s: float, after: int = 0) -> int:
        """Return the position of the first wanted line at or behind `after`."""
        deadline = time.monotonic() + timeout_s
        seen = after
        with self._news:
            while True:
                for at, line in enumerate(self.kept[seen:], start=seen):
                    if wanted(line):
                        return at
                seen = max(seen, len(self.kept))
                left_s = deadline - time.monotonic()
                if self._is_over or left_s <= 0:
                    raise AssertionError("no such line came:\n" + "".join(self.kept[-20:]))
                self._news.wait(left_s)

    def finish(self) -> str:
        """Return everything, once the process has closed the stream."""
        self._thread.join(STOP_S)
        self._stream.close()
        return "".join(self.kept)


class Process:
    """One running `tai2 …`."""

    def __init__(
        self,
        words: tuple[str, ...],
        env: dict[str, str],
        cwd: Path,
        around: tuple[str, ...] = (),
        program: tuple[str, ...] = TAI2,
    ) -> None:
        """around: a command that becomes this one, such as nice; program: what Python runs."""
        self._popen = subprocess.Popen(
            [*around, sys.executable, *program, *words],
            env=env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._popen.stdout
        assert self._popen.stderr
        self.out, self.err = Lines(self._popen.stdout), Lines(self._popen.stderr)

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def is_running(self) -> bool:
        return self._popen.poll() is None

    def signal(self, number: signal.Signals) -> None:
        self._popen.send_signal(number)

    def wait(self, timeout_s: float = STOP_S) -> int:
        """Return the exit code; it must come within timeout_s."""
        code = self._popen.wait(timeout_s)
        self.out.finish()
        self.err.finish()
        return code

    def stop(self) -> int:
        """Ask it to end and return the exit code."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def kill(self) -> None:
        """End it at once, wherever it stands, and read what it left."""
        self._popen.kill()
        self.wait()

    def log(self, event: str | None = None) -> list[Record]:
        """Return the log records so far, of one event when it is named."""
        records = [json.loads(line) for line in list(self.err.kept) if line.startswith("{")]
        return [record for record in records if event in (None, record.get("event"))]

    def wait_for(self, event: str, timeout_s: float = READY_S, after: int = 0) -> int:
        """Wait for a log event; return its line's number, for the next wait."""
        return self.err.wait(lambda line: f'"event": "{event}"' in line, timeout_s, after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def tree(self) -> Any:
        """The JSON document on stdout."""
        return json.loads(self.out)


class Desk:
    """One home directory with whatever runs in it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.state = home / "state" / "tai2"
        self.socket = home / "run" / "tai2.sock"
        self._started: list[Process] = []
        self.env = {
            **{name: os.environ[name] for name in PASSED_ON if name in os.environ},
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "XDG_STATE_HOME": str(home / "state"),
            "XDG_CONFIG_HOME": str(home / "config"),
            "TAI2_SOCKET": str(self.socket),
            "TAI2_JOURNAL_RESERVE_MIB": "1",
            **UNHURRIED,
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failure: object) -> None:
        for process in self._started:
            process.kill()

    def start(
        self,
        *words: str,
        around: tuple[str, ...] = (),
        program: tuple[str, ...] = TAI2,
        **env: str,
    ) -> Process:
        """Start a command and leave it running."""
        process = Process(words, self.env | env, self.home, around, program)
        self._started.append(process)
        return process

    def run(self, *flags: str, **env: str) -> Process:
        """Start the daemon and wait until it is ready."""
        daemon = self.start("run", *flags, **env)
        daemon.wait_for("ready")
        return daemon

    def tai2(self, *words: str, **env: str) -> Done:
        """Run a command to its end."""
        done = subprocess.run(
            [sys.executable, "-m", "tai2", *words],
            env=self.env | env,
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=CALL_S,
            check=False,
        )
        return Done(code=done.returncode, out=done.stdout, err=done.stderr)

    def candles(self) -> str:
        """Write a few hours of minutes, a trend with seeded noise, and return the file's name.

        A desk on it starts in half the time and holds for lack of a long history.
        """
        chance, px = random.Random(5), 40_000.0
        lines = ["timestamp,open,high,low,close,volume"]
        for minute in range(CANDLE_HOURS * 60):
            close = px * (1 + 0.0001 + chance.gauss(0, 0.0004))
            high, low = max(px, close) * 1.0002, min(px, close) * 0.9998
            prices = ",".join(f"{each:.1f}" for each in (px, high, low, close))
            lines.append(f"{CANDLES_FROM_S + 60 * minute},{prices},{chance.uniform(1, 20):.3f}")
            px = close
        (self.home / "candles.csv").write_text("\n".join(lines) + "\n")
        return "candles.csv"

    def rows(self, query: str) -> list[sqlite3.Row]:
        """Read the journal, beside the daemon, without writing."""
        with closing(sqlite3.connect(f"file:{self.state}/journal.sqlite?mode=ro", uri=True)) as db:
            db.row_factory = sqlite3.Row
            return db.execute(query).fetchall()


@contextmanager
def until(timeout_s: float) -> Iterator[Callable[[], bool]]:
    """Yield a question "is there time left?" that fails the test when there isn't."""
    deadline = time.monotonic() + timeout_s

    def goes_on() -> bool:
        assert time.monotonic() < deadline, f"not within {timeout_s:g} s"
        time.sleep(0.05)
        return True

    yield goes_on
