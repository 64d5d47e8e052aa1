"""SIGHUP: the end of a terminal, or a question whether the configuration file is good.

The daemon installs it. Settings are read once, at the start: a hang-up must never change them, nor
end a desk that nobody sits in front of.
"""

import asyncio
import os
import signal
from collections.abc import Callable

import structlog

from tai2.model.errors import Tai2Error
from tai2.settings.sections import Settings

log = structlog.get_logger()


def on_hangup(settings: Settings, reread: Callable[[], Settings], stop: asyncio.Event) -> None:
    """Stop when the terminal goes that the daemon was started from; else check the settings."""
    loop = asyncio.get_running_loop()
    if os.isatty(0):
        loop.add_signal_handler(signal.SIGHUP, stop.set)
    else:
        loop.add_signal_handler(signal.SIGHUP, _check, settings, reread)


def _check(settings: Settings, reread: Callable[[], Settings]) -> None:
    """Say whether the next start would find other settings, or none; keep those of this one."""
    try:
        found = reread()
    except Tai2Error as exc:
        log.error("settings_refused", detail=exc.message, hint=exc.hint)  # noqa: TRY400 - a person's error
        return
    if found == settings:
        log.info("settings_unchanged")
    else:
        log.warning("settings_changed", note="those of the start are kept: restart to apply")
