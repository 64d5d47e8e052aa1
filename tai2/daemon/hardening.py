"""What the process forbids itself before it reads a secret: core dumps and curious neighbours.

`daemon.run` calls it first. It may only take rights away, and must work without systemd too.
"""

import ctypes
import faulthandler
import resource
from typing import Final

_PR_SET_DUMPABLE: Final = 4


def harden() -> None:
    """Leave no memory on a disk, and let no other process of this user read it.

    A watchdog's SIGABRT prints every thread's stack to stderr instead (faulthandler). Sources:
    core(5), prctl(2); a kernel that refuses keeps its own rules.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    faulthandler.enable()
