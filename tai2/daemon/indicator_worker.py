"""The worker of a daemon: one process with pandas, started anew when it ends or hangs.

compose opens it; snapshots and charts wait for it in turn. It gets no secret of ours: its
environment is made of a few names. While it fails, indicators are missing, never old.
"""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import AsyncExitStack
from typing import Final, TypeVar

import msgspec
import structlog

from tai2.engine.worker import Job
from tai2.indicators.child import DONE, LENGTH_BYTES, framed
from tai2.indicators.library import Library
from tai2.model.errors import IndicatorsFailed

log = structlog.get_logger()

T = TypeVar("T")

PATIENCE_S: Final = 10.0
"""For one answer, the import of pandas included; a job takes milliseconds."""
REST_S: Final = 5.0
"""After a failure nothing is tried for so long: one wait a cycle, not one an indicator."""
_ENV: Final = ("PATH", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "LANG", "LC_ALL", "TZ")
_ONE_THREAD: Final = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""Series of some hundred numbers: more threads cost memory and win nothing."""


async def open_worker(library: Library, stack: AsyncExitStack) -> "ProcessWorker":
    """Return a worker whose process has been started; the stack ends it."""
    worker = ProcessWorker(library)
    stack.push_async_callback(worker.close)
    await worker.start()
    return worker


class ProcessWorker:
    """Computes in a process of its own."""

    def __init__(self, library: Library, patience_s: float = PATIENCE_S) -> None:
        self._library = library
        self._patience_s = patience_s
        self._turn = asyncio.Lock()
        self._child: Process | None = None
        self._rests_until_s = 0.0

    async def start(self) -> None:
        """Start the process, so that pandas is there when the first job comes."""
        async with self._turn:
            await self._living()

    async def compute(self, job: Job[T]) -> T:
        """Return what the job makes.

        Raises:
            IndicatorsFailed: The process ended, hung or said that it couldn't.
        """
        async with self._turn:
            if asyncio.get_running_loop().time() < self._rests_until_s:
                raise IndicatorsFailed("the indicators' process has just failed")
            try:
                async with asyncio.timeout(self._patience_s):
                    answer = await self._asked(msgspec.msgpack.encode(job))
                if answer[:1] == DONE:
                    return job.read(answer[1:])
            except (TimeoutError, OSError, EOFError, msgspec.DecodeError) as exc:
                await self._end()
                self._rests_until_s = asyncio.get_running_loop().time() + REST_S
                raise IndicatorsFailed(f"the indicators' process failed: {exc!r}") from exc
            except asyncio.CancelledError:
                await self._end()  # an answer that nobody read would be taken for the next one's
                raise
        raise IndicatorsFailed(f"indicators can't be computed: {answer[1:200].decode()}")

    async def _asked(self, body: bytes) -> bytes:
        child = await self._living()
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(framed(body))
        await child.stdin.drain()
        head = await child.stdout.readexactly(LENGTH_BYTES)
        return await child.stdout.readexactly(int.from_bytes(head, "big"))

    async def _living(self) -> Process:
        if self._child is None or self._child.returncode is not None:
            own = {name: os.environ[name] for name in _ENV if name in os.environ}
            words = (sys.executable, "-P", "-m", "tai2.indicators.child", self._library.value)
            self._child = await asyncio.create_subprocess_exec(
                *words, stdin=PIPE, stdout=PIPE, env=own | _ONE_THREAD, start_new_session=True
            )
            log.debug("indicator_process_started", pid=self._child.pid)
        return self._child

    async def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None and child.returncode is None:
            child.kill()
            await child.wait()

    async def close(self) -> None:
        """End the process."""
        async with self._turn:
            await self._end()
