"""Faults to order: lost replies, delays, error pages and holes in the book's sequence.

Tests (and a control endpoint) arm them, the REST gate and the book streams consume them.
Nothing here decides by chance: a fault fires for exactly the next matching requests.
"""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """Whether the request has been executed when the fault strikes."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """Cut the connection instead of replying."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Html:
    """Reply with a gateway's HTML page."""

    status: int = 502


@dataclass(frozen=True, slots=True)
class Code:
    """Reply with a top-level error code and the HTTP status that belongs to it."""

    code: str
    msg: str = ""


@dataclass(slots=True, kw_only=True)
class Fault:
    """One trouble for the next `count` requests to an endpoint."""

    method: str
    path: str
    """Behind /api/v5/, for example trade/order; "*" = every path."""
    stage: Stage = Stage.BEFORE
    delay_s: float = 0.0
    """Waited at the stage, before the reply below."""
    reply: Drop | Html | Code | None = None
    """None = the true reply."""
    count: int = 1

    def fits(self, method: str, path: str) -> bool:
        """Tell whether a request is meant."""
        return self.count > 0 and self.method == method and self.path in ("*", path)


class Faults:
    """The faults armed now, oldest first."""

    def __init__(self) -> None:
        self._armed: list[Fault] = []
        self._book_gaps: Counter[str] = Counter()

    def arm(self, fault: Fault) -> None:
        """Let a fault strike the next requests that fit it."""
        self._armed.append(fault)

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault for a request and count it down; None = behave."""
        fault = next((one for one in self._armed if one.fits(method, path)), None)
        if fault is None:
            return None
        fault.count -= 1
        self._armed = [one for one in self._armed if one.count > 0]
        return fault

    def skip_book_updates(self, inst_id: str, count: int = 1) -> None:
        """Swallow the next updates of a book: its subscribers see a gap in seqId."""
        self._book_gaps[inst_id] += count

    def take_book_gap(self, inst_id: str) -> bool:
        """Return True when the update about to be sent must be swallowed."""
        if self._book_gaps[inst_id] <= 0:
            return False
        self._book_gaps[inst_id] -= 1
        return True

    def clear(self) -> None:
        """Disarm everything."""
        self._armed.clear()
        self._book_gaps.clear()
