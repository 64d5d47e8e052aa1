"""Where indicators are computed, so that pandas never holds the event loop.

Snapshots and charts ask it; a daemon uses a process, a replay computes in place and stays in
step. Nothing that moves money may run here.
"""

from typing import Protocol, TypeVar

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Job(Protocol[T_co]):
    """indicators.jobs: something pure to compute, here or elsewhere."""

    def run(self) -> T_co: ...
    def read(self, answer: bytes) -> T_co: ...


class Worker(Protocol):
    """Runs a job somewhere."""

    async def compute(self, job: Job[T]) -> T:
        """Return what the job makes.

        Raises:
            IndicatorsFailed: It couldn't be computed, now.
        """
        ...


class InlineWorker:
    """Computes at once, in the caller's task."""

    async def compute(self, job: Job[T]) -> T:
        """Return what the job makes."""
        return job.run()
