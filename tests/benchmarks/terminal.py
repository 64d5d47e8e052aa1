"""What an attached terminal costs: build and refresh of the chart, and a whole attached process.

Run by hand: `python -m tests.benchmarks.terminal [SECONDS]`; with TAI2_SOCKET set it also
attaches in a pseudo-terminal and counts CPU, bytes and memory, and times the first paint beside
a bare `import textual.app`, in turn. It prints and asserts nothing.
"""

import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

from tai2.view.plot.build import build
from tai2.view.plot.diff import changed
from tests.unit.view.plot.drawn import series, ticked

ROUNDS = 200
KEYS = {"LIVE": b"1", "TA": b"2"}


def chart() -> None:
    """Print the CPU of a build and of a comparison, and the cells that a tick changes."""
    before = series()
    after = ticked(before)
    for columns, rows in ((120, 40), (80, 24), (200, 60)):
        start = time.process_time()
        for _round in range(ROUNDS):
            frame = build(after, columns, rows)
        built_ms = (time.process_time() - start) * 1000 / ROUNDS
        old = build(before, columns, rows)
        start = time.process_time()
        for _round in range(ROUNDS):
            stretches = changed(old, frame) or []
        compared_ms = (time.process_time() - start) * 1000 / ROUNDS
        cells = sum(each.columns for each in stretches)
        print(
            f"chart {columns}x{rows}: build {built_ms:.2f} ms, compare {compared_ms:.2f} ms, "
            f"a tick changes {cells} cells in {len(stretches)} stretches"
        )


def first_paint(rounds: int = 7) -> None:
    """Print the median time to the first picture and its ratio to importing Textual."""
    bare: list[float] = []
    painted: list[float] = []
    for _round in range(rounds):
        started = time.monotonic()
        subprocess.run([sys.executable, "-c", "import textual.app"], check=True)
        bare.append(time.monotonic() - started)
        started = time.monotonic()
        child, end = _forked(120, 40)
        painted.append(_read(end, 8.0, until=b"LIVE")[0] - started)
        _ended(child, end)
    ratio = statistics.median(p / b for p, b in zip(painted, bare, strict=True))
    print(
        f"first paint {statistics.median(painted):.2f} s, "
        f"import textual.app {statistics.median(bare):.2f} s, ratio {ratio:.2f}"
    )


def _forked(columns: int, rows: int) -> tuple[int, int]:
    child, end = pty.fork()
    if child == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        env = os.environ | {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        os.execve(sys.executable, [sys.executable, "-m", "tai2", "tui"], env)
    return child, end


def _ended(child: int, end: int) -> None:
    os.kill(child, signal.SIGTERM)
    os.waitpid(child, 0)
    os.close(end)


def attached(columns: int, rows: int, tab: str, seconds: float) -> None:
    """Print what one attached terminal costs."""
    started = time.monotonic()
    child, end = _forked(columns, rows)
    first, _written, _writes = _read(end, 8.0, until=b"LIVE")
    _read(end, 2.0)
    os.write(end, KEYS[tab])
    _read(end, 4.0)
    ticks = _ticks(child)
    _none, written, writes = _read(end, seconds)
    cpu = (_ticks(child) - ticks) / os.sysconf("SC_CLK_TCK") / seconds
    resident = Path(f"/proc/{child}/statm").read_text().split()[1]
    megabytes = int(resident) * os.sysconf("SC_PAGE_SIZE") / 1e6
    _ended(child, end)
    print(
        f"{tab} {columns}x{rows}: first paint {first - started:.2f} s, {cpu:.1%} of a core, "
        f"{written / seconds / 1000:.1f} KB/s in {writes / seconds:.1f} writes/s, "
        f"{megabytes:.0f} MB"
    )


def _read(end: int, seconds: float, until: bytes | None = None) -> tuple[float, int, int]:
    written = writes = 0
    stop = time.monotonic() + seconds
    while (now := time.monotonic()) < stop:
        if select.select([end], [], [], stop - now)[0]:
            chunk = os.read(end, 65_536)
            written, writes = written + len(chunk), writes + 1
            if until is not None and until in chunk:
                break
    return time.monotonic(), written, writes


def _ticks(process: int) -> int:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


if __name__ == "__main__":
    chart()
    if "TAI2_SOCKET" in os.environ:
        first_paint()
        for width, height in ((120, 40), (80, 24)):
            for name in KEYS:
                attached(width, height, name, float(sys.argv[1]) if len(sys.argv) > 1 else 10.0)
