"""Talks to systemd: readiness, status and watchdog over the notify socket.

The daemon's life cycle calls it. Without $NOTIFY_SOCKET it does nothing, and a manager
that doesn't listen must never hurt the daemon.
"""

import os
import socket
from collections.abc import Mapping
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


def watchdog_s(environ: Mapping[str, str] = os.environ) -> float | None:
    """Return within how many seconds systemd wants to hear of us; None = it doesn't watch.

    Source: sd_watchdog_enabled(3). A $WATCHDOG_PID of another process isn't meant for us.
    """
    limit_us, pid = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
    if not limit_us.isdecimal() or int(limit_us) == 0 or pid not in ("", str(os.getpid())):
        return None
    return int(limit_us) / 1_000_000
