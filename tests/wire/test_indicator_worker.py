"""The process that has pandas: the same numbers, and no trouble of it reaches the desk."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tai2.daemon.indicator_worker import ProcessWorker
from tai2.indicators.child import DONE, FAILED, answer
from tai2.indicators.columns import Columns
from tai2.indicators.jobs import SeriesJob, TechnicalJob
from tai2.indicators.library import Library
from tai2.model.errors import IndicatorsFailed
from tai2.model.market import Bar

MINUTES = 400
PRICES = tuple(100 + (n * 7919 % 101) / 10 for n in range(MINUTES))
COLUMNS = Columns(
    ts=tuple(1_700_006_400_000 + n * 60_000 for n in range(MINUTES)),
    high=tuple(px + 0.3 for px in PRICES),
    low=tuple(px - 0.2 for px in PRICES),
    close=PRICES,
    volume=tuple(1.0 + n % 5 for n in range(MINUTES)),
)
TECHNICAL = TechnicalJob(bar=Bar.M1, columns=COLUMNS)
RAGGED = TechnicalJob(bar=Bar.M1, columns=Columns(ts=(0,), high=(), low=(), close=(1,), volume=()))


@pytest.fixture
async def worker() -> AsyncIterator[ProcessWorker]:
    made = ProcessWorker(Library.CLASSIC)
    try:
        await made.start()
        yield made
    finally:
        await made.close()


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def names_of_environment(pid: int) -> set[str]:
    entries = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    return {entry.split(b"=")[0].decode() for entry in entries if entry}


def pid_of(worker: ProcessWorker) -> int:
    assert worker._child is not None
    return worker._child.pid


async def test_both_kinds_of_job_give_the_numbers_of_here(worker: ProcessWorker) -> None:
    technical, series = TECHNICAL, SeriesJob(columns=COLUMNS)
    assert await worker.compute(technical) == technical.run()
    assert await worker.compute(series) == series.run()
    assert technical.run().rsi14 is not None


async def test_jobs_of_many_tasks_get_their_own_answers(worker: ProcessWorker) -> None:
    jobs = [TechnicalJob(bar=bar, columns=COLUMNS) for bar in Bar for _ in range(3)]
    found = await asyncio.gather(*map(worker.compute, jobs))
    assert [one.bar for one in found] == [job.bar for job in jobs]


async def test_a_job_that_fails_says_why_and_the_next_one_works(worker: ProcessWorker) -> None:
    with pytest.raises(IndicatorsFailed, match="Error"):
        await worker.compute(RAGGED)
    assert (await worker.compute(TECHNICAL)).bars == 300


async def test_a_killed_process_is_missed_once_and_replaced(
    worker: ProcessWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tai2.daemon.indicator_worker.REST_S", 0.05)
    await worker.compute(TECHNICAL)
    was = pid_of(worker)
    os.kill(was, signal.SIGKILL)
    for _ in range(100):
        try:
            found = await worker.compute(TECHNICAL)
            break
        except IndicatorsFailed:
            await asyncio.sleep(0.1)
    assert found.bars == 300
    assert pid_of(worker) != was


async def test_a_process_that_hangs_is_ended_and_the_next_job_fails_at_once() -> None:
    worker = ProcessWorker(Library.CLASSIC)
    await worker.start()
    try:
        await worker.compute(TECHNICAL)
        worker._patience_s = 0.2
        was = pid_of(worker)
        os.kill(was, signal.SIGSTOP)
        with pytest.raises(IndicatorsFailed, match="process failed"):
            await worker.compute(TECHNICAL)
        assert not is_alive(was)
        with pytest.raises(IndicatorsFailed, match="just failed"):
            await worker.compute(TECHNICAL)
    finally:
        await worker.close()


async def test_an_answer_that_nobody_waits_for_is_not_taken_for_the_next(
    worker: ProcessWorker,
) -> None:
    await worker.compute(TECHNICAL)
    task = asyncio.create_task(worker.compute(SeriesJob(columns=COLUMNS)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await worker.compute(TECHNICAL) == TECHNICAL.run()


async def test_the_process_gets_no_secret(
    worker: ProcessWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    await worker.close()
    monkeypatch.setenv("OKX_SECRET_KEY", "canary")
    await worker.start()
    names = names_of_environment(pid_of(worker))
    assert "PATH" in names
    assert names <= {
        *("PATH", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "LANG", "LC_ALL", "TZ"),
        *("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"),
    }


async def test_close_ends_the_process(worker: ProcessWorker) -> None:
    pid = pid_of(worker)
    await worker.close()
    assert not is_alive(pid)


def test_bytes_that_are_no_job_are_answered_with_the_reason() -> None:
    assert answer(b"\xc1")[:1] == FAILED
    assert answer(b"")[:1] == FAILED
    assert DONE != FAILED


async def test_the_process_ends_with_its_input(worker: ProcessWorker) -> None:
    child = worker._child
    assert child is not None
    assert child.stdin is not None
    child.stdin.close()
    async with asyncio.timeout(30):
        assert await child.wait() == 0
