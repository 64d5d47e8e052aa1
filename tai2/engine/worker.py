"""Where indicators are computed, so that pandas never holds the event loop.

Snapshots ask it; a daemon uses one thread, a replay computes in place and stays in step.
Nothing that moves money may run here: a thread can't be cancelled.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

T = TypeVar("T")


class Worker(Protocol):
    """Runs a pure function somewhere."""

    async def compute(self, work: Callable[[], T]) -> T:
        """Return work()."""
        ...


class InlineWorker:
    """Computes at once, in the caller's task."""

    async def compute(self, work: Callable[[], T]) -> T:
        """Return work()."""
        return work()


class ThreadWorker:
    """Computes in one thread of its own."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="indicators")

    async def compute(self, work: Callable[[], T]) -> T:
        """Return work(), awaited."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def close(self) -> None:
        """Stop taking work."""
        self._pool.shutdown(wait=False, cancel_futures=True)
