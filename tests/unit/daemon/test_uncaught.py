"""What nobody caught is in the log: each way by which an error can get lost."""

import asyncio
import gc
import logging
import sys
import threading
import warnings
from collections.abc import Iterator

import pytest
import structlog

from tai2.daemon import uncaught

Records = list[dict[str, object]]


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[Records]:
    """Install it with the log captured; put everything back afterwards."""
    for module, name in ((sys, "excepthook"), (threading, "excepthook"), (sys, "unraisablehook")):
        monkeypatch.setattr(module, name, getattr(module, name))
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        with structlog.testing.capture_logs() as records:
            uncaught.install()
            yield records  # type: ignore[misc] # a list of records
    finally:
        logging.captureWarnings(False)
        root.handlers[:], root.level = before, level


def fail() -> None:
    raise RuntimeError("lost")


def test_an_error_of_the_main_thread(heard: Records) -> None:
    sys.excepthook(RuntimeError, RuntimeError("lost"), None)
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    (only,) = heard
    assert (only["where"], str(only["exc_info"]), only["log_level"]) == ("main", "lost", "error")


def test_an_error_of_a_thread(heard: Records) -> None:
    thread = threading.Thread(target=fail, name="t-1")
    thread.start()
    thread.join()
    (only,) = heard
    assert (only["where"], str(only["exc_info"])) == ("thread t-1", "lost")


def test_an_error_of_a_finalizer(heard: Records) -> None:
    class Doomed:
        def __del__(self) -> None:
            fail()

    Doomed()
    gc.collect()
    assert [(one["where"], str(one["exc_info"])) for one in heard] == [("finalizer", "lost")]


def test_an_error_of_a_task_that_nobody_awaited_and_of_a_callback(heard: Records) -> None:
    async def lose() -> None:
        loop = asyncio.get_running_loop()
        uncaught.watch_loop(loop)
        task = asyncio.ensure_future(asyncio.to_thread(fail))
        task.set_name("forgotten")
        loop.call_soon(fail)
        await asyncio.wait([task])
        del task
        gc.collect()
        await asyncio.sleep(0)

    asyncio.run(lose())
    assert {str(one["where"]) for one in heard} == {"task ?", "task forgotten"}
    assert {str(one["exc_info"]) for one in heard} == {"lost"}


def test_a_library_s_words_and_warnings(heard: Records) -> None:
    logging.getLogger("some.library").warning("odd\n\x1b[31m%s", "thing")
    logging.getLogger("some.library").info("chatter")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old way", UserWarning, stacklevel=1)
    first, second = heard
    assert (first["logger"], first["text"]) == ("some.library", "odd thing")
    assert second["logger"] == "py.warnings"
    assert "old way" in str(second["text"])
