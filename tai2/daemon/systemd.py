"""Talks to systemd: readiness, status and watchdog over the notify socket.

The daemon's life cycle calls it. Without $NOTIFY_SOCKET it does nothing, and a manager
that doesn't listen must never hurt the daemon.
"""

import os
import socket
from contextlib import suppress


def notify(*lines: str) -> None:
    """Send state lines such as READY=1 (source: sd_notify(3)); abstract sockets too."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.settimeout(0.5)
        out.sendto("\n".join(lines).encode(), address)
