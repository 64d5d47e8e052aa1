"""A disk that is really full: a small tmpfs of the daemon's own, filled up while it trades."""

import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.desk_process import CALL_S, Desk, until
from tests.e2e.exchange_process import Exchange
from tests.e2e.killing import wait

DISK_MIB, RESERVE_MIB = 16, 4
NAMESPACE = ("unshare", "-m") if os.geteuid() == 0 else ("unshare", "-rm")
MOUNT = f'mount -t tmpfs -o size={DISK_MIB}m none "$0" && exec "$@"'


def can_mount() -> bool:
    asked = [*NAMESPACE, "sh", "-c", MOUNT, "/tmp", "true"]
    try:
        return subprocess.run(asked, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@pytest.fixture
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    with Desk(tmp_path_factory.mktemp("okx")) as place:
        yield Exchange.start(place)


def fill_up(disk: Path) -> Path:
    """Take every byte that is free now, and none that is given back meanwhile."""
    filler, page = disk / "filler", os.statvfs(disk).f_bsize
    with filler.open("wb", buffering=0) as file:
        try:
            for _ in range(os.statvfs(disk).f_bavail):
                file.write(bytes(page))
        except OSError as exc:
            assert exc.errno == errno.ENOSPC  # noqa: PT017 - the daemon took the last of it
    return filler


@pytest.mark.skipif(not can_mount(), reason="no disk of its own can be mounted here")
def test_full_disk_halts_the_desk_which_stays_up_for_exits_and_goes_on_after(
    desk: Desk, exchange: Exchange
) -> None:
    desk.state.mkdir(parents=True)
    desk.env |= exchange.env | {"TAI2_JOURNAL_RESERVE_MIB": str(RESERVE_MIB)}
    around = (*NAMESPACE, "sh", "-c", MOUNT, str(desk.state))
    daemon = desk.start("run", "--interval", "1", around=around)
    daemon.wait_for("ready")
    daemon.wait_for("fill_recorded")
    filler = fill_up(Path(f"/proc/{daemon.pid}/root{desk.state}"))
    with until(CALL_S) as goes_on:
        while (status := desk.tai2("status", "--json").tree)["trading_state"] != "halted":
            goes_on()
    assert status["state_reason"] == "journal: the disk is full: make room, then resume"
    assert [row["ok"] for row in status["health"] if row["part"] == "disk"] == [False]
    assert wait(lambda: exchange.protected() >= exchange.positions().keys(), CALL_S)
    assert desk.tai2("flatten", "--confirm", "flatten").code == 0
    assert exchange.positions() == {}
    filler.unlink()
    assert desk.tai2("resume", "--reason", "made room", "--confirm", "y").code == 0
    assert daemon.is_running
    assert daemon.log("service_failed") == []
    assert daemon.stop() == 0
