"""Places where a test may end, stop, break or delay the process: between two durable steps.

Money paths call `reach` with the name of the step that they have just done; a crash test arms
one by TAI2_FAILPOINT. It must stay inert unless TAI2_TESTING=1 and every URL is loopback.
"""

import os
import re
import signal
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from tai2.model.errors import ConfigError

NAMES: Final = (
    "decision_saved",
    "verdict_saved",
    "limits_reserved",
    "intent_pre_commit",
    "intent_post_commit",
    "sending_pre_commit",
    "sending_post_commit",
    "post_first_byte",
    "post_sent",
    "resp_read",
    "ack_saved",
    "unknown_saved",
    "push_read",
    "push_saved",
    "fill_saved",
    "sl_intent",
    "sl_sent",
    "terminal_saved",
    "outbox_read",
    "pg_committed",
    "outbox_acked",
    "latch_written",
)
"""Every step at which a crash must lose and double nothing."""

_SHOT: Final = re.compile(r"(?P<name>\w+)(:(?P<nth>[1-9]\d*))?(=(?P<act>\w+)(\((?P<s>[\d.]+)\))?)?")


class FailpointHit(RuntimeError):
    """A test asked for this failure."""


@dataclass(slots=True, kw_only=True)
class _Shot:
    """What happens the n-th time that a step is reached."""

    act: str
    """kill, stop, raise or delay."""
    left: int
    delay_s: float


_armed: Final[dict[str, _Shot]] = {}


def reach(name: str) -> None:
    """Say that a step is done; does nothing unless a test has armed it."""
    if _armed:
        _count(name)


def arm(environ: Mapping[str, str], urls: Iterable[str]) -> None:
    """Arm what TAI2_FAILPOINT names, such as sending_post_commit:3=kill.

    Args:
        environ: TAI2_TESTING must be 1, else the other variable is ignored.
        urls: Where orders would go; one that isn't loopback leaves everything inert.

    Raises:
        ConfigError: There is no such step or action.
    """
    _armed.clear()
    text = environ.get("TAI2_FAILPOINT", "")
    if environ.get("TAI2_TESTING") == "1" and text and all(map(_is_loopback, urls)):
        _armed.update(_shot(part) for part in text.split(","))


def _shot(text: str) -> tuple[str, _Shot]:
    found = _SHOT.fullmatch(text)
    act = (found["act"] or "kill") if found else ""
    if not found or found["name"] not in NAMES or act not in ("kill", "stop", "raise", "delay"):
        raise ConfigError(f"no such failpoint: {text}", f"Steps: {', '.join(sorted(NAMES))}")
    delay_s = float(found["s"] or 1)
    return found["name"], _Shot(act=act, left=int(found["nth"] or 1), delay_s=delay_s)


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _count(name: str) -> None:
    shot = _armed.get(name)
    if shot is None:
        return
    shot.left -= 1
    if shot.left != 0:
        return
    match shot.act:
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "stop":
            os.kill(os.getpid(), signal.SIGSTOP)
        case "raise":
            raise FailpointHit(name)
        case _:
            # The whole process is late, as on an overloaded machine: no clock of ours knows.
            threading.Event().wait(shot.delay_s)
