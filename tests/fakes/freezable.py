"""`tai2`, run so that a test can freeze parts of it: at SIGUSR1 whatever $FREEZE_FILE names.

A frozen task waits for ever where it stands, as one does that waits for an answer which never
comes: nothing in it runs any more, and a deadline around it can't end it either.
"""

import asyncio
import gc
import json
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from tai2.cli.app import run
from tai2.engine.service import Supervisor
from tai2.store.journal.database import FileDatabase

JOURNAL = "(journal)"
"""Stands for the journal's threads: a disk that hangs."""
SERVICES = "(services)"
"""Stands for every service but the one that watches the others."""
WATCHDOG = "watchdog"

T = TypeVar("T")


def freeze(names: set[str]) -> None:
    """Freeze every task of these names; one that is about to run is caught a moment later."""
    loop = asyncio.get_running_loop()
    services = {name for found in _living(Supervisor) for name in found.pulses} - {WATCHDOG}
    wanted = services if SERVICES in names else names
    for task in asyncio.all_tasks():
        if task.get_name() in wanted:
            _freeze(loop, task)
    for database in _living(FileDatabase) if JOURNAL in names else ():
        for pool in (database._pool, database._reading_pool):
            pool.submit(threading.Event().wait)
    said = {"event": "frozen", "services": sorted(services)}
    print(json.dumps(said), file=sys.stderr, flush=True)


def _freeze(loop: asyncio.AbstractEventLoop, task: "asyncio.Task[Any]") -> None:
    waited_for: Any = task._fut_waiter  # type: ignore[attr-defined] # the one way to stop a task from outside
    if waited_for is None or waited_for.done():
        loop.call_soon(_freeze, loop, task)
        return
    for wake_up, _context in list(waited_for._callbacks):
        if getattr(wake_up, "__self__", None) is task:
            waited_for.remove_done_callback(wake_up)


def _living(kind: type[T]) -> list[T]:
    return [found for found in gc.get_objects() if isinstance(found, kind)]


def _on_signal(_number: int, _frame: FrameType | None) -> None:
    names = set(Path(os.environ["FREEZE_FILE"]).read_text().split())
    asyncio.get_running_loop().call_soon_threadsafe(freeze, names)


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, _on_signal)
    sys.exit(run())
