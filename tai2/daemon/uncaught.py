"""Brings into the log what nobody caught: of the main thread, other threads, tasks and libraries.

`daemon.run` installs it, so that every error is where its owner looks. It only tells: what an
error means for the process is decided where it happens.
"""

import asyncio
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Final

import structlog

from tai2.log import PRINTED
from tai2.model.errors import Tai2Error
from tai2.view.text import safe

log = structlog.get_logger()

LONGEST: Final = 2_000
"""Characters of a library's message."""


def install() -> None:
    """Listen to threads, finalizers, warnings and the loggers of libraries."""
    sys.excepthook = _of_main
    threading.excepthook = _of_thread
    sys.unraisablehook = _unraisable
    logging.captureWarnings(True)  # noqa: FBT003 - the standard library's signature
    logging.basicConfig(handlers=[_Bridge(logging.WARNING)], force=True)


def watch_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Listen to an event loop: tasks whose end nobody awaited, callbacks that failed."""
    loop.set_exception_handler(_of_loop)


@contextmanager
def telling() -> Iterator[None]:
    """Name the error that ends the process in the log, where its owner looks first."""
    try:
        yield
    except Tai2Error as exc:
        told = {"detail": exc.message, "hint": exc.hint, "code": exc.exit_code, PRINTED: True}
        log.error("ended", **told)  # noqa: TRY400 - a person's error
        raise
    except Exception:
        log.exception("ended")
        raise


def _tell(where: str, exc: BaseException | None, note: str = "") -> None:
    log.error("uncaught", where=where, note=note, exc_info=exc)


def _of_main(_kind: type[BaseException], exc: BaseException, _trace: TracebackType | None) -> None:
    if not isinstance(exc, KeyboardInterrupt):
        _tell("main", exc)


def _of_thread(failed: threading.ExceptHookArgs) -> None:
    _tell(f"thread {failed.thread.name if failed.thread else '?'}", failed.exc_value)


def _unraisable(failed: Any) -> None:
    _tell("finalizer", failed.exc_value, safe(failed.err_msg or ""))


def _of_loop(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    task = context.get("task") or context.get("future")
    name = task.get_name() if isinstance(task, asyncio.Task) else "?"
    _tell(f"task {name}", context.get("exception"), safe(str(context.get("message", ""))))


class _Bridge(logging.Handler):
    """Passes on what libraries log; their words may hold anything."""

    def emit(self, record: logging.LogRecord) -> None:
        """Say it as a record of ours."""
        text = safe(record.getMessage())[:LONGEST]
        say = log.warning if record.levelno < logging.ERROR else log.error
        say("library", logger=record.name, text=text, exc_info=record.exc_info)
