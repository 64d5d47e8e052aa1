"""What the process is told by signals: stop, or look at the configuration file again.

`daemon.run` installs it first of all. Settings are read once, at the start: a hang-up must never
change them, nor end a desk that nobody sits in front of.
"""

import asyncio
import os
import signal
from collections.abc import Callable

import structlog

from tai2.daemon import systemd
from tai2.model.errors import Tai2Error
from tai2.ports.clock import Clock
from tai2.settings.sections import Settings

log = structlog.get_logger()


class Signals:
    """SIGTERM, SIGINT and SIGHUP as the daemon's life understands them."""

    def __init__(self, settings: Settings, reread: Callable[[], Settings], clock: Clock) -> None:
        self._settings = settings
        self._reread = reread
        self._clock = clock
        self.stop = asyncio.Event()
        """Set once somebody asked the daemon to end."""
        self.is_up = False
        """True once systemd has heard READY: from then on a look at the file is a reload."""

    def install(self) -> None:
        """Listen; the end of the terminal that the daemon was started from ends it too."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop.set)
        on_hangup = self.stop.set if os.isatty(0) else self._reload
        loop.add_signal_handler(signal.SIGHUP, on_hangup)

    def _reload(self) -> None:
        """Check the configuration, and tell systemd when that begins and ends."""
        if self.is_up:
            monotonic_us = int(self._clock.monotonic_s() * 1_000_000)
            systemd.notify("RELOADING=1", f"MONOTONIC_USEC={monotonic_us}")
        self._check()
        if self.is_up:
            systemd.notify("READY=1")

    def _check(self) -> None:
        """Say whether the next start would find other settings, or none; keep those of this one."""
        try:
            found = self._reread()
        except Tai2Error as exc:
            log.error("settings_refused", detail=exc.message, hint=exc.hint)  # noqa: TRY400 - a person's error
            return
        if found == self._settings:
            log.info("settings_unchanged")
        else:
            log.warning("settings_changed", note="those of the start are kept: restart to apply")
