"""What systemd hears of progress, and when it hears nothing."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tai2.daemon.systemd import watchdog_s
from tai2.daemon.tending import Watchdog
from tai2.engine.clock import StepClock
from tai2.engine.service import STALL_S, Pulse, Supervisor

START_MS = 1_700_000_000_000


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        made.bind(str(tmp_path / "notify"))
        made.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield made


def heard(manager: socket.socket) -> str:
    try:
        return manager.recv(1_000).decode()
    except BlockingIOError:
        return ""


def test_a_part_without_progress_silences_the_ping_until_it_moves(manager: socket.socket) -> None:
    clock = StepClock(START_MS)
    supervisor = Supervisor(clock, lambda *_: None)
    part = supervisor.pulses["feed"] = Pulse(clock)
    watchdog = Watchdog(supervisor, clock, None)
    watchdog._look()
    assert heard(manager) == "WATCHDOG=1"
    clock.advance_to(START_MS + int(STALL_S * 1_000))
    watchdog._look()
    assert heard(manager) == ""
    assert supervisor.stuck() == ("feed",)
    part.beat()
    watchdog._look()
    assert heard(manager) == "WATCHDOG=1"


def test_a_pulse_follows_what_was_heard_and_never_the_future() -> None:
    clock = StepClock(START_MS)
    pulse = Pulse(clock)
    now_s = clock.monotonic_s()
    pulse.follow(now_s - 7)
    assert pulse.age_s == 7
    pulse.follow(now_s + 7)
    assert pulse.age_s == 0


@pytest.mark.parametrize(
    ("environ", "limit_s"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "60000000"}, 60),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": str(os.getpid())}, 0.5),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_managers_patience_is_read_from_its_variables(
    environ: dict[str, str], limit_s: float | None
) -> None:
    assert watchdog_s(environ) == limit_s
