"""Where a desk of these settings keeps its state and listens: the file's word, else the rules.

Daemon and verbs that open the journal themselves ask it. It must never create anything.
"""

from pathlib import Path

from tai2.settings.paths import socket_to_bind, state_dir
from tai2.settings.sections import Settings


def state_place(settings: Settings) -> Path:
    """Return the directory of journal and lock."""
    if settings.state_dir:
        return Path(settings.state_dir)
    return state_dir(instance=settings.instance)


def socket_place(settings: Settings) -> Path:
    """Return where the daemon listens."""
    return Path(settings.socket) if settings.socket else socket_to_bind(instance=settings.instance)
