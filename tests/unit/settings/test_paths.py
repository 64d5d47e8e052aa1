"""Daemon and client must look for the socket in the same places."""

import os
from contextlib import closing
from pathlib import Path

from tai2.daemon.lock import StateLock
from tai2.settings.paths import (
    find_config,
    lock_holder,
    socket_candidates,
    socket_to_bind,
    socket_to_open,
    state_dir,
)


def test_a_named_socket_settles_it() -> None:
    environ = {"TAI2_SOCKET": "/x/y.sock", "RUNTIME_DIRECTORY": "/run/z"}
    assert socket_candidates(environ) == (Path("/x/y.sock"),)


def test_candidates_go_from_specific_to_general() -> None:
    environ = {"RUNTIME_DIRECTORY": "/r", "XDG_RUNTIME_DIR": "/u", "HOME": "/h"}
    assert [str(path) for path in socket_candidates(environ)] == [
        "/r/tai2.sock",
        "/u/tai2/tai2.sock",
        "/run/tai2/tai2.sock",
        "/h/.local/state/tai2/tai2.sock",
    ]


def test_state_follows_systemd_then_xdg_then_home() -> None:
    assert state_dir({"STATE_DIRECTORY": "/s:/t", "XDG_STATE_HOME": "/x"}) == Path("/s")
    assert state_dir({"XDG_STATE_HOME": "/x", "HOME": "/h"}) == Path("/x/tai2")
    assert state_dir({"HOME": "/h"}) == Path("/h/.local/state/tai2")


def test_the_daemon_takes_the_first_directory_that_it_can_use(tmp_path: Path) -> None:
    environ = {"RUNTIME_DIRECTORY": str(tmp_path / "no" / "such"), "XDG_RUNTIME_DIR": str(tmp_path)}
    assert socket_to_bind(environ) == tmp_path / "tai2" / "tai2.sock"
    assert not (tmp_path / "tai2").exists()


def test_the_client_takes_the_first_socket_that_exists(tmp_path: Path) -> None:
    environ = {"RUNTIME_DIRECTORY": str(tmp_path / "a"), "XDG_RUNTIME_DIR": str(tmp_path)}
    left = tmp_path / "tai2" / "tai2.sock"
    left.parent.mkdir()
    left.touch()
    assert socket_to_open(environ) == left
    assert socket_to_open({"TAI2_SOCKET": str(tmp_path / "none")}) is None


def test_an_instance_has_directories_of_its_own() -> None:
    environ = {"TAI2_INSTANCE": "b", "XDG_RUNTIME_DIR": "/u", "XDG_STATE_HOME": "/x"}
    assert state_dir(environ) == Path("/x/tai2-b")
    assert [str(path) for path in socket_candidates(environ)] == [
        "/u/tai2-b/tai2.sock",
        "/run/tai2-b/tai2.sock",
        "/x/tai2-b/tai2.sock",
    ]
    assert state_dir(environ, "main") == Path("/x/tai2")
    assert state_dir({"STATE_DIRECTORY": "/s"}, "b") == Path("/s")


def test_an_instance_has_a_file_of_its_own_or_shares_one(tmp_path: Path) -> None:
    environ = {"TAI2_INSTANCE": "b", "XDG_CONFIG_HOME": str(tmp_path)}
    (tmp_path / "tai2").mkdir()
    shared, own = (tmp_path / "tai2" / name for name in ("config.toml", "b.toml"))
    shared.touch()
    assert find_config(environ) == shared
    own.touch()
    assert find_config(environ) == own
    assert find_config({"XDG_CONFIG_HOME": str(tmp_path)}) == shared


def test_the_holder_of_a_state_directory_is_named_without_touching_its_lock(tmp_path: Path) -> None:
    assert lock_holder(tmp_path) == ""
    with closing(StateLock(tmp_path)):
        assert lock_holder(tmp_path) == str(os.getpid())
    assert lock_holder(tmp_path) == ""
