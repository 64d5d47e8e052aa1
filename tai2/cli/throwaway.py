"""A daemon of one's own for a while: started in a temporary directory, taken down at the end.

`tai2 demo` uses it. It never touches the user's state, socket or configuration, and ends
only the process that it has started.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tai2.client.connection import connect
from tai2.model.errors import DeadlineExceeded, StartRefused, Tai2Error

READY_S: Final = 60.0
STOP_S: Final = 15.0
_POLL_S: Final = 0.1
_KEPT: Final = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "VIRTUAL_ENV", "TERM", "COLORTERM")
"""Nothing else of the surroundings steers the demo: no key, no database, no config."""


@contextmanager
def throwaway_desk(*flags: str) -> Iterator[dict[str, str]]:
    """Run a daemon on the simulator and yield the environment that leads to it.

    Raises:
        StartRefused: It ended instead of getting ready.
        DeadlineExceeded: It isn't ready in time.
    """
    with tempfile.TemporaryDirectory(prefix="tai2-demo-") as name:
        home = Path(name)
        environ = _environ(home)
        log = home / "log"
        with log.open("wb") as written:
            daemon = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-m", "tai2", "run", "--mode", "sim", *flags],
                env=environ,
                cwd=home,
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=written,
                start_new_session=True,
            )
        try:
            _wait_ready(daemon, environ, log)
            yield environ
        finally:
            _stop(daemon)


def _environ(home: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {
        "HOME": str(home),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "TAI2_SOCKET": str(home / "tai2.sock"),
    }


def _wait_ready(daemon: "subprocess.Popen[bytes]", environ: dict[str, str], log: Path) -> None:
    until_s = time.monotonic() + READY_S
    while time.monotonic() < until_s:
        if daemon.poll() is not None:
            newest = log.read_text(errors="replace").splitlines()[-1:]
            raise StartRefused("the demo's daemon didn't start", *newest)
        try:
            connect(environ).close()
        except Tai2Error:
            try:
                daemon.wait(_POLL_S)
            except subprocess.TimeoutExpired:
                continue
        else:
            return
    raise DeadlineExceeded(f"the demo's daemon isn't ready after {READY_S:g} s", "Try again.")


def _stop(daemon: "subprocess.Popen[bytes]") -> None:
    if daemon.poll() is None:
        daemon.terminate()
        try:
            daemon.wait(STOP_S)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait(STOP_S)
