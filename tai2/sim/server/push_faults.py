"""Faults of pushes: the next frames of a channel get lost, doubled, swapped or late.

`Followers.send` passes every data frame through here. Without an armed fault a frame goes out
unchanged and at once; it must never change what a frame says, save the newer uTime of a double.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, assert_never

Deliver = Callable[[str], None]
"""Gives a frame to everybody who follows its topic."""
_U_TIME: Final = re.compile(r'"uTime":"(\d+)"')


class Trouble(StrEnum):
    """What happens to a frame."""

    LOSE = "lose"
    DUPLICATE = "duplicate"
    """Sent twice, the second time with a newer uTime."""
    REORDER = "reorder"
    """Held until all of the fault's frames are there, then sent last one first."""
    DELAY = "delay"


@dataclass(slots=True, kw_only=True)
class PushFault:
    """One trouble for the next `count` frames of a channel."""

    channel: str
    trouble: Trouble
    count: int = 1
    delay_s: float = 0.0
    """DELAY only."""
    held: list[tuple[str, Deliver]] = field(default_factory=list)
    """REORDER only: frames that wait for the others."""


class PushFaults:
    """The faults armed now, oldest first."""

    def __init__(self) -> None:
        self._armed: list[PushFault] = []

    def arm(self, fault: PushFault) -> None:
        """Let a fault strike the next frames of its channel."""
        self._armed.append(fault)

    def armed(self) -> list[PushFault]:
        """Return the faults that still wait for a frame."""
        return list(self._armed)

    def pass_on(self, channel: str, text: str, deliver: Deliver) -> None:
        """Deliver a frame as the oldest fault of its channel wants it."""
        fault = next((one for one in self._armed if one.channel == channel), None)
        if fault is None:
            deliver(text)
            return
        fault.count -= 1
        if fault.count <= 0:
            self._armed.remove(fault)
        _strike(fault, text, deliver)


def _strike(fault: PushFault, text: str, deliver: Deliver) -> None:
    match fault.trouble:
        case Trouble.LOSE:
            pass
        case Trouble.DUPLICATE:
            deliver(text)
            deliver(_U_TIME.sub(_newer, text))
        case Trouble.REORDER:
            fault.held.append((text, deliver))
            if fault.count <= 0:
                for frame, to in reversed(fault.held):
                    to(frame)
        case Trouble.DELAY:
            asyncio.get_running_loop().call_later(fault.delay_s, deliver, text)
        case _:
            assert_never(fault.trouble)


def _newer(found: re.Match[str]) -> str:
    return f'"uTime":"{int(found[1]) + 1}"'
