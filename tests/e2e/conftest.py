"""Desks for the tests of the daemon as a process; each ends whatever it started."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.desk_process import Desk

# A shell that starts the tests in the background has them ignore Ctrl-C, and their children too.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Return a desk of this test's own; nothing runs yet."""
    with Desk(tmp_path_factory.mktemp("desk")) as desk:
        yield desk


@pytest.fixture
def here(desk: Desk) -> Path:
    """Return the directory in which the desk's commands run."""
    return desk.home
