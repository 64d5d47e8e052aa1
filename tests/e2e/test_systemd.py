"""The daemon as systemd has it: ready, watched, reloaded, stopped, and not restarted in vain."""

import json
import re
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tai2.model.errors import NO_RESTART, Tai2Error
from tests.e2e.desk_process import Desk, Process
from tests.e2e.exchange_process import Exchange
from tests.fakes import freezable
from tests.fakes.notify_socket import NotifySocket, is_ping, is_ready

UNIT = Path(__file__).parents[2] / "systemd" / "tai2.service"
WATCHDOG_USEC = "60000000"
"""WatchdogSec of the unit."""
SILENCE_S = 30.0
"""Within so long of a freeze the pings must have ended."""
LATE_S = 10.0
"""A loaded machine may hear of a ping so late."""
OUTAGE_PINGS = 9
"""Forty-five seconds of them: longer than the patience with a part that is stuck."""
FREEZES = {
    "every-part": freezable.SERVICES,
    "the-exchange's-sockets": "okx-link",
    "the-journal": freezable.JOURNAL,
}
"""What freezes in one daemon."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A daemon under a systemd of ours."""

    desk: Desk
    daemon: Process
    systemd: NotifySocket


class Machine:
    """Starts daemons as systemd does; whatever was started ends with it."""

    def __init__(self, stack: ExitStack, place: Path) -> None:
        self._stack = stack
        self._place = place

    def place(self, name: str) -> Path:
        """Make a directory."""
        made = self._place / name
        made.mkdir()
        return made

    def start(self, name: str, *words: str, freezes: bool = False, **env: str) -> Watched:
        home = self.place(name)
        desk = self._stack.enter_context(Desk(home))
        systemd = self._stack.enter_context(NotifySocket(home / "notify.sock"))
        manager = {
            "NOTIFY_SOCKET": str(systemd.path),
            "WATCHDOG_USEC": WATCHDOG_USEC,
            "FREEZE_FILE": str(home / "freeze"),
        }
        program = {"program": (freezable.__file__,)} if freezes else {}
        flags = ("--market", f"candles:{desk.candles()}") if not env else ()
        daemon = desk.start("run", *flags, *words, **program, **manager, **env)  # type: ignore[arg-type]
        return Watched(desk, daemon, systemd)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with ExitStack() as stack:
        yield Machine(stack, tmp_path_factory.mktemp("machine"))


@dataclass(frozen=True, slots=True)
class Frozen:
    """A daemon of which a part froze."""

    daemon: Process
    systemd: NotifySocket
    at_s: float

    def wait_until_stuck(self, parts: set[str]) -> None:
        """Return when the daemon names exactly these."""
        at = 0
        while True:
            at = 1 + self.daemon.wait_for("parts_stuck", after=at)
            if set(json.loads(self.daemon.err.kept[at - 1])["parts"].split()) == parts:
                return


@pytest.fixture(scope="module")
def frozen(machine: Machine) -> dict[str, Frozen]:
    """Freeze a part of one daemon each, so that their patience runs out side by side."""
    made = {}
    for number, (name, part) in enumerate(FREEZES.items()):
        one = machine.start(f"frozen{number}", "--interval", "1", freezes=True)
        one.systemd.wait(is_ping)
        (one.desk.home / "freeze").write_text(part)
        one.daemon.signal(signal.SIGUSR1)
        one.daemon.wait_for("frozen")
        made[name] = Frozen(one.daemon, one.systemd, time.monotonic())
    return made


@pytest.mark.parametrize("name", FREEZES)
def test_pings_end_soon_after_a_freeze(frozen: dict[str, Frozen], name: str) -> None:
    one = frozen[name]
    one.daemon.wait_for("parts_stuck")
    assert one.systemd.said("WATCHDOG")[-1].at_s - one.at_s < SILENCE_S + LATE_S
    assert one.daemon.is_running


def test_the_log_names_every_part_that_froze(frozen: dict[str, Frozen]) -> None:
    one = frozen["every-part"]
    services = set(one.daemon.log("frozen")[0]["services"])
    assert {"scheduler", "ledger", "ingest", "reconcile", "protector", "breakers"} <= services
    one.wait_until_stuck(services)


def test_sockets_that_fall_silent_stop_feed_and_ledger_alone(frozen: dict[str, Frozen]) -> None:
    frozen["the-exchange's-sockets"].wait_until_stuck({"ingest", "ledger"})


def test_pings_go_on_through_an_outage_of_the_exchange(machine: Machine) -> None:
    with Desk(machine.place("exchange")) as elsewhere:
        exchange = Exchange.start(elsewhere)
        one = machine.start("outage", "--interval", "1", **exchange.env)
        at = one.systemd.wait(is_ready)
        exchange.process.signal(signal.SIGSTOP)
        at = one.systemd.wait(is_ping, after=at, count=OUTAGE_PINGS)
        exchange.process.kill()
        one.systemd.wait(is_ping, after=at, count=3)
        assert not one.daemon.log("parts_stuck")
        assert one.daemon.log("stream_lost")
        assert one.daemon.is_running


@pytest.fixture(scope="module")
def watched(machine: Machine) -> Watched:
    one = machine.start("watched", "--interval", "1")
    one.systemd.wait(is_ready)
    return one


def test_ready_is_said_once_with_the_state(watched: Watched) -> None:
    (only,) = watched.systemd.said("READY")
    assert only.lines["STATUS"] == "active"


def test_status_follows_the_trading_state(watched: Watched) -> None:
    watched.desk.tai2("halt", "--reason", "news\nREADY=0")
    watched.systemd.wait(lambda lines: lines.get("STATUS") == "halted: news READY=0")
    watched.desk.tai2("resume", "--reason", "read", "--confirm", "y")
    watched.systemd.wait(lambda lines: lines.get("STATUS", "").startswith("active"))


def test_a_hangup_is_a_reload(watched: Watched) -> None:
    at = len(watched.systemd.heard)
    before_us = time.monotonic_ns() // 1_000
    watched.daemon.signal(signal.SIGHUP)
    reloading = watched.systemd.wait(lambda lines: lines.get("RELOADING") == "1", after=at)
    again = watched.systemd.wait(is_ready, after=reloading)
    told_us = int(watched.systemd.heard[reloading - 1].lines["MONOTONIC_USEC"])
    assert before_us <= told_us <= time.monotonic_ns() // 1_000
    assert again > reloading


def test_a_stop_is_announced_and_ends_with_0(watched: Watched) -> None:
    assert watched.daemon.stop() == 0
    assert watched.systemd.said("STOPPING")
    assert not watched.daemon.log("parts_stuck")


def test_nothing_is_ready_while_the_exchange_cannot_say_what_is_open(machine: Machine) -> None:
    with Desk(machine.place("mute")) as elsewhere:
        exchange = Exchange.start(elsewhere)
        exchange.control(
            "POST",
            {"fault": "http_status status=503 method=GET path=trade/orders-pending count=1000"},
        )
        one = machine.start("unready", **exchange.env)
        assert one.daemon.wait() not in (0, *NO_RESTART)
        assert not one.systemd.said("READY")
        assert not one.systemd.said("WATCHDOG")


def test_a_watchdogs_abort_leaves_stacks_and_no_core(machine: Machine) -> None:
    one = machine.start("aborted")
    one.systemd.wait(is_ready)
    one.daemon.signal(signal.SIGABRT)
    assert one.daemon.wait() == -signal.SIGABRT
    assert any("Fatal Python error: Aborted" in line for line in one.daemon.err.kept)
    assert not list(one.desk.home.glob("core*"))


def test_the_unit_restarts_on_no_code_that_a_restart_cannot_cure() -> None:
    (line,) = re.findall(r"^RestartPreventExitStatus=(.+)$", UNIT.read_text(), re.MULTILINE)
    assert tuple(map(int, line.split())) == NO_RESTART
    assert set(NO_RESTART) <= {kind.exit_code for kind in errors(Tai2Error)}


def errors(kind: type[Tai2Error]) -> list[type[Tai2Error]]:
    return [kind, *(each for child in kind.__subclasses__() for each in errors(child))]


def test_a_start_that_is_refused_is_never_ready(machine: Machine) -> None:
    one = machine.start("refused", "--mode", "real", TAI2_OKX__REGION="global")
    assert one.daemon.wait() in NO_RESTART
    assert one.systemd.heard == []
