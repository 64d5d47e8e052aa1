"""Where a desk of these settings keeps its state and listens: the file's word, else the rules.

Daemon and verbs that open the journal themselves ask it. It must never create anything.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tai2.settings.paths import socket_to_bind, state_dir
from tai2.settings.sections import Settings

LOG_NAME: Final = "tai2.log"
AUTO: Final = "auto"


def state_place(settings: Settings) -> Path:
    """Return the directory of journal and lock."""
    if settings.state_dir:
        return Path(settings.state_dir)
    return state_dir(instance=settings.instance)


def socket_place(settings: Settings) -> Path:
    """Return where the daemon listens."""
    return Path(settings.socket) if settings.socket else socket_to_bind(instance=settings.instance)


def log_place(settings: Settings, environ: Mapping[str, str] = os.environ) -> Path | None:
    """Return the log file of these settings; None = stderr alone, as under systemd."""
    if settings.log_file == AUTO:
        return None if "JOURNAL_STREAM" in environ else state_place(settings) / LOG_NAME
    return Path(settings.log_file) if settings.log_file else None
